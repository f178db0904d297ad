"""The same plan as a command line of nsenter(1) and unshare(1), to be copied."""

import shlex

from nsview.actions.plan import FIRST_MAPPED, Join, Plan, Way
from nsview.model.kind import Kind

_LETTERS = {
    Kind.MNT: "-m",
    Kind.UTS: "-u",
    Kind.IPC: "-i",
    Kind.NET: "-n",
    Kind.PID: "-p",
    Kind.CGROUP: "-C",
    Kind.USER: "-U",
    Kind.TIME: "-T",
}
LONG = {Kind.MNT: "mount", Kind.UTS: "uts", Kind.IPC: "ipc", Kind.NET: "net", Kind.PID: "pid"} | {
    Kind.CGROUP: "cgroup",
    Kind.USER: "user",
    Kind.TIME: "time",
}


def enter_line(plan: Plan) -> tuple[str | None, str]:
    """An nsenter(1) line, or None and the reason why there is none."""
    if plan.toolbox is not None:
        return None, "nsenter cannot keep our own files and join the rest"
    if plan.mount_proc is not None:
        return None, "nsenter cannot mount a fresh /proc"
    words = _environment(plan)
    words.append("nsenter")
    reference = plan.reference
    if reference is not None:
        words += ["-t", str(reference.tid or reference.pid)]
    for kind in _LETTERS:
        for join in plan.joins:
            if join.kind is kind:
                option = _option(join, plan)
                if option is None:
                    return None, f"nsenter has no way to {_way_in_words(join)}"
                words.append(option)
    words += _places(plan)
    words += _credentials(plan)
    if plan.cgroup_files:
        words.append("-c")
    if plan.joins_kind(Kind.PID) and not plan.fork:
        words.append("-F")
    words += ["--", *(plan.command or (plan.shells[0] if plan.shells else "/bin/sh",))]
    return shlex.join(words), ""


def _option(join: Join, plan: Plan) -> str | None:
    way = join.ways[0] if join.ways else None
    reference = plan.reference
    if way is None:
        return None
    if way.climb:
        if join.kind is Kind.USER and way.climb == ("owner",):
            return "--user-parent"
        return None
    own = reference is not None and (way.pid, way.tid) == (reference.pid, reference.tid)
    if way.how == "link" and own and way.name == str(join.kind):
        return _LETTERS[join.kind]
    if way.how == "socket" and own:
        return f"-N{way.fd}"
    path = _path(way)
    return None if path is None else f"--{LONG[join.kind]}={path}"


def _path(way: Way) -> str | None:
    task = f"{way.pid}" if way.tid is None else f"{way.pid}/task/{way.tid}"
    if way.how == "link":
        return "/".join(("", "proc", task, "ns", way.name))
    if way.how == "fd":
        return "/".join(("", "proc", task, "fd", str(way.fd)))
    if way.how == "path":
        return way.name if way.pid is None else "/".join(("", "proc", task, "root")) + way.name
    return None


def _way_in_words(join: Join) -> str:
    if not join.ways:
        return f"find this {join.kind} namespace"
    way = join.ways[0]
    if way.climb:
        return f"join a namespace as the {way.climb[-1]} of another"
    return {"socket": "join the namespace of another process's socket"}.get(way.how, "open it by its id")


def _environment(plan: Plan) -> list[str]:
    """nsenter hands on all of the caller's variables, so a clean environment takes env(1) before it."""
    extra = [f"{name}={value}" for name, value in plan.environment.extra]
    if plan.environment.mode == "mine":
        import os

        mine = [f"{name}={value}" for name, value in plan.environment.extra if os.environ.get(name) != value]
        return ["env", *mine] if mine else []
    if plan.environment.mode == "target":
        return []
    path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return ["env", "-i", path, *extra]


def _places(plan: Plan) -> list[str]:
    words = []
    if plan.root.whose == "target":
        words.append("-r")
    elif plan.root.whose == "path":
        words.append(f"-r{plan.root.path}")
    if plan.cwd.whose == "target":
        words.append("-w")
    elif plan.cwd.whose == "path":
        words.append(f"-w{plan.cwd.path}")
    elif plan.cwd.whose in ("inside", "root"):
        words.append(f"--wdns={plan.cwd.path or '/'}")
    if plan.environment.mode == "target":
        words.append("-e")
    return words


