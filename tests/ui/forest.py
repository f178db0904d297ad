"""Trees made of pairs, for the tests of the tree itself, and the laws that every tree has to keep."""

from collections.abc import Iterable, Mapping, Sequence

from nsview.model.views.folds import Folds
from nsview.model.views.tree import Cell, Key, Leaves, TreeModel

COLUMNS = ("name", "number", "text")


class Forest:
    """Numbers below numbers. `text` and `flags` say what some of the rows show."""

    def __init__(
        self,
        pairs: Iterable[tuple[int, int]],
        text: Mapping[int, str] | None = None,
        flags: Mapping[int, tuple[str, ...]] | None = None,
        closed: frozenset[int] = frozenset(),
    ) -> None:
        self.above: dict[Key, int] = {}
        self.roots: list[Key] = []
        self.kids: dict[Key, Sequence[Key]] = {}
        below: dict[Key, list[Key]] = {}
        for number, parent in pairs:
            self.above[number] = parent
            (self.roots if parent == 0 else below.setdefault(parent, [])).append(number)
        self.kids.update(below)
        self.text, self.flags, self.closed = text or {}, flags or {}, closed
        self.looked_at: list[Key] = []

    def __contains__(self, key: object, /) -> bool:
        return key in self.above

    def parent(self, key: Key) -> Key | None:
        return self.above.get(key) or None

    def cells(self, key: Key) -> Mapping[str, Cell]:
        self.looked_at.append(key)
        assert isinstance(key, int)
        return {"name": f"row {key}", "number": str(key), "text": self.text.get(key, f"text of {key}")}

    def marks(self, key: Key) -> tuple[str, ...]:
        assert isinstance(key, int)
        return self.flags.get(key, ())

    def starts_open(self, key: Key) -> bool:
        return key not in self.closed


class Groups:
    """Two generations, the lower one of leaves made when asked for: ("g", group) and ("g", group, item)."""

    def __init__(self, groups: Mapping[str, Sequence[int]]) -> None:
        self.groups = groups
        self.roots: list[Key] = [("g", name) for name in groups]
        self.kids: dict[Key, Sequence[Key]] = {
            ("g", name): Leaves(("g", name), items) for name, items in groups.items()
        }

    def __contains__(self, key: object, /) -> bool:
        match key:
            case ("g", str(name)):
                return name in self.groups
            case ("g", str(name), item):
                return item in self.groups.get(name, ())
        return False

    def parent(self, key: Key) -> Key | None:
        assert isinstance(key, tuple)
        return key[:-1] if len(key) == 3 else None

    def cells(self, key: Key) -> Mapping[str, Cell]:
        assert isinstance(key, tuple)
        return {"name": str(key[-1]), "number": str(len(key))}

    def marks(self, key: Key) -> tuple[str, ...]:
        return ()

    def starts_open(self, key: Key) -> bool:
        return True


def chain(length: int) -> Forest:
    """1 above 2 above 3 …"""
    return Forest((number, number - 1) for number in range(1, length + 1))


def naive(model: TreeModel, folds: Folds) -> list[tuple[Key, str, bool | None]]:
    """What Visible computes, by walking all of it."""
    is_open = folds.test(model)
    out: list[tuple[Key, str, bool | None]] = []
    stack = [(k, "", "", i == len(model.roots) - 1) for i, k in enumerate(model.roots)][::-1]
    while stack:
        key, above, own, last = stack.pop()
        kids = model.kids.get(key, ())
        shown = bool(kids) and is_open(key)
        out.append((key, above + own, shown if kids else None))
        if shown:
            rails = above + ("" if not own else " " if last else "│")
            ends = [i == len(kids) - 1 for i in range(len(kids))]
            stack += [(k, rails, "└" if e else "├", e) for k, e in zip(kids, ends, strict=True)][::-1]
    return out


def broken_laws(model: TreeModel) -> list[str]:
    """What keeps a model from being a tree that can be shown; empty for a sound one."""
    wrong: list[str] = []
    seen: set[Key] = set()
    stack: list[tuple[Key, Key | None]] = [(root, None) for root in model.roots]
    while stack:
        key, above = stack.pop()
        if key is None:
            wrong.append("a key is None")
        if key in seen:
            wrong.append(f"{key!r} is there twice")
            continue
        seen.add(key)
        if key not in model:
            wrong.append(f"{key!r} is shown but not in the model")
        if model.parent(key) != above:
            wrong.append(f"{key!r} is below {above!r}, its parent is {model.parent(key)!r}")
        kids = model.kids.get(key, ())
        if isinstance(kids, Leaves) and any(kid in model.kids for kid in kids):
            wrong.append(f"{key!r} has leaves with rows below")
        stack += [(kid, key) for kid in kids]
    wrong += [f"{key!r} has rows below and is not shown" for key in model.kids if key not in seen]
    return wrong
