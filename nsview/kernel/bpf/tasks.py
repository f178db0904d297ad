"""The program that tells every task's place, in one pass over the reader's pid namespace (Linux 5.8)."""

from nsview.kernel.bpf.assembler import R1, R2, R3, R4, R7, R8, R9, Register
from nsview.kernel.bpf.btf import Btf
from nsview.kernel.bpf.program import Finished, Program, Record
from nsview.model.kind import LINK_NAMES, Kind

_COMM = 16
"""TASK_COMM_LEN: 15 bytes and a NUL."""

RECORD = Record(
    pid=4,
    tgid=4,
    ppid=4,
    uid=4,
    state=4,
    threads=4,
    flags=4,
    moved=4,
    start=8,
    comm=_COMM,
    ids=8,
    **{f"{link}_ns": 4 for link in LINK_NAMES},
)
"""Numbers are those of the reader's pid namespace, `uid` that of the initial user namespace; `state` is what
/proc/PID/stat makes a letter of, `start` ns since boot without any time namespace's offset. Where `moved` is
not 0 the task changed its namespaces meanwhile, and none of them counts. `ids` is the sum of those numbers of
its namespaces that are never used again, as far as this kernel has such: another sum, another namespace,
though it may have got the inode number of the one before."""

KTHREAD = 0x00200000
"""PF_KTHREAD, the one bit in `flags`."""

LETTERS = "RSDTtXZPI"
"""The letters of /proc/PID/stat by the highest bit in `state`; R for none (proc_pid_stat(5))."""

# linux/sched.h
_TASK_REPORT = 0x7F
_TASK_IDLE = 0x402
_TASK_REPORT_IDLE = 0x80
_TASK_UNINTERRUPTIBLE = 2
_BLOCKED = 0x1000 | 0x8000
"""TASK_RTLOCK_WAIT (Linux 5.15) and TASK_FROZEN (6.1) are told as uninterruptible."""

_INITIAL = (Kind.PID.initial_inode or 0) - (1 << 32)
"""Of the initial pid namespace, as a signed number of 32 bits."""

_BEHIND_NSPROXY = {
    "cgroup": ("cgroup_ns", "cgroup_namespace"),
    "ipc": ("ipc_ns", "ipc_namespace"),
    "mnt": ("mnt_ns", "mnt_namespace"),
    "net": ("net_ns", "net"),
    "time": ("time_ns", "time_namespace"),
    "uts": ("uts_ns", "uts_namespace"),
    "pid_for_children": ("pid_ns_for_children", "pid_namespace"),
    "time_for_children": ("time_ns_for_children", "time_namespace"),
}
"""Link → field of struct nsproxy, and what that points to."""


def tells_ids(btf: Btf) -> bool:
    """Whether `ids` counts every kind."""
    return btf.has("ns_common", "ns_id")


