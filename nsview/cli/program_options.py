"""What the commands share that run a program: `--` before it, kinds as letters, and what a plan looks
like."""

import argparse
import re
import sys
from typing import Any, NoReturn

from nsview.actions.plan import Plan
from nsview.cli.output import warn, write_line
from nsview.model.kind import BY_NAME, KINDS, Kind
from nsview.text import clean

OWN_FAILURE = 125
"""Exit status when nothing was run (env(1), docker-run(1)); 126 and 127 are for programs that cannot be."""

LETTERS = {
    "-m": Kind.MNT,
    "-u": Kind.UTS,
    "-i": Kind.IPC,
    "-n": Kind.NET,
    "-p": Kind.PID,
    "-C": Kind.CGROUP,
    "-U": Kind.USER,
    "-T": Kind.TIME,
}
_NAMED = {**LETTERS, **{f"--{kind}": kind for kind in KINDS}}
_NAMED["--mount"] = Kind.MNT


def prepare(parser: argparse.ArgumentParser, optional: dict[str, str]) -> None:
    """Make a parser understand a program after `--` (as `command`), and `--option[=VALUE]`.

    argparse takes what follows an option with an optional value as that value, and cannot tell positional
    arguments before `--` from those after it. `optional` maps such options to the name of the one that holds
    the value; kinds of namespace are understood without being in it (as `file`).
    """
    parse = parser.parse_intermixed_args  # TARGET may come after options too

    def parse_args(args: Any = None, namespace: Any = None) -> Any:
        words = list(sys.argv[1:] if args is None else args)
        command: list[str] = []
        if "--" in words:
            place = words.index("--")
            words, command = words[:place], words[place + 1 :]
        found = parse([part for word in words for part in _spelled_out(word, optional)], namespace)
        found.command = tuple(command)
        return found

    def error(message: str) -> NoReturn:
        parser.print_usage(sys.stderr)
        parser.exit(OWN_FAILURE, f"{parser.prog}: {message}\n")

    parser.parse_args = parse_args  # type: ignore[method-assign]
    parser.error = error  # type: ignore[method-assign]


_WITH_VALUE = re.compile(r"(--[a-z-]+|-[A-Za-z])=(.*)", re.DOTALL)


def _spelled_out(word: str, optional: dict[str, str]) -> list[str]:
    found = _WITH_VALUE.fullmatch(word)
    if found is None:
        return [word]
    option, value = found.groups()
    if option in _NAMED:
        return ["--file", f"{_NAMED[option]}={value}"]
    if option in optional:
        return [optional[option], value]
    return [word] if option.startswith("--") else [option, value]


def add_kinds(parser: argparse.ArgumentParser, what: str, file: str) -> None:
    group = parser.add_argument_group("kinds of namespace", what)
    for letter, kind in LETTERS.items():
        names = [letter, f"--{kind}"] + (["--mount"] if kind is Kind.MNT else [])
        group.add_argument(
            *names, dest="kinds", action="append_const", const=kind, help=f"{kind.meaning} (={file})"
        )
    group.add_argument("--file", dest="files", action="append", type=_kind_and_file, help=argparse.SUPPRESS)


def _kind_and_file(text: str) -> tuple[Kind, str]:
    kind, _, path = text.partition("=")
    return BY_NAME[kind], path


def kinds_in(words: list[str]) -> tuple[Kind, ...]:
    """`net,uts` or `net uts`; ValueError naming what is no kind."""
    from nsview.model.kind import parse_kind

    return tuple(parse_kind(name) for word in words for name in word.split(",") if name)


def variable(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=VALUE")
    return name, value


# ---- a plan for people


def describe(plan: Plan) -> None:
    """All of a plan, as --dry-run shows it."""
    rows: list[tuple[str, str]] = [(plan.action, plan.subject)]
    rows += [("join", _join(join.kind, join.inode, join.why)) for join in plan.joins]
    if plan.makes is not None:
        rows += [("make", str(kind)) for kind in plan.makes.kinds]
        rows += [
            ("map users", f"{line.inside} is {line.outside} outside, {line.length} of them")
            for line in plan.makes.uid_map
        ]
        rows += [
            ("map groups", f"{line.inside} is {line.outside} outside, {line.length} of them")
            for line in plan.makes.gid_map
        ]
        rows += [("keep", f"{kept.kind} at {kept.path}") for kept in plan.makes.keep]
    rows += [("leave", f"{left.kind}: {left.why}") for left in plan.left]
    rows.append(("as", _identity(plan)))
    rows.append(("root", _place(plan.root.whose, plan.root.path)))
    rows.append(("directory", _place(plan.cwd.whose, plan.cwd.path)))
    if plan.toolbox is not None:
        rows.append(("toolbox", f"our own files, the target's root at {plan.toolbox}"))
    rows.append(("environment", plan.environment.mode))
    rows.append(("run", " ".join(plan.command) or f"the first shell of {' '.join(plan.shells)}"))
    rows += [(check.verdict, f"{check.subject}: {check.words}") for check in plan.checks]
    rows.append(("equal to", plan.equivalent or f"nothing: {plan.no_equivalent}"))
    last = ""
    for label, text in rows:
        write_line(f"{label if label != last else '':<13}{clean(text)}")
        last = label


def _join(kind: Kind, inode: int, why: str) -> str:
    return f"{kind}:[{inode}]" + (f" ({why})" if why else "")


def _identity(plan: Plan) -> str:
    identity = plan.identity
    if identity.uid is None and identity.gid is None:
        return "who we are"
    names = [
        "?" if n is None else "the first mapped" if n < 0 else str(n) for n in (identity.uid, identity.gid)
    ]
    return f"user {names[0]}, group {names[1]}" + (
        ", capabilities kept" if identity.keep_capabilities else ""
    )


def _place(whose: str, path: str) -> str:
    if whose in ("path", "inside"):
        return path
    return {"target": "the target's", "mine": "as it is", "root": "/"}[whose]


# ---- carrying it out


def carry_out(plan: Plan, arguments: argparse.Namespace) -> int:
    """Show, print or run a plan, as the options say; the exit status."""
    if arguments.dry_run:
        describe(plan)
        return 0 if plan.possible else OWN_FAILURE
    if arguments.print_command:
        if plan.equivalent is None:
            warn(f"there is no such command line: {plan.no_equivalent}")
            return OWN_FAILURE
        write_line(clean(plan.equivalent) if sys.stdout.isatty() else plan.equivalent)
        return 0
    if plan.refusals:
        for check in plan.failures:
            warn(f"{plan.subject}: {check.subject}: {check.words}")
        return OWN_FAILURE
    from nsview.actions.relay import run_in_foreground

    ending = run_in_foreground(plan)
    if ending.failure is not None:
        warn(ending.failure.message)
        if ending.failure.help:
            warn(ending.failure.help)
        for check in plan.checks:
            if check.verdict == "unknown":
                warn(f"perhaps {check.subject}: {check.words}")
    return ending.exit_status
