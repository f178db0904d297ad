"""Real engines, started for the test: names against what each engine itself says of its containers."""

import json
import os
import shutil
import signal
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nsview.discovery.scanner import Scanner, Scope, Wanted
from nsview.model.kind import Kind
from nsview.model.name import Name, Names
from nsview.model.snapshot import Snapshot
from nsview.naming.namer import Namer
from tests import linux, processes
from tests.kernel_fixtures import Spawn

PATIENCE = 30
NO_DETAILS = Scope(dear=False, details=Wanted.NONE)


def look() -> tuple[Snapshot, Names]:
    found = Scanner().scan(NO_DETAILS)
    return found, Namer().names(found)


def name_of(pid: int) -> Name | None:
    found, names = look()
    task = found.processes.get(pid)
    assert task is not None, f"{pid} has ended"
    return names.of_task(task)


def need(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


def run(*command: str, check: bool = True, **more: Any) -> str:
    """What a program prints; the test is skipped with its own words where this machine cannot run it."""
    result: subprocess.CompletedProcess[str] = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        **more,
    )
    if check and result.returncode:
        pytest.skip(f"{' '.join(command[:3])}: {result.stderr.strip()[-300:] or result.returncode}")
    return result.stdout


@pytest.fixture
def called() -> str:
    return f"nsview-test-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def rootfs(tmp_path: Path) -> Path:
    """A root directory with busybox alone."""
    busybox = shutil.which("busybox")
    if busybox is None:
        pytest.skip("busybox is not installed")
    root = tmp_path / "rootfs"
    for name in ("bin", "proc", "dev", "sys", "run", "tmp", "etc"):
        (root / name).mkdir(parents=True)
    shutil.copy2(busybox, root / "bin/busybox")
    for name in ("sh", "sleep", "cat"):
        (root / "bin" / name).symlink_to("busybox")
    if os.geteuid() == 0:
        works = subprocess.run(["chroot", str(root), "/bin/sleep", "0"], capture_output=True, check=False)
        if works.returncode:
            pytest.skip("busybox is not linked statically (busybox-static)")
    return root


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Programs that a test starts, to be ended by it."""
    running: list[subprocess.Popen[bytes]] = []
    yield running
    for process in running:
        process.send_signal(signal.SIGKILL)
        process.wait()


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_bubblewrap(require_root: None, rootfs: Path, started: list[subprocess.Popen[bytes]]) -> None:
    need("bwrap")
    told_read, told_write = os.pipe()
    command = ["bwrap", "--unshare-all", "--ro-bind", str(rootfs), "/", "--proc", "/proc", "--dev", "/dev"]
    command += ["--die-with-parent", "--info-fd", str(told_write), "/bin/sleep", "300"]
    started.append(subprocess.Popen(command, pass_fds=[told_write], stdin=subprocess.DEVNULL))
    os.close(told_write)
    with open(told_read) as told:
        text = told.read()
    if not text:
        pytest.skip("bwrap cannot make its namespaces here")
    info = json.loads(text)
    outer, inner = started[0].pid, info["child-pid"]
    (program,) = processes.eventually(lambda: children(inner), "the program")
    processes.eventually(lambda: Path(f"/proc/{program}/comm").read_text() == "sleep\n", "sleep")
    found, names = look()
    for pid in (inner, program):
        name = names.of_task(found.processes[pid])
        assert name is not None
        assert name[:3] == ("bubblewrap", "sleep", str(outer))
    assert names.of_task(found.processes[outer]) is None
    for kind in ("mnt", "net", "pid"):
        inode = info.get(f"{kind}-namespace") or linux.inode(inner, kind)
        ns = found.by_inode(inode)
        assert ns is not None
        assert [name.name for name in names.of_namespace(ns.id)] == ["sleep"]


def bundle(place: Path, rootfs: Path, cgroup: str | None) -> Path:
    """A directory for runc, with a program that waits."""
    place.mkdir()
    run("runc", "spec", "--bundle", str(place), check=False)
    config = json.loads((place / "config.json").read_bytes())
    config["root"] = {"path": str(rootfs)}
    config["process"] |= {"args": ["sleep", "300"], "terminal": False}
    config["process"].pop("rlimits", None)
    config["linux"].pop("resources", None)
    if cgroup is not None:
        config["linux"]["cgroupsPath"] = cgroup
    (place / "config.json").write_text(json.dumps(config))
    return place


def test_runc(require_root: None, rootfs: Path, tmp_path: Path, called: str) -> None:
    need("runc")
    place = bundle(tmp_path / "bundle", rootfs, f"/{called}")
    try:
        with open(tmp_path / "log", "wb") as log:
            result = subprocess.run(
                ["runc", "run", "--detach", "--bundle", str(place), called],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=PATIENCE,
                check=False,
            )
        if result.returncode:
            pytest.skip(f"runc: {(tmp_path / 'log').read_text()[-300:]}")
        state = json.loads(run("runc", "state", called))
        name = name_of(state["pid"])
        assert name is not None
        assert name[:3] == ("runc", state["id"], called)
        assert name.witness == f"/run/runc/{called}"
    finally:
        run("runc", "delete", "--force", called, check=False)


def test_runc_in_a_container(
    require_root: None, rootfs: Path, tmp_path: Path, called: str, spawn: Spawn
) -> None:
    """Its state file lies below the outer one's root, with numbers of the outer one's pid namespace."""
    need("runc")
    place = bundle(tmp_path / "bundle", rootfs, f"/{called}")

    def inside() -> str:
        linux.private_mounts()
        linux.mount("tmpfs", "/run", "tmpfs", data="mode=0755")
        linux.mount("proc", "/proc", "proc")
        os.mkdir("/run/log")
        with open("/run/log/runc", "wb") as log:
            result = subprocess.run(
                ["runc", "run", "--detach", "--bundle", str(place), called],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=PATIENCE,
                check=False,
            )
        if result.returncode:
            return "error: " + Path("/run/log/runc").read_text()[-300:]
        return subprocess.run(["runc", "state", called], capture_output=True, check=True).stdout.decode()

    child = spawn(inside, unshare=linux.CLONE_NEWNS | linux.CLONE_NEWPID)
    try:
        if child.value.startswith("error"):
            pytest.skip(f"runc: {child.value}")
        state = json.loads(child.value)
        (init,) = [
            pid for pid in children(child.pid) if linux.inode(pid, "pid") != linux.inode(child.pid, "pid")
        ]
        assert state["pid"] != init
        name = name_of(init)
        assert name is not None
        assert name[:3] == ("runc", called, called)
        assert linux.inode(int(name.root.split("/")[2]), "mnt") == linux.inode(child.pid, "mnt")
        assert name_of(child.pid) is None
    finally:
        child.end()
        groups = list(Path("/sys/fs/cgroup").glob(f"**/{called}"))
        processes.eventually(lambda: all(_removed(group) for group in groups), "the cgroups are empty")


def _removed(cgroup: Path) -> bool:
    """Remove the cgroup that the runtime is no more there to remove, once its last process is gone."""
    try:
        cgroup.rmdir()
    except FileNotFoundError:
        pass
    except OSError:
        return False
    return True


def test_ip_netns(require_root: None, called: str) -> None:
    need("ip")
    run("ip", "netns", "add", called)
    try:
        found, names = look()
        inode = os.stat(f"/run/netns/{called}").st_ino
        ns = found.by_inode(inode)
        assert ns is not None
        assert [name[:2] for name in names.of_namespace(ns.id)] == [("ip netns", called)]
    finally:
        run("ip", "netns", "delete", called, check=False)


@pytest.fixture
def podman(tmp_path: Path, rootfs: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An image of busybox in the storage of this machine, gone with the test."""
    need("podman", "runc")
    config = tmp_path / "containers.conf"
    limits = 'default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]'
    config.write_text(f'[containers]\n{limits}\n[engine]\nruntime = "runc"\n')
    monkeypatch.setenv("CONTAINERS_CONF", str(config))
    image = f"localhost/nsview-test-{uuid.uuid4().hex[:8]}:1"
    archive = run("tar", "--create", "--file", str(tmp_path / "image.tar"), "--directory", str(rootfs), ".")
    assert archive == ""
    run("podman", "import", str(tmp_path / "image.tar"), image)
    yield image
    run("podman", "rmi", "--force", image, check=False)


