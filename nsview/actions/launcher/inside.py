"""Join and make the namespaces, take root, directory, user and terminal, and become the program.

Runs in a child of the launcher. No import, no codec, no account or locale look-up from here on: in a foreign
mount namespace each of them would read, and run, files of whoever owns that namespace.
"""

import errno
import fcntl
import os
import sys
import termios
from typing import NoReturn

from nsview.actions.launcher import program, talk
from nsview.actions.launcher.failing import Failed, Step
from nsview.actions.launcher.making import configure, make
from nsview.actions.launcher.opening import Opened
from nsview.actions.launcher.toolbox import open_toolbox
from nsview.actions.plan import FIRST_MAPPED, Identity, Makes, Plan
from nsview.kernel import joining, mounting
from nsview.kernel.idmap import first_mapped, parse_id_map
from nsview.model.kind import Kind


class Channel:
    """The two pipes to the process outside."""

    def __init__(self, up: int, down: int) -> None:
        self.up = up
        self.down = down


def carry_out(plan: Plan, opened: Opened, channel: Channel, terminal: bool) -> NoReturn:
    """Never returns: becomes the program, or tells the failure and ends with 125."""
    try:
        _forbid_imports()
        _guard(plan)
        for file in opened.cgroups:
            with Step("join the control group"):
                os.write(file, b"0")
        if plan.toolbox is not None:
            open_toolbox(plan, opened)
        else:
            join(opened.namespaces)
        # Before a mount namespace is made: into its copy the kernel moves root and directory, no descriptors.
        _take_root(plan, opened)
        _take_directory(plan, opened)
        if plan.makes is not None:
            _prepare_to_make(plan, plan.makes, opened, channel)
            make(plan.makes, opened, bool(plan.joins))
        if plan.fork:
            _continue_in_child(channel, opened)
        _become_program(plan, opened, channel, terminal)
    except Failed as failure:
        talk.send(channel.up, failed=failure.as_data())
    except BaseException as error:  # told to the user by the process outside, which is still whole
        text = f"{type(error).__name__}: {error}"
        talk.send(channel.up, failed=Failed("carry out the plan", 0, "", text).as_data())
    finally:
        os._exit(125)


def _forbid_imports() -> None:
    """From now on an import fails instead of searching directories that may be another root's."""
    sys.path.clear()
    sys.meta_path.clear()
    sys.path_hooks.clear()
    sys.path_importer_cache.clear()


def _guard(plan: Plan) -> None:
    try:
        joining.leave_session_keyring()
    except OSError:
        pass  # a kernel without keys, or a filter that hides them: then there is nothing to hide
    if plan.joins:
        # Until exec we hold descriptors of the host: nobody inside may trace us or look at them.
        joining.set_dumpable(False)


def join(namespaces: dict[Kind, int]) -> None:
    """Join all, user last; what is refused before gets a second try from inside the user namespace.

    A privileged caller has its rights now and may lose them with its user namespace; an ordinary one gains
    rights only there (user_namespaces(7)).
    """
    late = []
    for kind, fd in namespaces.items():
        if kind is Kind.USER:
            continue
        try:
            joining.setns(fd, kind.flag)
        except OSError as error:
            if error.errno != errno.EPERM or Kind.USER not in namespaces:
                raise Failed(f"join {kind}", error.errno or errno.EIO) from None
            late.append(kind)
    if Kind.USER in namespaces:
        with Step("join user"):
            joining.setns(namespaces[Kind.USER], Kind.USER.flag)
    for kind in late:
        with Step(f"join {kind}"):
            joining.setns(namespaces[kind], kind.flag)


def _prepare_to_make(plan: Plan, makes: Makes, opened: Opened, channel: Channel) -> None:
    """What the kernel wants before namespaces are made within joined ones."""
    if Kind.PID in makes.kinds and plan.joins_kind(Kind.PID):
        # A pid namespace is made below the one that its maker is in itself (pid_namespaces(7)).
        _continue_in_child(channel, opened)
    if Kind.USER in makes.kinds and plan.joins_kind(Kind.USER):
        # Who makes a user namespace must have a user and group in the one above (unshare(2), EPERM).
        _take_identity(Identity("root", FIRST_MAPPED, FIRST_MAPPED, ()), opened)


