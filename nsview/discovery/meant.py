"""What somebody who wants to enter means by a target, with no more looking around than that takes."""

import errno
import os
from collections.abc import Callable
from typing import NamedTuple

from nsview.discovery.one_task import task_of
from nsview.discovery.targets import NoTarget, is_name, resolve
from nsview.kernel import nsfs
from nsview.model.kind import Kind
from nsview.model.namespace import Namespace
from nsview.model.process import Task
from nsview.model.snapshot import Snapshot

_HIGHEST_PID = 1 << 22


class Meant(NamedTuple):
    target: Task | Namespace | None
    """None: the files are all that is meant."""
    snapshot: Snapshot | None
    """What it was found in, if the whole machine had to be looked at."""
    files: tuple[tuple[Kind, str], ...] = ()


def meant(
    text: str,
    kinds: tuple[Kind, ...] | None = None,
    more: bool = False,
    name: Callable[[Snapshot], Snapshot] | None = None,
) -> Meant:
    """A process or thread by its number; a path to a namespace; else what a scan knows by this name.

    A number may carry the start time that `nsview show --json` tells, as in 4711@365119: then no process is
    meant that has got the number since. Of a path the one namespace is meant, unless `kinds` are asked for,
    or `more` about it is needed: then its members must be known. `name` gives a snapshot its names.
    NoTarget if there is none.
    """
    number, _, starttime = text.partition("@")
    if number.isascii() and number.isdecimal() and int(number) <= _HIGHEST_PID:
        task = task_of(int(number))
        if starttime and starttime != str(task.starttime):
            raise NoTarget(f"{number} is another process by now: {text} has ended")
        return Meant(task, None)
    if "/" in text and kinds is None and not more and not is_name(text):
        return Meant(None, None, ((_kind_at(text), text),))
    from nsview.discovery.once import look

    snapshot = look()
    if name is not None and is_name(text):
        snapshot = name(snapshot)
    return Meant(resolve(snapshot, text), snapshot)


def _kind_at(path: str) -> Kind:
    try:
        fd = nsfs.open_path(path)
    except OSError as error:
        words = "this is no namespace" if error.errno == errno.ENOTTY else error.strerror
        raise NoTarget(f"{path}: {words}") from None
    try:
        return nsfs.kind_of(fd)
    finally:
        os.close(fd)
