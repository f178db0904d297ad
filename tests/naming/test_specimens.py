"""Every engine by files, control groups and command lines that live engines left."""

import json
import lzma
from pathlib import Path

import pytest

from nsview.model.containers import called, containers
from nsview.model.kind import Kind
from nsview.model.name import Name
from nsview.naming.namer import Namer
from tests.model.snapshots import HOST, NET, snapshot
from tests.naming.machine import DATA, FIRST, Machine, own

DOCKER = "3504d05529fe004e8b2f2c9ba5b0628d75740bbe6b145fbc7001c75d34522ad5"
SHARING = "d7a28e149005b4c16121d3dd45b057279142bd4b76d1878562f560c1e15cfea0"
PODMAN = "2d7df8b42bc2e5ae230a837361bd3c0fd1958db3bc8d12c16874fdfdaee94a39"
CRUN = "093c3a6bc2226f990408614e8d1503a8c5a54a2dca45ba76316e4f35f67dd4a0"
POD = "5c6f6862d8dedb5b2a063d15fdf4deb36cb3930c4e79a0aa47fc513c642b7ece"
IN_POD = "7a2f0b53853cb3084daa8ee75449b8f4ef8071b532586c067df1e0a5341bc2c0"
ALSO_IN_POD = "8f3b1a8588335633768c407f20ecb021743c4fc05d6f34fbda750cdeb351972e"
ROOTLESS = "79eece66268c21a50a7e01cf6b4e38359c5c2179a90d37804822b9e55a7e60cf"
SANDBOX = "7f4bb4dd6485cbe2aaf9b9137ee0f46072b9dd75433cca8d8171cba7553a98e6"
WEB = "f7d54caaee274bc1c2d2e5cf436fd28976d629368f1017a563d84869b54e019c"
SIDECAR = "ee66bb690a3b767532171e2c95a96bb1d59b14c44d054526bde66c746cf6e579"
K8S = "/kubepods/besteffort/pod11111111-2222-3333-4444-555555555555"
STORAGE = "/var/lib/containers/storage"
IMAGE = "localhost/zoo-bb:1"


def known(machine: Machine, pid: int) -> Name:
    name = machine.name(pid)
    assert name is not None
    return name


def put_docker(machine: Machine, root: Path | None = None) -> str:
    path = f"/var/lib/docker/containers/{DOCKER}/config.v2.json"
    machine.put(path, DATA / "docker/config.v2.json", root)
    return path


@pytest.mark.parametrize("cgroup", [f"/docker/{DOCKER}", f"/system.slice/docker-{DOCKER}.scope"])
def test_docker(machine: Machine, cgroup: str) -> None:
    path = put_docker(machine)
    machine.add(3301, "httpd -f -p 80", group=cgroup, links=own(1))
    (answer,) = [
        one for one in json.loads((DATA / "docker/containers.json").read_bytes()) if one["Id"] == DOCKER
    ]
    unit = cgroup.rpartition("/")[2] if cgroup.endswith(".scope") else ""
    expected = Name("docker", "zoo-docker", DOCKER, "zoo-bb:1", unit=unit, witness=path)
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


def conmon(identity: str, name: str, bundle: str = f"{STORAGE}/overlay-containers") -> tuple[str, ...]:
    line = (DATA / "podman/conmon-cmdline.txt").read_text().rstrip("\n")
    line = line.replace("/var/lib/containers/storage/overlay-containers", bundle)
    return tuple(line.replace(IN_POD, identity).replace("zoo-podpod-a", name).split("\n"))


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


def put_kubernetes(machine: Machine) -> None:
    for identity in (SANDBOX, WEB, SIDECAR):
        machine.put(
            f"/run/containerd/io.containerd.runtime.v2.task/k8s.io/{identity}/config.json",
            DATA / f"cri/{identity[:12]}.config.json",
        )


