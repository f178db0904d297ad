"""One process or thread by its number, without looking at all the others."""

from nsview.discovery.targets import NoTarget
from nsview.discovery.threads import task_from
from nsview.kernel.procfs import Procfs
from nsview.kernel.stat import parse_stat
from nsview.kernel.status import parse_status
from nsview.model.process import Task


def task_of(number: int) -> Task:
    """The task with this pid or tid, as a scan would find it. NoTarget when there is none."""
    proc = Procfs()
    try:
        # Threads are not listed in /proc, but can be opened there (proc(5)).
        tgid = parse_status(proc.read(number, "status")).tgid or number
        place = str(number) if tgid == number else f"{tgid}/task/{number}"
        stat = parse_stat(proc.read(place, "stat"))
        owner = proc.owner(number)
        links = proc.links(place)
    except OSError as error:
        raise NoTarget(f"no process or thread {number}: {error.strerror}") from None
    if stat is None:
        raise NoTarget(f"no process or thread {number}: its stat cannot be read")
    return task_from(stat, tgid, owner, links)
