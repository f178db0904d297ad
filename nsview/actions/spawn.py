"""Plan to make new namespaces, ours or inside those of a target."""

import errno
import os
import stat
from typing import NamedTuple

from nsview.actions import surroundings
from nsview.actions.enter import EnterRequest, NoPlan, plan_enter
from nsview.actions.equivalent import spawn_line
from nsview.actions.id_maps import IdMaps, MapRequest, id_maps
from nsview.actions.kept import NETNS, PLACE, path_of
from nsview.actions.plan import (
    FIRST_MAPPED,
    Check,
    Environment,
    Identity,
    Keep,
    Left,
    Makes,
    Place,
    Plan,
    Veth,
)
from nsview.kernel.own import CAP_NET_ADMIN, CAP_SYS_ADMIN, CAP_SYS_TIME, Own, own, sysctl
from nsview.model.kind import KINDS, Kind
from nsview.model.namespace import Namespace
from nsview.model.process import Task
from nsview.model.snapshot import Snapshot


class SpawnRequest(NamedTuple):
    """What somebody asked for. Options that mean a kind add it: a host name a uts namespace, and so on."""

    kinds: tuple[Kind, ...] = ()
    users: MapRequest = MapRequest()
    groups: MapRequest = MapRequest()
    setgroups: str | None = None
    owner: tuple[int, int] | None = None
    mount_proc: str | None = None
    propagation: str | None = "private"
    hostname: str | None = None
    domainname: str | None = None
    boottime: int | None = None
    monotonic: int | None = None
    loopback: bool = False
    veth: tuple[str, str] | None = None
    """Names of an interface here and of its peer in the new network namespace."""
    keep: str | None = None
    """The name to keep the new namespaces under."""
    files: tuple[tuple[Kind, str], ...] = ()
    """Kinds that are to be kept at a path each."""
    uid: int | None = None
    gid: int | None = None
    keep_capabilities: bool = False
    root: str | None = None
    cwd: str | None = None
    environment: str = "mine"
    variables: tuple[tuple[str, str], ...] = ()
    command: tuple[str, ...] = ()
    fork: bool = True
    kill_child: int = 9
    """The signal that the program gets when the launcher ends before it."""


DEFAULTS = SpawnRequest()


def plan_spawn(
    request: SpawnRequest = DEFAULTS,
    inside: Task | Namespace | None = None,
    snapshot: Snapshot | None = None,
    enter: EnterRequest = EnterRequest(),  # noqa: B008 - a NamedTuple is immutable
) -> Plan:
    """How to make namespaces; with a target, its namespaces are entered first (as `enter` says).

    Changes nothing. NoPlan where the request contradicts itself, or the target is gone.
    """
    us = own()
    kinds = _kinds(request)
    if not kinds:
        raise NoPlan(22, "name at least one kind of namespace to make")
    base = None
    if inside is not None:
        base = plan_enter(inside, enter._replace(command=request.command or ("true",)), snapshot)
    below = base is not None and base.joins_kind(Kind.USER)
    maps = id_maps(request.users, request.groups, us, surroundings.user_name(us.uid), below)
    makes = _makes(request, kinds, maps)
    plan = (base or Plan("spawn", ""))._replace(
        action="spawn",
        subject=_subject(kinds, base),
        makes=makes,
        left=tuple(Left(kind, _why_left(kind, us)) for kind in KINDS if kind not in kinds),
        identity=_identity(request, maps, us, base),
        root=_root(request, base),
        cwd=_directory(request, base),
        environment=_environment(request, base),
        command=request.command,
        shells=tuple(dict.fromkeys(surroundings.own_shells())) if base is None else base.shells,
        mount_proc=request.mount_proc,
        fork=request.fork and (Kind.PID in kinds or Kind.TIME in kinds or (base is not None and base.fork)),
        parent_death_signal=request.kill_child,
    )
    found = [*(() if base is None else base.checks), *maps.checks, *_checks(request, plan, us, below)]
    line, reason = spawn_line(plan)
    return plan._replace(checks=tuple(found), equivalent=line, no_equivalent=reason)


