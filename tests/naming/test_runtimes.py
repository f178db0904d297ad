"""Kubernetes, CRI-O, containerd, runc, crun: by files, control groups and command lines of live ones."""

import json
import lzma

import pytest

from nsview.model.containers import called, containers
from nsview.model.name import Name
from nsview.naming.namer import Namer
from tests.model.snapshots import snapshot
from tests.naming.machine import DATA, Machine, conmon, known, own

SANDBOX = "7f4bb4dd6485cbe2aaf9b9137ee0f46072b9dd75433cca8d8171cba7553a98e6"
WEB = "f7d54caaee274bc1c2d2e5cf436fd28976d629368f1017a563d84869b54e019c"
SIDECAR = "ee66bb690a3b767532171e2c95a96bb1d59b14c44d054526bde66c746cf6e579"
K8S = "/kubepods/besteffort/pod11111111-2222-3333-4444-555555555555"


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


def test_the_first_process_as_containerd_wrote_it_down(machine: Machine) -> None:
    """With gVisor for a runtime, whose gofer is older."""
    task = "/run/containerd/io.containerd.runtime.v2.task/zoo-ns/zoo-ctr"
    machine.put(f"{task}/config.json", DATA / "containerd/config.json")
    machine.put(f"{task}/init.pid", "3753")
    for pid in (3752, 3753):
        machine.add(pid, group="/zoo-ns/zoo-ctr", links=own(1))
    found = snapshot(machine.tasks.values())
    (container,) = containers(found.named(Namer(machine).names(found)))
    assert (container.init.pid, container.pids) == (3753, (3752, 3753))


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
