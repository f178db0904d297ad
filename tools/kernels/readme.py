"""The README's table of kernels, from what was recorded of the last run of each."""

import json
import re
from pathlib import Path
from typing import Any

from tools.kernels.report import Report

ROOT = Path(__file__).resolve().parent.parent.parent
README = ROOT / "README.md"
RESULTS = Path(__file__).with_name("results.json")

_BLOCK = re.compile(r"<!-- kernels -->\n.*?<!-- end of kernels -->", re.DOTALL)


def record(report: Report) -> None:
    """Keep the result of a whole run in place of this series' last one, and tell it in the README."""
    results = {result["series"]: result for result in read_results()}
    results[report.kernel.series] = {
        "series": report.kernel.series,
        "release": report.kernel.release,
        "package": report.kernel.version,
        "date": report.day.isoformat(),
        "passed": report.passed,
        "failures": report.failures,
        "skips": dict(sorted(report.skips.items())),
    }
    ordered = sorted(results.values(), key=lambda result: [int(part) for part in result["series"].split(".")])
    RESULTS.write_text(json.dumps(ordered, indent=2, ensure_ascii=False) + "\n")
    README.write_text(_BLOCK.sub(lambda _: block(ordered), README.read_text(), count=1))


def read_results() -> list[dict[str, Any]]:
    """What is kept, the oldest series first."""
    if not RESULTS.exists():
        return []
    results: list[dict[str, Any]] = json.loads(RESULTS.read_text())
    return results


def block(results: list[dict[str, Any]]) -> str:
    """The table, with the marks between which it stands."""
    lines = ["| Linux | Debian's package | passed | failed | skipped | on |", "|---|---|--:|--:|--:|---|"]
    for result in results:
        numbers = f"{result['passed']} | {len(result['failures'])} | {sum(result['skips'].values())}"
        lines.append(f"| {result['series']} | {result['package']} | {numbers} | {result['date']} |")
    table = "\n".join([*lines, ""]) if results else ""
    return f"<!-- kernels -->\n{table}<!-- end of kernels -->"
