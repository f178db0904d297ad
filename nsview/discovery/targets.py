"""From what a person types to a process, thread or namespace of a snapshot."""

import errno
import os

from nsview.kernel import nsfs
from nsview.kernel.procfs import Procfs
from nsview.model.kind import BY_NAME
from nsview.model.namespace import Namespace
from nsview.model.process import Task
from nsview.model.snapshot import Snapshot

_HIGHEST_PID = 1 << 22
"""PID_MAX_LIMIT of the kernel; namespaces' inode numbers begin far above."""
_HIGHEST_INODE = 0xFFFFFFFF


class NoTarget(LookupError):
    """Nothing is called that; the message says what was looked for."""


def resolve(snapshot: Snapshot, text: str) -> Task | Namespace:
    """A pid, a tid, an inode number, `kind:[inode]`, or a path that leads to a namespace.

    In a snapshot with names also a container, which stands for its first process, `kind:NAME` for a namespace
    of that, and a namespace by the name that a bind mount gives it.

    NoTarget with a sentence for people when there is none.
    """
    if text.isascii() and text.isdecimal() and not is_name(text):
        number = int(text)
        return _task(snapshot, number) if number <= _HIGHEST_PID else _namespace(snapshot, number, text)
    kind, separator, rest = text.partition(":")
    number_text = rest.removeprefix("[").removesuffix("]")
    if separator and kind in BY_NAME and number_text.isdecimal():
        found = _namespace(snapshot, int(number_text), text)
        if found.kind != kind:
            raise NoTarget(f"namespace {found.inode} is a {found.kind} namespace, not {kind}")
        return found
    if not is_name(text):
        return _by_path(snapshot, text)
    return _by_name(snapshot, text)


def is_name(text: str) -> bool:
    """Whether only names can tell what is meant: also `namespace/pod/container`, if there is no such file."""
    kind, _, number = text.partition(":")
    if text.isdecimal():
        return int(text) > _HIGHEST_INODE  # the beginning of a container's id, by chance without a letter
    if kind in BY_NAME and number.removeprefix("[").removesuffix("]").isdecimal():
        return False
    return "/" not in text or (text[0] not in "/." and not os.path.lexists(text))


def resolve_namespace(snapshot: Snapshot, text: str) -> Namespace:
    """As resolve, where only a namespace will do."""
    found = resolve(snapshot, text)
    if isinstance(found, Task):
        what, example = "process", f"{found.links_path}/net"
        if is_name(text):
            what, example = "container", f"net:{text}"
        raise NoTarget(f"{text} is a {what}; name one of its namespaces, for example {example}")
    return found


def _task(snapshot: Snapshot, number: int) -> Task:
    task = snapshot.processes.get(number) or snapshot.threads.get(number)
    if task is not None:
        return task
    for process in snapshot.processes.values():
        if process.threads > 1 and Procfs().has_thread(process.pid, number):
            return process._replace(pid=number)
    unless = f"a container of that name is ENGINE:{number}"
    raise NoTarget(f"no process or thread {number} (ended, or hidden from us); {unless}")


def _namespace(snapshot: Snapshot, inode: int, text: str) -> Namespace:
    found = snapshot.by_inode(inode)
    if found is None:
        raise NoTarget(f"no namespace {text} is known (ended, or out of our reach)")
    return found


def _by_name(snapshot: Snapshot, text: str) -> Task | Namespace:
    unknown = NoTarget(
        f"'{text}' is no pid, namespace number, kind:[number] or path, and no name of anything"
    )
    names = snapshot.names
    if names is None:
        raise unknown
    from nsview.model.containers import Ambiguous, called

    kind, name = BY_NAME.get(text.partition(":")[0]), text.partition(":")[2]
    try:
        container = called(snapshot, name if kind else text)
    except Ambiguous as error:
        raise NoTarget(str(error)) from None
    if container is not None:
        if kind is None:
            return container.init
        ns = snapshot.namespace_of(container.init, kind)
        if ns is None:
            raise NoTarget(f"the {kind} namespace of {name} may not be read, or this kernel has none")
        return ns
    bound = [
        snapshot.namespaces[ns]
        for ns, given in names.namespaces.items()
        if kind in (None, ns.kind) and any(one.called(name if kind else text) for one in given)
    ]
    if len(bound) > 1:
        listed = ", ".join(f"{ns.kind}:[{ns.inode}]" for ns in bound)
        raise NoTarget(f"several namespaces are called '{text}': {listed}")
    if not bound:
        raise unknown
    return bound[0]


def _by_path(snapshot: Snapshot, path: str) -> Namespace:
    try:
        fd = nsfs.open_path(path)
    except OSError as error:
        if error.errno == errno.ENOTTY:
            raise NoTarget(f"{path} is no namespace (a plain file, or not mounted any more)") from error
        raise NoTarget(f"{path}: {error.strerror}") from error
    try:
        inode = os.fstat(fd).st_ino
    finally:
        os.close(fd)
    return _namespace(snapshot, inode, path)
