"""System V shared memory, semaphores and queues, POSIX message queues, and their limits."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

from nsview.contents.asking import Answers, ask
from nsview.contents.pinned import Pinned
from nsview.contents.section import (
    BYTES,
    FIRST,
    MOMENT,
    OCTAL,
    PROCESS,
    Column,
    Fact,
    Page,
    Refused,
    Section,
    Unread,
    Value,
    Wanted,
    cut,
)

_WHOSE = (
    *(Column("uid", "UID", drop=8), Column("user", "USER"), Column("gid", "GID", drop=7)),
    Column("perms", "PERMS", OCTAL, 1),
)
_SHM = (
    *(Column("shmid", "ID"), Column("key", "KEY", drop=2), *_WHOSE, Column("size", "SIZE", BYTES)),
    *(Column("nattch", "ATTACHED", drop=4), Column("attached", "BY", PROCESS)),
    *(Column("cpid", "MADE BY", drop=5), Column("lpid", "LAST USED BY", drop=6)),
    Column("ctime", "CHANGED", MOMENT, 3),
)
_SEM = (
    *(Column("semid", "ID"), Column("key", "KEY", drop=2), *_WHOSE, Column("nsems", "SEMAPHORES")),
    *(Column("otime", "USED", MOMENT, 3), Column("ctime", "CHANGED", MOMENT, 4)),
)
_MSG = (
    *(Column("msqid", "ID"), Column("key", "KEY", drop=2), *_WHOSE, Column("cbytes", "BYTES", BYTES)),
    *(Column("qnum", "MESSAGES"), Column("lspid", "SENT BY", drop=5), Column("lrpid", "RECEIVED BY", drop=5)),
    Column("ctime", "CHANGED", MOMENT, 4),
)
_MQ = (
    *(Column("name", "NAME"), *_WHOSE, Column("qsize", "BYTES", BYTES)),
    Column("notify_pid", "NOTIFIES", PROCESS, 2),
)
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


def inside(pinned: Pinned, page: Wanted = FIRST) -> tuple[Section, ...]:
    """User numbers are ours, if we may enter with our own rights; else those of the namespace's owner.

    Searching is done on what was read, so a search reads all.
    """
    ranges = {key: _range(page.of(key)) for key in ("shm", "sem", "msg", "mqueue")}
    answers = ask(pinned, {"sysvipc": ranges, "mqueues": ranges["mqueue"], "ipc_limits": {}})
    limits = answers.get("ipc_limits") or {}
    facts = (Fact(key, label, limits[key]) for key, label in _LIMITS.items() if limits.get(key) is not None)
    segments = (answers.get("sysvipc") or {}).get("shm", {}).get("total")
    attached, unseen = _attached(pinned) if segments else ({}, ())
    return (
        _sysv(pinned, answers, page.of("shm"), "shm", "Shared memory", _SHM, attached, unseen),
        _sysv(pinned, answers, page.of("sem"), "sem", "Semaphores", _SEM),
        _sysv(pinned, answers, page.of("msg"), "msg", "Message queues", _MSG),
        _queues(pinned, answers, page.of("mqueue")),
        Section("limits", "Limits", tuple(facts), unread=answers.unread("ipc_limits", "the limits")),
    )


def _sysv(
    pinned: Pinned,
    answers: Answers,
    page: Page,
    kind: str,
    title: str,
    columns: tuple[Column, ...],
    attached: Mapping[int, list[int]] = {},
    unseen: Iterable[Unread] = (),
) -> Section:
    found = (answers.get("sysvipc") or {}).get(kind, {"total": 0, "objects": []})
    for one in found["objects"]:
        one["key"] = f"0x{one['key'] & 0xFFFFFFFF:08x}"
        one["attached"] = tuple(map(str, attached.get(one.get("shmid"), ())))
    unread = (*answers.unread("sysvipc", title.lower()), *unseen)
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


def _range(page: Page) -> dict[str, int]:
    return {"offset": 0, "limit": 1 << 20} if page.find else {"offset": page.offset, "limit": page.limit}


def _attached(pinned: Pinned) -> tuple[dict[int, list[int]], list[Unread]]:
    """Of each shared memory segment the members that have it in their memory (proc_pid_maps(5)).

    The file is called SYSV and the key; its inode number is the segment's id.
    """
    found: dict[int, list[int]] = {}
    refused = Refused("who is attached, in {} processes")
    for pid in pinned.members[:_LOOKED_AT]:
        try:
            maps = pinned.proc.read(pid, "maps")
        except OSError as error:
            refused.note(error)
            continue
        if b" /SYSV" not in maps:
            continue
        for line in maps.split(b"\n"):
            fields = line.split(None, 5)
            if len(fields) == 6 and os.fsdecode(fields[5]).startswith("/SYSV"):
                pids = found.setdefault(int(fields[4]), [])
                if pid not in pids:
                    pids.append(pid)
    unseen = refused.unread()
    if len(pinned.members) > _LOOKED_AT:
        unseen.append(Unread("who else is attached", f"only the first {_LOOKED_AT} processes are looked at"))
    return found, unseen
