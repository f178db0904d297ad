"""Handing an iterator program to the kernel and reading what it tells (bpf(2); iterators since Linux 5.8).

An iterator is attached to nothing: its program runs only while somebody reads it. Needs CAP_BPF and
CAP_PERFMON, or CAP_SYS_ADMIN, in the initial user namespace.
"""

import errno
import os
import struct

from nsview.kernel.bpf import NoBpf
from nsview.kernel.bpf.program import Finished

_PROG_LOAD, _LINK_CREATE, _ITER_CREATE = 5, 28, 33
_TYPE_TRACING, _ATTACH_TRACE_ITER = 26, 28

# The call is older than the numbering that all machines share.
_NUMBERS = {"x86_64": 321, "i686": 357, "armv7l": 386, "ppc64le": 361, "ppc64": 361, "s390x": 351}
_SHARED = {"aarch64": 280, "riscv64": 280, "loongarch64": 280}

# union bpf_attr as of Linux 5.8, for the calls that are used here.
_LOAD = struct.Struct("=IIQQIIQII16sIIIIQIIQIII")
_LINK = struct.Struct("=IIIIQI4x")
_ITER = struct.Struct("=II")

_LOG = 1 << 20
_CHUNK = 1 << 16
"""The kernel gives half as much at once."""
_PATIENCE = 1000
"""Reads in a row that may bring nothing: one looks at a million things."""
_NOTHING_LOCKED = "[none]"


class Iterator:
    """A loaded iterator program: `dump` runs it once over everything. One file descriptor, until `close`."""

    def __init__(self, program: Finished) -> None:
        """NoBpf when the kernel refuses, with its words."""
        self._link = -1
        fd = _load(program)
        try:
            self._link = _bpf(_LINK_CREATE, _LINK.pack(fd, 0, _ATTACH_TRACE_ITER, 0, 0, 0))
        except OSError as error:
            raise NoBpf(f'{_name(error)} for the iterator "{program.target}"') from None
        finally:
            os.close(fd)

    def dump(self) -> bytes:
        """Everything that the program tells. OSError as the kernel said it."""
        if self._link < 0:
            raise OSError(errno.EBADF, "the iterator is closed")
        reader = _bpf(_ITER_CREATE, _ITER.pack(self._link, 0))
        try:
            chunks: list[bytes] = []
            patience = _PATIENCE
            while patience:
                try:
                    chunk = os.read(reader, _CHUNK)
                except BlockingIOError:  # it has looked at very much and found nothing yet
                    patience -= 1
                    continue
                if not chunk:
                    return b"".join(chunks)
                chunks.append(chunk)
            raise OSError(errno.EAGAIN, "the iterator does not come to an end")
        finally:
            os.close(reader)

    def close(self) -> None:
        """Unload the program."""
        if self._link >= 0:
            os.close(self._link)
            self._link = -1

    def __del__(self) -> None:
        self.close()


def _load(program: Finished) -> int:
    """An fd on the loaded program. What the verifier says is asked for only once it has refused."""
    try:
        return _try_to_load(program, b"")
    except OSError as error:
        if error.errno in (errno.EPERM, errno.ENOSYS):
            raise NoBpf(_why(error)) from None
    log = bytearray(_LOG)
    try:
        return _try_to_load(program, log)
    except OSError as error:
        words = log.partition(b"\0")[0].decode(errors="replace").strip()
        # The last lines are statistics.
        last = [
            line for line in words.splitlines() if not line.startswith(("processed ", "verification time"))
        ]
        said = f": {last[-1]}" if last else ""
        raise NoBpf(f'{_why(error)} for the program of "{program.target}"{said}', words) from None


def _try_to_load(program: Finished, log: bytes | bytearray) -> int:
    import ctypes

    text = ctypes.create_string_buffer(program.code, len(program.code))
    # bpf_seq_write and bpf_probe_read_kernel are for programs under the GPL; this one is under MIT as well.
    license_ = ctypes.create_string_buffer(b"Dual MIT/GPL")
    words = (ctypes.c_char * len(log)).from_buffer(log) if isinstance(log, bytearray) else None
    attributes = _LOAD.pack(
        _TYPE_TRACING,
        len(program.code) // 8,
        ctypes.addressof(text),
        ctypes.addressof(license_),
        1 if words else 0,  # log_level
        len(log),
        ctypes.addressof(words) if words else 0,
        0,  # kern_version
        0,  # prog_flags
        b"nsview",
        0,  # prog_ifindex
        _ATTACH_TRACE_ITER,
        0,  # prog_btf_fd
        0,  # func_info_rec_size
        0,  # func_info
        0,  # func_info_cnt
        0,  # line_info_rec_size
        0,  # line_info
        0,  # line_info_cnt
        program.function,  # attach_btf_id
        0,  # attach_prog_fd
    )
    return _bpf(_PROG_LOAD, attributes)


def _bpf(command: int, attributes: bytes) -> int:
    from nsview.kernel import syscalls

    machine = os.uname().machine
    number = _NUMBERS.get(machine) or _SHARED.get(machine)
    if number is None:
        raise OSError(errno.ENOSYS, f"the number of bpf(2) on {machine} is not known")
    return syscalls.syscall(number, "bpf", command, attributes, len(attributes))


def _name(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, str(error))


def _why(error: OSError) -> str:
    """The error's name, and what would help as far as that is known."""
    name = _name(error)
    lockdown = _lockdown()
    if lockdown:
        return f"{name}, kernel locked down ({lockdown})"
    if error.errno == errno.EPERM:
        return f"{name}: needs CAP_BPF and CAP_PERFMON"
    if error.errno == errno.EINVAL:
        return f"{name}, kernel {os.uname().release}"
    return name


def _lockdown() -> str:
    """How the kernel is locked down (kernel_lockdown(7)); "" if it is not, or does not say."""
    try:
        with open("/sys/kernel/security/lockdown") as file:
            return parse_lockdown(file.read())
    except OSError:
        return ""


def parse_lockdown(text: str) -> str:
    """The word in brackets, unless it is "none"."""
    chosen = next((word for word in text.split() if word.startswith("[")), _NOTHING_LOCKED)
    return "" if chosen == _NOTHING_LOCKED else chosen.strip("[]")