@pytest.mark.parametrize("systemd", [False, True])
def test_kubernetes(machine: Machine, systemd: bool) -> None:
    put_kubernetes(machine)
    answer = [json.loads(line) for line in (DATA / "cri/ps.jsonl").read_text().split("\n") if line]
    slice_ = "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod11111111_2222_3333.slice"
    for pid, identity in ((3845, SANDBOX), (3877, WEB), (3913, SIDECAR)):
        cgroup = f"{slice_}/cri-containerd-{identity}.scope" if systemd else f"{K8S}/{identity}"
        machine.add(pid, group=cgroup, links=own(1, mnt=pid))
        name = known(machine, pid)
        (said,) = [one for one in answer if one["id"] == identity]
        assert (name.engine, name.name, name.id) == ("kubernetes", said["name"], identity)
        assert name.pod == "zoo-k8s/zoo-pod"
        assert name.image == said.get("image", "")
    assert known(machine, 3877).full == "zoo-k8s/zoo-pod/web"
    assert known(machine, 3877).called("web")
    assert known(machine, 3877).called("zoo-pod")
    assert not known(machine, 3877).called("sidecar")


@pytest.mark.parametrize(
    ("state", "socket"),
    [
        ("/run/k3s/containerd", ""),
        ("/run/k0s/containerd", ""),
        ("/run/zz/containerd", "/run/zz/containerd/containerd.sock"),
        ("/var/snap/microk8s/common/run/containerd", "/var/snap/microk8s/common/run/containerd.sock"),
    ],
)
def test_kubernetes_with_a_containerd_of_its_own(machine: Machine, state: str, socket: str) -> None:
    path = f"{state}/io.containerd.runtime.v2.task/k8s.io/{WEB}/config.json"
    machine.put(path, DATA / f"cri/{WEB[:12]}.config.json")
    shim = f"/usr/bin/containerd-shim-runc-v2 -namespace k8s.io -id {SANDBOX} -address {socket}"
    machine.add(30, shim if socket else "bash")
    machine.add(3877, group=f"{K8S}/{WEB}", ppid=30, links=own(1))
    assert (known(machine, 3877).full, known(machine, 3877).witness) == ("zoo-k8s/zoo-pod/web", path)


def test_what_a_pod_is_called(machine: Machine) -> None:
    """Its sandbox is meant by the pod's name, and a container by its own behind it."""
    put_kubernetes(machine)
    for pid, identity in ((3845, SANDBOX), (3877, WEB), (3913, SIDECAR)):
        machine.add(pid, group=f"{K8S}/{identity}", links=own(1, mnt=pid))
    found = snapshot(machine.tasks.values())
    named = found.named(Namer(machine).names(found))
    for text, pid in (
        ("zoo-k8s/zoo-pod", 3845),
        ("zoo-pod", 3845),
        ("web", 3877),
        ("zoo-k8s/zoo-pod/web", 3877),
    ):
        container = called(named, text)
        assert container is not None
        assert container.init.pid == pid


def test_kubernetes_whose_files_may_not_be_read(machine: Machine) -> None:
    machine.add(3877, group=f"{K8S}/{WEB}", links=own(1))
    assert known(machine, 3877)[:2] == ("kubernetes", WEB[:12])
    assert known(machine, 3877).pod == "11111111-2222-3333-4444-555555555555"


def test_crio(machine: Machine) -> None:
    cgroup = f"{K8S}/crio-{WEB}.scope"
    told = "k8s_web_zoo-pod_zoo-k8s_11111111-2222-3333-4444-555555555555_0"
    machine.add(50, conmon(WEB, told), group=f"{K8S}/crio-conmon-{WEB}.scope")
    machine.add(51, group=cgroup, ppid=50, links=own(1))
    assert known(machine, 51)[:3] == ("cri-o", "web", WEB)
    assert known(machine, 51).pod == "zoo-k8s/zoo-pod"
    machine.put(
        f"/run/containers/storage/overlay-containers/{WEB}/userdata/config.json",
        json.dumps(
            {
                "annotations": {
                    "io.kubernetes.container.name": "web",
                    "io.kubernetes.pod.name": "zoo-pod",
                    "io.kubernetes.pod.namespace": "zoo-k8s",
                    "io.kubernetes.cri-o.ImageName": "quay.io/zoo/bb:1",
                    "io.kubernetes.cri-o.ContainerType": "container",
                }
            }
        ),
    )
    assert known(machine, 51).full == "zoo-k8s/zoo-pod/web"
    assert known(machine, 51).image == "quay.io/zoo/bb:1"


