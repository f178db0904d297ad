"""How long names take: 10,000 processes, of which 2,000 are in 200 containers of four engines.

State files lie in a real directory tree; what procfs says is made up, in the time that procfs takes.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterable
from copy import copy
from pathlib import Path
from typing import TypeVar

from benchmarks.measure import Goal
from nsview.kernel.confined import Confined
from nsview.model.kind import Links
from nsview.model.process import Details, Task
from nsview.model.snapshot import Snapshot
from nsview.model.views.build import build
from nsview.model.views.moment import first as visit
from nsview.model.views.view import Arrangement, ViewName
from nsview.naming.ask import Answers
from nsview.naming.live import LiveNames, Questions
from nsview.naming.namer import Namer
from tests.model.snapshots import FIRST_FREE, HOST, process, snapshot

PROCESSES, CONTAINERS, MEMBERS = 10_000, 200, 10
FIRST, TICK, LIVE = "first look, ms", "look thereafter, ms", "look thereafter in the app, engines asked, ms"
VIEW = "view by container, ms"
LIMITS = {FIRST: 500.0, TICK: 5.0, LIVE: 5.0, VIEW: 15.0}
T = TypeVar("T")
READ = 25e-6
"""Seconds that one file of procfs costs, with the interpreter's share."""
TICKS = 130
"""Looks, one a second: enough that everything is asked for again."""
TASKS = "/run/containerd/io.containerd.runtime.v2.task/k8s.io"


class Machine:
    """A `Reader` of processes that do not exist."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tasks: list[Task] = []
        self.cgroups: dict[int, str] = {}
        self.cmdlines: dict[int, tuple[str, ...]] = {}
        self.reads = 0

    def add(self, task: Task, cgroup: str, *cmdline: str) -> None:
        self.tasks.append(task)
        self.cgroups[task.pid] = cgroup
        self.cmdlines[task.pid] = cmdline

    def put(self, path: str, content: object) -> None:
        place = self.root / path.removeprefix("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(content))

    def _wait(self) -> None:
        self.reads += 1
        end = time.process_time() + READ
        while time.process_time() < end:
            pass

    def cmdline(self, pid: int) -> tuple[str, ...]:
        self._wait()
        return self.cmdlines[pid]

    def cgroup(self, pid: int) -> str | None:
        self._wait()
        return self.cgroups[pid]

    def ns_pids(self, pid: int) -> tuple[int, ...]:
        self._wait()
        return (pid,)

    def container_variable(self, pid: int) -> str:
        self._wait()
        return ""

    def files(self, pid: int | None) -> Confined:
        return Confined(str(self.root))

    def place(self, pid: int) -> str:
        return f"/proc/{pid}/root"

    def home(self) -> int:
        return HOST.mnt

    def forget(self) -> None:
        pass


def machine_at(root: Path) -> Machine:
    """The host's processes first, then the containers: docker, podman, kubernetes, runc in turn."""
    machine = Machine(root)
    machine.add(process(1), "/init.scope", "/sbin/init")
    containers = CONTAINERS * MEMBERS
    for pid in range(2, PROCESSES - containers - CONTAINERS + 1):
        machine.add(process(pid), f"/system.slice/unit{pid % 50}.service", f"/usr/bin/daemon{pid}")
    stored: list[object] = []
    pid = PROCESSES
    for number in range(CONTAINERS):
        pid += 1
        shim, identity = pid, f"{number:064x}"
        group, line = _container(machine, number, identity, shim + 1, stored)
        machine.add(process(shim), "/system.slice/engine.service", *line)
        links = _links(number)
        for member in range(MEMBERS):
            pid += 1
            parent = shim if member == 0 else shim + 1
            machine.add(process(pid, ppid=parent, links=links), group, "worker", str(member))
    machine.put("/var/lib/containers/storage/overlay-containers/containers.json", stored)
    return machine


