"""Real engines, started for the test: names against what each engine itself says of its containers."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from nsview.model.containers import State
from nsview.model.kind import Kind
from nsview.model.namespace import NamespaceId
from tests import linux, processes
from tests.kernel_fixtures import RunNsview, Spawn
from tests.naming.live import PATIENCE, children, container_of, look, name_of, need, run, runs
from tests.sandboxes import run_detached


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


def bundle(place: Path, rootfs: Path, cgroup: str | None, runtime: str = "runc") -> Path:
    """A directory for runc or crun, with a program that waits."""
    place.mkdir()
    run(runtime, "spec", cwd=place)
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
        run_detached("runc", place, called, tmp_path / "log")
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


def test_crun(require_root: None, rootfs: Path, tmp_path: Path, called: str) -> None:
    """In a mount namespace with control groups of version 2 alone: older ones refuse a mixture."""
    need("crun", "unshare")
    place = bundle(tmp_path / "bundle", rootfs, f"/{called}", "crun")
    log = tmp_path / "log"

    def crun(*arguments: str, check: bool = True) -> str:
        alone = "mount --make-rprivate / && umount --lazy /sys/fs/cgroup && mount -t cgroup2 x /sys/fs/cgroup"
        # Into a file: what is detached keeps its output open.
        script = f'{alone} && crun "$@" >{log} 2>&1 || {{ cat {log} >&2; exit 1; }}'
        run("unshare", "--mount", "sh", "-c", script, "crun", *arguments, check=check)
        return log.read_text()

    try:
        crun("run", "--detach", "--bundle", str(place), called)
        crun("exec", "--detach", called, "sleep", "200")
        state = json.loads(crun("state", called))
        container = container_of("crun", state["id"])
        assert (container.name.name, container.init.pid) == (called, state["pid"])
        assert len(container.pids) == 2
        assert container.name.witness == f"/run/crun/{called}"
    finally:
        crun("delete", "--force", called, check=False)


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


def test_ip_netns_with_veth_and_bridge(
    require_root: None, called: str, started: list[subprocess.Popen[bytes]]
) -> None:
    """Two namespaces at one bridge, with processes in one of them: it is called as it is without."""
    need("ip")
    bridge, ends = f"b{called[-8:]}", [f"{called}-{side}" for side in ("left", "right")]
    try:
        run("ip", "link", "add", bridge, "type", "bridge")
        for number, name in enumerate(ends):
            run("ip", "netns", "add", name)
            outer = f"v{number}{called[-8:]}"
            run("ip", "link", "add", outer, "type", "veth", "peer", "name", "eth0", "netns", name)
            run("ip", "link", "set", outer, "master", bridge, "up")
            run("ip", "-n", name, "link", "set", "eth0", "up")
        inside = ["ip", "netns", "exec", ends[0], "sleep", "300"]
        started.append(subprocess.Popen(inside, stdin=subprocess.DEVNULL))
        inodes = {name: os.stat(f"/run/netns/{name}").st_ino for name in ends}
        processes.eventually(lambda: linux.inode(started[0].pid, "net") == inodes[ends[0]], "it is inside")
        found, names = look()
        for name, inode in inodes.items():
            ns = found.by_inode(inode)
            assert ns is not None
            assert [one[:2] for one in names.of_namespace(ns.id)] == [("ip netns", name)]
        assert names.of_task(found.processes[started[0].pid]) is None, "it is in no container"
    finally:
        for process in started:
            process.kill()
            process.wait()
        for name in ends:
            run("ip", "netns", "delete", name, check=False)
        run("ip", "link", "delete", bridge, check=False)


def test_a_nested_user_namespace(
    require_root: None, rootfs: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    """What a sandbox's process makes belongs to the sandbox."""
    need("bwrap", "busybox")
    command = ["bwrap", "--unshare-all", "--bind", str(rootfs), "/", "--proc", "/proc", "--die-with-parent"]
    command += ["/bin/busybox", "unshare", "-U", "-r", "/bin/sleep", "300"]
    started.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    outer = started[0].pid

    def sleeps() -> int:
        below = [outer]
        for pid in below:
            below += children(pid)
        return next((pid for pid in below if runs(pid, "sleep")), 0)

    inner = processes.eventually(lambda: started[0].poll() is not None or sleeps(), "the program, or no luck")
    if started[0].poll() is not None:
        pytest.skip("no user namespace can be made in a sandbox of bwrap here")
    found, names = look()
    name = names.of_task(found.processes[inner])
    assert name is not None
    assert name[:3] == ("bubblewrap", "busybox", str(outer))
    user = found.namespace_of(found.processes[inner], Kind.USER)
    assert user is not None
    assert user.parent is not None
    for ns in (user.id, user.parent):
        assert isinstance(ns, NamespaceId)
        assert [one.id for one in names.of_namespace(ns)] == [str(outer)]
    container = container_of("bubblewrap", str(outer))
    assert inner in container.pids
    assert container.kinds[Kind.USER].state is State.OWN