def _credentials(plan: Plan) -> list[str]:
    identity = plan.identity
    if identity.uid is None and identity.gid is None:
        return ["--preserve-credentials"] if plan.joins_kind(Kind.USER) else []
    words = []
    for option, number in (("-S", identity.uid), ("-G", identity.gid)):
        if number is not None:
            words += [option, str(0 if number == FIRST_MAPPED else number)]
    if identity.keep_capabilities:
        words.append("--keep-caps")
    return words


def spawn_line(plan: Plan) -> tuple[str | None, str]:
    """An unshare(1) line, after an nsenter(1) line where namespaces are entered first."""
    makes = plan.makes
    assert makes is not None
    if reason := _not_in_unshare(plan):
        return None, reason
    words: list[str] = []
    if plan.joins:
        line, reason = enter_line(plan._replace(mount_proc=None, command=("unshare",)))
        if line is None:
            return None, reason
        words += shlex.split(line)
    else:
        if plan.environment.mode == "clean":
            words += _environment(plan)
        words.append("unshare")
    kept = {keep.kind: keep.path for keep in reversed(makes.keep)}
    for kind, letter in _LETTERS.items():
        if kind in makes.kinds:
            words.append(f"--{LONG[kind]}={kept[kind]}" if kind in kept else letter)
    if plan.fork:
        words.append("-f")
    words.append("--kill-child" + ("" if plan.parent_death_signal == 9 else f"={plan.parent_death_signal}"))
    words += _maps(plan)
    words += _set_up(plan)
    command = list(plan.command or plan.shells[:1])
    steps = _steps_inside(plan)
    if steps:
        command = ["sh", "-c", " && ".join([*steps, 'exec "$@"']), "sh", *command]
    return shlex.join([*words, "--", *command]), ""


def _steps_inside(plan: Plan) -> list[str]:
    """What unshare itself cannot set, as commands that run inside first."""
    makes = plan.makes
    assert makes is not None
    steps = []
    if makes.hostname is not None:
        steps.append(f"hostname {shlex.quote(makes.hostname)}")
    if makes.domainname is not None:
        steps.append(f"domainname {shlex.quote(makes.domainname)}")
    if makes.loopback_up:
        steps.append("ip link set lo up")
    return steps


def _not_in_unshare(plan: Plan) -> str:
    makes = plan.makes
    assert makes is not None
    if makes.veth is not None:
        return "unshare cannot connect networks"
    if len(makes.keep) > len({keep.kind for keep in makes.keep}):
        return "unshare cannot keep a namespace at two places"
    return ""


def _maps(plan: Plan) -> list[str]:
    makes = plan.makes
    assert makes is not None
    words = []
    both = (makes.uid_map, makes.gid_map)
    if all(len(lines) == 1 and (lines[0].inside, lines[0].length) == (0, 1) for lines in both):
        words.append("-r")
    else:
        for option, lines in (("users", makes.uid_map), ("groups", makes.gid_map)):
            words += [f"--map-{option}={line.inside}:{line.outside}:{line.length}" for line in lines]
    if makes.setgroups is not None and "-r" not in words:
        words.append(f"--setgroups={makes.setgroups}")
    if makes.owner is not None:
        words.append(f"--owner={makes.owner[0]}:{makes.owner[1]}")
    return words


def _set_up(plan: Plan) -> list[str]:
    makes = plan.makes
    assert makes is not None
    words = []
    if Kind.MNT in makes.kinds and makes.propagation != "private":
        words.append(f"--propagation={makes.propagation or 'unchanged'}")
    if plan.mount_proc is not None:
        words.append("--mount-proc" if plan.mount_proc.count("/") == 1 else f"--mount-proc={plan.mount_proc}")
    for option, seconds in (("boottime", makes.boottime), ("monotonic", makes.monotonic)):
        if seconds is not None:
            words.append(f"--{option}={seconds}")
    if plan.root.whose == "inside":
        words.append(f"--root={plan.root.path}")
    if plan.cwd.whose == "inside":
        words.append(f"--wd={plan.cwd.path}")
    identity = plan.identity
    for option, number in (("-S", identity.uid), ("-G", identity.gid)):
        if number is not None and not plan.joins:
            words += [option, str(_lowest(plan, option) if number == FIRST_MAPPED else number)]
    if identity.keep_capabilities:
        words.append("--keep-caps")
    return words


def _lowest(plan: Plan, option: str) -> int:
    makes = plan.makes
    assert makes is not None
    lines = makes.uid_map if option == "-S" else makes.gid_map
    return min(line.inside for line in lines)
