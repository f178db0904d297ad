"""Names for a live view: asking never delays it, and what engines answer is there at a later look."""

import threading
from collections.abc import Collection

import pytest

from nsview.model.name import Name
from nsview.naming.ask import Answers
from nsview.naming.live import SELDOM, SOON, LiveNames, Questions
from nsview.naming.namer import Namer
from tests.model.snapshots import snapshot
from tests.naming.machine import Machine, own

WEB = Name("docker", "a" * 12, "a" * 64)
DB = Name("docker", "b" * 12, "b" * 64)
BOX = Name("lxc", "box", "box")


class Engines:
    """Answers when it is let, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[set[str]] = []
        self.let = threading.Event()
        self.let.set()
        self.answers = Answers({("docker", WEB.id): WEB._replace(name="web")})

    def ask(self, engines: Collection[str]) -> Answers:
        self.asked.append(set(engines))
        assert self.let.wait(20)
        return self.answers


@pytest.fixture
def engines() -> Engines:
    return Engines()


def test_only_engines_that_can_be_asked_are(engines: Engines) -> None:
    questions = Questions(engines.ask)
    questions.consider([BOX])
    questions.wait()
    assert engines.asked == []
    questions.consider([BOX, WEB])
    questions.wait()
    assert engines.asked == [{"docker"}]
    assert questions.answers is engines.answers


def test_when_they_are_asked_again(engines: Engines) -> None:
    now = 0.0
    questions = Questions(engines.ask, lambda: now)

    def consider(*names: Name) -> int:
        questions.consider(names)
        questions.wait()
        return len(engines.asked)

    assert consider(WEB) == 1
    now = SOON + 0.1
    assert consider(WEB) == 1, "nothing is new"
    assert consider(WEB, DB) == 2, "a container is"
    now += SOON / 2
    assert consider(WEB, DB._replace(id="c" * 64)) == 2, "too soon"
    assert consider(WEB) == 2
    now += SELDOM + 0.1
    assert consider(WEB) == 3, "it may have been renamed"


def test_nobody_waits_for_an_answer(engines: Engines, machine: Machine) -> None:
    machine.add(10, group=f"/docker/{WEB.id}", links=own(1))
    scene = snapshot(machine.tasks.values())
    engines.let.clear()
    questions = Questions(engines.ask)
    live = LiveNames(questions=questions, namer=Namer(machine))

    def called(ask: bool = True) -> str:
        names = live.named(scene, ask).names
        assert names is not None
        (name,) = names.processes.values()
        return name.name

    assert called() == WEB.name
    assert called() == WEB.name, "it is still being asked"
    assert len(engines.asked) == 1
    engines.let.set()
    questions.wait()
    assert called() == "web"
    assert called(ask=False) == WEB.name, "nobody is asked any more"


def test_why_nobody_answers_comes_with_the_names(engines: Engines, machine: Machine) -> None:
    machine.add(10, group=f"/docker/{WEB.id}", links=own(1))
    scene = snapshot(machine.tasks.values())
    engines.answers = Answers(problems=("no",))
    questions = Questions(engines.ask)
    live = LiveNames(questions=questions, namer=Namer(machine))
    live.named(scene, ask=True)
    questions.wait()
    names = live.named(scene, ask=True).names
    assert names is not None
    assert names.problems == ("no",)
