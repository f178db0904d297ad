"""One look at the machine, by whichever sources are quickest for a single one."""

from nsview.discovery.choice import choose
from nsview.discovery.scanner import WHOLE, Scanner, Scope
from nsview.kernel.procfs import Procfs
from nsview.model.snapshot import Snapshot


def look(scope: Scope = WHOLE, proc: Procfs | None = None, source: str = "auto") -> Snapshot:
    """A snapshot; nothing stays open. `source` is a name of choice.SOURCES.

    OSError where there is no procfs that can be listed; Refused where the source does not work.
    """
    proc = proc or Procfs()
    chosen = choose(source, proc, once=True)
    try:
        scanner = Scanner(proc, chosen.tasks, holders=chosen.holders)
        snapshot = scanner.scan(scope)
        if snapshot.report.comparison.all_explained:
            return snapshot
        # A process may have handed it on just before it was looked at: what remains a puzzle is one.
        again = scanner.scan(scope._replace(sources=frozenset()))
        again.report = again.report._replace(elapsed=snapshot.report.elapsed + again.report.elapsed)
        return again
    finally:
        chosen.close()
