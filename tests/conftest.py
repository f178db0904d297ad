"""A clean environment for every test, and nothing left of any after the last."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests import leftovers, linux

pytest_plugins = ["tests.kernel_fixtures"]

# They override a terminal's own colours and size, and would do so in every child.
_TERMINAL = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES")
for name in list(os.environ):
    if name in _TERMINAL or name.startswith("TEXTUAL"):
        del os.environ[name]

# The machine may be busy: a slow example is no failure.
settings.register_profile("nsview", deadline=None, print_blob=True)
settings.load_profile("nsview")


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_left_behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Fails the last test if all of them together have left something behind."""
    linux.adopt_orphans()
    files = leftovers.open_files()
    home = leftovers.namespaces()
    yield
    left = {
        "processes": leftovers.children(),
        "open files": sorted((leftovers.open_files() - files).elements()),
        "mounts": leftovers.mounts(str(tmp_path_factory.getbasetemp())),
        "names": leftovers.names(),
        "namespaces entered": sorted(leftovers.namespaces().items() ^ home.items()),
    }
    assert not any(left.values()), f"left behind: { ({what: it for what, it in left.items() if it}) }"