def test_a_sandbox_of_an_ordinary_user(
    require_root: None, nsview_as_nobody: RunNsview, started: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    """Rootless, and seen by root and by its owner alike."""
    need("bwrap", "setpriv")
    told_read, told_write = os.pipe()
    command = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "bwrap", "--unshare-all"]
    command += [
        "--die-with-parent",
        "--ro-bind",
        "/",
        "/",
        "--proc",
        "/proc",
        "--info-fd",
        str(told_write),
        "sleep",
        "300",
    ]
    # As nobody it may not look into the directory that tests run in.
    started.append(
        subprocess.Popen(
            command, pass_fds=[told_write], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/"
        )
    )
    os.close(told_write)
    with open(told_read) as told:
        text = told.read()
    assert started[0].stderr is not None
    if not text:
        pytest.skip(f"bwrap as nobody: {started[0].stderr.read().decode().strip()[-300:]}")
    started[0].stderr.close()
    inner = json.loads(text)["child-pid"]
    processes.eventually(lambda: any(runs(pid, "sleep") for pid in children(inner)), "the program")
    container = container_of("bubblewrap", str(started[0].pid))
    states = {kind: place.state for kind, place in container.kinds.items()}
    assert states[Kind.USER] is states[Kind.NET] is State.OWN
    assert inner in container.pids
    assert Path(f"/proc/{inner}/uid_map").read_text().split()[1] == "65534"
    document = json.loads(nsview_as_nobody("containers", "--json").stdout)
    (row,) = [row for row in document["containers"] if row["id"] == str(started[0].pid)]
    assert (row["name"], row["pid"], row["pids"]) == ("sleep", container.init.pid, list(container.pids))
    assert {kind: place["state"] for kind, place in row["kinds"].items()} == {
        str(kind): str(state) for kind, state in states.items()
    }
    assert row["user_map"][0][1] == 65534


def test_firejail(require_root: None, called: str, started: list[subprocess.Popen[bytes]]) -> None:
    need("firejail")
    command = ["firejail", "--quiet", "--noprofile", f"--name={called}", "--net=none", "sleep", "300"]
    started.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    listed = processes.eventually(
        lambda: started[0].poll() is not None or called in run("firejail", "--list"), "firejail lists it"
    )
    if started[0].poll() is not None or not listed:
        pytest.skip(f"firejail ends with {started[0].returncode} here")
    outer = started[0].pid
    init = children(outer)[0]
    processes.eventually(lambda: any(runs(pid, "sleep") for pid in children(init)), "the program")
    container = container_of("firejail", str(outer))
    assert (container.name.name, container.init.pid) == (called, init)
    assert container.kinds[Kind.NET].state is State.OWN
    started[0].terminate()
    started[0].wait(PATIENCE)


def test_nspawn(
    require_root: None, called: str, rootfs: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    need("systemd-nspawn")
    (rootfs / "usr").mkdir()
    command = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--as-pid2", "--machine", called]
    command += ["--private-network", "--directory", str(rootfs), "/bin/sleep", "300"]
    started.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE))
    supervisor = started[0].pid
    assert started[0].stderr is not None

    def leads() -> int:
        return next((pid for pid in children(supervisor) for sub in children(pid) if runs(sub, "sleep")), 0)

    leader = processes.eventually(lambda: started[0].poll() is not None or leads(), "the program")
    if started[0].poll() is not None:
        pytest.skip(f"systemd-nspawn: {started[0].stderr.read().decode().strip()[-300:]}")
    name = name_of(leader)
    assert name is not None
    assert name[:2] == ("systemd-nspawn", called)
    started[0].terminate()
    started[0].wait(PATIENCE)


def test_lxc(require_root: None, rootfs: Path, called: str, started: list[subprocess.Popen[bytes]]) -> None:
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
        attach = ["lxc-attach", "--name", called, "--", "/bin/sleep", "200"]
        started.append(subprocess.Popen(attach, stdin=subprocess.DEVNULL))
        added = lambda: [pid for pid in children(started[0].pid) if runs(pid, "sleep")]  # noqa: E731
        (guest,) = processes.eventually(added, "the process that was added")
        container = container_of("lxc", called)
        assert (container.name.name, container.init.pid) == (called, int(info["PID"]))
        assert container.pids == tuple(sorted((container.init.pid, guest)))
        assert container.kinds[Kind.NET].state is State.OWN
    finally:
        run("lxc-stop", "--name", called, "--kill", check=False)
        shutil.rmtree(place, ignore_errors=True)
