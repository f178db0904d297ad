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
        "modules": report.modules,
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
    """The table and the reasons, with the marks between which they stand."""
    text = "".join(f"{part}\n" for part in (_table(results), _reasons(results)) if part)
    return f"<!-- kernels -->\n{text}<!-- end of kernels -->"


def _table(results: list[dict[str, Any]]) -> str:
    lines = ["| Linux | Debian's package | passed | failed | skipped | on |", "|---|---|--:|--:|--:|---|"]
    for result in results:
        package = result["package"] + ("" if result["modules"] else " (its modules have left the archive)")
        numbers = f"{result['passed']} | {len(result['failures'])} | {sum(result['skips'].values())}"
        lines.append(f"| {result['series']} | {package} | {numbers} | {result['date']} |")
    return "\n".join(lines) if results else ""


def _reasons(results: list[dict[str, Any]]) -> str:
    """Why tests were skipped, and on which kernels: what all lack first."""
    kernels: dict[str, list[str]] = {}
    for result in results:
        for reason in result["skips"]:
            kernels.setdefault(reason, []).append(result["series"])
    ordered = sorted(kernels, key=lambda reason: (-len(kernels[reason]), reason))
    lines = [f"| {_cell(reason)} | {', '.join(kernels[reason])} |" for reason in ordered]
    if not lines:
        return ""
    head = "<details>\n<summary>Why tests were skipped</summary>\n\n| reason | Linux |\n|---|---|"
    return "\n".join(["", head, *lines, "", "</details>"])


def _cell(text: str) -> str:
    """On one line of a table, not taken for marks."""
    return " ".join(text.split()).replace("|", r"\|").replace("<", "&lt;")