def test_containerd(machine: Machine) -> None:
    path = "/run/containerd/io.containerd.runtime.v2.task/zoo-ns/zoo-ctr/config.json"
    machine.put(path, DATA / "containerd/config.json")
    machine.add(3752, group="/zoo-ns/zoo-ctr", links=own(1))
    assert known(machine, 3752) == Name("containerd", "zoo-ctr", "zoo-ctr", witness=path)


def test_containerd_and_what_its_database_knows(machine: Machine) -> None:
    machine.put(
        "/var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db",
        lzma.decompress((DATA / "containerd/meta.db.xz").read_bytes()),
    )
    long = "a-container-with-a-rather-long-name-as-they-go-in-large-houses"
    for pid, identity, name, pod in (
        (60, f"{long}-07", f"{long}-07", ""),
        (61, f"{long}-42", "zoo-web", "shop"),
    ):
        path = f"/run/containerd/io.containerd.runtime.v2.task/zoo/{identity}/config.json"
        machine.put(path, DATA / "containerd/config.json")
        machine.add(pid, group=f"/zoo/{identity}", links=own(pid))
        assert known(machine, pid) == Name(
            "containerd", name, identity, "localhost/zoo/bb:1", pod, witness=path
        )


def test_containerd_by_its_shim(machine: Machine) -> None:
    machine.add(30, "/usr/bin/containerd-shim-runc-v2 -namespace zoo-ns -id zoo-ctr -address x")
    machine.add(3752, ppid=30, links=own(1))
    assert known(machine, 3752)[:2] == ("containerd", "zoo-ctr")


def test_runc(machine: Machine) -> None:
    machine.put("/run/runc/zoo-runc/state.json", DATA / "runc/state.json")
    machine.add(3945, group="/zoo-runc", start=346566, links=own(1))
    assert known(machine, 3945) == Name("runc", "zoo-runc", "zoo-runc", witness="/run/runc/zoo-runc")


def test_runc_and_a_process_that_has_got_the_number(machine: Machine) -> None:
    machine.put("/run/runc/zoo-runc/state.json", DATA / "runc/state.json")
    machine.add(3945, group="/", start=999999, links=own(1))
    assert machine.name(3945) is None


def test_runc_by_its_control_group(machine: Machine) -> None:
    """A process that was added to the container: not its first, and not that one's child."""
    machine.put("/run/runc/zoo-runc/state.json", DATA / "runc/state.json")
    machine.add(4000, group="/zoo-runc", links=own(1))
    assert known(machine, 4000).name == "zoo-runc"


def test_runc_that_waits(machine: Machine) -> None:
    machine.add(40, "runc --root /srv/state run --bundle /srv/b zoo")
    machine.add(41, ppid=40, links=own(1))
    assert known(machine, 41)[:2] == ("runc", "zoo")


def test_crun(machine: Machine) -> None:
    machine.put("/run/crun/zoo-crun/status", DATA / "crun/status")
    machine.add(3963, start=346574, links=own(1))
    assert known(machine, 3963) == Name("crun", "zoo-crun", "zoo-crun", witness="/run/crun/zoo-crun")


def test_lxc(machine: Machine) -> None:
    machine.add(3967, ("[lxc monitor] /var/lib/lxc zoo-lxc",), group="/lxc.monitor.zoo-lxc")
    machine.add(3968, group="/lxc.payload.zoo-lxc", ppid=3967, links=own(1))
    machine.add(3972, group="/lxc.payload.zoo-lxc-unpriv", links=own(2))
    machine.put("/var/lib/lxc/zoo-lxc-unpriv/config", DATA / "lxc/config")
    assert known(machine, 3968)[:3] == ("lxc", "zoo-lxc", "zoo-lxc")
    assert known(machine, 3972).witness == "/var/lib/lxc/zoo-lxc-unpriv"
    assert machine.name(3967) is None


