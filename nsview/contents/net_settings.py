"""The settings of a network namespace that are other than the host's."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from nsview.contents.asking import Answers
from nsview.contents.pinned import Pinned
from nsview.contents.section import Column, Fact, Section, Unread, Value, Wanted, table, unread
from nsview.model.kind import Kind

_SYSCTLS = (Column("name", "SETTING"), Column("inside", "INSIDE"), Column("outside", "THE HOST'S"))
TITLE = "Settings that differ from the host's"


class Reference(NamedTuple):
    """How the reader comes by the host's settings."""

    parts: dict[str, dict[str, Any]]
    keep: tuple[int, ...] = ()
    """Descriptors that the parts refer to."""
    refused: tuple[Unread, ...] = ()


@contextmanager
def reference(pinned: Pinned) -> Iterator[Reference]:
    """Where we are not in the host's ourselves it is opened, while the context lasts."""
    host = next((ns for ns in pinned.snapshot.namespaces.values() if ns.kind is Kind.NET and ns.host), None)
    if pinned.ns.host or host is None:
        yield Reference({})
        return
    with Pinned(pinned.snapshot, host, pinned.proc) as there:
        if there.is_ours:
            yield Reference({"net_sysctls": {"host": None}})
        elif there.refusal is not None:
            yield Reference({}, refused=(unread("the host's settings", there.refusal),))
        else:
            yield Reference({"net_sysctls": {"host": there.fd}}, (there.fd,))


def section(pinned: Pinned, answers: Answers, host: Reference, page: Wanted) -> Section:
    if pinned.ns.host:
        return Section("sysctls", TITLE, (Fact("host", "The host's own", True),))
    problems = host.refused
    if host.parts:
        problems = (*problems, *answers.unread("net_sysctls", "settings"))
    rows: list[tuple[Value, ...]] = [
        (name, here, there) for name, here, there in answers.get("net_sysctls") or ()
    ]
    return table("sysctls", TITLE, _SYSCTLS, rows, page, unread=problems)
