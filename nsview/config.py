"""A person's settings: a TOML file at its XDG place, written only when that is asked for."""

import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

VIEWS = ("kind", "owner", "container", "process", "log")
CLIPBOARDS = ("auto", "native", "osc52")
INTERVALS = (0.2, 600.0)
"""Seconds between two looks: the least and the most."""


class Config(NamedTuple):
    """All settings, with the values that hold where nothing else is said."""

    interval: float = 1.0
    """Seconds between two looks at the machine."""
    view: str = "kind"
    sort: str = "name"
    reverse: bool = False
    columns: tuple[str, ...] = ("nprocs", "pid", "user", "cpu", "mem", "threads", "held", "age")
    filter: str = ""
    hide_host: bool = False
    theme: str = ""
    """"" is what suits the terminal."""
    header: bool = True
    pane: bool = True
    """The details beside the tree."""
    pane_width: int = 40
    """Percent of the screen's width, where the details stand on the right."""
    pane_height: int = 40
    """Percent of its height, where they stand below."""
    mouse: bool = True
    unicode: bool = True
    readonly: bool = False
    vim: bool = False
    """Also hjkl, g, G, Ctrl-F and Ctrl-B; the signal menu is then K."""
    ask_engines: bool = False
    """Ask Docker and Podman for names, on their sockets."""
    clipboard: str = "auto"
    """"native" asks a program or the desktop, "osc52" the terminal, "auto" what suits the session."""
    keys: Mapping[str, tuple[str, ...]] = {}
    """Keys by the action's name; they take the place of its usual ones."""


class Options(NamedTuple):
    """What the command line says beside the settings; None and "" leave them as they are."""

    interval: float | None = None
    kinds: tuple[str, ...] = ()
    pid: int | None = None
    user: int | None = None
    """A user's number."""
    filter: str | None = None
    view: str | None = None
    theme: str | None = None
    readonly: bool = False
    mouse: bool = True
    unicode: bool = True
    ask_engines: bool = False
    proc: str = ""
    """Another procfs to read; "" is the usual one."""


NO_OPTIONS = Options()
USUAL = Config()


class ConfigError(ValueError):
    """The file cannot be used. Says where, what is wrong, and what would do."""


def path(environ: Mapping[str, str] | None = None) -> str:
    """The settings' file (XDG Base Directory Specification)."""
    return os.path.join(_directory("XDG_CONFIG_HOME", ".config", environ), "config.toml")


def log_path(environ: Mapping[str, str] | None = None) -> str:
    """Where a crash is told of."""
    return os.path.join(_directory("XDG_STATE_HOME", ".local/state", environ), "crash.log")


def _directory(variable: str, usual: str, environ: Mapping[str, str] | None) -> str:
    places = os.environ if environ is None else environ
    base = places.get(variable, "")
    if not os.path.isabs(base):  # relative ones are to be ignored, says the specification
        base = os.path.join(places.get("HOME") or os.path.expanduser("~"), usual)
    return os.path.join(base, "nsview")


def read(place: str | None = None) -> Config:
    """The settings; the usual ones where there is no file. ConfigError where it cannot be understood."""
    import tomllib

    place = path() if place is None else place
    try:
        with open(place, "rb") as file:
            found = tomllib.load(file)
    except FileNotFoundError:
        return Config()
    except OSError as error:
        raise ConfigError(f"{place}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{place}: {error}") from None
    return _checked(found, place)


def _checked(found: dict[str, Any], place: str) -> Config:
    values: dict[str, Any] = {}
    for name, value in found.items():
        check = _CHECKS.get(name)
        if check is None:
            raise ConfigError(f"{place}: there is no setting '{name}'; there is {', '.join(_CHECKS)}")
        try:
            values[name] = check(value)
        except ValueError as error:
            raise ConfigError(f"{place}: {name}: {error}") from None
    return Config(**values)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"true or false, not {value!r}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"a text in quotes, not {value!r}")
    return value


def _one_of(*choices: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"one of {', '.join(choices)}, not {value!r}")
        return str(value)

    return check


def _seconds(value: Any) -> float:
    least, most = INTERVALS
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise ValueError(f"seconds from {least:g} to {most:g}, not {value!r}")
    return float(value)


def _share(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 10 <= value <= 90:
        raise ValueError(f"percent from 10 to 90, not {value!r}")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"a list of texts, not {value!r}")
    return tuple(value)


def _keys(value: Any) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise ValueError('a table: [keys] with lines like pause = ["p"]')
    chosen = {}
    for action, keys in _flat(value).items():
        try:
            chosen[action] = _texts([keys] if isinstance(keys, str) else keys)
        except ValueError as error:
            raise ValueError(f"{action}: {error}") from None
    return chosen


def _flat(table: dict[str, Any], before: str = "") -> dict[str, Any]:
    """view.next = "x" in TOML is a table in a table."""
    flat: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{before}{name}."))
        else:
            flat[f"{before}{name}"] = value
    return flat


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "interval": _seconds,
    "view": _one_of(*VIEWS),
    "sort": _one_of("name", "nprocs", "pid", "user", "cpu", "mem", "threads", "held", "age", "command"),
    "reverse": _flag,
    "columns": _texts,
    "filter": _text,
    "hide_host": _flag,
    "theme": _text,
    "header": _flag,
    "pane": _flag,
    "pane_width": _share,
    "pane_height": _share,
    "mouse": _flag,
    "unicode": _flag,
    "readonly": _flag,
    "vim": _flag,
    "ask_engines": _flag,
    "clipboard": _one_of(*CLIPBOARDS),
    "keys": _keys,
}


def written(config: Config, *, everything: bool = False) -> str:
    """The file's text: what differs from the usual, or everything."""
    head = "# Settings of nsview, written by its set-up screen. `nsview config` shows all of them."
    lines = [] if everything else [head]
    for name, value in config._asdict().items():
        if name != "keys" and (everything or value != getattr(USUAL, name)):
            lines.append(f"{name} = {_literal(value)}")
    if config.keys:
        lines += ["", "[keys]"]
        lines += [f"{_literal(action)} = {_literal(keys)}" for action, keys in config.keys.items()]
    return "\n".join(lines) + "\n"


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value!r}"
    if isinstance(value, str):
        return '"' + "".join(map(_escaped, value)) + '"'
    assert isinstance(value, tuple)
    return "[" + ", ".join(_literal(item) for item in value) + "]"


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char < " " or char == "\x7f":
        return f"\\u{ord(char):04x}"
    return char


def write(config: Config, place: str | None = None) -> str:
    """Save the settings, whole or not at all; returns where. Raises OSError."""
    place = path() if place is None else place
    target = os.path.realpath(place)  # a link to where someone keeps their settings stays one
    os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
    new = f"{target}.new"
    with open(new, "w", encoding="utf-8") as file:
        file.write(written(config))
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, target)
    return place
