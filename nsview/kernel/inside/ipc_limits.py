"""How much IPC there may be (proc_sys_kernel(5), mq_overview(7))."""

from collections.abc import Callable
from typing import Any

from nsview.kernel.inside import sysctl

_FILES = {
    "shm_segments": "kernel/shmmni",
    "shm_segment_bytes": "kernel/shmmax",
    "shm_pages": "kernel/shmall",
    "msg_queues": "kernel/msgmni",
    "msg_bytes": "kernel/msgmax",
    "msg_queue_bytes": "kernel/msgmnb",
    "mq_queues": "fs/mqueue/queues_max",
    "mq_messages": "fs/mqueue/msg_max",
    "mq_message_bytes": "fs/mqueue/msgsize_max",
}
_SEM = ("sem_per_set", "sem_total", "sem_operations", "sem_sets")


def prepare(arguments: dict[str, Any]) -> Callable[[], Any]:
    return _read


def _read() -> dict[str, Any]:
    unread: list[tuple[str, str]] = []
    found: dict[str, Any] = dict(sysctl.numbers(_FILES, unread))
    try:
        found |= zip(_SEM, map(int, sysctl.read("kernel/sem").split()), strict=False)
    except (OSError, ValueError) as error:
        unread.append(("kernel/sem", str(error)))
    found["unread"] = unread
    return found