def test_lxc_without_control_groups(machine: Machine) -> None:
    machine.add(3967, ("[lxc monitor] /var/lib/lxc zoo-lxc",))
    machine.add(3968, ppid=3967, links=own(1))
    assert known(machine, 3968)[:2] == ("lxc", "zoo-lxc")


@pytest.mark.parametrize(
    ("identity", "name", "pod"), [("i-web", "i-web", ""), ("side_i-web", "i-web", "side")]
)
def test_incus(machine: Machine, identity: str, name: str, pod: str) -> None:
    """In the default project, and in another."""
    machine.put(f"/var/lib/incus/containers/{identity}/backup.yaml", DATA / "incus/backup.yaml")
    machine.add(60, (f"[lxc monitor] /var/lib/incus/containers {identity}",))
    machine.add(61, group=f"/lxc.payload.{identity}", ppid=60, links=own(1))
    machine.add(62, group=f"/lxc.payload.{identity}", ppid=61, links=own(1, mnt=FIRST + 50))
    expected = Name("incus", name, identity, "Busybox hand-made", pod, witness="the monitor's command line")
    assert known(machine, 61) == expected
    assert known(machine, 62).container == expected.container


def test_lxc_has_no_projects(machine: Machine) -> None:
    machine.add(60, ("[lxc monitor] /var/lib/lxc side_web",))
    machine.add(61, group="/lxc.payload.side_web", ppid=60, links=own(1))
    assert known(machine, 61).full == "side_web"


def test_lxc_here_and_in_a_machine(machine: Machine) -> None:
    """Two containers of one name, each known by its monitor, are two."""
    machine.add(40, "systemd-nspawn -M tx -D /srv/tx -b")
    machine.add(41, group="/tx.scope/payload/init.scope", ppid=40, links=own(1), root=machine.root)
    for pid, above, links in ((60, 1, HOST), (70, 41, machine.tasks[41].links)):
        place = {"mnt": links.mnt, "pid": links.pid}
        machine.add(pid, ("[lxc monitor] /var/lib/lxc web",), ppid=above, links=place)
        machine.add(pid + 1, group=f"/{pid}/lxc.payload.web", ppid=pid, links=own(pid))
    assert [known(machine, pid).root for pid in (61, 71)] == ["/", "/proc/41/root"]


def test_nspawn_without_machined(machine: Machine) -> None:
    machine.add(2249, "systemd-nspawn -M zoo-nspawn -D /srv/deb -b", group="/zoo-nspawn.scope/supervisor")
    machine.add(2250, group="/zoo-nspawn.scope/payload/init.scope", ppid=2249, links=own(1))
    machine.add(
        2510,
        group="/zoo-nspawn.scope/payload/system.slice/zoo-priv.service",
        ppid=2250,
        links=own(1, mnt=FIRST),
    )
    assert known(machine, 2250)[:2] == ("systemd-nspawn", "zoo-nspawn")
    assert known(machine, 2510)[:2] == ("systemd-nspawn", "zoo-nspawn")
    assert known(machine, 2510).unit == "zoo-priv.service"