def _kinds(request: SpawnRequest) -> tuple[Kind, ...]:
    wanted = {*request.kinds, *(kind for kind, _ in request.files)}
    implied = {
        Kind.USER: bool(request.users or request.groups or request.setgroups or request.owner),
        Kind.MNT: request.mount_proc is not None,
        Kind.UTS: request.hostname is not None or request.domainname is not None,
        Kind.NET: request.loopback or request.veth is not None,
        Kind.TIME: request.boottime is not None or request.monotonic is not None,
    }
    wanted |= {kind for kind, meant in implied.items() if meant}
    return tuple(kind for kind in KINDS if kind in wanted)


def _makes(request: SpawnRequest, kinds: tuple[Kind, ...], maps: IdMaps) -> Makes:
    setgroups = request.setgroups
    if setgroups is None and maps.gid and maps.writer == "self":
        setgroups = "deny"  # else the kernel refuses a gid_map that an ordinary user writes
    return Makes(
        kinds=kinds,
        uid_map=maps.uid,
        gid_map=maps.gid,
        map_writer=maps.writer,
        setgroups=setgroups,
        owner=request.owner,
        propagation=request.propagation if Kind.MNT in kinds else None,
        hostname=request.hostname,
        domainname=request.domainname,
        boottime=request.boottime,
        monotonic=request.monotonic,
        loopback_up=request.loopback,
        veth=None if request.veth is None else Veth(*request.veth),
        keep=_keep(request, kinds),
        keep_place=None if request.keep is None else PLACE,
    )


def _keep(request: SpawnRequest, kinds: tuple[Kind, ...]) -> tuple[Keep, ...]:
    found = [Keep(kind, os.path.abspath(path)) for kind, path in request.files]
    if request.keep is not None:
        found += [Keep(kind, path_of(request.keep, kind)) for kind in kinds]
        if Kind.NET in kinds:
            found.append(Keep(Kind.NET, f"{NETNS}/{request.keep}"))
    return tuple(found)


def _why_left(kind: Kind, us: Own) -> str:
    return "not asked for" if kind in us.inodes else "this kernel has none"


def _identity(request: SpawnRequest, maps: IdMaps, us: Own, base: Plan | None) -> Identity:
    mode = "given" if request.uid is not None or request.gid is not None else "keep"
    # Whoever is not mapped becomes the lowest id that is; who is mapped just has another number now.
    below = base is not None and base.joins_kind(Kind.USER)
    uid, gid, groups = request.uid, request.gid, None
    if maps.uid and uid is None and (below or not _has(maps.uid, us.uid)):
        uid = FIRST_MAPPED
    if maps.gid and gid is None and (below or not _has(maps.gid, us.gid)):
        gid, groups = FIRST_MAPPED, ()
    if base is not None and not maps.uid and uid is None and gid is None:
        return base.identity
    return Identity(mode, uid, gid, groups, request.keep_capabilities)


def _has(lines: tuple[tuple[int, int, int], ...], number: int) -> bool:
    return any(0 <= number - outside < length for _, outside, length in lines)


def _root(request: SpawnRequest, base: Plan | None) -> Place:
    if request.root is not None:
        return Place("inside", request.root if base is not None else os.path.abspath(request.root))
    return Place("mine") if base is None else base.root


def _directory(request: SpawnRequest, base: Plan | None) -> Place:
    if request.cwd is not None:
        return Place("inside", request.cwd)
    return Place("mine") if base is None else base.cwd


def _environment(request: SpawnRequest, base: Plan | None) -> Environment:
    mode = request.environment if base is None else base.environment.mode
    return Environment(mode, surroundings.environment_variables(mode, request.variables))


def _subject(kinds: tuple[Kind, ...], base: Plan | None) -> str:
    where = "" if base is None else f" in {base.subject}"
    return f"{' '.join(kinds)}{where}"


