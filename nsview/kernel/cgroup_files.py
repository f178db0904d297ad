"""Where a process's control groups are mounted, as far as we see them (cgroups(7))."""

from nsview.kernel.cgroup import CgroupPath, parse_cgroup
from nsview.kernel.mountinfo import Mount, parse_mountinfo


def cgroup_files(data: bytes) -> tuple[str, ...]:
    """The cgroup.procs files of all groups in a /proc/PID/cgroup: writing "0" to one joins the group.

    Groups of hierarchies that are not mounted where we are, or that lie outside our cgroup namespace, are
    left out.
    """
    with open("/proc/self/mountinfo", "rb") as file:
        mounts = [mount for mount in parse_mountinfo(file.read()) if mount.fs_type in ("cgroup", "cgroup2")]
    found = []
    for path in parse_cgroup(data):
        if path.path.startswith("/.."):
            continue
        for mount in mounts:
            if _is_of(path, mount) and (below := _below(path.path, mount.root)) is not None:
                found.append(f"{mount.point}{below.rstrip('/')}/cgroup.procs")
                break
    return tuple(found)


def _is_of(path: CgroupPath, mount: Mount) -> bool:
    if path.hierarchy == 0:
        return mount.fs_type == "cgroup2"
    options = mount.super_options.split(",")
    return mount.fs_type == "cgroup" and all(name in options for name in path.controllers)


def _below(path: str, root: str) -> str | None:
    if root == "/":
        return path
    return path[len(root) :] if path == root or path.startswith(root + "/") else None
