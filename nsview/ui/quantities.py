"""Amounts in as few cells as a column has."""

SHOWN = 1024
"""Characters of a command line that are drawn."""


def size(number: int | None) -> str:
    """Bytes in powers of 1024, four characters at most: 812K, 9.1G."""
    if number is None:
        return ""
    value = float(number)
    for unit in "BKMGT":
        if value < 999.5 or unit == "T":
            break
        value /= 1024
    if unit == "B":
        return str(int(value))
    return f"{value:.1f}{unit}" if value < 9.95 else f"{value:.0f}{unit}"


def percent(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def age(seconds: float | None) -> str:
    """How long, in the two largest units: 42s, 12m05, 5h10, 3d04h."""
    if seconds is None:
        return ""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}"
    if whole < 86400:
        return f"{whole // 3600}h{whole % 3600 // 60:02}"
    if whole < 86400 * 100:
        return f"{whole // 86400}d{whole % 86400 // 3600:02}h"
    return f"{whole // 86400}d"
