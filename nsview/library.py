"""Enter and spawn from Python: what setns(2), unshare(2) and clone(2) with CLONE_NEW* do, for a program of
its own.

The calling process stays where it is, and may have as many threads as it likes.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

from nsview.actions.launch import Program
from nsview.actions.plan import Plan
from nsview.model.kind import Kind, parse_kind

if TYPE_CHECKING:
    from nsview.model.snapshot import Snapshot

File = int | IO[Any] | None


def enter(
    target: int | str | os.PathLike[str],
    argv: Sequence[str | os.PathLike[str]],
    *,
    kinds: Iterable[str] | None = None,
    user: str = "root",
    env: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    stdin: File = None,
    stdout: File = None,
    stderr: File = None,
    text: bool | None = None,
    encoding: str | None = None,
    errors: str | None = None,
) -> Program:
    """Run a program in the namespaces of a process, or in any one; returns when it runs.

    target  a pid or tid, a path to a namespace (/run/netns/x, /proc/PID/ns/uts), its inode number as in
            "net:[4026531840]", or a container's name, which stands for its first process. Of a process all
            kinds are joined in which it differs from us, of a namespace just that one, unless `kinds` names
            some.
    user    "root" (as root in there), "target" (as the target's user), or "me"
    env     variables on top of a clean PATH, HOME, TERM and LANG
    cwd     as it is called inside; else the target's directory, if its mount namespace is joined

    stdin and the others are as in `subprocess.Popen`, and so is what is returned: pid, wait, poll,
    communicate, send_signal, returncode. The program leads a session of its own, so that it never has the
    caller's terminal as its own.

        with nsview.enter("/proc/4711/ns/uts", ["hostname"], stdout=subprocess.PIPE, text=True) as program:
            print(program.communicate()[0])

    Raises LaunchError, an OSError with the kernel's errno that says which step failed and why (ESRCH: the
    target has ended; EPERM: which capability is missing; ENOENT: no such program), and LookupError when
    nothing is called `target`.
    """
    from nsview.actions.enter import EnterRequest, plan_enter
    from nsview.actions.plan import Place
    from nsview.discovery.meant import meant

    request = EnterRequest(
        kinds=None if kinds is None else _kinds(kinds),
        identity={"me": "keep"}.get(user, user),
        environment="clean",
        variables=() if env is None else tuple(env.items()),
        cwd=None if cwd is None else Place("inside", os.fspath(cwd)),
        command=_command(argv),
    )
    whom = str(target) if isinstance(target, int) else os.fspath(target)
    found = meant(whom, request.kinds, name=_named)
    plan = plan_enter(found.target, request._replace(files=found.files), found.snapshot)
    return _run(plan, stdin, stdout, stderr, text, encoding, errors)


def _named(snapshot: "Snapshot") -> "Snapshot":
    from nsview.naming.namer import Namer

    return snapshot.named(Namer().names(snapshot))


def spawn(
    kinds: Iterable[str],
    argv: Sequence[str | os.PathLike[str]],
    *,
    hostname: str | None = None,
    map_root: bool | None = None,
    mount_proc: bool = False,
    loopback: bool = False,
    boottime: int | None = None,
    monotonic: int | None = None,
    keep: str | None = None,
    root: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    stdin: File = None,
    stdout: File = None,
    stderr: File = None,
    text: bool | None = None,
    encoding: str | None = None,
    errors: str | None = None,
) -> Program:
    """Run a program in new namespaces; returns when it runs, with a handle like `subprocess.Popen`.

    kinds       "uts", "net", "user" and so on; what an option needs is added
    map_root    our own user is root in a new user namespace (the default if one is made)
    mount_proc  a fresh /proc, which a new pid namespace needs for ps to be right
    loopback    set lo up in a new network namespace
    boottime, monotonic   offsets of the clocks in a new time namespace, in seconds
    keep        a name under which the namespaces are kept when the program has ended (needs root)
    env         these variables, PATH and HOME only; else ours

        program = nsview.spawn(["uts"], ["sleep", "60"], hostname="elsewhere")
        nsview.enter(f"/proc/{program.pid}/ns/uts", ["hostname"]).wait()

    Raises LaunchError as `nsview.enter` does. An ordinary user needs "user" among the kinds.
    """
    from nsview.actions.id_maps import MapRequest
    from nsview.actions.spawn import SpawnRequest, plan_spawn
    from nsview.kernel.own import PROC

    wanted = _kinds(kinds)
    if map_root is None:
        map_root = Kind.USER in wanted
    mapped = MapRequest(single=0) if map_root else MapRequest()
    request = SpawnRequest(
        kinds=wanted,
        users=mapped,
        groups=mapped,
        mount_proc=PROC if mount_proc else None,
        hostname=hostname,
        loopback=loopback,
        boottime=boottime,
        monotonic=monotonic,
        keep=keep,
        root=None if root is None else os.fspath(root),
        cwd=None if cwd is None else os.fspath(cwd),
        environment="mine" if env is None else "clean",
        variables=() if env is None else tuple(env.items()),
        command=_command(argv),
    )
    return _run(plan_spawn(request), stdin, stdout, stderr, text, encoding, errors)


def _command(argv: Sequence[str | os.PathLike[str]]) -> tuple[str, ...]:
    if isinstance(argv, str) or not argv:
        raise ValueError("argv is a list of the program and its arguments")
    return tuple(os.fspath(part) for part in argv)


def _kinds(names: Iterable[str]) -> tuple[Kind, ...]:
    if isinstance(names, str):
        raise ValueError(f"kinds is a list of names: [{names!r}]")
    return tuple(parse_kind(name) for name in names)


def _run(
    plan: Plan,
    stdin: File,
    stdout: File,
    stderr: File,
    text: bool | None,
    encoding: str | None,
    errors: str | None,
) -> Program:
    """LaunchError, an OSError, also for what the plan's checks foresee: with the reason in words."""
    from nsview.actions.failure import refusal

    refused = refusal(plan)
    if refused is not None:
        raise refused
    return Program(
        plan,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        outlive=True,
        text=text,
        encoding=encoding,
        errors=errors,
    )
