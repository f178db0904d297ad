"""Who a process or namespace belongs to: names that engines gave, and where we read them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from nsview.model.namespace import NamespaceId
from nsview.model.process import ProcessId, Task

SHORT = 12
"""Hexadecimal digits of a short id, as Docker and Podman print it."""


SYSTEMD = "systemd"
"""The engine whose names are units: every process of the host has one."""
_UNIQUE = 64
"""Hexadecimal digits of an id that is made at random."""
FEW = 4
"""Names that are told where there is little room."""


class ContainerId(NamedTuple):
    """What a container is, whatever it is called by now."""

    engine: str
    root: str
    """"" where the id is like no other anywhere."""
    id: str
    """Its name where the engine has no ids."""

    @property
    def of_mount(self) -> bool:
        """No container, but what a bind mount calls a namespace."""
        return self.engine not in _ENGINES


class Name(NamedTuple):
    """A container, sandbox or unit. All texts are untrusted: whoever runs a container picks them."""

    engine: str
    """One of ENGINES, or "ip netns", "nsview" for names that only namespaces have."""
    name: str
    """The short id where nobody gave a name."""
    id: str = ""
    """In full. Where an engine has no ids: the number of the process that keeps the sandbox, as its root's
    pid namespace counts."""
    image: str = ""
    pod: str = ""
    """A pod (Kubernetes: namespace/pod), or the project of Compose."""
    unit: str = ""
    """The innermost unit of systemd that the process is in."""
    root: str = "/"
    """Below which root directory the engine's files were found: "/" is ours, others lead into a container."""
    witness: str = ""
    """The file or field that said so."""
    init: int = 0
    """Our number of its first process, as a file of the engine tells; 0 where none does."""

    @property
    def short_id(self) -> str:
        return self.id[:SHORT] if len(self.id) == _UNIQUE else self.id

    @property
    def nameless(self) -> bool:
        """Nobody has told a better name than the id."""
        return self.name == self.short_id != self.id

    @property
    def container(self) -> ContainerId:
        """What is equal in all processes of one container, also before anybody has told its name or pod, or
        found its files."""
        unique = len(self.id) == _UNIQUE
        return ContainerId(self.engine, "" if unique else self.root, self.id or self.name)

    @property
    def facts(self) -> dict[str, str]:
        """All that is known, for JSON."""
        return {field: text for field, text in self._asdict().items() if text}

    @property
    def full(self) -> str:
        """Pod and name, as people write them: `namespace/pod/container`, and for a pod's sandbox the pod."""
        if not self.pod or self.pod == self.name:
            return self.name
        return self.pod if self.pod.endswith(f"/{self.name}") else f"{self.pod}/{self.name}"

    @property
    def distinct(self) -> str:
        """As short as tells it apart: Kubernetes calls containers alike in every pod."""
        return self.full if "/" in self.pod else self.name

    @property
    def of_mount(self) -> bool:
        """A name that a bind mount gives to a namespace, whoever is in it."""
        return self.engine not in _ENGINES

    def called(self, text: str) -> bool:
        """Whether a person may mean this one by `text`: its name, with or without the pod, or its id."""
        if text in (self.name, self.full) or (self.pod and text == self.pod.rpartition("/")[2]):
            return True
        return len(text) >= 6 and len(self.id) == _UNIQUE and self.id.startswith(text.lower())


ENGINES = (
    *("docker", "podman", "containerd", "kubernetes", "cri-o", "runc", "crun", "lxc", "incus"),
    *("systemd-nspawn", "systemd", "flatpak", "snap", "firejail", "bubblewrap", "chromium", "rootlesskit"),
    *("gvisor", "minijail"),
)
"""Those that name processes."""
_ENGINES = frozenset(ENGINES)


