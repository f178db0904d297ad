"""What a row of a view stands for. Rows of several places may have the same subject."""

from typing import NamedTuple, TypeAlias

from nsview.model.group import Group
from nsview.model.kind import Kind
from nsview.model.name import ContainerId
from nsview.model.namespace import NamespaceId, Unseen
from nsview.model.process import ProcessId
from nsview.model.views.log import Entry

# Two subjects of different types may be equal as tuples: tell them apart by their types.


class KindSubject(NamedTuple):
    """All namespaces of a kind."""

    kind: Kind


class NamespaceSubject(NamedTuple):
    id: NamespaceId


class MembersSubject(NamedTuple):
    """The processes of a namespace that has other namespaces below it too."""

    namespace: NamespaceId


class TaskSubject(NamedTuple):
    """A process, or one of its threads that is elsewhere than the process."""

    process: ProcessId
    tid: int | None = None


class GroupSubject(NamedTuple):
    """Processes that belong together, and their namespaces."""

    group: Group


class EngineSubject(NamedTuple):
    """All containers of one engine."""

    engine: str


class PodSubject(NamedTuple):
    """The containers of a pod, or of a project of Compose."""

    engine: str
    root: str
    """As the names of its containers have it."""
    pod: str


class ContainerSubject(NamedTuple):
    """A container or sandbox, or what bind mounts keep under one name."""

    container: ContainerId


class InvisibleSubject(NamedTuple):
    """The owner or parent of this kind that the namespaces below have and that we do not see."""

    kind: Kind
    unseen: Unseen


class ChangeSubject(NamedTuple):
    entry: Entry


Subject: TypeAlias = (
    KindSubject
    | NamespaceSubject
    | MembersSubject
    | TaskSubject
    | GroupSubject
    | EngineSubject
    | PodSubject
    | ContainerSubject
    | InvisibleSubject
    | ChangeSubject
)
