"""Make new namespaces and set them up (unshare(2)).

Order matters: a user namespace comes first, so that it owns the others; its id maps are written by a process
that stayed in the parent; time offsets are written before the first fork.
"""

import errno
import os
from typing import NoReturn

from nsview.actions.kept import PLACE
from nsview.actions.launcher.failing import Failed, Step
from nsview.actions.launcher.opening import Opened
from nsview.actions.plan import IdLine, Makes
from nsview.kernel import joining, mounting
from nsview.model.kind import Kind


def make(makes: Makes, opened: Opened, inside_foreign: bool) -> None:
    """Make all namespaces of the plan at once, write id maps and time offsets."""
    writer = None
    if Kind.USER in makes.kinds and (makes.uid_map or makes.gid_map) and makes.map_writer != "self":
        writer = _MapWriter(makes, opened)
    if makes.owner is not None:
        with Step("become the owner", f"{makes.owner[0]}:{makes.owner[1]}"):
            uid, gid = makes.owner
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
    flags = 0
    for kind in makes.kinds:
        flags |= kind.flag
    with Step("make namespaces", " ".join(makes.kinds)):
        joining.unshare(flags)
    if Kind.MNT in makes.kinds and not inside_foreign:
        _let_go_of_kept()
    if Kind.USER in makes.kinds:
        _map_ids(makes, opened, writer, inside_foreign)
    if makes.boottime is not None or makes.monotonic is not None:
        _set_clocks(makes, opened)


def _let_go_of_kept() -> None:
    """The copied mounts would hold what nsview keeps, also after it was dropped."""
    try:
        mounting.unmount(PLACE)
    except OSError:
        pass  # nothing is kept; or we may not, and what we hold ends with us


def configure(makes: Makes) -> None:
    """What is set inside the new namespaces, while we still have all rights there."""
    if makes.hostname is not None:
        with Step("set the host name", makes.hostname):
            joining.set_hostname(makes.hostname)
    if makes.domainname is not None:
        with Step("set the domain name", makes.domainname):
            joining.set_domainname(makes.domainname)
    if makes.loopback_up:
        with Step("set lo up"):
            joining.set_interface_up("lo")
    if Kind.MNT in makes.kinds and makes.propagation is not None:
        with Step("set mount propagation", makes.propagation):
            mounting.set_propagation("/", makes.propagation)


def _set_clocks(makes: Makes, opened: Opened) -> None:
    offsets = (("monotonic", makes.monotonic), ("boottime", makes.boottime))
    text = "".join(f"{clock} {seconds} 0\n" for clock, seconds in offsets if seconds is not None)
    with Step("set time offsets"):
        _write(opened.proc, "self/timens_offsets", text)


# ---- id maps


def _map_ids(makes: Makes, opened: Opened, writer: "_MapWriter | None", inside_foreign: bool) -> None:
    # The files belong to root while we may not be traced. The one moment in which we may be, nothing of the
    # host is at stake: everything that came from there is closed.
    if inside_foreign:
        _close_all_but(opened, writer)
        joining.set_dumpable(True)
    if writer is not None:
        writer.write()
    else:
        if makes.setgroups is not None:
            with Step("set setgroups", makes.setgroups):
                _write(opened.proc, "self/setgroups", makes.setgroups)
        for name, lines in (("uid_map", makes.uid_map), ("gid_map", makes.gid_map)):
            if lines:
                with Step(f"write {name}", text_of(lines).replace("\n", ", ").rstrip(", ")):
                    _write(opened.proc, f"self/{name}", text_of(lines))
    if inside_foreign:
        joining.set_dumpable(False)


def _close_all_but(opened: Opened, writer: "_MapWriter | None") -> None:
    for fd in (*opened.namespaces.values(), *opened.cgroups):
        os.close(fd)
    opened.namespaces.clear()


def text_of(lines: tuple[IdLine, ...]) -> str:
    return "".join(f"{line.inside} {line.outside} {line.length}\n" for line in lines)


def _write(proc: int, name: str, text: str) -> None:
    fd = os.open(name, os.O_WRONLY | os.O_CLOEXEC, dir_fd=proc)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


class _MapWriter:
    """A child left behind in the parent user namespace: ranges of ids may be mapped only from there."""

    def __init__(self, makes: Makes, opened: Opened) -> None:
        me = str(os.getpid())
        turn, self._turn = os.pipe2(os.O_CLOEXEC)
        self._answer, answer = os.pipe2(os.O_CLOEXEC)
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._turn)
            os.close(self._answer)
            _write_maps(makes, opened, me, turn, answer)
        os.close(turn)
        os.close(answer)

    def write(self) -> None:
        """Let the child write the maps of this process now; Failed with what stood in the way."""
        os.write(self._turn, b"g")
        message = b""
        while data := os.read(self._answer, 4096):
            message += data
        os.waitpid(self._pid, 0)
        if message != b"ok":
            number, _, words = message.decode("utf-8", "surrogateescape").partition(" ")
            raise Failed("write id maps", int(number or errno.EIO), "", words)


def _write_maps(makes: Makes, opened: Opened, pid: str, turn: int, answer: int) -> NoReturn:
    try:
        if os.read(turn, 1):
            for name, lines in (("uid_map", makes.uid_map), ("gid_map", makes.gid_map)):
                if name == "gid_map" and makes.setgroups is not None:
                    _write(opened.proc, f"{pid}/setgroups", makes.setgroups)
                if lines and makes.map_writer == "newuidmap":
                    _run_helper("new" + name.replace("_", ""), pid, lines)
                elif lines:
                    _write(opened.proc, f"{pid}/{name}", text_of(lines))
            os.write(answer, b"ok")
    except Failed as failure:
        os.write(answer, f"{failure.number} {failure.words}".encode("utf-8", "surrogateescape"))
    except OSError as error:
        os.write(answer, f"{error.errno} {error.filename or ''}".encode("utf-8", "surrogateescape"))
    finally:
        os._exit(0)


def _run_helper(name: str, pid: str, lines: tuple[IdLine, ...]) -> None:
    """newuidmap(1) and newgidmap(1): set-user-ID programs that may map what /etc/subuid grants."""
    complaint, complain = os.pipe2(os.O_CLOEXEC)
    child = os.fork()
    if child == 0:
        try:
            os.dup2(complain, 2)
            arguments = [name, pid, *text_of(lines).split()]
            for directory in ("/usr/bin", "/bin", "/usr/local/bin", "/run/wrappers/bin"):
                try:
                    os.execve(f"{directory}/{name}", arguments, {"PATH": "/usr/bin:/bin"})
                except FileNotFoundError:
                    continue
        finally:
            os._exit(127)
    os.close(complain)
    words = b""
    while data := os.read(complaint, 4096):
        words += data
    os.close(complaint)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == 127:
        raise Failed("write id maps", errno.ENOENT, name, f"{name} is not installed (package uidmap)")
    if status != 0:
        raise Failed(
            "write id maps", errno.EPERM, name, os.fsdecode(words.strip()) or f"{name} ended with {status}"
        )
