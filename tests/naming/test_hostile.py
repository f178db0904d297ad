"""State files that are broken, or made to hurt: no name, and nothing else."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nsview.model.name import Name
from nsview.naming import (
    conmon,
    containerd,
    crio,
    crun,
    docker,
    flatpak,
    gvisor,
    kubernetes,
    nspawn,
    passwd,
    podman,
    runc,
)
from nsview.naming.bubblewrap import program_in as bwrap_program
from nsview.naming.firejail import name_of as firejail_name
from nsview.naming.kept import of_path
from nsview.naming.low_level import container_of
from nsview.naming.minijail import program_in as minijail_program
from nsview.naming.nspawn import machine_of
from nsview.naming.rootlesskit import name_of as rootlesskit_name
from nsview.naming.scope import innermost, parts_of
from nsview.naming.snap import parse as parse_snap
from nsview.naming.state import LONGEST, parse_json
from nsview.naming.systemd import of_parts
from tests.naming.machine import DATA, Machine, own

ID = "3504d05529fe004e8b2f2c9ba5b0628d75740bbe6b145fbc7001c75d34522ad5"
TASKS = "/run/containerd/io.containerd.runtime.v2.task"
FLATPAK = "/run/user/0/.flatpak/7"
PLACES: dict[str, Path | None] = {
    f"/var/lib/docker/containers/{ID}/config.v2.json": DATA / "docker/config.v2.json",
    "/etc/docker/daemon.json": None,
    "/etc/passwd": None,
    "/var/lib/containers/storage/overlay-containers/containers.json": DATA / "podman/containers.json",
    "/var/lib/containers/storage/db.sql": DATA / "podman/bolt_state.db",
    f"/run/containers/storage/overlay-containers/{ID}/userdata/pidfile": None,
    f"/run/containers/storage/overlay-containers/{ID}/userdata/config.json": DATA / "docker/oci-config.json",
    f"{TASKS}/k8s.io/{ID}/config.json": DATA / "cri/f7d54caaee27.config.json",
    f"{TASKS}/some/{ID}/config.json": DATA / "containerd/config.json",
    "/run/runc/one/state.json": DATA / "runc/state.json",
    "/run/crun/one/status": DATA / "crun/status",
    "/run/runsc/one.state": DATA / "runsc/state.json",
    "/run/systemd/machines/one": DATA / "nspawn/zoo-inner",
    f"{FLATPAK}/info": DATA / "flatpak/info",
    f"{FLATPAK}/bwrapinfo.json": DATA / "flatpak/bwrapinfo.json",
    "/run/firejail/name/30": DATA / "firejail/name/3983",
    "/run/kit/child_pid": None,
    "/var/lib/incus/containers/one/backup.yaml": DATA / "incus/backup.yaml",
    "/var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db": DATA / "podman/bolt_state.db",
    f"{TASKS}/k8s.io/{ID}/init.pid": None,
    f"/run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/{ID}/config.json": DATA
    / "docker/oci-config.json",
    "/run/firejail/sandbox/30": None,
}
GROUPS = (
    "/",
    f"/docker/{ID}",
    f"/x/{ID}",
    f"/machine.slice/libpod-{ID}.scope",
    f"/kubepods/pod11111111-2222-3333-4444-555555555555/{ID}",
    f"/crio-{ID}.scope",
    "/lxc.payload.one",
    "/machine.slice/machine-one.scope/payload",
    "/user.slice/app-flatpak-x-7.scope",
)
KEEPERS = (
    "bash",
    "rootlesskit --state-dir=/run/kit",
    "[lxc monitor] /var/lib/incus/containers one",
    "runsc boot one",
)


def crowd(machine: Machine) -> None:
    """A process in each control group, below each sort of keeper."""
    pid = 30
    for keeper in KEEPERS:
        for group in GROUPS:
            machine.add(pid, (keeper,) if keeper.startswith("[") else keeper)
            machine.add(pid + 1, group=group, ppid=pid, links=own(pid))
            pid += 2


def check(name: Name) -> None:
    *texts, init = name
    assert isinstance(init, int)
    for text in texts:
        assert isinstance(text, str)
        assert len(text) <= 2 * LONGEST
        text.encode("utf-8", "surrogateescape")
    assert name.name


nested = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
KEYS = (
    *(
        "Name",
        "ID",
        "Config",
        "Labels",
        "Image",
        "id",
        "names",
        "metadata",
        "annotations",
        "init_process_pid",
    ),
    *("cgroup_paths", "pid", "process-start-time", "cgroup-path", "sandbox", "goferPid", "child-pid"),
    *("mnt-namespace", "io.kubernetes.cri.sandbox-name", "io.kubernetes.pod.name", "data-root"),
)
shaped = st.dictionaries(st.sampled_from(KEYS), nested | st.just(ID), max_size=8)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200) | shaped.map(lambda value: json.dumps(value).encode()))
def test_any_content_of_any_file(machine: Machine, content: bytes) -> None:
    for path in PLACES:
        machine.put(path, content)
    crowd(machine)
    for name in machine.names().processes.values():
        check(name)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_genuine_files_with_damage(machine: Machine, data: st.DataObject) -> None:
    for path, genuine in PLACES.items():
        content = bytearray((genuine.read_bytes() if genuine else b"root:x:0:0:root:/root:/bin/sh")[:20000])
        for _ in range(data.draw(st.integers(0, 3))):
            place = data.draw(st.integers(0, max(0, len(content) - 1)))
            length = data.draw(st.integers(0, 40))
            content[place : place + length] = data.draw(st.binary(max_size=20))
        machine.put(path, bytes(content))
    crowd(machine)
    for name in machine.names().processes.values():
        check(name)


@pytest.mark.parametrize("value", [nested, shaped])
def test_parsers_of_json(value: st.SearchStrategy[object]) -> None:
    parsers: list[Callable[[object], object]] = [
        lambda state: docker.parse(state, ID),
        lambda state: kubernetes.parse(state, ID),
        lambda state: crio.parse(state, ID),
        lambda state: containerd.parse(state, ID),
        lambda state: flatpak.parse("7", b"[Application]\nname=x", state),
        lambda state: crun.parse(state, "x"),
        runc.parse,
        gvisor.parse,
    ]

    @settings(max_examples=100, deadline=None)
    @given(state=value)
    def any_state(state: object) -> None:
        for parse in parsers:
            parse(state)

    any_state()


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=300))
def test_parsers_of_bytes(data: bytes) -> None:
    podman.parse(data)
    podman.parse_pods(data)
    podman.pod_of(data, ID)
    passwd.parse_homes(data)
    nspawn.parse(data)
    flatpak.parse("7", data, {})
    parse_json(data)


@settings(max_examples=200, deadline=None)
@given(arguments=st.lists(st.text(max_size=10) | st.sampled_from(["--", "-", "run", "-M", "--bind", "-c"])))
def test_any_command_line(arguments: list[str]) -> None:
    line = tuple(arguments)
    for parse in (bwrap_program, minijail_program, firejail_name, rootlesskit_name, container_of, machine_of):
        assert isinstance(parse(line), str)
    assert conmon.Conmon(1, 0, ID, "", "".join(line)).storage is not None


@settings(max_examples=200, deadline=None)
@given(path=st.text(max_size=200) | st.lists(st.sampled_from(GROUPS)).map("".join))
def test_any_control_group(path: str) -> None:
    parts = parts_of(path)
    innermost(parts)
    of_parts(parts)
    of_path(path)
    for part in parts:
        parse_snap(part)


def test_control_groups_that_were_made_to_cost() -> None:
    started = time.perf_counter()
    for part in ("snap." + "a-" * 2000, "app-flatpak-" + "1-" * 2000, "machine-" + "\\x2d" * 1000 + ".scope"):
        parse_snap(part)
        innermost((part,) * 3000)
    assert time.perf_counter() - started < 1.0


def everywhere(machine: Machine, make: Callable[[Path], object]) -> None:
    """Something nasty instead of each state file; then only control groups and command lines can name."""
    for path in PLACES:
        place = machine.put(path, b"")
        place.unlink()
        make(place)
    crowd(machine)
    started = time.perf_counter()
    names = machine.names()
    assert time.perf_counter() - started < 5
    for name in names.processes.values():
        check(name)
        assert not name.witness.startswith("/") or name.witness.startswith(
            ("/run/firejail", "/var/lib/incus")  # there the name of the file is the witness
        )
        assert not name.image


def test_deep_json(machine: Machine) -> None:
    everywhere(machine, lambda place: _write(place, b"[" * 500_000))
    for opening in (b"[", b'{"a":'):
        assert parse_json(opening * 500_000) is None


def test_lone_surrogates(machine: Machine) -> None:
    """Nobody could write them out again."""
    config = json.dumps({"ID": ID, "Name": "/\ud800"}).encode()
    assert docker.parse(parse_json(config), ID) is None


def test_numbers_without_end(machine: Machine) -> None:
    everywhere(machine, lambda place: _write(place, b'{"pid": ' + b"9" * 60_000 + b"}"))


def test_huge_files(machine: Machine) -> None:
    everywhere(machine, lambda place: os.truncate(_write(place, b"{}"), 1 << 40))


def test_fifos(machine: Machine) -> None:
    everywhere(machine, os.mkfifo)


def test_directories(machine: Machine) -> None:
    everywhere(machine, lambda place: place.mkdir())


def test_links_out_of_the_root(machine: Machine, tmp_path: Path) -> None:
    genuine = {path: source for path, source in PLACES.items() if source is not None}
    for number, source in enumerate(genuine.values()):
        (tmp_path / str(number)).write_bytes(source.read_bytes().replace(b"zoo-docker", b"forged"))
    targets = iter(range(len(genuine) * 2))
    everywhere(machine, lambda place: place.symlink_to(tmp_path / str(next(targets) % len(genuine))))


def test_names_that_lead_elsewhere(machine: Machine) -> None:
    """Ids and names become parts of paths; none may climb."""
    machine.add(40, ("containerd-shim", "-namespace", "../../..", "-id", "../x"))
    machine.add(41, ppid=40, links=own(1))
    machine.add(42, ("conmon", "-c", "../" * 20 + "a" * 4, "-n", "x", "-b", "/"))
    machine.add(43, ppid=42, links=own(2))
    machine.put("/x/config.json", DATA / "containerd/config.json")
    for name in machine.names().processes.values():
        assert name.witness == "command line of its shim"


def _write(place: Path, content: bytes) -> Path:
    place.write_bytes(content)
    return place
