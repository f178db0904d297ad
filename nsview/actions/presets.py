"""Namespaces that go well together, by name."""

from collections.abc import Callable
from typing import NamedTuple

from nsview.actions.id_maps import MapRequest
from nsview.actions.spawn import SpawnRequest
from nsview.kernel.own import PROC
from nsview.model.kind import KINDS, Kind


class Preset(NamedTuple):
    name: str
    meaning: str
    apply: Callable[[SpawnRequest], SpawnRequest]
    """Adds to a request; what was asked for beside it stays."""


_ROOT = MapRequest(single=0)


def _with(request: SpawnRequest, *kinds: Kind) -> SpawnRequest:
    return request._replace(kinds=(*request.kinds, *kinds))


def _rootless(request: SpawnRequest) -> SpawnRequest:
    return _with(request, Kind.USER, Kind.MNT, Kind.PID)._replace(
        users=request.users or _ROOT, groups=request.groups or _ROOT, mount_proc=request.mount_proc or PROC
    )


def _container_like(request: SpawnRequest) -> SpawnRequest:
    kinds = [kind for kind in KINDS if kind is not Kind.TIME]
    return _with(request, *kinds)._replace(
        users=request.users or _ROOT,
        groups=request.groups or _ROOT,
        mount_proc=request.mount_proc or PROC,
        loopback=True,
    )


def _network_lab(request: SpawnRequest) -> SpawnRequest:
    return _with(request, Kind.NET)._replace(loopback=True)


def _hostname(request: SpawnRequest) -> SpawnRequest:
    return _with(request, Kind.UTS)


def _time_machine(request: SpawnRequest) -> SpawnRequest:
    return _with(request, Kind.TIME)


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "rootless", "root in a user namespace, with mounts, processes and /proc of its own", _rootless
        ),
        Preset("container-like", "all but time: what a container has", _container_like),
        Preset("network-lab", "a network of its own with lo up (--veth connects it to ours)", _network_lab),
        Preset("hostname", "a host name of its own (--hostname)", _hostname),
        Preset("time-machine", "clocks of its own (--boottime, --monotonic)", _time_machine),
    )
}
