"""A machine made of genuine state files, at their genuine places below directories of our own.

Processes are said by what is special about them; their command lines and control groups are those that live
engines' processes had.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

from nsview.kernel.confined import Confined
from nsview.model.name import Name, Names
from nsview.model.process import Task
from nsview.naming.namer import Namer
from tests.model.snapshots import HOST, process, snapshot

DATA = Path(__file__).parent.parent / "data" / "engines"
FIRST = 4026540000
STORAGE = "/var/lib/containers/storage"
IN_POD = "7a2f0b53853cb3084daa8ee75449b8f4ef8071b532586c067df1e0a5341bc2c0"


def own(number: int, **inodes: int) -> dict[str, int]:
    """The links of container `number`: namespaces of its own, but for those given."""
    first = FIRST + number * 10
    links = {"cgroup": first, "ipc": first + 1, "mnt": first + 2, "net": first + 3, "pid": first + 4}
    return links | {"uts": first + 5} | inodes


class Machine:
    """A `Reader` of made-up processes; their roots are real directories."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tasks: dict[int, Task] = {}
        self.cmdlines: dict[int, tuple[str, ...]] = {}
        self.cgroups: dict[int, str] = {}
        self.numbers: dict[int, tuple[int, ...]] = {}
        self.variables: dict[int, str] = {}
        self.roots: dict[int, Path] = {}
        self.asked = 0
        self.add(1, "/sbin/init", group="/init.scope", ppid=0)
        root.mkdir(exist_ok=True)

    def add(
        self,
        pid: int,
        cmdline: str | tuple[str, ...] = "sleep 1",
        /,
        *,
        group: str = "/",
        ppid: int = 1,
        start: int | None = None,
        uid: int = 0,
        numbers: tuple[int, ...] = (),
        variable: str = "",
        root: Path | None = None,
        links: Mapping[str, int] | None = None,
    ) -> None:
        own_links = HOST._replace(**(links or {}))
        self.tasks[pid] = process(pid, ppid=ppid, start=start, uid=uid, links=own_links)
        self.cmdlines[pid] = tuple(cmdline.split(" ")) if isinstance(cmdline, str) else cmdline
        self.cgroups[pid] = group
        self.numbers[pid] = numbers or (pid,)
        self.variables[pid] = variable
        if root is not None:
            self.roots[pid] = root

    def put(self, path: str, content: Path | bytes | str, root: Path | None = None) -> Path:
        """A file at its place below a root."""
        place = (root or self.root) / path.removeprefix("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            shutil.copyfile(content, place)
        else:
            place.write_bytes(content.encode() if isinstance(content, str) else content)
        return place

    def names(self, namer: Namer | None = None) -> Names:
        return (namer or Namer(self)).names(snapshot(self.tasks.values()))

    def name(self, pid: int) -> Name | None:
        return self.names().of_task(self.tasks[pid])

    # ---- Reader

    def cmdline(self, pid: int) -> tuple[str, ...]:
        return self.cmdlines.get(pid, ())

    def cgroup(self, pid: int) -> str | None:
        self.asked += 1
        return self.cgroups.get(pid)

    def ns_pids(self, pid: int) -> tuple[int, ...]:
        return self.numbers.get(pid, ())

    def container_variable(self, pid: int) -> str:
        return self.variables.get(pid, "")

    def files(self, pid: int | None) -> Confined:
        root = self.root if pid is None else self.roots.get(pid)
        if root is None:
            raise FileNotFoundError(pid)
        return Confined(str(root))

    def place(self, pid: int) -> str:
        return f"/proc/{pid}/root"

    def home(self) -> int:
        return HOST.mnt

    def forget(self) -> None:
        pass


DOCKER = "3504d05529fe004e8b2f2c9ba5b0628d75740bbe6b145fbc7001c75d34522ad5"
"""A container of whom there is a config.v2.json."""


def known(machine: Machine, pid: int) -> Name:
    name = machine.name(pid)
    assert name is not None
    return name


def put_docker(machine: Machine, root: Path | None = None) -> str:
    path = f"/var/lib/docker/containers/{DOCKER}/config.v2.json"
    machine.put(path, DATA / "docker/config.v2.json", root)
    return path


def conmon(identity: str, name: str, bundle: str = f"{STORAGE}/overlay-containers") -> tuple[str, ...]:
    line = (DATA / "podman/conmon-cmdline.txt").read_text().rstrip("\n")
    line = line.replace("/var/lib/containers/storage/overlay-containers", bundle)
    return tuple(line.replace(IN_POD, identity).replace("zoo-podpod-a", name).split("\n"))
