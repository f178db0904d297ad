"""Podman's containers and pods, against what it says of them itself."""

import json
import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from nsview.discovery.details import read_details
from nsview.discovery.id_maps import read_id_maps
from nsview.kernel.procfs import Procfs
from nsview.model import capability
from nsview.model.containers import State
from nsview.model.kind import Kind
from tests import processes
from tests.naming.live import container_of, look, need, run


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


def in_group(name: str) -> list[int]:
    """The processes of the cgroup called so."""
    found = []
    for pid in map(int, filter(str.isdecimal, os.listdir("/proc"))):
        try:
            groups = Path(f"/proc/{pid}/cgroup").read_text().split("\n")
        except OSError:
            continue
        if any(name in group.split("/") for group in groups):
            found.append(pid)
    return sorted(found)


def test_podman(require_root: None, podman: str, called: str, started: list[subprocess.Popen[bytes]]) -> None:
    """One container with all that `podman inspect` says of it: renamed, in the network of another one, with a
    process that was added, and at last paused."""
    friend, before = f"{called}-net", f"{called}-old"
    try:
        run("podman", "run", "--detach", "--net", "none", "--name", friend, podman, "sleep", "300")
        options = ["--net", f"container:{friend}", "--cap-add", "sys_time"]
        run("podman", "run", "--detach", *options, "--name", before, podman, "sleep", "300")
        run("podman", "rename", before, called)
        added = ["podman", "exec", called, "sleep", "200"]
        started.append(subprocess.Popen(added, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        group = f"libpod-{json.loads(run('podman', 'inspect', called))[0]['Id']}"
        processes.eventually(lambda: len(in_group(group)) == 2, "the process that is added")
        run("podman", "pause", called)
        (answer,) = json.loads(run("podman", "inspect", called))
        container = container_of("podman", answer["Id"])
        told = container.name
        assert (told.name, told.image, told.pod) == (answer["Name"], answer["ImageName"], "")
        assert (told.name, told.root) == (called, "/")
        assert container.init.pid == answer["State"]["Pid"]
        assert list(container.pids) == in_group(group)
        states = {str(kind): place.state for kind, place in container.kinds.items()}
        assert (states["net"], states["user"], states["mnt"]) == (State.SHARED, State.HOST, State.OWN)
        details = read_details(Procfs(), container.init.pid)
        assert details.capabilities is not None
        effective = {name.upper() for name in capability.names(details.capabilities.effective)}
        assert effective == set(answer["EffectiveCaps"])
        assert "CAP_SYS_TIME" in effective
        found, names = look()
        net = found.namespace_of(container.init, Kind.NET)
        assert net is not None
        assert {one.name for one in names.of_namespace(net.id)} == {called, friend}
    finally:
        run("podman", "unpause", called, check=False)
        for name in (called, before, friend):
            run("podman", "rm", "--force", "--time", "0", name, check=False)


def test_ids_of_its_own(require_root: None, podman: str, called: str) -> None:
    options = ["--net", "none", "--uidmap", "0:200000:1000", "--gidmap", "0:200000:1000"]
    try:
        run("podman", "run", "--detach", *options, "--name", called, podman, "sleep", "300")
        (answer,) = json.loads(run("podman", "inspect", called))
        container = container_of("podman", answer["Id"])
        assert (container.name.name, container.name.root) == (called, "/")
        assert container.kinds[Kind.USER].state is State.OWN
        maps, _ = read_id_maps(Procfs(), answer["State"]["Pid"])
        assert maps.uid is not None
        assert answer["HostConfig"]["IDMappings"]["UidMap"] == ["0:200000:1000"]
        assert [":".join(map(str, span)) for span in maps.uid] == ["0:200000:1000"]
    finally:
        run("podman", "rm", "--force", "--time", "0", called, check=False)


def test_a_name_that_another_container_gets(require_root: None, podman: str, called: str) -> None:
    """Of two containers of one name, one after the other, each has its own id."""
    ids = []
    try:
        for _ in range(2):
            run("podman", "run", "--detach", "--net", "none", "--name", called, podman, "sleep", "300")
            (answer,) = json.loads(run("podman", "inspect", called))
            container = container_of("podman", answer["Id"])
            assert (container.name.name, container.init.pid) == (called, answer["State"]["Pid"])
            ids.append(answer["Id"])
            run("podman", "rm", "--force", "--time", "0", called)
        assert len(set(ids)) == 2
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
