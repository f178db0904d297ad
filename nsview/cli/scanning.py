"""Options that all commands share which look at the machine, and what they say of a partial view."""

import argparse
import os

from nsview.cli.main import Failure
from nsview.cli.output import warn
from nsview.discovery.choice import SOURCES, Refused
from nsview.discovery.once import look
from nsview.discovery.scanner import Scope
from nsview.kernel.procfs import ROOT, Procfs
from nsview.model.snapshot import Comparison, Report, Snapshot


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fast", action="store_true", help="leave out the dear sources: open files and sockets"
    )
    parser.add_argument(
        "--ask-engines", action="store_true", help="for names, ask Docker and Podman too, on their sockets"
    )
    parser.add_argument("--proc", metavar="DIR", default=ROOT, help=f"procfs to read (default: {ROOT})")
    parser.add_argument(
        "--source",
        choices=SOURCES,
        default="auto",
        help="ask the kernel's own iterators (bpf), walk over procfs, or what is quicker (default: auto)",
    )


def scan(arguments: argparse.Namespace, scope: Scope) -> Snapshot:
    """Take the snapshot that a command works on. Failure without procfs or the chosen source."""
    dear = scope.dear and not arguments.fast
    try:
        return look(scope._replace(dear=dear), Procfs(arguments.proc), arguments.source)
    except Refused as refused:
        raise Failure(f"--source {arguments.source}: {refused}") from None
    except OSError as error:
        raise Failure(
            f"cannot read {arguments.proc}: {error.strerror} (is a proc file system there?)"
        ) from None


def tell_partial(report: Report) -> None:
    """Lines on standard error if the view is partial: how much is missing and what would help."""
    parts = []
    if report.unreadable:
        parts.append(f"{report.unreadable} of {report.processes} processes could not be read")
    if report.hidden:
        parts.append("other users' processes are hidden (hidepid)")
    if parts:
        warn(f"partial view: {', '.join(parts)}; {remedy(report)}")
    if not report.comparison.all_explained:
        warn(f"{_unexplained(report.comparison)}; nsview list -Q held:unknown tells which")


def _unexplained(comparison: Comparison) -> str:
    from nsview.model.places import counted

    if comparison.known is None:
        return f"nothing was found that keeps {counted(comparison.unexplained, 'namespace')} alive"
    return f"the kernel knows {counted(comparison.known, 'namespace')}, we explain {comparison.explained:,}"


def remedy(report: Report) -> str:
    """What would let us see the rest."""
    if os.geteuid() != 0:
        return "run as root to see them"
    first = next((problem.subject for problem in report.problems if problem.source == "tasks"), "")
    return f"they hold capabilities that we lack ({first}); CAP_SYS_PTRACE would help"


SCAN_JSON = {
    "processes": "how many there were",
    "readable": "of them, those whose namespaces could be read",
    "unreadable": "those whose namespaces the kernel did not let us read",
    "vanished": "those that ended while they were looked at",
    "source": "who told of them: procfs, or the kernel's iterators (bpf)",
    "elapsed_ms": "milliseconds that the look took",
    "complete": "every source was asked, no process was unreadable or hidden, and something was found that "
    "keeps each namespace: those that were found, and those on the kernel's list, where it has one",
    "known": "how many namespaces the kernel lists (Linux 6.19); null where it cannot be told",
    "explained": "of them, those of which something was found that keeps them alive",
    "unexplained": "namespaces, listed or not, that are alive though nothing was found that keeps them",
    "why_not_known": "why known is null",
}
"""What `scan` says in the JSON of all commands."""


def scan_json(report: Report) -> dict[str, object]:
    """How the scan went, for JSON: the keys of SCAN_JSON."""
    comparison = report.comparison
    return {
        "processes": report.processes,
        "readable": report.readable,
        "unreadable": report.unreadable,
        "vanished": report.vanished,
        "source": report.source,
        "elapsed_ms": round(report.elapsed * 1000, 1),
        "complete": report.complete,
        "known": comparison.known,
        "explained": comparison.explained,
        "unexplained": comparison.unexplained,
        "why_not_known": comparison.why or None,
    }
