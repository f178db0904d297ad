"""Ways through a whole tree, folded or not: iterative, because a tree may be deeper than Python's stack."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from nsview.model.views.tree import Key, TreeModel, plain

Wanted: TypeAlias = Callable[[TreeModel, Key], bool]
"""Whether a row is what is searched for. It is given the model, so that it works on the next one too."""

STRIDE = 32
"""Rows that a search looks at between two chances to stop it."""


class Found(NamedTuple):
    key: Key
    wrapped: bool
    """The search went past the end (or the beginning) of the tree to get there."""


def ancestors(model: TreeModel, key: Key) -> Iterator[Key]:
    """The rows above, the nearest first."""
    above = model.parent(key)
    while above is not None:
        yield above
        above = model.parent(above)


def subtree(model: TreeModel, key: Key) -> Iterator[Key]:
    """A row and all below it, from the top down."""
    stack = [key]
    while stack:
        key = stack.pop()
        yield key
        stack.extend(reversed(model.kids.get(key, ())))


def siblings(model: TreeModel, key: Key) -> Sequence[Key]:
    """The rows that hang where this one does, itself included."""
    above = model.parent(key)
    return model.roots if above is None else model.kids[above]


def walk(model: TreeModel, after: Key | None = None, *, backwards: bool = False) -> Iterator[Key]:
    """The rows that follow (or precede) a row, from the top down (or the bottom up); None: simply all."""
    path: list[tuple[Sequence[Key], int]] = []
    """At each generation the siblings and the place of the row that was given last, or of its ancestor."""
    if after is not None:
        for key in (after, *ancestors(model, after)):
            generation = siblings(model, key)
            path.append((generation, generation.index(key)))
        path.reverse()
    return _up(model, path) if backwards else _down(model, path)


def _down(model: TreeModel, path: list[tuple[Sequence[Key], int]]) -> Iterator[Key]:
    kids_of = model.kids
    if path:
        generation, place = path[-1]
        path.append((kids_of.get(generation[place], ()), -1))
    else:
        path.append((model.roots, -1))
    while path:
        generation, place = path.pop()
        place += 1
        if place == len(generation):
            continue
        key = generation[place]
        path.append((generation, place))
        yield key
        kids = kids_of.get(key)
        if kids:
            path.append((kids, -1))


def _up(model: TreeModel, path: list[tuple[Sequence[Key], int]]) -> Iterator[Key]:
    if not path:
        path.append((model.roots, len(model.roots)))
    while path:
        generation, place = path.pop()
        place -= 1
        if place < 0:
            # All of this generation is behind us: its parent is next, and then the parent's earlier siblings.
            if path:
                above, at = path[-1]
                yield above[at]
            continue
        path.append((generation, place))
        kids = model.kids.get(generation[place])
        if kids:
            path.append((kids, len(kids)))
        else:
            yield generation[place]


def search(
    model: TreeModel, wanted: Wanted, start: Key | None, *, backwards: bool = False, inclusive: bool = False
) -> Iterator[Found | None]:
    """Go from a row through the whole tree and around, until a row is wanted.

    Gives None every few rows, so that the caller can do something else meanwhile, and at most one Found, at
    the end. With `inclusive` the start itself comes first, else last.
    """
    looked = 0
    if start is not None and start not in model:
        start = None
    if inclusive and start is not None and wanted(model, start):
        yield Found(start, False)
        return
    for key in walk(model, start, backwards=backwards):
        if wanted(model, key):
            yield Found(key, False)
            return
        looked += 1
        if looked % STRIDE == 0:
            yield None
    if start is None:
        return
    for key in walk(model, backwards=backwards):
        if wanted(model, key):
            yield Found(key, True)
            return
        if key == start:
            return
        looked += 1
        if looked % STRIDE == 0:
            yield None


def containing(needle: str) -> Wanted:
    """Rows with a text in any of their cells, upper and lower case alike."""
    folded = needle.casefold()

    def wanted(model: TreeModel, key: Key) -> bool:
        return any(folded in plain(cell).casefold() for cell in model.cells(key).values())

    return wanted
