"""Facts of single processes that cost a read each: command line, control group, credentials."""

from nsview.discovery.commands import LIMIT
from nsview.discovery.findings import error_name
from nsview.kernel.cgroup import main_path, parse_cgroup
from nsview.kernel.cmdline import parse_cmdline
from nsview.kernel.procfs import Procfs
from nsview.kernel.status import Status, parse_status
from nsview.model.process import Capabilities, Details


def read_details(proc: Procfs, pid: int) -> Details:
    """All of a process's details; what cannot be read is None and told in `problems`."""
    problems: dict[str, str] = {}

    def read(name: str, limit: int = 1 << 20) -> bytes | None:
        try:
            return proc.read_record(pid, name, limit)
        except OSError as error:
            problems[name] = error_name(error)
            return None

    status_text = read("status")
    cmdline = read("cmdline", LIMIT)
    cgroup = read("cgroup")
    status = parse_status(status_text) if status_text is not None else None
    return Details(
        cmdline=None if cmdline is None else parse_cmdline(cmdline),
        cgroup=None if cgroup is None else main_path(parse_cgroup(cgroup)),
        uids=status.uids if status else None,
        gids=status.gids if status else None,
        groups=status.groups if status else (),
        ns_pids=status.ns_pid if status else (),
        capabilities=_capabilities(status) if status else None,
        seccomp=status.seccomp if status else None,
        no_new_privs=status.no_new_privs if status else None,
        problems=problems,
    )


def _capabilities(status: Status) -> Capabilities | None:
    if status.cap_effective is None:
        return None
    return Capabilities(
        inheritable=status.cap_inheritable or 0,
        permitted=status.cap_permitted or 0,
        effective=status.cap_effective,
        bounding=status.cap_bounding or 0,
        ambient=status.cap_ambient or 0,
    )
