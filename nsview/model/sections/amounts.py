"""How much and how long, in words."""

from nsview.model.sections.section import Row
from nsview.model.usage import Use


def used(use: Use | None) -> list[Row]:
    rows = []
    if use is not None and use.cpu is not None:
        rows.append(Row("CPU", f"{use.cpu:.1f} % of one processor"))
    if use is not None and use.memory is not None:
        rows.append(Row("Memory", size(use.memory)))
    return rows


def size(count: float) -> str:
    """`512 B`, `9.1 GiB`."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"


def duration(seconds: float) -> str:
    """The two largest units: `3 d 4 h`."""
    left = int(seconds)
    parts: list[str] = []
    for name, length in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, left = divmod(left, length)
        if count or (name == "s" and not parts):
            parts.append(f"{count} {name}")
        elif parts:
            break
    return " ".join(parts[:2])