def test_podman(require_root: None, podman: str, called: str) -> None:
    try:
        run("podman", "run", "--detach", "--net", "none", "--name", called, podman, "sleep", "300")
        (answer,) = json.loads(run("podman", "inspect", called))
        name = name_of(answer["State"]["Pid"])
        assert name is not None
        assert (name.engine, name.name, name.id, name.image) == (
            "podman",
            answer["Name"],
            answer["Id"],
            answer["ImageName"],
        )
        assert name.pod == ""
    finally:
        run("podman", "rm", "--force", "--time", "0", called, check=False)


def test_a_pod_of_podman(require_root: None, podman: str, called: str) -> None:
    try:
        options = ["--infra-image", podman, "--infra-command", "/bin/sleep 300", "--net", "none"]
        run("podman", "pod", "create", "--name", called, *options)
        for member in ("one", "two"):
            run(
                "podman",
                "run",
                "--detach",
                "--pod",
                called,
                "--name",
                f"{called}-{member}",
                podman,
                "sleep",
                "300",
            )
        answers = json.loads(run("podman", "inspect", f"{called}-one", f"{called}-two"))
        found, names = look()
        for answer in answers:
            task = found.processes[answer["State"]["Pid"]]
            name = names.of_task(task)
            assert name is not None
            assert (name.name, name.id, name.pod) == (answer["Name"], answer["Id"], called)
        net = found.namespace_of(task, Kind.NET)
        assert net is not None
        shared = names.of_namespace(net.id)
        assert {name.pod for name in shared} == {called}
        assert {f"{called}-one", f"{called}-two"} <= {name.name for name in shared}
    finally:
        run("podman", "pod", "rm", "--force", "--time", "0", called, check=False)


def test_lxc(require_root: None, rootfs: Path, called: str) -> None:
    need("lxc-start", "lxc-info", "lxc-stop")
    place = Path("/var/lib/lxc", called)
    place.mkdir(parents=True)
    try:
        (place / "config").write_text(
            f"lxc.rootfs.path = dir:{rootfs}\nlxc.net.0.type = empty\nlxc.uts.name = {called}\n"
            "lxc.init.cmd = /bin/sleep 300\nlxc.apparmor.profile = unconfined\n"
        )
        run("lxc-start", "--name", called, "--logfile", str(place / "log"))
        info = dict(
            line.split(":", 1)
            for line in run("lxc-info", "--name", called, "--no-humanize", "--pid", "--state").split("\n")
            if ":" in line
        )
        if not info.get("PID", "").strip().isdecimal():
            pytest.skip(f"lxc-start: {(place / 'log').read_text()[-300:]}")
        name = name_of(int(info["PID"]))
        assert name is not None
        assert name[:3] == ("lxc", called, called)
    finally:
        run("lxc-stop", "--name", called, "--kill", check=False)
        shutil.rmtree(place, ignore_errors=True)