def _container(
    machine: Machine, number: int, identity: str, pid: int, stored: list[object]
) -> tuple[str, tuple[str, ...]]:
    """(control group, command line of what keeps it) of one container, whose files are put in place."""
    filler = {"Env": ["X=" + "y" * 100] * 40}
    match number % 4:
        case 0:
            config = {"ID": identity, "Name": f"/web{number}", "Config": {"Image": "nginx:1"} | filler}
            machine.put(f"/var/lib/docker/containers/{identity}/config.v2.json", config)
            return f"/docker/{identity}", ("containerd-shim-runc-v2", "-namespace", "moby", "-id", identity)
        case 1:
            metadata = json.dumps({"image-name": "localhost/web:1"})
            stored.append({"id": identity, "names": [f"web{number}"], "metadata": metadata} | filler)
            bundle = f"/var/lib/containers/storage/overlay-containers/{identity}/userdata"
            line = ("conmon", "-c", identity, "-n", f"web{number}", "-b", bundle)
            return f"/machine.slice/libpod-{identity}.scope", line
        case 2:
            notes = {"sandbox-name": "shop", "sandbox-namespace": "prod", "container-name": f"web{number}"}
            annotations = {f"io.kubernetes.cri.{key}": value for key, value in notes.items()}
            machine.put(f"{TASKS}/{identity}/config.json", {"annotations": annotations} | filler)
            group = f"/kubepods/besteffort/pod11111111-2222-3333-4444-555555555555/{identity}"
            return group, ("containerd-shim-runc-v2", "-namespace", "k8s.io", "-id", identity)
    machine.put(f"/run/runc/web{number}/state.json", {"id": f"web{number}", "init_process_pid": pid} | filler)
    return "/", ("bash",)


def _links(number: int) -> Links:
    inode = FIRST_FREE + number * 10
    own = {"ipc": inode, "mnt": inode + 1, "net": inode + 2, "pid": inode + 3, "uts": inode + 4}
    return HOST._replace(**own, cgroup=inode + 5, pid_for_children=inode + 3)


def figures() -> dict[str, dict[str, float]]:
    """Milliseconds of processor time, which other programs do not lengthen."""
    with tempfile.TemporaryDirectory() as place:
        machine = machine_at(Path(place))
        groups = {pid: Details(cgroup=group) for pid, group in machine.cgroups.items()}
        return {
            "control groups read": _measure(machine, {}),
            "control groups known": _measure(machine, groups),
        }


def goals(found: dict[str, dict[str, float]]) -> list[Goal]:
    return [Goal(f"{name}, {how}", row[name], LIMITS[name]) for how, row in found.items() for name in LIMITS]


def _measure(machine: Machine, details: dict[int, Details]) -> dict[str, float]:
    whole = snapshot(machine.tasks, details=details)
    looks = [_at(whole, 1_000_000.0 + tick) for tick in range(TICKS)]
    namer = Namer(machine)
    machine.reads = 0
    started = time.process_time()
    names = namer.names(looks[0])
    first = time.process_time() - started
    reads = machine.reads
    inside = names.processes.values()
    assert len(inside) == CONTAINERS * MEMBERS
    assert all(name.name.startswith("web") for name in inside)
    later = _each(looks[1:], namer.names)
    # What Docker would say of its containers, again at each look.
    told = {(name.engine, name.id): name for name in inside if name.engine == "docker"}
    questions = Questions(lambda engines: Answers(told))
    live = LiveNames(namer=namer, questions=questions)
    live.named(looks[0], ask=True)
    questions.wait()
    live.named(looks[0], ask=True)
    in_the_app = _each(looks[1:], lambda look: live.named(look, ask=True))
    moment = visit(looks[0].named(names))
    views = _each(range(TICKS), lambda _: build(moment, Arrangement(ViewName.CONTAINER)))
    return {
        FIRST: first * 1000,
        TICK: _middle(later),
        LIVE: _middle(in_the_app),
        VIEW: _middle(views),
        "slowest look thereafter, ms": max(later) * 1000,
        "files of procfs read by the first": float(reads),
    }


def _at(whole: Snapshot, uptime: float) -> Snapshot:
    """The same at another time."""
    later = copy(whole)
    later.uptime = uptime
    return later


def _each(given: Iterable[T], work: Callable[[T], object]) -> list[float]:
    """Seconds of processor time that each took."""
    took = []
    for one in given:
        started = time.process_time()
        work(one)
        took.append(time.process_time() - started)
    return took


def _middle(took: list[float]) -> float:
    """Milliseconds."""
    return sorted(took)[len(took) // 2] * 1000