# ---- checks


def _checks(request: SpawnRequest, plan: Plan, us: Own, below: bool) -> list[Check]:
    assert plan.makes is not None
    kinds = plan.makes.kinds
    found = [
        Check("fail", str(kind), "EINVAL: this kernel has none") for kind in kinds if kind not in us.inodes
    ]
    if Kind.USER not in kinds and not below and not us.has(CAP_SYS_ADMIN):
        words = "EPERM: new namespaces need CAP_SYS_ADMIN, or a new user namespace that owns them (-U -r)"
        found.append(Check("fail", str(kinds[0]), words))
    elif Kind.USER in kinds and not below and us.uid != 0:
        found += _of_limits()
    if Kind.USER in kinds and not (plan.makes.uid_map or plan.makes.gid_map):
        found.append(
            Check("note", "user", "no ids are mapped: we are nobody (65534) in it (-r maps us to root)")
        )
    if Kind.PID in kinds and plan.mount_proc is None:
        found.append(Check("note", "pid", "ps will show the processes outside (--mount-proc helps)"))
    if Kind.PID in kinds and not plan.fork:
        words = "the program itself stays outside; its first child is the init, and all end with that"
        found.append(Check("note", "pid", words))
    sets_clocks = (request.boottime, request.monotonic) != (None, None)
    if sets_clocks and Kind.USER not in kinds and not us.has(CAP_SYS_TIME):
        found.append(Check("fail", "time", "EPERM: setting clocks needs CAP_SYS_TIME"))
    if request.veth is not None and not us.has(CAP_NET_ADMIN):
        found.append(
            Check("fail", "net", "EPERM: an interface in our own network namespace needs CAP_NET_ADMIN")
        )
    return found + _of_root(plan) + _of_keeping(plan, us)


def _of_root(plan: Plan) -> list[Check]:
    """Of a root directory among our own files; inside a target's it is looked for when we are there."""
    if plan.root.whose != "inside" or plan.joins:
        return []
    path = plan.root.path
    try:
        directory = stat.S_ISDIR(os.stat(path).st_mode)
    except OSError as error:
        return [Check("fail", "root", f"{errno.errorcode.get(error.errno or 0)}: {path}: {error.strerror}")]
    return [] if directory else [Check("fail", "root", f"ENOTDIR: {path} is no directory")]


def _of_limits() -> list[Check]:
    """What administrators and distributions use to forbid ordinary users their own user namespaces."""
    found = []
    for name, forbidden, words in (
        ("user/max_user_namespaces", "0", "ENOSPC: user.max_user_namespaces is 0"),
        ("kernel/unprivileged_userns_clone", "0", "EPERM: kernel.unprivileged_userns_clone is 0"),
    ):
        if sysctl(name) == forbidden:
            found.append(Check("fail", "user", words))
    if sysctl("kernel/apparmor_restrict_unprivileged_userns") == "1":
        words = "AppArmor restricts user namespaces here: capabilities inside may be denied (EPERM, EACCES)"
        found.append(Check("unknown", "user", words))
    return found


def _of_keeping(plan: Plan, us: Own) -> list[Check]:
    assert plan.makes is not None
    found = []
    if plan.makes.keep and not us.has(CAP_SYS_ADMIN):
        words = "EPERM: bind mounts need CAP_SYS_ADMIN; a process that sleeps inside keeps them as well"
        found.append(Check("fail", "keep", words))
    for kind, path in plan.makes.keep:
        if os.path.lexists(path):
            found.append(Check("fail", "keep", f"EEXIST: {path} is there already ({kind})"))
        if kind is Kind.PID and not plan.fork:
            found.append(
                Check("fail", "keep", "ENOENT: without a fork there is no pid namespace to keep yet")
            )
        elif kind is Kind.PID:
            words = "a pid namespace can be entered only as long as its init, the program, runs"
            found.append(Check("note", "keep", words))
    return found
