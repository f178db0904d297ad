"""What pytest told of a run inside a kernel."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from tools.kernels.debian import Kernel
from tools.kernels.machine import Ran


class Report(NamedTuple):
    kernel: Kernel
    day: date
    seconds: float
    console: Path
    modules: bool
    """Whether the archive still has the kernel's modules."""
    passed: int
    failures: list[str]
    """Tests that failed, or why there is no result at all."""
    skips: Counter[str]
    """Reason → how many tests it cost."""

    def summary(self) -> str:
        """One line on the whole, one for each failure and each reason to skip."""
        head = f"{self.passed} passed, {len(self.failures)} failed, {self.skips.total()} skipped"
        lines = [f"Linux {self.kernel.release}: {head} in {self.seconds / 60:.1f} minutes"]
        lines += [f"  failed: {name}" for name in self.failures]
        lines += [f"  skipped, {count}: {reason}" for reason, count in self.skips.most_common()]
        return "\n".join(lines)


def read_report(kernel: Kernel, day: date, ran: Ran, modules: bool) -> Report:
    """The outcome of every test, from the report that the machine handed out."""
    about = kernel, day, ran.seconds, ran.console, modules
    try:
        cases = list(ElementTree.fromstring(ran.result.read_bytes()).iter("testcase"))
    except ElementTree.ParseError:
        why = "the machine ended without a report" if ran.ended else "the machine was ended for want of time"
        return Report(*about, 0, [f"{why}, see its console"], Counter())
    passed, failures, skips = 0, [], Counter[str]()
    for case in cases:
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            failures.append(f"{case.get('classname', '')}::{case.get('name')}")
        elif skipped is not None:
            skips[" ".join(skipped.get("message", "").split())] += 1
        else:
            passed += 1
    return Report(*about, passed, failures, skips)
