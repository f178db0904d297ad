"""The terminal before the app takes it: whether it can bear one, and how its input is read."""

import codecs
import os
import sys
from collections.abc import Mapping, MutableMapping

INSTEAD = "use 'nsview list', which needs no such terminal"


def refusal(environ: Mapping[str, str] | None = None) -> str | None:
    """Why the app cannot start on this terminal, and what to use instead; None if it can."""
    places = os.environ if environ is None else environ
    for stream, name in (
        (sys.__stdin__, "input"),
        (sys.__stdout__, "output"),
        (sys.__stderr__, "error output"),
    ):
        if stream is None or not stream.isatty():
            return f"standard {name} is no terminal; {INSTEAD}"
    term = places.get("TERM", "")
    if term in ("", "dumb"):
        return f"TERM={term or 'unset'} cannot draw a screen; {INSTEAD}"
    return None


def prepare(places: MutableMapping[str, str]) -> None:
    """Take out of the environment what would mislead the terminal library, before that is loaded."""
    for name in ("COLUMNS", "LINES"):
        places.pop(name, None)  # the terminal's own size counts, also after a resize
    # The terminal library waits for the next of so many pictures a second: with 60 a key waits up to 17 ms.
    places.setdefault("TEXTUAL_FPS", "120")
    if over_ssh(places):
        places.setdefault("TEXTUAL_ANIMATIONS", "none")


def read_leniently() -> None:
    """Let a byte that is no UTF-8 be an unknown key, where the driver's strict decoder would end the app."""
    from textual.drivers import linux_driver

    def lenient(encoding: str) -> type[codecs.IncrementalDecoder]:
        strict = codecs.getincrementaldecoder(encoding)

        class Lenient(strict):  # type: ignore[misc, valid-type]
            def __init__(self, errors: str = "replace") -> None:
                super().__init__(errors)

        return Lenient

    setattr(linux_driver, "getincrementaldecoder", lenient)  # noqa: B010 (not exported)


def over_ssh(environ: Mapping[str, str]) -> bool:
    return bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"))


def wants_ascii(environ: Mapping[str, str] | None = None) -> bool:
    """Terminals that have no lines and arrows: the Linux console, and a locale that is not UTF-8."""
    places = os.environ if environ is None else environ
    if places.get("TERM", "") in ("linux", "vt100", "vt220", "vt102", "ansi", "cons25"):
        return True
    locale = places.get("LC_ALL") or places.get("LC_CTYPE") or places.get("LANG") or ""
    return bool(locale) and locale not in ("C", "POSIX") and "utf" not in locale.lower()


def theme_for(chosen: str, environ: Mapping[str, str] | None = None) -> str:
    """The theme to start with: the chosen one, else what the terminal can show best."""
    places = os.environ if environ is None else environ
    if places.get("NO_COLOR"):
        return "ansi-dark"
    if chosen:
        return chosen
    term = places.get("TERM", "")
    many = "256color" in term or "direct" in term or places.get("COLORTERM") in ("truecolor", "24bit")
    known = term.split("-")[0] in ("xterm", "tmux", "screen", "rxvt", "vt100", "linux", "ansi")
    return "ansi-dark" if known and not many else "textual-dark"
