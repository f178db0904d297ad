"""The details of engines, pods and containers."""

from collections.abc import Sequence

from nsview.discovery.on_demand import Looked
from nsview.model import containers
from nsview.model.name import Name, whose
from nsview.model.sections import container as sections
from nsview.model.sections import ids
from nsview.model.sections.section import Row
from nsview.model.views.moment import Moment
from nsview.model.views.subject import ContainerSubject, EngineSubject, PodSubject
from nsview.model.views.tree import DIM
from nsview.text import clean
from nsview.ui.looked import knowing, maps_of

Told = EngineSubject | PodSubject | ContainerSubject


def title(moment: Moment, subject: Told) -> str:
    """Clean."""
    match subject:
        case EngineSubject(engine):
            return clean(engine, 64)
        case PodSubject(engine, _, pod):
            return clean(f"{engine} {pod}", 64)
        case ContainerSubject(identity):
            name = moment.called(identity)
            return clean(whose((name,)) if name is not None else f"{identity.engine} {identity.id}", 64)


def rows(moment: Moment, subject: Told, tab: str, looked: Looked | None) -> Sequence[Row]:
    snapshot = moment.snapshot
    if isinstance(subject, ContainerSubject):
        return _container(moment, subject, tab, looked)
    found = [one for one in containers.containers(snapshot) if _is_of(one.name, subject)]
    pids = [pid for one in found for pid in one.pids]
    first = [Row("Engine", subject.engine)]
    if isinstance(subject, PodSubject):
        first.append(Row("Pod", subject.pod))
        if found and subject.root != "/":
            first.append(Row("Found", containers.where(snapshot, found[0].name)))
    return sections.of_several(snapshot, first, found, moment.uses.of(pids)).rows


def _is_of(name: Name, subject: EngineSubject | PodSubject) -> bool:
    if isinstance(subject, PodSubject):
        return (name.engine, name.root, name.pod) == subject
    return name.engine == subject.engine


def _container(moment: Moment, subject: ContainerSubject, tab: str, looked: Looked | None) -> Sequence[Row]:
    snapshot, identity = moment.snapshot, subject.container
    found = containers.find(snapshot, identity)
    if found is None:
        name = moment.called(identity)
        if name is not None and name.of_mount:
            return sections.of_mount(snapshot, name).rows
        return [Row("", "It has ended.", DIM)]
    known, maps = knowing(snapshot, looked, found.init.pid), maps_of(looked)
    match tab:
        case "Shared":
            return sections.shared(snapshot, found).rows
        case "Processes":
            return sections.processes(snapshot, found).rows
        case "Ids":
            return ids.of_process(known, found.init, maps).rows
    return sections.summary(known, found, maps, moment.uses.of(found.pids)).rows
