"""What the tests of the command line share."""

from collections.abc import Callable

import pytest

from nsview.cli.main import main

Run = Callable[..., str]
"""Runs a command line in this process and returns its standard output."""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Standard output of a command line, which must end with `status`."""

    def one(*arguments: str, status: int = 0) -> str:
        capsys.readouterr()
        assert main(list(arguments)) == status
        return capsys.readouterr().out

    return one