def write(btf: Btf, links: frozenset[str], initial: bool = False) -> Finished:
    """The program, for those links of /proc/PID/ns that this kernel has; see Program for `initial`. NoBpf if
    the kernel lacks a field."""
    program = Program(btf, "task", RECORD, initial)
    task, nsproxy, scratch = R7, R8, R9

    # After the last one the program is called once more, without a task.
    program.argument(task, "task")
    program.jump_if(task, "==", 0, "done")

    # A thread that is where its leader is is not told.
    program.follow(nsproxy, task, "task_struct", "nsproxy")
    program.follow(scratch, task, "task_struct", "group_leader")
    program.jump_if(scratch, "==", task, "to be told")
    program.follow(R1, scratch, "task_struct", "nsproxy")
    program.jump_if(R1, "==", nsproxy, "done")
    program.label("to be told")

    program.find_reader()
    program.follow(scratch, task, "task_struct", "thread_pid")
    program.number("pid", scratch)
    program.get(R1, "pid")
    program.jump_if(R1, "==", 0, "done")  # reaped meanwhile
    program.put("ids", 0)
    program.put("pid_ns", 0)
    if "pid" in links:
        # Most are in the initial one, whose number is known and which is never another.
        program.put("pid_ns", _INITIAL)
        program.follow(R4, scratch, "pid", "level")
        program.jump_if(R4, "==", 0, "it is in the initial one")
        program.pid_namespace(scratch, pid_ns="ns.inum", ids=_id_field(btf, "pid_namespace"))
        program.label("it is in the initial one")
    program.follow(scratch, task, "task_struct", "group_leader->thread_pid")
    program.number("tgid", scratch)
    program.follow(scratch, task, "task_struct", "real_parent->group_leader->thread_pid")
    program.number("ppid", scratch)

    _write_state(program, btf, task)
    program.follow(R1, task, "task_struct", "signal->nr_threads")
    program.put("threads", R1)
    program.follow(R1, task, "task_struct", "flags")
    program.do(R1, "&", KTHREAD)
    program.put("flags", R1)
    program.follow(R1, task, "task_struct", "start_boottime")
    program.put("start", R1)
    program.read("comm", task, btf.offset("task_struct", "comm"), _COMM)

    # What others see are the objective credentials (real_cred), not those it acts with for a moment.
    program.follow(R1, task, "task_struct", "real_cred->euid.val")
    program.put("uid", R1)
    program.put("user_ns", 0)
    if "user" in links:
        program.follow(R1, task, "task_struct", "real_cred->user_ns")
        _tell_namespace(program, btf, "user", R1, "user_namespace")

    # A zombie has no nsproxy; what lies behind a null pointer reads as 0.
    for link, (field, what) in _BEHIND_NSPROXY.items():
        program.put(f"{link}_ns", 0)
        if link in links:
            program.follow(R1, nsproxy, "nsproxy", field)
            _tell_namespace(program, btf, link, R1, what)
    if "pid_for_children" in links:
        # Before its first process a pid namespace is not shown.
        program.follow(R1, nsproxy, "nsproxy", "pid_ns_for_children->child_reaper")
        program.jump_if(R1, "!=", 0, "it has had a process")
        program.put("pid_for_children_ns", 0)
        program.label("it has had a process")

    # Nothing was locked: another nsproxy by now means that the first may have gone while it was read.
    program.put("moved", 0)
    program.follow(R1, task, "task_struct", "nsproxy")
    program.jump_if(R1, "==", nsproxy, "it has stayed")
    program.put("moved", 1)
    program.label("it has stayed")

    program.tell()
    return program.end()


def _tell_namespace(program: Program, btf: Btf, link: str, namespace: Register, what: str) -> None:
    program.follow(R2, namespace, what, "ns.inum")
    program.put(f"{link}_ns", R2)
    field = _id_field(btf, what)
    if field:
        program.follow(R2, namespace, what, field)
        program.get(R3, "ids")
        program.do(R3, "+", R2)
        program.put("ids", R3)


def _id_field(btf: Btf, what: str) -> str:
    """Where a namespace has the number that is never used again (Linux 6.18; for mnt 6.11); "" if nowhere."""
    if tells_ids(btf):
        return "ns.ns_id"
    return "seq" if what == "mnt_namespace" and btf.has(what, "seq") else ""


def _write_state(program: Program, btf: Btf, task: Register) -> None:
    """What task_state_index() of the kernel makes a letter of."""
    program.follow(R1, task, "task_struct", "__state" if btf.has("task_struct", "__state") else "state")
    program.follow(R2, task, "task_struct", "exit_state")
    program.do(R2, "|", R1)
    program.do(R2, "&", _TASK_REPORT)
    program.do(R3, "=", R1)
    program.do(R3, "&", _TASK_IDLE)
    program.jump_if(R3, "!=", _TASK_IDLE, "not idle")
    program.do(R2, "=", _TASK_REPORT_IDLE)
    program.label("not idle")
    program.jump_if(R1, "&", _BLOCKED, "blocked")
    program.jump("state is known")
    program.label("blocked")
    program.do(R2, "=", _TASK_UNINTERRUPTIBLE)
    program.label("state is known")
    program.put("state", R2)
