"""A process as JSON: all that is known of it."""

from collections.abc import Mapping

from nsview.model.capability import names
from nsview.model.kind import FOR_CHILDREN, POSITION, UNREADABLE, Kind
from nsview.model.process import Task
from nsview.model.record import command
from nsview.model.sections.maps import Maps
from nsview.model.snapshot import Snapshot

_SECCOMP = {0: "off", 1: "strict", 2: "filter"}


def process_json(
    snapshot: Snapshot, task: Task, maps: Maps, problems: Mapping[str, str]
) -> dict[str, object]:
    """All the facts by name; `problems` are those met while reading the maps."""
    details = snapshot.detail(task.tgid)
    found: dict[str, object] = {
        "pid": task.tgid,
        "ppid": task.ppid,
        "starttime": task.starttime,
        "age_s": round(snapshot.age(task), 2),
        "state": task.state,
        "threads": task.threads,
        "uid": task.uid,
        "user": snapshot.user_name(task.uid),
        "comm": task.comm,
        "command": command(task, details),
        "cmdline": details.cmdline,
        "cgroup": details.cgroup,
        "uids": details.uids,
        "gids": details.gids,
        "groups": details.groups,
        "capabilities": _capabilities(snapshot, task),
        "seccomp": _SECCOMP.get(details.seccomp) if details.seccomp is not None else None,
        "no_new_privs": details.no_new_privs,
        "kernel_thread": task.kernel,
        "ns_pids": [{"pid": number, "ns": ns.inode if ns else None} for number, ns in snapshot.numbers(task)],
        "uid_map": maps.uid,
        "gid_map": maps.gid,
        "setgroups": maps.setgroups,
        "namespaces": {str(kind): _link(snapshot, task, kind) for kind in snapshot.kinds},
        "for_children": {
            str(kind): task.links[place] for kind, place in FOR_CHILDREN.items() if task.links[place] > 0
        },
        "shared_with_host": [str(kind) for kind in snapshot.is_host(task)],
        "container": _container(snapshot, task),
        "certainty": str(task.certainty),
        "problems": dict(details.problems) | dict(problems),
    }
    if task.is_thread:
        found["tid"] = task.pid
    return found


def _container(snapshot: Snapshot, task: Task) -> dict[str, str] | None:
    """Whose it is, and who says so; what does not apply is left out."""
    process = snapshot.processes.get(task.tgid)
    name = snapshot.names.of_task(process) if snapshot.names is not None and process is not None else None
    return None if name is None else name.facts


def _capabilities(snapshot: Snapshot, task: Task) -> dict[str, list[str]] | None:
    sets = snapshot.detail(task.tgid).capabilities
    if sets is None:
        return None
    return {name: list(names(mask)) for name, mask in sets._asdict().items()}


def _link(snapshot: Snapshot, task: Task, kind: Kind) -> dict[str, object]:
    inode = task.links[POSITION[kind]]
    ns = snapshot.namespace_of(task, kind)
    if inode <= 0 and ns is None:
        return {"ns": None, "certainty": "unreadable" if inode == UNREADABLE else "vanished"}
    return {
        "ns": ns.inode or None if ns else inode,
        "id": ns.kernel_id if ns else None,
        "host": bool(ns and ns.host),
        "certainty": "known" if inode > 0 else "inferred",
    }