def _continue_in_child(channel: Channel, opened: Opened) -> None:
    """Only a child is in the pid namespace. As our sibling, so that nobody has to stay and wait."""
    try:
        child = joining.fork_sibling()
    except OSError as error:
        words = ""
        if error.errno == errno.ENOMEM:
            words = "the pid namespace takes no process any more: its init (pid 1 in there) has ended"
        raise Failed("fork", error.errno or errno.EIO, "", words) from None
    if child:
        os._exit(0)
    # The first word is who we are: nobody but the process outside will reap us, and a pid namespace cannot
    # end as long as one in it is not reaped.
    talk.send(channel.up, child=_number_outside(opened))


def _number_outside(opened: Opened) -> int:
    """Our process number as our own /proc, which was opened outside, shows it."""
    return int(os.readlink("self", dir_fd=opened.proc))


def _become_program(plan: Plan, opened: Opened, channel: Channel, terminal: bool) -> NoReturn:
    if plan.makes is not None:
        configure(plan.makes)
    if plan.root.whose == "inside":
        with Step("change root", plan.root.path):
            os.chroot(plan.root.path)
            os.chdir("/")
    if plan.mount_proc is not None:
        _mount_proc(plan, plan.mount_proc)
    if plan.cwd.whose == "inside":
        with Step("change directory", plan.cwd.path):
            os.chdir(plan.cwd.path)
    _take_identity(plan.identity, opened)
    account = program.Account(opened.passwd, os.geteuid())
    variables = program.environment(plan, opened, account)
    with Step("follow the parent"):
        joining.die_with_parent(plan.parent_death_signal)
    with Step("take the terminal"):
        # A session of its own: /dev/tty inside is the new terminal or none, never the one outside.
        os.setsid()
        if terminal:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    talk.send(channel.up, ready=True)
    talk.wait_for_go(channel.down)
    program.become(plan, opened, account, variables)


def _mount_proc(plan: Plan, point: str) -> None:
    """In a mount namespace of our own, made for it if need be."""
    made = plan.makes is not None and Kind.MNT in plan.makes.kinds
    if plan.toolbox is None and not made:
        with Step("make a mount namespace for /proc"):
            joining.unshare(Kind.MNT.flag)
            try:
                mounting.set_propagation("/", "slave")
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise
                # Our root is a directory within a mount (chroot): then of the place itself.
                mounting.set_propagation(point, "slave")
    with Step("mount a fresh /proc", point):
        mounting.mount_proc(point)


def _take_root(plan: Plan, opened: Opened) -> None:
    if plan.toolbox is None and opened.root is not None:
        with Step("change root"):
            os.fchdir(opened.root)
            os.chroot(".")


def _take_directory(plan: Plan, opened: Opened) -> None:
    if plan.cwd.whose in ("mine", "inside"):
        if plan.toolbox is not None or not (plan.joins_kind(Kind.MNT) or plan.root.whose != "mine"):
            return
    elif opened.cwd is not None:
        try:
            os.fchdir(opened.cwd)
            # A directory that is not below the root has no path from it (getcwd(2)): it would lead out.
            if os.getcwdb().startswith(b"/"):
                return
        except OSError:
            pass
        if plan.cwd.whose == "path":
            words = "it is not below the root directory inside"
            raise Failed("change directory", errno.ENOENT, plan.cwd.path, words)
    with Step("change directory", "/"):
        os.chdir("/")


def _take_identity(identity: Identity, opened: Opened) -> None:
    if identity.keep_capabilities:
        with Step("keep capabilities"):
            joining.keep_capabilities_over_setuid()
    if identity.groups is not None:
        try:
            os.setgroups(identity.groups)
        except PermissionError:
            # /proc/PID/setgroups says "deny": groups cannot be dropped in there (user_namespaces(7)).
            if identity.groups:
                raise Failed("set groups", errno.EPERM) from None
        except OSError as error:
            raise Failed("set groups", error.errno or errno.EIO) from None
    gid = _mapped(identity.gid, opened, "self/gid_map")
    uid = _mapped(identity.uid, opened, "self/uid_map")
    if gid is not None:
        with Step("set group", str(gid)):
            os.setresgid(gid, gid, gid)
    if uid is not None:
        with Step("set user", str(uid)):
            os.setresuid(uid, uid, uid)
    if identity.keep_capabilities:
        with Step("keep capabilities"):
            joining.keep_capabilities_over_exec()


def _mapped(number: int | None, opened: Opened, name: str) -> int | None:
    """The id itself, or the lowest that the user namespace we are in has; None where it has none."""
    if number != FIRST_MAPPED:
        return number
    fd = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=opened.proc)
    try:
        return first_mapped(parse_id_map(os.read(fd, 1 << 16)))
    finally:
        os.close(fd)
