"""What the README says is so."""

import re
from pathlib import Path

from nsview.cli.main import COMMANDS
from nsview.keys import keys_text

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_keys_are_those_of_the_table() -> None:
    """After a change of keys: tools/readme_keys."""
    (shown,) = re.findall(r"```text\n(The app\n.*?)\n```", README, re.DOTALL)
    assert shown == keys_text().rstrip("\n")


def test_every_command_is_told() -> None:
    told = set(re.findall(r"`nsview ([a-z]+)", README))
    assert set(COMMANDS) <= told
    assert told <= set(COMMANDS)


def test_pictures_are_there() -> None:
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", README)
    assert pictures
    assert all((ROOT / picture).is_file() for picture in pictures)


def test_make_has_the_targets() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"`?make ([a-z]+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
