"""A child that stays where the reader was before it joined a namespace, and looks at something from there."""

import errno
import json
import os
import signal
from collections.abc import Callable
from typing import Any, NoReturn

from nsview.kernel import joining

_MOST = 1 << 26


def stay(look: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """To be called before the join. What is returned asks the child, once: question and answer are JSON.

    The child has our rights of now. OSError where it came to grief.
    """
    asked_read, asked_write = os.pipe()
    told_read, told_write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(asked_write)
        _look(look, asked_read, told_write)
    os.close(asked_read)
    os.close(told_write)

    def ask(question: Any) -> Any:
        with open(asked_write, "wb") as asked:
            asked.write(json.dumps(question).encode())
        with open(told_read, "rb") as told:
            data = told.read(_MOST)
        os.waitpid(child, 0)
        answer = json.loads(data) if data else {"error": "it ended without a word"}
        if "error" in answer:
            raise OSError(errno.EIO, answer["error"])
        return answer["value"]

    return ask


def _look(look: Callable[[Any], Any], asked_read: int, told_write: int) -> NoReturn:
    joining.die_with_parent(signal.SIGKILL)
    try:
        with open(asked_read, "rb") as asked:
            question = asked.read(_MOST)
        if question:  # else nobody asks any more
            try:
                answer = {"value": look(json.loads(question))}
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {error}"}
            with open(told_write, "wb") as told:
                told.write(json.dumps(answer).encode())
    finally:
        os._exit(0)
