"""Files of /proc/sys; the kernel answers for the namespaces of whoever opens them (proc_sys(5))."""

import errno
import os

from nsview.kernel.procfs import read_record

ROOT = "/proc/sys"


def read(name: str) -> str:
    """The text of one setting; OSError."""
    return os.fsdecode(read_record(f"{ROOT}/{name}", 1 << 16).strip())


def numbers(names: dict[str, str], unread: list[tuple[str, str]]) -> dict[str, int | None]:
    """Of each key the number in its file; None where this kernel has no such file, or it may not be read."""
    found: dict[str, int | None] = {}
    for key, name in names.items():
        found[key] = None
        try:
            found[key] = int(read(name).split()[0])
        except OSError as error:
            if error.errno != errno.ENOENT:
                unread.append((name, error.strerror or str(error)))
        except (ValueError, IndexError):
            unread.append((name, "it is no number"))
    return found
