"""System V shared memory, semaphores and queues, POSIX message queues, and their limits."""

import os
from collections.abc import Mapping
from typing import Any

from nsview.contents.asking import Answers, ask
from nsview.contents.pinned import Pinned
from nsview.contents.section import BYTES, FIRST, MOMENT, OCTAL, Column, Fact, Page, Section, Value, cut

_WHOSE = (Column("uid", "UID"), Column("user", "USER"), Column("gid", "GID"), Column("perms", "PERMS", OCTAL))
_SHM = (
    *(Column("shmid", "ID"), Column("key", "KEY"), *_WHOSE, Column("size", "SIZE", BYTES)),
    *(Column("nattch", "ATTACHED"), Column("attached", "BY"), Column("cpid", "MADE BY")),
    *(Column("lpid", "LAST USED BY"), Column("ctime", "CHANGED", MOMENT)),
)
_SEM = (
    *(Column("semid", "ID"), Column("key", "KEY"), *_WHOSE, Column("nsems", "SEMAPHORES")),
    *(Column("otime", "USED", MOMENT), Column("ctime", "CHANGED", MOMENT)),
)
_MSG = (
    *(Column("msqid", "ID"), Column("key", "KEY"), *_WHOSE, Column("cbytes", "BYTES", BYTES)),
    *(Column("qnum", "MESSAGES"), Column("lspid", "SENT BY"), Column("lrpid", "RECEIVED BY")),
    Column("ctime", "CHANGED", MOMENT),
)
_MQ = (Column("name", "NAME"), *_WHOSE, Column("qsize", "BYTES", BYTES), Column("notify_pid", "NOTIFIES"))
_LIMITS = {
    "shm_segments": "Shared memory segments",
    "shm_segment_bytes": "Bytes of a segment",
    "shm_pages": "Pages of all segments",
    "sem_sets": "Semaphore sets",
    "sem_total": "Semaphores",
    "sem_per_set": "Semaphores of a set",
    "sem_operations": "Operations of a call",
    "msg_queues": "Message queues",
    "msg_queue_bytes": "Bytes of a queue",
    "msg_bytes": "Bytes of a message",
    "mq_queues": "POSIX queues",
    "mq_messages": "Messages of a POSIX queue",
    "mq_message_bytes": "Bytes of such a message",
}
_LOOKED_AT = 300
"""Members whose memory maps are searched for attached segments: each is a file to read."""


def inside(pinned: Pinned, page: Page = FIRST) -> tuple[Section, ...]:
    """User numbers are ours, if we may enter with our own rights; else those of the namespace's owner.

    Searching is done on what was read, so a search reads all.
    """
    wanted = {"offset": 0, "limit": 1 << 20} if page.find else {"offset": page.offset, "limit": page.limit}
    answers = ask(pinned, {"sysvipc": wanted, "mqueues": wanted, "ipc_limits": {}})
    limits = answers.get("ipc_limits") or {}
    facts = (Fact(key, label, limits[key]) for key, label in _LIMITS.items() if limits.get(key) is not None)
    attached = _attached(pinned) if (answers.get("sysvipc") or {}).get("shm", {}).get("total") else {}
    return (
        _sysv(pinned, answers, page, "shm", "Shared memory", _SHM, attached),
        _sysv(pinned, answers, page, "sem", "Semaphores", _SEM, {}),
        _sysv(pinned, answers, page, "msg", "Message queues", _MSG, {}),
        _queues(pinned, answers, page),
        Section("limits", "Limits", tuple(facts), unread=answers.unread("ipc_limits", "the limits")),
    )


def _sysv(
    pinned: Pinned,
    answers: Answers,
    page: Page,
    kind: str,
    title: str,
    columns: tuple[Column, ...],
    attached: Mapping[int, list[int]],
) -> Section:
    found = (answers.get("sysvipc") or {}).get(kind, {"total": 0, "objects": []})
    for one in found["objects"]:
        one["key"] = f"0x{one['key'] & 0xFFFFFFFF:08x}"
        one["attached"] = tuple(map(str, attached.get(one.get("shmid"), ())))
    unread = answers.unread("sysvipc", title.lower())
    return _table(pinned, kind, title, columns, found["objects"], found["total"], page)._replace(
        unread=unread
    )


def _queues(pinned: Pinned, answers: Answers, page: Page) -> Section:
    found = answers.get("mqueues") or {"total": 0, "queues": []}
    unread = answers.unread("mqueues", "POSIX message queues")
    title = "POSIX message queues"
    return _table(pinned, "mqueue", title, _MQ, found["queues"], found["total"], page)._replace(unread=unread)


def _table(
    pinned: Pinned,
    key: str,
    title: str,
    columns: tuple[Column, ...],
    objects: list[dict[str, Any]],
    total: int,
    page: Page,
) -> Section:
    rows: list[tuple[Value, ...]] = []
    for one in objects:
        one["user"] = pinned.snapshot.user_name(one.get("uid"))
        rows.append(tuple(one.get(column.key) for column in columns))
    if page.find:
        rows, total = cut(rows, page, lambda row: row)
    return Section(key, title, (), columns, tuple(rows), total, page.offset)


def _attached(pinned: Pinned) -> dict[int, list[int]]:
    """Of each shared memory segment the members that have it in their memory (proc_pid_maps(5)).

    The file is called SYSV and the key; its inode number is the segment's id.
    """
    found: dict[int, list[int]] = {}
    for pid in pinned.members[:_LOOKED_AT]:
        try:
            maps = pinned.proc.read(pid, "maps")
        except OSError:
            continue
        if b" /SYSV" not in maps:
            continue
        for line in maps.split(b"\n"):
            fields = line.split(None, 5)
            if len(fields) == 6 and os.fsdecode(fields[5]).startswith("/SYSV"):
                pids = found.setdefault(int(fields[4]), [])
                if pid not in pids:
                    pids.append(pid)
    return found
