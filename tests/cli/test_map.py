"""nsview map: what it prints, of which part of the machine, and in which forms."""

import json
import re
import shutil
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from nsview.cli import map_text
from nsview.cli.main import main
from tests import linux
from tests.cli.conftest import Run
from tests.cli.test_startup import loaded
from tests.contents.looking import ip
from tests.kernel_fixtures import Spawn
from tests.leftovers import OURS
from tests.processes import Child


@pytest.fixture
def pair(require_root: None, spawn: Spawn) -> tuple[Child, Child]:
    """Two namespaces with a cable between them, each with a process."""
    for name in ("ip", "nsenter"):
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not installed")
    one, other = (spawn(unshare=linux.CLONE_NEWNET, name=name) for name in (b"one end", b"other end"))
    peer = ("peer", "name", "b\udcff[x]", "netns", str(other.pid))
    ip(f"/proc/{one.pid}/ns/net", "link", "add", f"{OURS}a", "type", "veth", *peer)
    return one, other


def test_only_what_hangs_together(pair: tuple[Child, Child], run: Run) -> None:
    one, other = pair
    for target in (str(one.pid), f"net:[{other.inode('net')}]", f"/proc/{other.pid}/ns/net"):
        text = run("map", target)
        assert f"{one.pid} " in text
        assert f"{other.pid} " in text
        end = rf"({OURS}a|b\\xff\[x\])  veth  down"
        assert re.search(rf"│ {end} +├───┤ {end} +│", text)
        assert "the host" not in text
    assert "the host" in run("map")


def test_forms(pair: tuple[Child, Child], run: Run, tmp_path: Path) -> None:
    target = str(pair[0].pid)
    data = json.loads(run("map", "--json", target))
    assert {each["ns"] for each in data["namespaces"]} == {child.inode("net") for child in pair}
    (link,) = data["links"]
    assert (link["sort"], link["kind"]) == ("pair", "veth")
    assert {link["a"]["name"], link["b"]["name"]} == {f"{OURS}a", "b\\xff[x]"}
    picture = tmp_path / "map.svg"
    assert run("map", "--svg", str(picture), target) == ""
    assert run("map", "--svg", "-", target) == picture.read_text()
    assert "polyline" in {element.tag.rpartition("}")[2] for element in ElementTree.parse(picture).iter()}
    assert run("map", "--dot", target).startswith("graph namespaces {")
    assert run("map", "--mermaid", target).startswith("flowchart LR\n")
    plain = run("map", "--no-unicode", target)
    assert plain.isascii()
    assert "+---+" in plain


def test_a_picture_that_cannot_be_written(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["map", "--svg", "/nowhere/map.svg"]) == 1
    assert "cannot write /nowhere/map.svg: No such file or directory" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("nothing-is-called-so", "no name of anything"),
        ("/etc/passwd", "is no namespace"),
        (f"uts:[{linux.inode('self', 'uts')}]", "is no network namespace"),
    ],
)
def test_wrong_targets(target: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["map", target]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert why in line


def test_two_forms_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["map", "--dot", "--json"])
    assert end.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


def test_a_terminal_that_is_too_narrow(
    pair: tuple[Child, Child],
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Names give way first; then lines are cut, and it is said how to see all of them."""
    target = str(pair[0].pid)
    wide = max(map(len, run("map", target).splitlines()))
    monkeypatch.setattr(map_text, "width", lambda: 60)
    assert max(map(len, run("map", target).splitlines())) <= 60 < wide
    monkeypatch.setattr(map_text, "width", lambda: 30)
    assert main(["map", target]) == 0
    told = capsys.readouterr()
    assert max(map(len, told.out.splitlines())) <= 30
    assert "was cut" in told.err
    assert max(map(len, run("map", "-u", target).splitlines())) > 30


def test_colour_only_where_it_is_wanted(
    pair: tuple[Child, Child], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = run("map", str(pair[0].pid))
    assert "\x1b" not in plain
    monkeypatch.setattr(map_text, "colourful", lambda: True)
    coloured = run("map", str(pair[0].pid))
    assert "\x1b[32m" in coloured or "\x1b[2m" in coloured
    assert re.sub(r"\x1b\[\d*m", "", coloured) == plain


def test_without_the_library_that_lays_it_out(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], pair: tuple[Child, Child]
) -> None:
    monkeypatch.setitem(sys.modules, "graphlay", None)
    assert main(["map"]) == 1
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "partial view" not in line]
    assert "graphlay" in line
    assert "--json" in line
    assert json.loads(run("map", "--json"))["namespaces"]


def test_only_drawing_loads_the_library() -> None:
    assert "graphlay" not in loaded("map", "--json")
    assert "graphlay" not in loaded("list", "--json")
    drawn = loaded("map")
    assert "textual" not in drawn
