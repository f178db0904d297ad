"""Names for a live view: one snapshot after the other, and the engines' answers as soon as they are there."""

import threading
import time
from collections.abc import Callable, Collection, Iterable

from nsview.kernel.procfs import Procfs
from nsview.model.name import Name
from nsview.model.snapshot import Snapshot
from nsview.naming.ask import Answers, ask, engines_to_ask
from nsview.naming.namer import Namer
from nsview.naming.reader import ProcReader

SOON = 1.0
"""Seconds at least between two questions, also when new containers have appeared."""
SELDOM = 30.0
"""Seconds after which the engines are asked again: a container may have been renamed."""


class Questions:
    """Asks the engines in a thread of its own, so that nobody waits for them."""

    def __init__(
        self,
        ask: Callable[[Collection[str]], Answers] = ask,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._asked_about: frozenset[tuple[str, str]] = frozenset()
        self._asked = float("-inf")
        self._thread: threading.Thread | None = None
        self.answers = Answers()
        """The last ones; replaced as a whole."""

    def consider(self, names: Iterable[Name]) -> None:
        """Ask about these, if it is time. Returns at once."""
        if self._thread is not None and self._thread.is_alive():
            return
        each = tuple({id(name): name for name in names}.values())
        engines = engines_to_ask(each)
        about = frozenset((name.engine, name.id) for name in each if name.engine in engines)
        since = self._clock() - self._asked
        if not engines or since < (SELDOM if about <= self._asked_about else SOON):
            return
        self._asked, self._asked_about = self._clock(), about
        self._thread = threading.Thread(target=self._work, args=(engines,), name="ask engines", daemon=True)
        self._thread.start()

    def _work(self, engines: set[str]) -> None:
        self.answers = self._ask(engines)

    def wait(self) -> None:
        """Until nobody is being asked."""
        if self._thread is not None:
            self._thread.join()


class LiveNames:
    """Belongs to the thread that scans."""

    def __init__(
        self, root: str = "", *, namer: Namer | None = None, questions: Questions | None = None
    ) -> None:
        """`root` is the procfs that the snapshots are of; "" is the usual one."""
        self._namer = namer or Namer(ProcReader(Procfs(root) if root else Procfs()))
        self._questions = questions or Questions()

    def named(self, snapshot: Snapshot, ask: bool = False) -> Snapshot:
        """The snapshot with the names of all that is in it; `ask`: the engines may be asked as well."""
        if not ask:
            return snapshot.named(self._namer.names(snapshot))
        answers = self._questions.answers
        names = self._namer.names(snapshot, answers.names)
        self._questions.consider(names.processes.values())
        return snapshot.named(names.with_problems(answers.problems))
