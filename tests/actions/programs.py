"""Plans made and carried out by tests."""

import subprocess
from typing import Any, NamedTuple

from nsview.actions.enter import EnterRequest, plan_enter
from nsview.actions.launch import Program
from nsview.actions.plan import Plan
from nsview.discovery.one_task import task_of


class Ran(NamedTuple):
    status: int
    out: str
    err: str


def run(plan: Plan, *command: str, input: str = "") -> Ran:
    """Carry a plan out with this command; what it wrote."""
    if command:
        plan = plan._replace(command=command)
    pipe = subprocess.PIPE
    with Program(plan, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as program:
        out, err = program.communicate(input, timeout=30)
        return Ran(program.wait(), out, err)


def plan_for(pid: int, **wanted: Any) -> Plan:
    return plan_enter(task_of(pid), EnterRequest(**wanted))


def namespaces_inside(ran: Ran) -> dict[str, int]:
    """From the output of `readlink /proc/…/ns/*`: kind → inode."""
    found = {}
    for line in ran.out.splitlines():
        kind, bracket, number = line.partition(":[")
        if bracket:
            found[kind] = int(number[:-1])
    return found
