"""Docker and Podman, by files, control groups and command lines that live ones left."""

import json
import lzma

import pytest

from nsview.model.kind import Kind
from nsview.model.name import Name
from tests.model.snapshots import NET
from tests.naming.machine import DATA, DOCKER, FIRST, IN_POD, STORAGE, Machine, conmon, known, own, put_docker

SHARING = "d7a28e149005b4c16121d3dd45b057279142bd4b76d1878562f560c1e15cfea0"
PODMAN = "2d7df8b42bc2e5ae230a837361bd3c0fd1958db3bc8d12c16874fdfdaee94a39"
CRUN = "093c3a6bc2226f990408614e8d1503a8c5a54a2dca45ba76316e4f35f67dd4a0"
POD = "5c6f6862d8dedb5b2a063d15fdf4deb36cb3930c4e79a0aa47fc513c642b7ece"
ALSO_IN_POD = "8f3b1a8588335633768c407f20ecb021743c4fc05d6f34fbda750cdeb351972e"
ROOTLESS = "79eece66268c21a50a7e01cf6b4e38359c5c2179a90d37804822b9e55a7e60cf"
IMAGE = "localhost/zoo-bb:1"


@pytest.mark.parametrize("cgroup", [f"/docker/{DOCKER}", f"/system.slice/docker-{DOCKER}.scope"])
def test_docker(machine: Machine, cgroup: str) -> None:
    path = put_docker(machine)
    machine.add(3301, "httpd -f -p 80", group=cgroup, links=own(1))
    (answer,) = [
        one for one in json.loads((DATA / "docker/containers.json").read_bytes()) if one["Id"] == DOCKER
    ]
    unit = cgroup.rpartition("/")[2] if cgroup.endswith(".scope") else ""
    expected = Name("docker", "zoo-docker", DOCKER, "zoo-bb:1", unit=unit, witness=path, init=3301)
    assert known(machine, 3301) == expected
    assert (expected.name, expected.id, expected.image) == (
        answer["Names"][0].removeprefix("/"),
        answer["Id"],
        answer["Image"],
    )


def test_docker_elsewhere(machine: Machine) -> None:
    machine.put("/etc/docker/daemon.json", '{"data-root": "/srv/docker"}')
    machine.put(f"/srv/docker/containers/{DOCKER}/config.v2.json", DATA / "docker/config.v2.json")
    machine.add(3301, group=f"/docker/{DOCKER}", links=own(1))
    assert known(machine, 3301).name == "zoo-docker"


def test_docker_with_user_namespaces(machine: Machine) -> None:
    """--userns-remap: the daemon's files are below those of another one."""
    path = f"/var/lib/docker/2000000.2000000/containers/{DOCKER}/config.v2.json"
    machine.put(path, DATA / "docker/config.v2.json")
    machine.add(3301, group=f"/docker/{DOCKER}", uid=2000000, links=own(1, user=FIRST + 9))
    assert (known(machine, 3301).name, known(machine, 3301).witness) == ("zoo-docker", path)


@pytest.mark.parametrize("state", ["/run/containerd", "/run/docker/containerd/daemon", "/run/zz"])
def test_docker_with_a_directory_of_the_command_lines_choice(machine: Machine, state: str) -> None:
    """Containers have files of the daemon's mounted; their task is where the shim's socket tells."""
    config = (DATA / "docker/oci-config.json").read_text().replace("/var/lib/docker/", "/srv/dock2/")
    machine.put(f"{state}/io.containerd.runtime.v2.task/moby2/{DOCKER}/config.json", config)
    machine.put(f"/srv/dock2/containers/{DOCKER}/config.v2.json", DATA / "docker/config.v2.json")
    machine.add(20, f"containerd-shim-runc-v2 -namespace moby2 -id {DOCKER} -address {state}/containerd.sock")
    machine.add(3301, group=f"/docker/{DOCKER}", ppid=20, links=own(1))
    assert known(machine, 3301).witness == f"/srv/dock2/containers/{DOCKER}/config.v2.json"


def test_docker_rootless(machine: Machine) -> None:
    machine.put("/etc/passwd", "zoo:x:3001:3001:Zoo:/home/zoo:/bin/sh\n")
    place = f"/home/zoo/.local/share/docker/containers/{DOCKER}/config.v2.json"
    machine.put(place, DATA / "docker/config.v2.json")
    cgroup = f"/user.slice/user-3001.slice/user@3001.service/user.slice/docker-{DOCKER}.scope"
    machine.add(3301, group=cgroup, uid=3001, links=own(1))
    assert known(machine, 3301)[:2] == ("docker", "zoo-docker")
    assert known(machine, 3301).witness == place


