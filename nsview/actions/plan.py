"""A proposed action as data: everything that will be done, that stands in the way, and that was left out.

What is shown, copied, refused, tested and carried out is one and the same plan. Making one may read the
kernel and changes nothing; the launcher carries it out and decides nothing.
"""

from typing import Any, NamedTuple

from nsview.model.kind import Kind, parse_kind

# ---- how a namespace is opened


class Way(NamedTuple):
    """One way to open a namespace. What does not apply is None.

    how       "link"    /proc/PID[/task/TID]/ns/`name`
              "fd"      /proc/PID[/task/TID]/fd/`fd`
              "socket"  the network namespace of the socket that is file descriptor `fd` of the process
              "path"    `name`, from our root, or from the root of the process if there is one
              "handle"  by the kernel's own id (Linux 6.18, CAP_SYS_ADMIN in the initial namespaces)
    climb     then from there, one after the other: "owner" or "parent"
    """

    how: str
    pid: int | None = None
    starttime: int | None = None
    tid: int | None = None
    name: str = ""
    fd: int | None = None
    climb: tuple[str, ...] = ()


class Join(NamedTuple):
    """An existing namespace to be joined: the first way that leads to just this one is taken."""

    kind: Kind
    inode: int
    kernel_id: int | None
    """Its number that is never used again, where the kernel gives one."""
    ways: tuple[Way, ...]
    why: str = ""
    """Why it is joined although nobody asked for it; "" if somebody did."""


class Left(NamedTuple):
    """A kind that is not joined, and why."""

    kind: Kind
    why: str


class Reference(NamedTuple):
    """The task whose root, working directory, environment and user are meant."""

    pid: int
    """Its process."""
    starttime: int
    """Of the thread if it is one."""
    tid: int | None = None
    """The thread, if it is not the process's first."""


# ---- how it will be inside


FIRST_MAPPED = -1
"""As a user or group: 0 or the lowest that is mapped, to be looked up once inside."""


class Identity(NamedTuple):
    """User and groups afterwards, as numbers inside; None leaves what is."""

    mode: str = "keep"
    """"root", "target", "keep" or "given"."""
    uid: int | None = None
    gid: int | None = None
    groups: tuple[int, ...] | None = None
    keep_capabilities: bool = False
    """Hand the capabilities on to the program although it is not root."""


class Place(NamedTuple):
    """A root or working directory.

    whose   "target"  that of the reference
            "mine"    ours, or what the mount namespace makes of it
            "root"    the root directory (for a working directory)
            "path"    `path`, opened before anything is joined
            "inside"  `path`, as it is called after root and mount namespace have changed
    """

    whose: str
    path: str = ""


class Environment(NamedTuple):
    """Where the program's variables come from ("clean", "target", "mine"), and those that are set on top."""

    mode: str
    extra: tuple[tuple[str, str], ...] = ()


# ---- what is new


class IdLine(NamedTuple):
    """One line of a uid_map or gid_map (user_namespaces(7))."""

    inside: int
    outside: int
    length: int


class Keep(NamedTuple):
    """A new namespace that is to outlive its processes, by a bind mount at `path`."""

    kind: Kind
    path: str


class Veth(NamedTuple):
    """A pair of network interfaces, one in our network namespace, one in the new one."""

    outside: str
    inside: str


class Makes(NamedTuple):
    """New namespaces, and what is set up in them."""

    kinds: tuple[Kind, ...]
    uid_map: tuple[IdLine, ...] = ()
    gid_map: tuple[IdLine, ...] = ()
    map_writer: str = "self"
    """"self": one line each, of our own ids; "parent": a process left in the parent user namespace, which has
    CAP_SETUID there; "newuidmap": the set-user-ID programs of that name and newgidmap."""
    setgroups: str | None = None
    """"allow", "deny", or None to leave it."""
    owner: tuple[int, int] | None = None
    """User and group to be before the user namespace is made, so that it is theirs."""
    propagation: str | None = None
    """Of the new mount namespace: "private", "slave", "shared", or None to leave what was copied."""
    hostname: str | None = None
    domainname: str | None = None
    boottime: int | None = None
    """Offset of the boot clock in seconds (time_namespaces(7))."""
    monotonic: int | None = None
    loopback_up: bool = False
    veth: Veth | None = None
    keep: tuple[Keep, ...] = ()
    keep_place: str | None = None
    """The directory below which nsview keeps namespaces, to be made private first."""


