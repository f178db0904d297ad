"""The header: whose machine, how much of it is seen, which view, and what is unusual about it."""

import os
from typing import NamedTuple

from nsview.model.kind import KINDS
from nsview.model.snapshot import Comparison, Snapshot
from nsview.model.views.view import Arrangement, ViewName
from nsview.text import cell_width, clean, fit
from nsview.ui.widgets.line import Lines, Part

VIEW_TITLES = {
    ViewName.KIND: "Kinds",
    ViewName.OWNER: "Owners",
    ViewName.CONTAINER: "Containers",
    ViewName.PROCESS: "Processes",
    ViewName.LOG: "Log",
}


class State(NamedTuple):
    """What the header tells beside the snapshot."""

    arrangement: Arrangement
    interval: float = 1.0
    paused: bool = False
    following: bool = False
    readonly: bool = False
    tagged: int = 0
    user: str = ""
    trouble: str = ""
    """Why there is no new snapshot."""


class Header(Lines):
    COMPONENT_CLASSES = {"lines--name", "lines--faint", "lines--here", "lines--flag", "lines--trouble"}
    DEFAULT_CSS = """
    Header {
        height: 2;
        background: $panel;
        color: $foreground;
        & > .lines--name { text-style: bold; color: $text-primary; }
        & > .lines--faint { color: $foreground-muted; }
        & > .lines--here { text-style: bold reverse; }
        & > .lines--flag { text-style: bold; color: $text-warning; }
        & > .lines--trouble { text-style: bold; color: $text-error; }
        &:ansi > .lines--faint { text-style: dim; }
    }
    """

    _counted: tuple[tuple[int, int], list[Part]] = ((0, 0), [])
    """Of the snapshot that was counted last: thousands of namespaces are not to be counted at each key."""

    def tell(self, snapshot: Snapshot | None, state: State, ascii_only: bool = False) -> None:
        width = self.size.width or 80
        machine = os.uname()
        first = [Part(" nsview ", "name")]
        right = self._right(state, ascii_only)
        left_over = width - cell_width("".join(part.text for part in right)) - 8
        pieces: list[Part] = []
        if snapshot is not None:
            key = (id(snapshot), width)
            if self._counted[0] != key:
                self._counted = (key, _counts(snapshot, width))
            pieces = list(self._counted[1])
        about = f" {clean(machine.nodename)}  {clean(machine.release)}   "
        if width >= 100:
            pieces.insert(0, Part(about, "faint"))
        elif width >= 60:
            pieces.insert(0, Part(f"{clean(machine.nodename, 20)}  ", "faint"))
        for piece in pieces:
            room = left_over
            if cell_width(piece.text) > room:
                break
            first.append(piece)
            left_over -= cell_width(piece.text)
        first.append(Part(" " * max(0, left_over)))
        source = "" if snapshot is None else snapshot.report.source
        self.show([*first, *right], self._views(state, width, source))

    def _right(self, state: State, ascii_only: bool) -> list[Part]:
        if state.trouble:
            return [Part(f" {clean(state.trouble, 60)} ", "trouble")]
        sign = "*" if ascii_only else "●"
        if state.paused:
            return [Part(" PAUSED ", "flag")]
        return [Part(f" {sign} {state.interval:g}s ", "faint")]

    def _views(self, state: State, width: int, source: str) -> list[Part]:
        parts: list[Part] = []
        wide = width >= 76
        for number, (name, title) in enumerate(VIEW_TITLES.items(), 1):
            here = name is state.arrangement.view
            shown = title if wide or here else title[:4]
            parts.append(Part(f" {number} {shown} ", "here" if here else "", f"view:{name}"))
        flags = _flags(state)
        if flags:
            parts.append(Part("  "))
        parts += [Part(f" {flag} ", "flag") for flag in flags]
        if source and source != "procfs":
            taken = sum(cell_width(part.text) for part in parts)
            # It says itself why it is not the quickest one.
            parts.append(Part(fit(f"  by {clean(source)} ", max(0, width - taken), right=True), "faint"))
        return parts


def _counts(snapshot: Snapshot, width: int) -> list[Part]:
    report = snapshot.report
    namespaces = len(snapshot.namespaces)
    empty = sum(1 for ns in snapshot.namespaces.values() if not ns.nprocs)
    unexplained = _unexplained(report.comparison, width)
    if width < 100:
        parts = [Part(f"{namespaces} ns "), *unexplained, Part(f"{report.processes} proc")]
        if report.unreadable:
            parts.append(Part(f" {report.unreadable} unreadable", "flag"))
        return parts
    many, without = f"{namespaces:,} namespaces", f", {empty:,} without a process    "
    parts = [Part(many), *unexplained, Part(without)] if unexplained else [Part(many + without)]
    parts.append(Part(f"{report.processes:,} processes"))
    if report.unreadable:
        parts.append(Part(f", {report.unreadable:,} unreadable", "flag"))
        parts.append(Part(f" ({_remedy(snapshot)})", "faint"))
    elif report.hidden:
        parts.append(Part(", others hidden (hidepid)", "flag"))
    if report.comparison.known is not None and not unexplained:
        parts.append(Part("  all explained", "faint"))
    return parts


def _unexplained(comparison: Comparison, width: int) -> list[Part]:
    """What the kernel knows beside what we can explain; nothing where that is all of it."""
    if comparison.all_explained:
        return []
    known, explained = comparison.known, comparison.explained
    if known is None or explained is None:
        text = f"{comparison.unexplained:,} unexplained"
    elif width < 140:
        text = f"{explained:,} of {known:,} explained"
    else:
        text = f"the kernel knows {known:,}, we explain {explained:,}"
    return [Part(f"{text} " if width < 100 else f", {text}", "flag")]


def _remedy(snapshot: Snapshot) -> str:
    return "run as root to see them" if os.geteuid() else "they hold capabilities that we lack"


def _flags(state: State) -> list[str]:
    arrangement = state.arrangement
    flags = []
    if state.following:
        flags.append("following")
    if arrangement.filter:
        flags.append(f"filter: {clean(str(arrangement.filter), 60)}")
    if arrangement.kinds and len(arrangement.kinds) < len(KINDS):
        flags.append("only " + ",".join(arrangement.kinds))
    if arrangement.user is not None:
        flags.append(f"user: {state.user}")
    if arrangement.pid is not None:
        flags.append(f"pid {arrangement.pid}")
    if arrangement.hide_host:
        flags.append("without the host's")
    if arrangement.ordinary and arrangement.view is ViewName.LOG:
        flags.append("all events")
    if state.tagged:
        flags.append(f"{state.tagged} tagged")
    if state.readonly:
        flags.append("read-only")
    return flags
