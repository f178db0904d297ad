"""RootlessKit: child_pid in its state directory, and its command line."""

from nsview.model.name import Name
from nsview.naming.state import text
from nsview.naming.subject import Subject, option, program_of

ENGINE = "rootlesskit"
_WITH_VALUE = frozenset(
    ("--state-dir", "--net", "--mtu", "--cidr", "--ifname", "--lxc-user-nic-binary", "--slirp4netns-binary")
    + ("--pasta-binary", "--vpnkit-binary", "--slirp4netns-sandbox", "--slirp4netns-seccomp", "--port-driver")
    + (
        "--copy-up",
        "--copy-up-mode",
        "--publish",
        "-p",
        "--propagation",
        "--evacuate-cgroup2",
        "--subid-source",
    )
)


def identify(subject: Subject) -> Name | None:
    if subject.scope is not None:
        return None
    keeper = subject.keeper_outside(ENGINE)
    if keeper is None:
        return None
    name = text(name_of(keeper.cmdline)) or str(keeper.pid)
    state = option(keeper.cmdline, "--state-dir")
    for root in subject.roots if text(state).startswith("/") else ():
        child = root.number(f"{state}/child_pid")
        if child and any(child == number for _, number in subject.numbers(root)):
            return Name(ENGINE, name, str(keeper.pid), root=root.path, witness=f"{state}/child_pid")
    return Name(ENGINE, name, str(keeper.pid), witness=f"command line of {keeper.pid}")


def name_of(cmdline: tuple[str, ...]) -> str:
    """The state directory's name, else the program's."""
    state = option(cmdline, "--state-dir").rstrip("/")
    if state:
        return state.rpartition("/")[2]
    place = 1
    while place < len(cmdline) and cmdline[place].startswith("-"):
        place += 1 + (cmdline[place] in _WITH_VALUE)
    return program_of(cmdline[place:])