# ---- what stands in the way


class Check(NamedTuple):
    """One thing that decides whether the plan will work."""

    verdict: str
    """"ok", "fail", "unknown", or "note": it will work, and there is something to know."""
    subject: str
    words: str


class Plan(NamedTuple):
    """What will be done. `left`, `checks` and `equivalent` are for people, the rest for the launcher."""

    action: str
    """"enter" or "spawn"."""
    subject: str
    """What is entered or made, in words."""
    reference: Reference | None = None
    joins: tuple[Join, ...] = ()
    makes: Makes | None = None
    left: tuple[Left, ...] = ()
    identity: Identity = Identity()
    root: Place = Place("mine")
    cwd: Place = Place("mine")
    environment: Environment = Environment("clean")
    command: tuple[str, ...] = ()
    """The program and its arguments; () for a shell."""
    shells: tuple[str, ...] = ()
    """Where to look for a shell, the best first."""
    spare_shell: str | None = None
    """A static program of ours that can stand in for a shell."""
    toolbox: str | None = None
    """Keep our own files, and show the target's root here."""
    mount_proc: str | None = None
    """Where a fresh proc file system is mounted."""
    fork: bool = False
    """The program is a child of who joins: only a child is in a pid namespace, or in new time."""
    cgroup_files: tuple[str, ...] = ()
    """The cgroup.procs files to write ourselves into."""
    parent_death_signal: int = 9
    checks: tuple[Check, ...] = ()
    equivalent: str | None = None
    """The same as a command line of nsenter(1) and unshare(1)."""
    no_equivalent: str = ""
    """Why there is none."""

    @property
    def failures(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.verdict == "fail")

    @property
    def refusals(self) -> tuple[Check, ...]:
        """The failures for which it is not even tried. Whether the program is there is left to exec(2), which
        knows better."""
        return tuple(check for check in self.failures if check.subject not in ("program", "shell"))

    @property
    def possible(self) -> bool:
        """Nothing is known that would make it fail."""
        return not self.failures

    def joins_kind(self, kind: Kind) -> bool:
        return any(join.kind is kind for join in self.joins)


# ---- as text, to hand it over

_CLASSES = {
    found.__name__: found
    for found in (
        Way,
        Join,
        Left,
        Reference,
        Identity,
        Place,
        Environment,
        IdLine,
        Keep,
        Veth,
        Makes,
        Check,
        Plan,
    )
}


def to_json(plan: Plan) -> str:
    """The plan as one line of ASCII; bytes that are no text survive as the surrogates that stand for them."""
    import json

    return json.dumps(_packed(plan))


def from_json(text: str) -> Plan:
    """The plan that `to_json` wrote; ValueError for anything else."""
    import json

    found = _unpacked(json.loads(text))
    if not isinstance(found, Plan):
        raise ValueError("this is no plan")
    return found


def _packed(value: Any) -> Any:
    if isinstance(value, Kind):
        return {"Kind": value.value}
    if isinstance(value, tuple):
        fields = getattr(value, "_fields", None)
        if fields is None:
            return [_packed(item) for item in value]
        return {type(value).__name__: [_packed(item) for item in value]}
    return value


def _unpacked(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_unpacked(item) for item in value)
    if isinstance(value, dict):
        ((name, content),) = value.items()
        if name == "Kind":
            return parse_kind(content)
        return _CLASSES[name](*_unpacked(content))
    return value
