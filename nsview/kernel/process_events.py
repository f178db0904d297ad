"""What the kernel tells of processes as it happens: the process events connector (netlink(7), Linux 2.6.15).

Of forks, execs, ends and changes of user or name; of setns(2) and unshare(2) it tells nothing.
"""

import errno
import socket
import struct

from nsview.kernel import nsfs
from nsview.model.kind import Kind

_CONNECTOR = 11  # NETLINK_CONNECTOR
_CN_IDX_PROC = _CN_VAL_PROC = 1
_LISTEN = 1  # PROC_CN_MCAST_LISTEN
_DONE = 3  # NLMSG_DONE

_NETLINK = struct.Struct("=IHHII")
_MESSAGE = struct.Struct("=IIIIHH")
_EVENT = struct.Struct("=I12x4I")
"""struct proc_event: what, processor, time, and the first numbers of what depends on the event."""
_EVENTS_AT = _NETLINK.size + _MESSAGE.size

_FORK, _EXEC, _UID, _COMM, _EXIT = 1, 2, 4, 0x200, 0x80000000
_OF_THE_PROCESS = frozenset({_EXEC, _UID, _COMM, _EXIT})
"""Events that begin with a thread and its process."""

_ROOM = 1 << 20
_MANY = 1 << 16


class ProcessEvents:
    """Listens from now on; one file descriptor stays open until `close`.

    OSError where that is not allowed or not possible: EPERM without CAP_NET_ADMIN (before Linux 6.6),
    ECONNREFUSED outside the initial network namespace, EPROTONOSUPPORT on a kernel without it, EXDEV outside
    the initial pid namespace, whose numbers the kernel uses.
    """

    def __init__(self) -> None:
        if not nsfs.is_initial(Kind.PID):
            raise OSError(errno.EXDEV, "events are numbered by the initial pid namespace, which is not ours")
        kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        self._socket = socket.socket(socket.AF_NETLINK, kind, _CONNECTOR)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
            self._socket.bind((0, _CN_IDX_PROC))
            wish = struct.pack("=I", _LISTEN)
            message = _MESSAGE.pack(_CN_IDX_PROC, _CN_VAL_PROC, 0, 0, len(wish), 0) + wish
            self._socket.send(_NETLINK.pack(_NETLINK.size + len(message), _DONE, 0, 0, 0) + message)
        except OSError:
            self._socket.close()
            raise

    def close(self) -> None:
        self._socket.close()

    def __del__(self) -> None:
        if hasattr(self, "_socket"):
            self.close()

    def changed(self) -> set[int]:
        """The processes of which anything was told since the last call, but for those that are new.

        Where too much happens to keep it for us, some are missing.
        """
        found: set[int] = set()
        for _ in range(_MANY):
            try:
                data, (sender, _groups) = self._socket.recvfrom(4096)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                continue
            if sender == 0 and len(data) >= _EVENTS_AT + _EVENT.size:  # the kernel, nobody else
                what, _, second, third, fourth = _EVENT.unpack_from(data, _EVENTS_AT)
                if what in _OF_THE_PROCESS:
                    found.add(second)
                elif what == _FORK and third != fourth:  # a thread
                    found.add(fourth)
        return found