def test_a_machine_in_a_machine(machine: Machine, tmp_path: Path) -> None:
    """Its state file is below the outer one's root, with numbers of the outer one's pid namespace."""
    inside = tmp_path / "inside"
    machine.put("/run/systemd/machines/zoo-inner", DATA / "nspawn/zoo-inner", inside)
    outer = own(1)
    payload = "/zoo-nspawn.scope/payload"
    machine.add(2249, "systemd-nspawn -M zoo-nspawn -D /srv/deb -b")
    machine.add(2250, group=f"{payload}/init.scope", ppid=2249, numbers=(2250, 1), root=inside, links=outer)
    machine.add(
        2570, "systemd-nspawn -M x", group="/x", ppid=2250, numbers=(2570, 43), root=inside, links=outer
    )
    scope = rf"{payload}/machine.slice/machine-zoo\x2dinner.scope/payload"
    machine.add(2572, group=scope, ppid=2570, numbers=(2572, 44, 1), links=own(2))
    name = known(machine, 2572)
    assert name[:3] == ("systemd-nspawn", "zoo-inner", "9f9e96d3787b4a8ba8be45b61ab0506a")
    assert (name.root, name.witness) == ("/proc/2250/root", "/run/systemd/machines/zoo-inner")
    machine.cgroups[2572] = "/"
    assert known(machine, 2572).name == "zoo-inner", "by its number alone"


def test_docker_in_a_machine(machine: Machine, tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    path = put_docker(machine, inside)
    outer = own(1)
    machine.add(2249, "systemd-nspawn -M zoo-sysd -D /srv/deb -b")
    machine.add(2250, group="/zoo-sysd.scope/payload/init.scope", ppid=2249, root=inside, links=outer)
    shim = f"/usr/bin/containerd-shim-runc-v2 -namespace moby -id {DOCKER} -address /run/c.sock"
    machine.add(
        4340,
        shim,
        group="/zoo-sysd.scope/payload/system.slice/docker.service",
        ppid=2250,
        root=inside,
        links=outer,
    )
    cgroup = f"/zoo-sysd.scope/payload/system.slice/docker-{DOCKER}.scope"
    machine.add(4347, group=cgroup, ppid=4340, links=own(2))
    name = known(machine, 4347)
    assert (name.engine, name.name, name.root, name.witness) == (
        "docker",
        "zoo-docker",
        "/proc/2250/root",
        path,
    )
    assert known(machine, 4340)[:2] == ("systemd-nspawn", "zoo-sysd")


def test_systemd(machine: Machine) -> None:
    for pid, cgroup in (
        (10, r"/system.slice/foo\x2dbar.service"),
        (11, "/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-editor-77.scope"),
        (12, "/user.slice/user-1000.slice/session-3.scope"),
        (13, "/"),
    ):
        machine.add(pid, group=cgroup, links=own(pid))
    assert known(machine, 10)[:2] == ("systemd", "foo-bar.service")
    assert known(machine, 10).unit == "foo-bar.service"
    assert known(machine, 11).name == "app-gnome-editor-77.scope"
    assert machine.name(12) is None
    assert machine.name(13) is None


def put_flatpak(machine: Machine) -> None:
    place = "/run/user/3001/.flatpak/4120497682"
    machine.put(f"{place}/info", DATA / "flatpak/info")
    machine.put(f"{place}/bwrapinfo.json", DATA / "flatpak/bwrapinfo.json")


def test_flatpak(machine: Machine) -> None:
    put_flatpak(machine)
    machine.add(4050, "bwrap --args 42 org.zoo.App", uid=3001)
    machine.add(4056, "bwrap --args 42 org.zoo.App", ppid=4050, uid=3001, links=own(1))
    machine.add(4059, ppid=4056, uid=3001, links=own(2, mnt=4026534945))
    for pid in (4056, 4059):
        name = known(machine, pid)
        assert name[:3] == ("flatpak", "org.zoo.App", "4120497682")
        assert name.image == "org.zoo.Platform/x86_64/1"


def test_flatpak_by_its_scope(machine: Machine) -> None:
    cgroup = "/user.slice/user@3001.service/app.slice/app-flatpak-org.zoo.App-4120497682.scope"
    machine.add(4059, group=cgroup, uid=3001, links=own(1))
    assert known(machine, 4059)[:3] == ("flatpak", "org.zoo.App", "4120497682")


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("snap.firefox.firefox-0d8f5c3a-1b2c-4d5e-8f90-a1b2c3d4e5f6.scope", "firefox"),
        ("snap.lxd.daemon.service", "lxd.daemon"),
        ("snap.code", "code"),
        # Of snapd 2.68, for a snap zoo-snap with the apps zoo-snap, tool, and srv, which is a service.
        ("snap.zoo-snap.zoo-snap-fbd6c069-7f05-4878-84d1-eaf4cac52ef9.scope", "zoo-snap"),
        ("snap.zoo-snap.tool-8628fa7b-a410-4ff3-aeec-b11f7573f19e.scope", "zoo-snap.tool"),
        ("snap.zoo-snap.srv.service", "zoo-snap.srv"),
        ("snap.tool.run.0d8f5c3a-1b2c-4d5e-8f90-a1b2c3d4e5f6.scope", "tool.run"),
    ],
)
def test_snap(machine: Machine, part: str, name: str) -> None:
    machine.add(70, group=f"/user.slice/user@1000.service/app.slice/{part}", links=own(1))
    assert known(machine, 70)[:2] == ("snap", name)


