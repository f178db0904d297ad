"""The parts of `make test-kernels` that need no other kernel."""

import io
import lzma
import os
import shutil
import stat
import subprocess
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from tools.kernels.cpio import Archive
from tools.kernels.debian import Kernel
from tools.kernels.machine import Ran
from tools.kernels.modules import Modules
from tools.kernels.readme import README, block, read_results
from tools.kernels.report import read_report

KERNEL = Kernel("6.12", "6.12.118+deb13-cloud-amd64", "6.12.118-1")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A machine's files: `bin` is a link, and a program in it one to another."""
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "bin").symlink_to("usr/bin")
    (tmp_path / "usr/bin/python3.11").write_bytes(b"\x7fELF...")
    (tmp_path / "usr/bin/python3.11").chmod(0o700)
    os.utime(tmp_path / "usr/bin/python3.11", (1_700_000_000, 1_700_000_000))
    (tmp_path / "usr/bin/python").symlink_to("python3.11")
    (tmp_path / "usr/share/big").mkdir(parents=True)
    (tmp_path / "usr/share/big/file").write_text("big")
    (tmp_path / "usr/share/small").write_text("small")
    return tmp_path


def unpacked(archive: bytes, place: Path) -> Path:
    unpack = shutil.which("cpio") or shutil.which("busybox")
    if unpack is None:
        pytest.skip("neither cpio nor busybox is here")
    command = [unpack, *(["cpio"] if unpack.endswith("busybox") else []), "-i", "-d", "-m"]
    place.mkdir()
    subprocess.run(command, input=archive, cwd=place, check=True, capture_output=True, timeout=60)
    return place


def test_an_archive_has_what_a_link_leads_to(here: Path, tmp_path: Path) -> None:
    file = io.BytesIO()
    archive = Archive(file)
    archive.add(here / "bin/python")
    archive.add_tree(here / "usr/share", without={"big"})
    archive.put("/etc/made/here", b"odd", mode=0o755)
    archive.close()
    there = unpacked(file.getvalue(), tmp_path / "there")
    inside = there / str(here).lstrip("/")
    assert os.readlink(inside / "bin") == "usr/bin"
    assert os.readlink(inside / "usr/bin/python") == "python3.11"
    program = (inside / "usr/bin/python3.11").stat()
    assert (stat.S_IMODE(program.st_mode), program.st_mtime) == (0o755, 1_700_000_000)
    assert (inside / "bin/python").read_bytes() == b"\x7fELF..."
    assert (inside / "usr/share/small").read_text() == "small"
    assert not (inside / "usr/share/big").exists()
    assert (there / "etc/made/here").read_bytes() == b"odd"


def module(place: Path, name: str, depends: str) -> None:
    image = b"\x7fELF\0license=GPL\0depends=" + depends.encode() + b"\0name=x\0"
    place.mkdir(parents=True, exist_ok=True)
    if name.endswith(".xz"):
        image = lzma.compress(image)
    (place / name).write_bytes(image)


def test_modules_come_after_those_they_need(tmp_path: Path) -> None:
    place = tmp_path / "usr/lib/modules/6.12/kernel"
    module(place / "net", "llc.ko.xz", "")
    module(place / "net", "stp.ko", "llc")
    module(place / "net", "bridge.ko.xz", "stp,llc")
    module(place / "net", "inet-diag.ko", "")
    module(place / "net", "tcp_diag.ko", "inet_diag")
    found = Modules(tmp_path).with_needs(("bridge", "built_in", "tcp-diag"))
    assert [one.name for one in found] == ["llc", "stp", "bridge", "inet_diag", "tcp_diag"]
    assert all(one.image.startswith(b"\x7fELF") for one in found)


def report_of(tmp_path: Path, xml: str, ended: bool = True) -> tuple[int, list[str], Counter[str]]:
    (tmp_path / "result").write_text(xml)
    ran = Ran(ended, 61.0, tmp_path / "console.log", tmp_path / "result")
    report = read_report(KERNEL, date(2026, 11, 27), ran, modules=True)
    return report.passed, report.failures, report.skips


def test_a_report_is_counted(tmp_path: Path) -> None:
    xml = """<testsuites><testsuite>
        <testcase classname="tests.a" name="one"/>
        <testcase classname="tests.a" name="two"><failure message="x">y</failure><error/></testcase>
        <testcase classname="tests.a" name="three"><skipped message="no listns"/></testcase>
        <testcase classname="tests.b" name="four"><skipped message="no listns"/></testcase>
        <testcase classname="tests.b" name="five"><error message="teardown"/></testcase>
    </testsuite></testsuites>"""
    counted = (1, ["tests.a::two", "tests.b::five"], Counter({"no listns": 2}))
    assert report_of(tmp_path, xml) == counted


@pytest.mark.parametrize(("xml", "ended"), [("", True), ("<testsuites><testcase", False)])
def test_no_report_is_a_failure(tmp_path: Path, xml: str, ended: bool) -> None:
    passed, (failure,), skips = report_of(tmp_path, xml, ended)
    assert (passed, skips.total()) == (0, 0)
    assert ("for want of time" in failure) is not ended


def test_the_table_and_the_reasons() -> None:
    old = {"series": "5.10", "package": "5.10.262-1", "modules": True, "date": "2026-11-27", "passed": 7}
    new = {**old, "series": "7.0", "package": "7.0.13-1", "modules": False, "passed": 8}
    text = block(
        [
            {**old, "failures": ["tests.a::one"], "skips": {"no a|b": 2, "no wg": 1}},
            {**new, "failures": [], "skips": {"no wg": 1}},
        ]
    )
    assert "| 5.10 | 5.10.262-1 | 7 | 1 | 3 | 2026-11-27 |\n" in text
    assert "| 7.0 | 7.0.13-1 (its modules have left the archive) | 8 | 0 | 1 | 2026-11-27 |\n" in text
    assert "| no wg | 5.10, 7.0 |\n| no a\\|b | 5.10 |\n" in text
    assert block([]) == "<!-- kernels -->\n<!-- end of kernels -->"


def test_the_readme_tells_what_was_recorded() -> None:
    assert block(read_results()) in README.read_text()