class Names:
    """The names of one snapshot.

    processes   process → its name, of those that are not in the host's own namespaces
    namespaces  namespace → the names of its members, each container once; else those of its bind mounts

    problems    for people: why an engine that was to be asked did not answer

    `unit` tells the unit of an ordinary process of the host.
    """

    __slots__ = ("_called", "_containers", "_unit", "namespaces", "problems", "processes")

    def __init__(
        self,
        processes: Mapping[ProcessId, Name] | None = None,
        namespaces: Mapping[NamespaceId, tuple[Name, ...]] | None = None,
        unit: Callable[[Task], Name | None] = lambda task: None,
        problems: tuple[str, ...] = (),
    ) -> None:
        self.processes: Mapping[ProcessId, Name] = MappingProxyType(processes or {})
        self.namespaces: Mapping[NamespaceId, tuple[Name, ...]] = MappingProxyType(namespaces or {})
        self.problems = problems
        self._unit = unit
        self._containers: Mapping[ContainerId, Sequence[ProcessId]] | None = None
        self._called: Mapping[ContainerId, Name] | None = None

    def with_problems(self, problems: tuple[str, ...]) -> "Names":
        return Names(self.processes, self.namespaces, self._unit, problems)

    def of_task(self, task: Task) -> Name | None:
        """The name of a process, its unit's if it is none but the host's; of a thread, none."""
        # A plain tuple is the same key, and made in no time: a filter asks this of every process.
        return self.processes.get((task.pid, task.starttime)) or self._unit(task)  # type: ignore[call-overload]

    def of_namespace(self, namespace: NamespaceId) -> tuple[Name, ...]:
        return self.namespaces.get(namespace, ())

    def containers(self) -> Mapping[ContainerId, Sequence[ProcessId]]:
        """Containers, with their processes in the order of the snapshot."""
        if self._containers is None:
            self._containers = self._by_container()
        return self._containers

    def called(self, container: ContainerId) -> Name | None:
        """The name of a container of which there is a process, or of what a bind mount calls so."""
        if self._called is None:
            of_mounts = (name for names in self.namespaces.values() for name in names if name.of_mount)
            found = {name.container: name for name in of_mounts}
            found |= {one: self.processes[processes[0]] for one, processes in self.containers().items()}
            self._called = found
        return self._called.get(container)

    def _by_container(self) -> Mapping[ContainerId, Sequence[ProcessId]]:
        found: dict[ContainerId, list[ProcessId]] = {}
        of_name: dict[int, list[ProcessId]] = {}  # by the name itself, which many processes have in common
        for process, name in self.processes.items():
            processes = of_name.get(id(name))
            if processes is None:
                processes = of_name[id(name)] = found.setdefault(name.container, [])
            processes.append(process)
        return found


NO_NAMES = Names()


def merged(names: Iterable[Name]) -> tuple[Name, ...]:
    """Each container once, in the order given; without a unit where its processes are in several."""
    found: dict[ContainerId, Name] = {}
    for name in names:
        before = found.setdefault(name.container, name)
        if before.unit != name.unit:
            found[name.container] = before._replace(unit="")
    return tuple(found.values())


def shown(names: Sequence[Name]) -> str:
    """One text for several names: the pod that all of them are in, else all of them."""
    return _pod_of_all(names) or ", ".join(dict.fromkeys(name.name for name in names))


def whose(names: Sequence[Name], most: int = FEW) -> str:
    """What a row says of those that it belongs to: `docker web`, `kubernetes prod/shop`, `podman a, b`.

    Units are told by their names alone, which say that they are units.
    """
    engines: dict[str, list[Name]] = {}
    for name in names:
        engines.setdefault(name.engine, []).append(name)
    parts: list[str] = []
    left_out = 0
    for engine, those in engines.items():
        pod = _pod_of_all(those)
        texts = [pod] if pod else list(dict.fromkeys(name.distinct for name in those))
        left_out += max(0, len(texts) - most)
        told = ", ".join(texts[:most])
        parts.append(told if engine == SYSTEMD else f"{engine} {told}")
    return ", ".join(parts) + (f" and {left_out} more" if left_out else "")


def _pod_of_all(names: Sequence[Name]) -> str:
    """The pod that several names have in common; "" if there is none."""
    pods = {name.pod for name in names}
    return pods.pop() if len(names) > 1 and len(pods) == 1 else ""


def texts(field: str, names: Iterable[Name]) -> tuple[str, ...]:
    """What a filter's field looks through: name, container, engine, image, pod, unit, full."""
    return tuple(text for name in names for text in _TEXTS[field](name) if text)


_TEXTS: dict[str, Callable[[Name], tuple[str, ...]]] = {
    "name": lambda name: (name.name, name.pod, name.unit),
    "container": lambda name: () if name.engine == SYSTEMD else (name.name, name.full, name.id),
    "engine": lambda name: (name.engine,),
    "image": lambda name: (name.image,),
    "pod": lambda name: (name.pod,),
    "unit": lambda name: (name.unit,),
    "full": lambda name: (name.full,),
}
