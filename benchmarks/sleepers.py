"""Thousands of sleeping processes, some of them in namespaces of their own, that never outlive who made them.

Each is a cat(1) that waits at a pipe to which nothing is ever written. Whoever made them holds its other end,
so that they end with it, however it ends.
"""

import os
import subprocess
import sys
from types import TracebackType
from typing import NoReturn

FLAGS = {
    "user": 0x10000000,  # first: whoever has made one may make the others in it
    "cgroup": 0x02000000,
    "ipc": 0x08000000,
    "mnt": 0x00020000,
    "net": 0x40000000,
    "uts": 0x04000000,
}
"""Kinds that a process can leave itself (unshare(2))."""
FOR_CHILDREN = {"pid": 0x20000000, "time": 0x00000080}
"""Kinds that its next child starts in."""


class Sleepers:
    """A context with ever more sleeping processes; `own` of them are in namespaces of their own."""

    def __init__(self, own: int) -> None:
        bed, self._alarm = os.pipe()
        self._forker = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, str(own), str(bed)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=(bed,),
            process_group=0,  # Ctrl-C is for us; they end with us
        )
        os.close(bed)
        self.count = 0
        self.kinds: tuple[str, ...] = ()
        """What each of the `own` has for itself, as far as it is allowed to us."""
        self.obstacle = ""
        """Why there are no more of them."""

    def grow(self, count: int) -> bool:
        """Make them `count`; False when the system allows no more, and `obstacle` says why."""
        assert self._forker.stdin is not None
        assert self._forker.stdout is not None
        self._forker.stdin.write(f"{count}\n")
        self._forker.stdin.flush()
        words = self._forker.stdout.readline().rstrip("\n").split("\t")
        if len(words) != 3:
            raise ChildProcessError("the process that makes the sleepers has ended")
        self.count = int(words[0])
        self.kinds = tuple(words[1].split())
        self.obstacle = f"{words[2]}: {limits()}" if words[2] else ""
        return self.count >= count

    def __enter__(self) -> "Sleepers":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._forker.stdin is not None
        assert self._forker.stdout is not None
        os.close(self._alarm)
        self._forker.stdin.close()
        self._forker.wait()
        self._forker.stdout.close()


def raise_limits() -> None:
    """Let us have as many processes as our user may."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    resource.setrlimit(resource.RLIMIT_NPROC, (hard, hard))


def limits() -> str:
    """What may stand against more processes (fork(2), EAGAIN)."""
    import resource

    found = [f"RLIMIT_NPROC {resource.getrlimit(resource.RLIMIT_NPROC)[1]}"]
    places = ["/proc/sys/kernel/pid_max", "/proc/sys/kernel/threads-max"]
    with open("/proc/self/cgroup") as file:
        for line in file:
            _, controllers, path = line.rstrip("\n").split(":", 2)
            if controllers == "":
                places.append(f"/sys/fs/cgroup{path}/pids.max")
            elif "pids" in controllers.split(","):
                places.append(f"/sys/fs/cgroup/pids{path}/pids.max")
    for place in places:
        try:
            with open(place) as file:
                found.append(f"{os.path.basename(place)} {file.read().strip()}")
        except OSError:
            continue
    return ", ".join(found)


class _Forker:
    """The process that makes the sleepers and sees them end."""

    def __init__(self, own: int, bed: int) -> None:
        import ctypes

        self._libc = ctypes.CDLL(None, use_errno=True)
        self._own = own
        nothing = os.open(os.devnull, os.O_RDWR)
        self._files = {0: bed, 1: nothing}
        self._home = {
            kind: os.open(f"/proc/self/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
            for kind, flag in FOR_CHILDREN.items()
            if self._allowed([flag])
        }
        self._flags = {kind: flag for kind, flag in FLAGS.items() if self._allowed([FLAGS["user"], flag])}
        self._pids: list[int] = []

    def run(self) -> None:
        for line in sys.stdin:
            error = self._grow(int(line))
            print(len(self._pids), " ".join([*self._flags, *self._home]), error, sep="\t", flush=True)
        os.close(self._files[0])
        for pid in self._pids:
            os.waitpid(pid, 0)

    def _grow(self, count: int) -> str:
        files = [(os.POSIX_SPAWN_DUP2, fd, place) for place, fd in self._files.items()]
        try:
            while len(self._pids) < min(count, self._own):
                self._pids.append(self._fork())
            while len(self._pids) < count:
                self._pids.append(os.posix_spawnp("cat", ["cat"], {}, file_actions=files))
        except OSError as error:
            return f"fork: {error.strerror}"
        return ""

    def _fork(self) -> int:
        """A sleeper in namespaces of its own."""
        for kind in self._home:
            self._libc.unshare(FOR_CHILDREN[kind])
        pid = os.fork()
        if not pid:
            self._sleep()
        for fd in self._home.values():
            self._libc.setns(fd, 0)
        return pid

    def _sleep(self) -> NoReturn:
        try:
            for place, fd in self._files.items():
                os.dup2(fd, place)
            for flag in self._flags.values():
                self._libc.unshare(flag)
            os.execlp("cat", "cat")
        finally:
            os._exit(1)

    def _allowed(self, flags: list[int]) -> bool:
        """Whether a process may leave these (once it has left the first, it may more)."""
        pid = os.fork()
        if not pid:
            os._exit(any(self._libc.unshare(flag) for flag in dict.fromkeys(flags)))
        return os.waitpid(pid, 0)[1] == 0


if __name__ == "__main__":
    _Forker(int(sys.argv[1]), int(sys.argv[2])).run()
