"""Whose turn it is: each of a changing crowd once in so many rounds."""

from collections.abc import Collection, Iterator


class Turns:
    """Those that come and go meanwhile have their turn when it is theirs, or none."""

    def __init__(self, rounds: int) -> None:
        self._rounds = rounds
        self._waiting: Iterator[int] = iter(())

    def next(self, crowd: Collection[int]) -> set[int]:
        """A share of the crowd, with some that have left it perhaps."""
        share: set[int] = set()
        for _ in range(-(-len(crowd) // self._rounds)):
            one = next(self._waiting, None)
            if one is None:
                self._waiting = iter(tuple(crowd))
                one = next(self._waiting)
            share.add(one)
        return share