def test_docker_rootless_without_control_groups(machine: Machine) -> None:
    machine.add(
        20, f"containerd-shim-runc-v2 -namespace moby -id {DOCKER} -address /run/user/7/c.sock", uid=7
    )
    machine.add(3301, ppid=20, uid=7, links=own(1))
    assert known(machine, 3301) == Name("docker", DOCKER[:12], DOCKER, witness="command line of its shim")
    put_docker(machine)
    assert known(machine, 3301).name == "zoo-docker"


def test_docker_whose_files_may_not_be_read(machine: Machine) -> None:
    machine.add(3301, group=f"/docker/{DOCKER}", links=own(1))
    assert known(machine, 3301) == Name("docker", DOCKER[:12], DOCKER, witness="control group")


def test_docker_below_a_control_group_of_the_users_choice(machine: Machine) -> None:
    put_docker(machine)
    machine.add(3301, group=f"/mine/{DOCKER}", links=own(1))
    machine.add(
        20, f"/usr/bin/containerd-shim-runc-v2 -namespace moby -id {SHARING} -address /run/containerd/c.sock"
    )
    machine.add(21, group=f"/mine/{SHARING}", ppid=20, links=own(2))
    assert known(machine, 3301).name == "zoo-docker"
    assert known(machine, 21)[:2] == ("docker", SHARING[:12])


def test_compose(machine: Machine) -> None:
    config = json.loads((DATA / "docker/config.v2.json").read_bytes())
    config["Config"]["Labels"] = {"com.docker.compose.project": "shop", "com.docker.compose.service": "web"}
    machine.put(f"/var/lib/docker/containers/{DOCKER}/config.v2.json", json.dumps(config))
    machine.add(3301, group=f"/docker/{DOCKER}", links=own(1))
    assert known(machine, 3301).full == "shop/zoo-docker"


def put_podman(machine: Machine) -> None:
    machine.put(f"{STORAGE}/overlay-containers/containers.json", DATA / "podman/containers.json")
    machine.put(f"{STORAGE}/libpod/bolt_state.db", DATA / "podman/bolt_state.db")


def answers(file: str) -> dict[str, dict[str, object]]:
    return {one["Id"]: one for one in json.loads((DATA / file).read_bytes())}


@pytest.mark.parametrize(
    "cgroup", [f"/libpod_parent/libpod-{PODMAN}", f"/machine.slice/libpod-{PODMAN}.scope/container"]
)
def test_podman(machine: Machine, cgroup: str) -> None:
    put_podman(machine)
    machine.add(2768, group=cgroup, variable="podman", links=own(1))
    name, answer = known(machine, 2768), answers("podman/api-libpod-containers.json")[PODMAN]
    assert (name.engine, name.name, name.id, name.pod) == ("podman", "zoo-podman", PODMAN, "")
    assert ([name.name], name.image) == (answer["Names"], answer["Image"])


def test_a_pod_of_podman(machine: Machine) -> None:
    """Two containers in one pod share namespaces, which take both names."""
    put_podman(machine)
    shared = own(1)
    for pid, identity in ((2885, IN_POD), (2917, ALSO_IN_POD)):
        cgroup = f"/libpod_parent/{POD}/libpod-{identity}"
        machine.add(pid - 1, conmon(identity, "zoo-as-it-was-called"))
        machine.add(pid, group=cgroup, ppid=pid - 1, links=shared | {"mnt": FIRST + 100 + pid})
    names = machine.names()
    answer = answers("podman/api-libpod-containers.json")
    for pid, identity in ((2885, IN_POD), (2917, ALSO_IN_POD)):
        name = names.of_task(machine.tasks[pid])
        assert name is not None
        assert (name.pod, name.image) == (answer[identity]["PodName"], answer[identity]["Image"])
        assert [name.name] == answer[identity]["Names"], "it was renamed, which its conmon does not know"
    (net,) = [found for ns, found in names.namespaces.items() if ns.kind is Kind.NET]
    assert [name.pod for name in net] == ["zoo-podpod", "zoo-podpod"]
    assert len([ns for ns in names.namespaces if ns.kind is Kind.MNT]) == 2


