"""The command lines of processes: all that a table of namespaces shows of them."""

from nsview.discovery.findings import error_name
from nsview.kernel.cmdline import parse_cmdline
from nsview.kernel.procfs import Procfs
from nsview.model.process import Details

LIMIT = 128 * 1024
"""Bytes of a command line that are kept; the kernel allows two megabytes (execve(2))."""


def read_command(proc: Procfs, pid: int) -> Details:
    """Details with nothing but the command line, or why there is none."""
    try:
        return Details(cmdline=parse_cmdline(proc.read(pid, "cmdline", LIMIT)))
    except OSError as error:
        return Details(problems={"cmdline": error_name(error)})
