"""What the rows of engines, pods and containers say."""

from collections.abc import Mapping

from nsview.model import containers
from nsview.model.containers import Container, State
from nsview.model.kind import Kind
from nsview.model.name import ContainerId, Name, whose
from nsview.model.places import counted
from nsview.model.record import command
from nsview.model.views.subject import PodSubject
from nsview.model.views.tree import Cell, Key, Span
from nsview.model.views.view import View
from nsview.text import clean
from nsview.ui import quantities

MARKED: tuple[tuple[Kind, str], ...] = (
    (Kind.USER, "u"),
    (Kind.PID, "p"),
    (Kind.MNT, "m"),
    (Kind.NET, "n"),
    (Kind.IPC, "i"),
    (Kind.UTS, "h"),
    (Kind.CGROUP, "c"),
    (Kind.TIME, "t"),
)
"""The places of the kinds in the column of marks, those that mean the most first. `h` is the host's name."""
_OWN, _UNKNOWN, _ABSENT = "·", "?", " "


def marks(container: Container) -> Cell:
    """A place a kind: a dot is its own, a small letter is shared with others, a CAPITAL one is the host's."""
    spans = []
    for kind, letter in MARKED:
        place = container.kinds.get(kind)
        if place is None:
            spans.append(Span(_ABSENT))
        elif place.state is State.HOST:
            spans.append(Span(letter.upper(), "alert"))
        elif place.state is State.SHARED:
            spans.append(Span(letter, kind))
        else:
            spans.append(Span(_OWN if place.state is State.OWN else _UNKNOWN, "faint"))
    return tuple(spans)


def engine(view: View, key: Key, name: str) -> Mapping[str, Cell]:
    below = view.kids.get(key, ())
    pods = [kid for kid in below if isinstance(view.subject(kid), PodSubject)]
    held = len(below) - len(pods) + sum(len(view.kids[pod]) for pod in pods)
    parts = [counted(held, "name" if Name(name, "").of_mount else "container")]
    if pods:
        parts.append(counted(len(pods), _pod_word(name)))
    told = Span(", ".join(parts), "faint")
    return {"name": Span(clean(name), "container"), **_sums(view, key), "command": told}


def pod(view: View, key: Key, subject: PodSubject) -> Mapping[str, Cell]:
    label = (Span(f"{_pod_word(subject.engine)} ", "faint"), Span(clean(subject.pod, 256), "who"))
    told = Span(counted(len(view.kids.get(key, ())), "container"), "faint")
    return {"name": label, **_sums(view, key), "command": told}


def container(view: View, key: Key, identity: ContainerId) -> Mapping[str, Cell]:
    moment = view.moment
    snapshot = moment.snapshot
    name, found = moment.called(identity), containers.find(snapshot, identity)
    label = [Span(clean(identity.id if name is None else name.name, 256), "container")]
    if name is not None and name.root != "/":
        label.append(Span(f" {clean(containers.where(snapshot, name))}", "inferred"))
    cells: dict[str, Cell] = {"name": tuple(label), **_sums(view, key)}
    cells["who"] = "" if name is None else clean(whose((name,)))
    image = "" if name is None else clean(name.image, 256)
    told = [Span(image, "faint")] if image else []
    if found is not None:
        init = found.init
        cells["pid"] = str(init.pid)
        cells["user"] = clean(snapshot.user_name(init.uid))
        cells["age"] = quantities.age(moment.age(init))
        cells["kinds"] = marks(found)
        told += [Span(" · ", "faint")] if told else []
        told.append(Span(clean(command(init, snapshot.detail(init.pid)), quantities.SHOWN)))
    elif name is not None and name.of_mount:
        told.append(Span(clean(name.witness, quantities.SHOWN), "faint"))
    return {**cells, "command": tuple(told)}


def _sums(view: View, key: Key) -> dict[str, Cell]:
    """What its processes use together."""
    moment, pids = view.moment, view.pids(key)
    processes = moment.snapshot.processes
    use = moment.uses.of(pids)
    return {
        "nprocs": str(len(pids)),
        "cpu": quantities.percent(use.cpu),
        "mem": quantities.size(use.memory),
        "threads": str(sum(processes[pid].threads for pid in pids)) if pids else "",
    }


def _pod_word(name: str) -> str:
    return "project" if name == "docker" else "pod"
