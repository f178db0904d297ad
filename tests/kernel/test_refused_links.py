"""Links that may not be read, on kernels (some of 5.10) that do not say so: they lead nowhere, or to `.`."""

import os
from pathlib import Path

import pytest

from nsview.kernel import nsfs
from nsview.kernel.procfs import Procfs
from nsview.model.kind import UNREADABLE_LINKS


@pytest.mark.parametrize("lacking", [set(), {"time", "time_for_children"}], ids=["all", "some"])
def test_a_link_to_nowhere_is_a_refusal(monkeypatch: pytest.MonkeyPatch, lacking: set[str]) -> None:
    proc = Procfs()
    proc.names -= lacking
    assert proc.links("self") is not UNREADABLE_LINKS
    monkeypatch.setattr(os, "readlink", lambda path, dir_fd=None: "")
    assert proc.links("self") is UNREADABLE_LINKS


def test_a_link_to_its_directory_is_a_refusal(tmp_path: Path) -> None:
    (tmp_path / "ns").mkdir()
    (tmp_path / "ns" / "uts").symlink_to(".")
    with pytest.raises(PermissionError):
        nsfs.open_path(str(tmp_path / "ns" / "uts"))
    with pytest.raises(OSError, match="not a namespace"):
        nsfs.open_path(str(tmp_path))