def test_firejail(machine: Machine) -> None:
    machine.put("/run/firejail/name/3983", DATA / "firejail/name/3983")
    machine.put("/run/firejail/profile/3983", DATA / "firejail/profile/3983")
    machine.add(3983, "firejail --name=zoo-firejail --noprofile sleep 1000062")
    machine.add(4054, ppid=3983, variable="firejail", links=own(1))
    assert known(machine, 4054) == Name("firejail", "zoo-firejail", "3983", witness="/run/firejail/name/3983")
    assert machine.name(3983) is None


def test_firejail_without_a_name(machine: Machine) -> None:
    """It is called as the program; also where that program's own name is a link to firejail."""
    for pid, line in ((30, "firejail --noprofile --private sleep 9"), (32, "firefox about:blank")):
        machine.put(f"/run/firejail/sandbox/{pid}", "")
        machine.add(pid, line)
        machine.add(pid + 1, ppid=pid, links=own(pid))
        name = "sleep" if pid == 30 else "firefox"
        assert known(machine, pid + 1) == Name(
            "firejail", name, str(pid), witness=f"/run/firejail/sandbox/{pid}"
        )


def test_bubblewrap(machine: Machine) -> None:
    line = (
        "bwrap --unshare-all --ro-bind / / --setenv A b --hostname zoobwrap --proc /proc /bin/sleep 1000061"
    )
    machine.add(3990, line)
    machine.add(3996, line, ppid=3990, links=own(1))
    machine.add(3997, ppid=3996, links=own(1))
    assert known(machine, 3997)[:3] == ("bubblewrap", "sleep", "3990")
    assert known(machine, 3996) == known(machine, 3997)


def test_minijail(machine: Machine) -> None:
    machine.add(4590, "minijail0 -v -p -u nobody -c0 -- /srv/zoo/img/zoo-odd sleep zoo-minijail")
    machine.add(4600, "/srv/zoo/img/zoo-odd sleep zoo-minijail", ppid=4590, links=own(1))
    assert known(machine, 4600)[:3] == ("minijail", "zoo-odd", "4590")


def jailed() -> dict[int, tuple[str, ...]]:
    """Command lines of minijail0 2026.05.18, by the program's argument."""
    lines = (DATA / "minijail/cmdlines.txt").read_text().splitlines()
    return {int(line.rpartition("|")[2]): tuple(line.split("|")) for line in lines}


def test_minijail_and_its_own_process_number_one(machine: Machine) -> None:
    """It has the same command line, and is not in all of the program's namespaces: still one sandbox."""
    line = jailed()[99601]
    machine.add(2398, line)
    machine.add(2399, line, ppid=2398, links=own(1))
    machine.add(2405, line[-2:], ppid=2399, links=own(1, ipc=FIRST + 90))
    assert known(machine, 2405)[:3] == ("minijail", "sleep", "2398")
    assert known(machine, 2399).container == known(machine, 2405).container


