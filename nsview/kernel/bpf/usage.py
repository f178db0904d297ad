"""The program that tells what every thread has used (Linux 5.8): a process has used what its threads have."""

from nsview.kernel.bpf.assembler import R1, R2, R7, R9
from nsview.kernel.bpf.btf import Btf
from nsview.kernel.bpf.program import Finished, Program, Record

RECORD = Record(pid=4, tgid=4, ran=8, pages=8)
"""Numbers of the reader's pid namespace; `ran` ns of processor time, in the leader's record also that of the
threads that have ended; `pages` resident, in the leader's record alone."""

_RESIDENT = (0, 1, 3)
"""MM_FILEPAGES, MM_ANONPAGES, MM_SHMEMPAGES; 2 is what is swapped out."""


def write(btf: Btf, initial: bool = False) -> Finished:
    """The program; see Program for `initial`. NoBpf if this kernel lacks a field."""
    program = Program(btf, "task", RECORD, initial)
    task, memory, scratch = R7, R7, R9
    program.argument(task, "task")
    program.jump_if(task, "==", 0, "done")

    program.find_reader()
    program.follow(scratch, task, "task_struct", "thread_pid")
    program.number("pid", scratch)
    program.follow(scratch, task, "task_struct", "group_leader->thread_pid")
    program.number("tgid", scratch)

    program.put("pages", 0)
    program.follow(scratch, task, "task_struct", "se.sum_exec_runtime")
    program.follow(R1, task, "task_struct", "group_leader")
    program.jump_if(R1, "!=", task, "it has run")
    program.follow(R1, task, "task_struct", "signal->sum_sched_runtime")
    program.do(scratch, "+", R1)
    program.label("it has run")
    program.put("ran", scratch)

    program.follow(R1, task, "task_struct", "group_leader")
    program.jump_if(R1, "!=", task, "to be told")
    program.follow(memory, task, "task_struct", "mm")
    program.jump_if(memory, "==", 0, "to be told")
    program.do(scratch, "=", 0)
    program.variable("count")
    for counter in _RESIDENT:
        # Copied, not followed: the verifier of 5.10 knows no elements of arrays.
        program.probe("count", memory, "mm_struct", _counter(btf, counter))
        program.get(R2, "count")
        # What one processor has not yet added makes small counts negative.
        program.jump_if(R2, "signed <", 0, f"nothing in {counter}")
        program.do(scratch, "+", R2)
        program.label(f"nothing in {counter}")
    program.put("pages", scratch)
    program.label("to be told")

    program.tell()
    return program.end()


def _counter(btf: Btf, number: int) -> str:
    """One of a memory's counters: per processor since Linux 6.2."""
    per_processor = f"rss_stat[{number}].count"
    return per_processor if btf.has("mm_struct", per_processor) else f"rss_stat.count[{number}].counter"