def test_podman_without_control_groups(machine: Machine) -> None:
    put_podman(machine)
    machine.add(2940, conmon(CRUN, "zoo-podman-crun"))
    machine.add(2941, ppid=2940, variable="podman", links=own(1))
    machine.add(2950, "sh", ppid=2941, links=own(1, net=FIRST + 99))
    name = known(machine, 2941)
    assert (name.name, name.id, name.image) == ("zoo-podman-crun", CRUN, IMAGE)
    assert machine.name(2940) is None, "conmon sits outside"
    assert known(machine, 2950) == name, "what a container's process makes belongs to the container"


def test_podman_rootless(machine: Machine) -> None:
    place = "/home/zoo/.local/share/containers/storage/vfs-containers"
    machine.put(f"{place}/containers.json", DATA / "podman-rootless/containers.json")
    machine.add(2990, conmon(ROOTLESS, "zoo-rootless", place), uid=3001)
    machine.add(2996, ppid=2990, uid=3001, links=own(1, user=FIRST + 9))
    name = known(machine, 2996)
    assert (name.name, name.image) == ("zoo-rootless", IMAGE)
    assert name.witness == f"{place}/containers.json"


@pytest.mark.parametrize("columns_alone", [False, True])
def test_a_pod_of_podman_without_control_groups(machine: Machine, columns_alone: bool) -> None:
    """What pod it is in only the database tells: BoltDB's of Podman 4, and SQLite's of Podman 5."""
    for pid, file, storage, listing, identity, pod in (
        (
            50,
            "podman-rootless/bolt_state.db",
            "libpod/bolt_state.db",
            "containers-pod.json",
            "fadf1e07",
            "rpod",
        ),
        (60, "podman/db.sql", "db.sql", "containers-5.json", "81599ace", "spod"),
    ):
        listed = (DATA / file).parent / listing
        (entry,) = [one for one in json.loads(listed.read_bytes()) if one["id"].startswith(identity)]
        database = lzma.decompress((DATA / f"{file}.xz").read_bytes())
        if columns_alone and storage == "db.sql":
            database = database.replace(b'"id":"81599ace', b'"id":"\0\0\0\0\0\0\0\0')
        machine.put(f"/srv/{pid}/{storage}", database)
        machine.put(f"/srv/{pid}/overlay-containers/containers.json", listed)
        machine.add(pid, conmon(entry["id"], "as-it-was-called", f"/srv/{pid}/overlay-containers"))
        machine.add(pid + 1, ppid=pid, links=own(pid))
        assert known(machine, pid + 1)[:3] == ("podman", entry["names"][0], entry["id"])
        assert known(machine, pid + 1).pod == pod


def test_podman_in_a_units_control_group(machine: Machine) -> None:
    """--cgroups=split, as Quadlet has it: below the unit, where nspawn would have its payload."""
    identity = "90578ad3736c771f25c05e5b8bdc479a123d2a690bc5ac753652f95d39d520d6"
    machine.put(f"{STORAGE}/overlay-containers/containers.json", DATA / "podman/containers-5.json")
    for pid, above in ((70, ""), (71, "/tx-box.scope/payload")):
        cgroup = f"{above}/system.slice/split.service/libpod-payload-{identity}"
        machine.add(pid, group=cgroup, links=own(pid))
        assert known(machine, pid)[:3] == ("podman", "s-split", identity)
        assert known(machine, pid).unit == "split.service"


def test_podman_whose_conmon_was_killed(machine: Machine) -> None:
    machine.put("/etc/passwd", "zoo:x:3001:3001:Zoo:/home/zoo:/bin/sh\n")
    storage = "/home/zoo/.local/share/containers/storage/vfs-containers/containers.json"
    machine.put(storage, DATA / "podman-rootless/containers.json")
    listed = (DATA / "podman-rootless/run-user-files.txt").read_text().split("\n")
    (pid_file,) = [path for path in listed if ROOTLESS in path and path.endswith("/userdata/pidfile")]
    machine.put(pid_file, "2996")
    machine.add(2996, uid=3001, links=own(1))
    assert known(machine, 2996).name == "zoo-rootless"


def test_what_shares_namespaces_with_the_host(machine: Machine) -> None:
    """The host's namespaces take no names, even if a container is in them."""
    put_docker(machine)
    machine.add(3301, group=f"/docker/{DOCKER}", links={"mnt": FIRST})
    names = machine.names()
    assert [ns.inode for ns in names.namespaces] == [FIRST]
    assert NET not in [ns.inode for ns in names.namespaces]


def test_a_foreign_mount_namespace_alone_is_no_container(machine: Machine) -> None:
    machine.add(80, "sh", links={"mnt": FIRST}, variable="docker")
    assert machine.name(80) is None
