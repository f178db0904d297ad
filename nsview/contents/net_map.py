"""The map of all network namespaces of a snapshot, read by one fresh process."""

import errno
import os
from collections.abc import Callable
from typing import Any, NamedTuple

from nsview.contents import net_others
from nsview.contents.fresh import Fresh
from nsview.contents.section import unread
from nsview.kernel.procfs import Procfs
from nsview.model.kind import Kind
from nsview.model.name import shown
from nsview.model.namespace import Namespace
from nsview.model.net_map.linking import linked
from nsview.model.net_map.parts import Box, Interface, NetMap
from nsview.model.net_map.seen import Seen
from nsview.model.snapshot import Snapshot

PATIENCE = 30.0
"""Seconds for all of it; what has come by then is shown."""
_READER = "nsview.contents.map_reader"
_MEMBERS = 8

Progress = Callable[[int, int], None]
"""Told how many namespaces were read, and of how many."""


def _nobody_listens(done: int, of: int) -> None: ...


def _never() -> bool:
    return False


class _Told(NamedTuple):
    links: dict[int, list[dict[str, Any]]]
    ids: dict[int, dict[int, int]]
    errors: dict[int, OSError]


def net_map(
    snapshot: Snapshot,
    proc: Procfs | None = None,
    progress: Progress = _nobody_listens,
    given_up: Callable[[], bool] = _never,
) -> NetMap:
    """Takes a moment: about 20 ms and one or two more for each namespace. Errors are in the map, in words.

    `given_up` is asked now and then whether nobody waits any more.
    """
    proc = proc or Procfs()
    namespaces = [ns for ns in snapshot.namespaces.values() if ns.kind is Kind.NET]
    told = _Told({}, {}, {})
    trouble = ""
    with net_others.known(snapshot, proc) as others:
        told.errors.update(others.refused)
        try:
            with Fresh(_READER, {"namespaces": others.ways}, others.descriptors) as reader:
                for message in reader.lines(PATIENCE, given_up):
                    _take(message, told)
                    progress(len(told.links) + len(told.errors), len(namespaces))
            failure = OSError(errno.EIO, "the reader ended before it came to it")
        except (OSError, KeyError, TypeError, ValueError) as error:
            failure = error if isinstance(error, OSError) else OSError(5, f"it makes no sense: {error}")
        for inode, _ in others.ways:
            if inode not in told.links and inode not in told.errors:
                told.errors[inode], trouble = failure, unread("", failure).why
    keys = {ns.inode: str(ns.id) for ns in namespaces if ns.inode}
    seen = [_seen(snapshot, ns, proc, told, keys) for ns in namespaces]
    seen.sort(key=lambda one: not one.box.host)
    return linked(seen, trouble)


def _take(message: dict[str, Any], told: _Told) -> None:
    inode = int(message["ns"])
    if "error" in message:
        number, words = message["error"]
        told.errors[inode] = OSError(int(number), str(words))
    elif "ids" in message:
        told.ids[inode] = {int(number): int(other) for number, other in message["ids"]}
    else:
        told.links[inode] = list(message["links"])


def _seen(snapshot: Snapshot, ns: Namespace, proc: Procfs, told: _Told, keys: dict[int, str]) -> Seen:
    names = snapshot.names.of_namespace(ns.id) if snapshot.names is not None else ()
    box = Box(
        str(ns.id),
        ns.id,
        net_others.owner_of(snapshot, ns) or "nobody",
        ns.host,
        tuple(dict.fromkeys(shown((name,)) for name in names)),
        ns.nprocs,
    )
    links = told.links.get(ns.inode)
    if links is None:
        error = told.errors.get(ns.inode) or OSError(errno.EPERM, os.strerror(errno.EPERM))
        return Seen(box._replace(refused=unread("", error).why, interfaces=_named(ns, proc)))
    ids = {number: keys[inode] for number, inode in told.ids.get(ns.inode, {}).items() if inode in keys}
    return Seen(box, tuple(links), ids)


def _named(ns: Namespace, proc: Procfs) -> tuple[Interface, ...]:
    """The names alone, from /proc/PID/net/dev of a member, which anybody may read."""
    for pid in (ns.processes or ns.inferred)[:_MEMBERS]:
        try:
            text = os.fsdecode(proc.read(pid, "net/dev"))
        except OSError:
            continue
        names = [line.rpartition(":")[0].strip() for line in text.splitlines()[2:]]
        return tuple(Interface(0, name, loopback=name == "lo", unseen=True) for name in names if name)
    return ()
