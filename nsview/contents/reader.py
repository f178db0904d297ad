"""The fresh process that reads inside a namespace: takes orders, joins, reads, writes answers, ends.

Orders come over standard input as one JSON object: `kind`, `join` (a descriptor on the namespace, or null
where we are in it already), `after` (a pipe at whose end it begins, or null) and `parts` (names and
arguments). Answers go to standard output, one JSON object a line: `part` with `value` or `error`, or `failed`
where nothing could be read at all.

A part is a module of nsview.kernel.inside with `prepare(arguments)`, called before anything is joined: it
imports and opens all that it will need. What it returns is called inside, and gives what JSON can say.
"""

import errno
import gc
import os
import signal
from collections.abc import Callable
from importlib import import_module
from typing import Any, NoReturn

from nsview.contents.answering import orders, tell, words
from nsview.kernel import joining, nsfs, own
from nsview.model.kind import Kind, parse_kind

Read = Callable[[], Any]


def main() -> NoReturn:
    gc.disable()
    joining.die_with_parent(signal.SIGKILL)
    try:
        wanted = orders()
        kind = parse_kind(wanted["kind"])
        reads = [(name, _prepare(name, arguments)) for name, arguments in wanted["parts"]]
        if wanted["after"] is not None:
            os.read(int(wanted["after"]), 1)
        if wanted["join"] is not None:
            _join(int(wanted["join"]), kind, bool(wanted["populated"]))
    except Exception as error:
        tell(failed=words(error))
    else:
        for name, read in reads:
            _answer(name, read)
    os._exit(0)


def _prepare(name: str, arguments: dict[str, Any]) -> Read:
    """A part that cannot even be prepared must not keep the others from being read."""
    try:
        module = import_module(f"nsview.kernel.inside.{name}")
        read: Read = module.prepare(arguments)
        return read
    except Exception as error:
        failure = error

    def fail() -> NoReturn:
        raise failure

    return fail


def _answer(name: str, read: Read) -> None:
    try:
        tell(part=name, value=read())
    except Exception as error:  # what is inside may be anything; the other parts are still of use
        tell(part=name, error=words(error))


def _join(fd: int, kind: Kind, populated: bool) -> None:
    """First with our own rights; else with those that we have in the user namespace that owns it.

    `populated`: processes were seen in it.
    """
    # We hold descriptors on namespaces outside: whoever is root in there must not look into us.
    joining.set_dumpable(False)
    if kind is Kind.PID and not (own.has_init(fd) or (populated and own.has_init(fd) is None)):
        # The first process to enter would be its init, and with that one's end it ends for ever.
        raise OSError(errno.ESRCH, "it has no init: nobody has entered it yet, or its init has ended")
    try:
        joining.setns(fd, kind.flag)
    except PermissionError:
        if kind is Kind.USER:
            raise
        owner = nsfs.open_owner(fd)
        joining.setns(owner, Kind.USER.flag)
        os.close(owner)
        joining.setns(fd, kind.flag)
    # A change of credentials has undone it.
    joining.die_with_parent(signal.SIGKILL)
    if kind is Kind.PID:
        _go_on_in_a_child()


def _go_on_in_a_child() -> None:
    """Only a child is in the pid namespace."""
    try:
        child = os.fork()
    except OSError as error:
        if error.errno == errno.ENOMEM:
            raise OSError(errno.ESRCH, "its init has ended: it takes no process any more") from None
        raise
    if child:
        os.waitpid(child, 0)
        os._exit(0)
    joining.die_with_parent(signal.SIGKILL)
