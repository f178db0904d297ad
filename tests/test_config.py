"""Settings: what is written is what is read, and what cannot be read is said with its place."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsview import config as settings
from nsview.config import USUAL, Config, ConfigError
from nsview.keys import ACTIONS, keys, keys_text, named, shown

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
configs = st.builds(
    Config,
    interval=st.floats(0.2, 600.0),
    view=st.sampled_from(settings.VIEWS),
    sort=st.sampled_from(["name", "cpu", "age"]),
    clipboard=st.sampled_from(settings.CLIPBOARDS),
    pane_height=st.integers(10, 90),
    reverse=st.booleans(),
    columns=st.lists(texts, max_size=4).map(tuple),
    filter=texts,
    theme=texts,
    pane_width=st.integers(10, 90),
    unicode=st.booleans(),
    keys=st.dictionaries(
        st.sampled_from([action.id for action in ACTIONS]), st.lists(texts, max_size=3).map(tuple), max_size=4
    ),
)


@given(config=configs)
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, config: Config) -> None:
    place = tmp_path_factory.getbasetemp() / "roundtrip" / "config.toml"
    settings.write(config, str(place))
    assert settings.read(str(place)) == config
    place.write_text(settings.written(config, everything=True), encoding="utf-8")
    assert settings.read(str(place)) == config


def test_without_a_file_the_usual_settings_hold(tmp_path: Path) -> None:
    assert settings.read(str(tmp_path / "none.toml")) == USUAL


def test_only_what_differs_is_written() -> None:
    lines = settings.written(USUAL._replace(vim=True)).splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["vim = true"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("interval = 'soon'", "interval: seconds from 0.2 to 600"),
        ("interval = 0", "interval: seconds from"),
        ("view = 'tree'", "view: one of kind, owner"),
        ("colour = 1", "there is no setting 'colour'"),
        ("vim = 'yes'", "vim: true or false"),
        ("columns = 'pid'", "columns: a list of texts"),
        ("pane_width = 100", "pane_width: percent"),
        ("keys = 3", "keys: a table"),
        ("[keys]\npause = 3", "keys: pause: a list of texts"),
        ("interval = ", "Invalid value"),
    ],
)
def test_errors_say_where_what_and_what_would_do(tmp_path: Path, text: str, words: str) -> None:
    place = tmp_path / "config.toml"
    place.write_text(text)
    with pytest.raises(ConfigError) as caught:
        settings.read(str(place))
    assert str(place) in str(caught.value)
    assert words in str(caught.value)


def test_invalid_utf8_is_an_error_not_a_crash(tmp_path: Path) -> None:
    place = tmp_path / "config.toml"
    place.write_bytes(b"theme = '\xff'")
    with pytest.raises(ConfigError):
        settings.read(str(place))


def test_a_link_to_the_settings_stays_one(tmp_path: Path) -> None:
    real, link = tmp_path / "mine.toml", tmp_path / "config.toml"
    link.symlink_to(real)
    settings.write(USUAL._replace(vim=True), str(link))
    assert link.is_symlink()
    assert settings.read(str(real)).vim


def test_places_follow_xdg_and_ignore_relative_ones() -> None:
    assert settings.path({"XDG_CONFIG_HOME": "/c", "HOME": "/h"}) == "/c/nsview/config.toml"
    assert settings.path({"XDG_CONFIG_HOME": "c", "HOME": "/h"}) == "/h/.config/nsview/config.toml"
    assert settings.log_path({"HOME": "/h"}) == "/h/.local/state/nsview/crash.log"


# ---- keys


@pytest.mark.parametrize(
    ("written", "name", "told"),
    [
        ("e", "e", "e"),
        ("E", "E", "E"),
        ("F5", "f5", "F5"),
        ("?", "question_mark", "?"),
        ("Ctrl-R", "ctrl+r", "Ctrl-R"),
        ("ctrl+r", "ctrl+r", "Ctrl-R"),
        ("Space", "space", "Space"),
        ("-", "minus", "-"),
        ("+", "plus", "+"),
        ("Esc", "escape", "Esc"),
    ],
)
def test_keys_as_people_write_them(written: str, name: str, told: str) -> None:
    assert named(written) == name
    assert shown(name) == told


def test_every_usual_key_can_be_written_as_it_is_shown() -> None:
    for action in ACTIONS:
        for key in action.keys:
            assert named(shown(key)) == key


@pytest.mark.parametrize(
    ("own", "problem"),
    [
        ({"pausing": ("p",)}, "no action 'pausing'"),
        ({"pause": ("hyper+p",)}, "is no key"),
        ({"pause": ("p",), "parent": ("p",)}, "given to both pause and parent"),
        ({"quit": ()}, "Ctrl-C stays"),
    ],
)
def test_problems_with_own_keys_are_told(own: dict[str, Any], problem: str) -> None:
    table, problems = keys(own)
    assert problem in "\n".join(problems)
    assert [actions for actions in table.sharing().values() if len(actions) > 1] == [("map.here", "mark")]
    assert table.of["quit"]


def test_the_text_names_every_action() -> None:
    text = keys_text()
    for action in ACTIONS:
        assert action.id in text
        assert action.help in text