def test_minijail_that_does_not_wait(machine: Machine) -> None:
    machine.add(2406, jailed()[99604], links=own(1))
    machine.add(2407, "/bin/sleep 99604", ppid=2406, links=own(1))
    machine.add(2408, "/bin/sleep 1", ppid=2407, links=own(1, net=FIRST + 90))
    for pid in (2406, 2407, 2408):
        assert known(machine, pid)[:3] == ("minijail", "sleep", "2406")
    machine.add(30, "bash", links=own(2))
    machine.add(31, "minijail0 -u nobody sleep 1", ppid=30, links=own(2))
    assert machine.name(31) is None, "it has made no namespace"


def test_minijail_that_takes_its_command_line_apart(machine: Machine) -> None:
    line = jailed()[99603]
    assert line[-4:] == ("A", "b", "/bin/sleep", "99603")
    machine.add(2401, line)
    machine.add(2403, line[-2:], ppid=2401, links=own(1))
    assert known(machine, 2403)[:3] == ("minijail", "sleep", "2401")


def test_chromium(machine: Machine) -> None:
    path = "/usr/lib/chromium/chromium"
    machine.add(2400, f"{path} --headless")
    machine.add(2444, f"{path} --type=zygote --headless", ppid=2400, links=own(1))
    machine.add(2479, f"{path} --type=zygote --headless", ppid=2444, links=own(1))
    # A process that shows a title has one argument.
    machine.add(2622, (f"{path} --type=renderer --crashpad-handler-pid=0",), ppid=2479, links=own(2))
    machine.add(2700, "/usr/bin/make --type=renderers", links=own(3))
    for pid in (2444, 2479, 2622):
        assert known(machine, pid)[:3] == ("chromium", "chromium", "2400")
    assert machine.name(2700) is None


def test_rootlesskit(machine: Machine) -> None:
    state = "/run/user/3001/zoo-rootlesskit"
    machine.put(f"{state}/child_pid", DATA / "rootlesskit/child_pid")
    machine.add(3040, f"rootlesskit --state-dir={state} --net=none sleep 1000008", uid=3001)
    machine.add(3048, "/proc/self/exe --state-dir=x sleep 1000008", ppid=3040, uid=3001, links=own(1))
    machine.add(3079, ppid=3048, uid=3001, links=own(1))
    assert known(machine, 3048) == Name(
        "rootlesskit", "zoo-rootlesskit", "3040", witness=f"{state}/child_pid"
    )
    assert known(machine, 3079) == known(machine, 3048)


def test_gvisor(machine: Machine) -> None:
    machine.put("/run/runsc/zoo-runsc_sandbox:zoo-runsc.state", DATA / "runsc/state.json")
    line = "runsc-sandbox --root=/var/run/runsc --network=none boot --bundle=/srv/zoo/z/runsc zoo-runsc"
    machine.add(4019, line, links=own(1))
    machine.add(4020, line.replace("zoo-runsc", "other"), links=own(2))
    assert known(machine, 4019)[:3] == ("gvisor", "zoo-runsc", "zoo-runsc")
    assert known(machine, 4019).witness.endswith("zoo-runsc.state")
    assert known(machine, 4020)[:2] == ("gvisor", "other")


def test_the_gofer_of_gvisor_is_not_its_first_process(machine: Machine) -> None:
    machine.put("/run/runsc/zoo-runsc_sandbox:zoo-runsc.state", DATA / "runsc/state.json")
    state = json.loads((DATA / "runsc/state.json").read_bytes())
    gofer, sandbox = state["goferPid"], state["sandbox"]["pid"]
    machine.add(gofer, "runsc-gofer --root=/var/run/runsc gofer --bundle .", start=1, links=own(1))
    machine.add(sandbox, "runsc-sandbox --root=/var/run/runsc boot zoo-runsc", start=2, links=own(1))
    found = snapshot(machine.tasks.values())
    (container,) = containers(found.named(Namer(machine).names(found)))
    assert (container.init.pid, container.pids) == (sandbox, tuple(sorted((gofer, sandbox))))


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
