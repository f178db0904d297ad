"""The program that tells which open files hold a namespace (Linux 5.8).

Those are files on nsfs, and sockets of a network namespace that their process is not in.
"""

from nsview.kernel.bpf.assembler import R1, R7, R8, R9
from nsview.kernel.bpf.btf import Btf
from nsview.kernel.bpf.program import Finished, Program, Record

RECORD = Record(pid=4, tgid=4, fd=4, type=4, namespace=4, socket=4, table=8)
"""Numbers of the reader's pid namespace. `type` is the CLONE_NEW* bit of a namespace's kind, 0 for a socket;
`namespace` its inode; `socket` that of a socket; `table` is equal for tasks that share their file
descriptors (`pid` is the first thread of those that do not share its process's)."""

_NSFS_MAGIC = 0x6E736673
_SOCKFS_MAGIC = 0x534F434B


def write(btf: Btf) -> Finished:
    """The program. NoBpf if this kernel lacks a field."""
    program = Program(btf, "task_file", RECORD)
    task, inode, scratch = R7, R8, R9

    # After the last one the program is called once more, without a task and a file.
    program.argument(task, "task")
    program.jump_if(task, "==", 0, "done")
    program.argument(inode, "file")
    program.jump_if(inode, "==", 0, "done")
    program.follow(inode, inode, "file", "f_inode")

    # By the file system: the inode of a socket's name in a directory is of type socket, too.
    program.follow(R1, inode, "inode", "i_sb->s_magic")
    program.jump_if(R1, "==", _NSFS_MAGIC, "namespace")
    program.jump_if(R1, "==", _SOCKFS_MAGIC, "socket")
    program.jump("done")

    program.label("namespace")
    program.follow(R1, inode, "inode", "i_ino")
    program.put("namespace", R1)
    program.put("socket", 0)
    program.follow(R1, inode, "inode", "i_private")  # a struct ns_common; the type says void *
    _read_type(program, btf)
    program.jump("to be told")

    program.label("socket")
    # container_of(inode, struct socket_alloc, vfs_inode)->socket.sk, which is null before it is of any use
    program.variable("sock")
    socket = btf.offset("socket_alloc", "socket.sk") - btf.offset("socket_alloc", "vfs_inode")
    program.read("sock", inode, socket, 8)
    program.get(R1, "sock")
    program.variable("net")
    program.probe("net", R1, "sock", "__sk_common.skc_net.net")
    program.get(R1, "net")
    program.put("namespace", 0)
    program.probe("namespace", R1, "net", "ns.inum")
    program.get(scratch, "namespace")
    program.jump_if(scratch, "==", 0, "done")
    program.follow(R1, task, "task_struct", "nsproxy->net_ns->ns.inum")
    program.jump_if(R1, "==", scratch, "done")
    program.follow(R1, inode, "inode", "i_ino")
    program.put("socket", R1)
    program.put("type", 0)

    program.label("to be told")
    program.read("table", task, btf.offset("task_struct", "files"), 8)
    program.argument(R1, "fd")
    program.put("fd", R1)
    program.find_reader()
    program.follow(scratch, task, "task_struct", "thread_pid")
    program.number("pid", scratch)
    program.follow(scratch, task, "task_struct", "group_leader->thread_pid")
    program.number("tgid", scratch)
    program.tell()
    return program.end()


def _read_type(program: Program, btf: Btf) -> None:
    """`type` of the struct ns_common at R1: its own field since Linux 6.18, else that of its operations."""
    program.put("type", 0)
    if btf.has("ns_common", "ns_type"):
        program.probe("type", R1, "ns_common", "ns_type")
        return
    program.variable("operations")
    program.probe("operations", R1, "ns_common", "ops")
    program.get(R1, "operations")
    program.probe("type", R1, "proc_ns_operations", "type")
