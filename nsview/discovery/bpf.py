"""Tasks and open files from the kernel's own iterators, and from procfs once those fail."""

from collections.abc import Iterator

from nsview.debug_log import note
from nsview.discovery import sockets
from nsview.discovery.bpf_files import BpfFiles
from nsview.discovery.bpf_tasks import BpfTasks
from nsview.discovery.descriptors import Descriptors
from nsview.discovery.findings import Pin, error_name
from nsview.discovery.source import ALL_KINDS, TICK, Context, Source
from nsview.discovery.tasks import ProcfsTasks
from nsview.kernel.bpf import NoBpf
from nsview.kernel.bpf.btf import VMLINUX, Btf
from nsview.kernel.procfs import Procfs
from nsview.model.kind import Kind


class Bpf:
    """A task source that knows the two sources of holders that go with it.

    The programs stay loaded, with a file descriptor each, until `close`. They run only when somebody reads,
    are attached to nothing, and hold no namespace.
    """

    def __init__(self, proc: Procfs, btf: str = VMLINUX) -> None:
        """Load them and compare them with procfs. NoBpf says why they cannot be used."""
        if not proc.is_ours:
            raise NoBpf(f"{proc.root} shows another pid namespace than our own")
        self.name = "bpf"
        self._works = True
        self._instead = ProcfsTasks()
        self._walk = Descriptors()
        types = Btf(btf)
        try:
            self.tasks = BpfTasks(proc, types)
            self._files = BpfFiles(types, self.tasks)
            self.tasks.agree(proc)
        except OSError as error:
            raise NoBpf(f"{error_name(error)}: {error}") from None

    @property
    def exact(self) -> bool:
        return self._works and self.tasks.exact

    @property
    def holders(self) -> tuple[Source, ...]:
        # Made anew each time: kept here they would keep us, and the programs loaded, for ever.
        return (
            Source("fds", ALL_KINDS, TICK, False, self._fds),
            Source("sockets", (Kind.NET,), TICK, False, self._sockets),
        )

    def close(self) -> None:
        self.tasks.close()
        self._files.close()
        self._instead.close()

    def read(self, context: Context, usage: bool = False) -> None:
        if self._works:
            try:
                return self.tasks.read(context, usage)
            except OSError as error:
                self._give_up(error)
        self._instead.read(context, usage)

    def _fds(self, context: Context) -> Iterator[Pin]:
        if self._works:
            try:
                yield from self._files.fds(context)
                return
            except OSError as error:
                self._give_up(error)
        yield from self._walk.collect(context)

    def _sockets(self, context: Context) -> Iterator[Pin]:
        if self._works:
            yield from self._files.sockets(context)
        else:
            yield from sockets.collect(context, self._walk.sockets)

    def _give_up(self, error: OSError) -> None:
        """Whatever it was, it may be so the next time: procfs from now on."""
        self._works = False
        self.name = f"procfs (bpf: {error_name(error)}: {error.strerror or error})"
        note("bpf", f"no more: {self.name}")
        self.close()
