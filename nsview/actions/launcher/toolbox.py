"""Our own tools in a target's namespaces: our files stay, the target's are shown at a mount point.

For targets without a shell or tools. Nothing is written to the target, and nothing to our own file system:
all mounts are in a mount namespace of their own.
"""

import errno
import os
import stat

from nsview.actions.launcher.failing import Failed, Step
from nsview.actions.launcher.opening import Opened
from nsview.actions.plan import Plan
from nsview.kernel import joining, mounting
from nsview.model.kind import Kind

_STAGE = "/proc"
"""Where a new root is put together: always there, and covered anew afterwards."""


def open_toolbox(plan: Plan, opened: Opened) -> None:
    """Join all namespaces but mnt, in a private copy of our mounts with the target's root in it."""
    assert plan.toolbox is not None
    others = {kind: fd for kind, fd in opened.namespaces.items() if kind is not Kind.MNT}
    if Kind.USER in others:
        # An ordinary user may change mounts only from inside a user namespace that is theirs.
        with Step("join user"):
            joining.setns(others.pop(Kind.USER), Kind.USER.flag)
    with Step("make a private mount namespace"):
        joining.unshare(Kind.MNT.flag)
        # Slave: what the host unmounts goes away here too, and nothing of ours is seen there.
        mounting.set_propagation("/", "slave")
    if Kind.MNT in opened.namespaces:
        _show_target(plan.toolbox, opened)
    for kind, fd in others.items():
        with Step(f"join {kind}"):
            joining.setns(fd, kind.flag)


def _show_target(point: str, opened: Opened) -> None:
    """A mount of a foreign mount namespace can only be copied from within it (open_tree(2): EINVAL): go
    there, take the copy, come back."""
    assert opened.root is not None
    with Step("remember our own mounts"):
        home = os.open("self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC, dir_fd=opened.proc)
        root = os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        directory = os.open(".", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    with Step("visit the target's mount namespace"):
        joining.setns(opened.namespaces[Kind.MNT], Kind.MNT.flag)
    try:
        with Step("copy the target's mounts"):
            tree = mounting.clone_tree(opened.root)
    finally:
        joining.setns(home, Kind.MNT.flag)
        os.fchdir(root)
        os.chroot(".")
        os.fchdir(directory)
    try:
        mounting.restrain_tree(tree, "slave")
    except OSError as error:
        if error.errno not in (errno.ENOSYS, errno.EINVAL, errno.EPERM):
            raise Failed("restrain the target's mounts", error.errno or errno.EIO) from None
    with Step("show the target's root", point):
        try:
            mounting.attach_tree(tree, point)
        except FileNotFoundError:
            _root_with(point)
            mounting.attach_tree(tree, point)


def _root_with(point: str) -> None:
    """A root put together in memory: all entries of ours, and the missing directory.

    Making the directory in our own root would write to the host's file system.
    """
    entries = []
    here = os.getcwdb()
    with Step("copy our own mounts"):
        for name in sorted(os.listdir("/")):
            entries.append((name, _copy_of("/" + name)))
        mounting.mount("tmpfs", _STAGE, "tmpfs", mounting.NOSUID)
        os.chmod(_STAGE, 0o755)
        stage = os.open(_STAGE, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    with Step("put a root together"):
        for name, copy in entries:
            _place(f"{_STAGE}/{name}", copy)
        os.makedirs(_STAGE + point, exist_ok=True)
        mounting.move(stage, "/")
        os.fchdir(stage)
        os.chroot(".")
        os.close(stage)
    try:
        os.chdir(here)
    except OSError:
        pass  # it was below nothing that could be copied; then / is where we are


def _copy_of(path: str) -> str | int | None:
    """The text of a link, or a detached copy of a file or of the mounts below a directory."""
    if os.path.islink(path):
        return os.readlink(path)
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        return mounting.clone_tree(place)
    except OSError as error:
        if error.errno != errno.EINVAL:  # below a mount that may not be copied (unbindable)
            raise
        return None
    finally:
        os.close(place)


def _place(path: str, copy: str | int | None) -> None:
    if isinstance(copy, str):
        os.symlink(copy, path)
        return
    if copy is None:
        return
    if stat.S_ISDIR(os.fstat(copy).st_mode):
        os.mkdir(path)
    else:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o644))
    mounting.attach_tree(copy, path)
    os.close(copy)
