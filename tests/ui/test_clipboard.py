"""Copying: which way is taken, and what is said of it."""

import subprocess
from typing import Any

import pytest

from nsview.ui import clipboard, terminal
from nsview.ui.clipboard import copy


def test_without_a_desktop_and_over_ssh_the_terminal_is_asked() -> None:
    for environ in ({}, {"DISPLAY": ":0", "SSH_TTY": "/dev/pts/1"}):
        got: list[str] = []
        sent = copy("4711", got.append, environ=environ)
        assert got == ["4711"]
        assert "OSC 52" in sent.how
        assert not sent.problem


def test_lone_bytes_become_text() -> None:
    got: list[str] = []
    copy("a\udcffb", got.append, environ={})
    assert got == ["a\\xffb"]


def test_what_is_too_long_for_a_terminal_is_not_sent() -> None:
    got: list[str] = []
    sent = copy("x" * 100_000, got.append, "osc52", environ={})
    assert got == []
    assert "100,000 bytes" in sent.problem


def test_tmux_is_asked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[Any] = []
    monkeypatch.setattr(subprocess, "run", lambda *args, **more: ran.append((args, more)))
    sent = copy("4711", lambda text: pytest.fail("the terminal was asked"), environ={"TMUX": "/tmp/x,1,0"})
    assert "tmux" in sent.how
    assert ran[0][0][0] == ["tmux", "load-buffer", "-w", "-"]
    assert ran[0][1]["input"] == b"4711"


def test_a_desktop_that_fails_leaves_it_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clipboard, "_by_desktop", lambda text: "no xclip")
    got: list[str] = []
    assert "OSC 52" in copy("x", got.append, environ={"DISPLAY": ":0"}).how
    assert got == ["x"]
    assert copy("x", got.append, "native", environ={"DISPLAY": ":0"}).problem == "no xclip"


def test_themes_suit_the_terminal() -> None:
    assert terminal.theme_for("nord", {"TERM": "xterm-256color"}) == "nord"
    assert terminal.theme_for("nord", {"TERM": "xterm-256color", "NO_COLOR": "1"}) == "ansi-dark"
    assert terminal.theme_for("", {"TERM": "linux"}) == "ansi-dark"
    assert terminal.theme_for("", {"TERM": "xterm-256color"}) == "textual-dark"


def test_ascii_where_lines_cannot_be_drawn() -> None:
    assert terminal.wants_ascii({"TERM": "linux"})
    assert terminal.wants_ascii({"TERM": "xterm", "LANG": "en_US.ISO-8859-1"})
    assert not terminal.wants_ascii({"TERM": "xterm", "LANG": "en_US.UTF-8"})


def test_misleading_sizes_are_dropped() -> None:
    environ = {"COLUMNS": "80", "LINES": "24", "TERM": "xterm", "SSH_TTY": "x"}
    terminal.prepare(environ)
    assert "COLUMNS" not in environ
    assert "LINES" not in environ
    assert environ["TEXTUAL_ANIMATIONS"] == "none"
