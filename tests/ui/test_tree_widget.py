"""The tree in an app: what hands, mouse and refreshes do to it."""

import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.events import Click, MouseScrollDown, MouseUp
from textual.message import Message
from textual.pilot import Pilot
from textual.scroll_view import ScrollView
from textual.strip import Strip

from nsview.model.views.folds import ALL_CLOSED, ALL_OPEN, Folds
from nsview.model.views.tree import ALERT, DIM, ENDED, NEW, Key, TreeModel
from nsview.model.views.visible import Visible
from nsview.model.views.walk import containing
from nsview.ui.widgets.tree.columns import Column
from nsview.ui.widgets.tree.widget import Place, VirtualTree
from tests.ui.forest import Forest, Groups, chain

COLUMNS = (
    Column("name", "NAME", 12, grow=1, limit=30),
    Column("number", "N", 6, "right", drop=2),
    Column("text", "TEXT", 8, grow=1),
)


class Watched(VirtualTree):
    """Counts the lines that are painted."""

    COMPONENT_CLASSES = {"tree--even"}
    DEFAULT_CSS = "Watched > .tree--even { color: ansi_red; text-style: italic; }"

    painted = 0

    def render_line(self, y: int) -> Strip:
        self.painted += 1
        return super().render_line(y)


class Showing(App[None]):
    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.shown = Watched(COLUMNS, **options)
        self.told: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.shown

    def on_mount(self) -> None:
        self.shown.focus()

    def tell(self, message: Message) -> None:
        self.told.append(message)

    on_virtual_tree_highlighted = tell
    on_virtual_tree_selected = tell
    on_virtual_tree_header_clicked = tell
    on_virtual_tree_tags_changed = tell
    on_virtual_tree_search_ended = tell

    def last(self, kind: type[Message]) -> Any:
        """The latest message of a kind; those before are forgotten."""
        found = [message for message in self.told if isinstance(message, kind)]
        self.told.clear()
        return found[-1] if found else None


class Stage:
    """An app with nothing but the tree, and the pilot's hands."""

    def __init__(self, app: Showing, pilot: Pilot[None]) -> None:
        self.app, self.tree, self.pilot = app, app.shown, pilot

    async def show(self, model: TreeModel, visible: Visible | None = None, **more: Any) -> None:
        self.tree.set_model(model, visible, **more)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def do(self, action: str) -> None:
        await self.tree.run_action(action)
        await self.pilot.pause()

    async def click(self, x: int, y: int, times: int = 1) -> None:
        await self.pilot.click(self.tree, offset=(x, y), times=times)
        await self.pilot.pause()

    def lines(self) -> list[str]:
        return [self.tree.render_line(y).text.rstrip() for y in range(self.tree.room.height)]

    def line_of_cursor(self) -> int:
        (at,) = [y for y, line in enumerate(self.lines()) if line.startswith(("▌", ">"))]
        return at

    # Asked for by calls, which a type checker does not take for constant.

    def at(self) -> Key | None:
        return self.tree.cursor_key

    def tags(self) -> tuple[Key, ...]:
        return self.tree.tagged

    def searching(self) -> bool:
        return self.tree.searching

    def scrolls(self) -> bool:
        return self.tree.show_vertical_scrollbar

    def told(self, kind: type[Message]) -> Any:
        return self.app.last(kind)

    async def until(self, condition: Callable[[], bool]) -> None:
        for _ in range(500):
            if condition():
                return
            await self.pilot.pause(0.01)
        pytest.fail("nothing happened in five seconds")


@asynccontextmanager
async def stage(size: tuple[int, int] = (60, 15), **options: Any) -> AsyncIterator[Stage]:
    app = Showing(**options)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield Stage(app, pilot)


def flat(numbers: Iterable[int], text: dict[int, str] | None = None) -> Forest:
    return Forest(((number, 0) for number in numbers), text)


FAMILY = [(1, 0), (2, 1), (3, 2), (4, 2), (5, 1), (6, 0), (7, 6)]


async def test_what_it_looks_like() -> None:
    flags = {3: (NEW,), 4: (ENDED,), 5: (ALERT,), 6: (DIM,)}
    async with stage((40, 10)) as s:
        await s.show(Forest(FAMILY, flags=flags))
        s.tree.tag([2])
        s.tree.show_sort("number", descending=True)
        assert s.lines() == [
            "  NAME                  N▼ TEXT",
            "▌ ▾ row 1                1 text of 1",
            " ✓├─▾ row 2              2 text of 2",
            " +│ ├── row 3            3 text of 3",
            " ×│ └── row 4            4 text of 4",
            " !└── row 5              5 text of 5",
            "  ▾ row 6                6 text of 6",
            "  └── row 7              7 text of 7",
            "",
            "",
        ]
        s.tree.ascii_only = True
        s.tree.set_open(2, False)
        assert s.lines()[:5] == [
            "  NAME                  Nv TEXT",
            "> - row 1                1 text of 1",
            " *|-+ row 2              2 text of 2",
            " !`-- row 5              5 text of 5",
            "  - row 6                6 text of 6",
        ]


async def test_the_cursor_keeps_its_row_while_two_hundred_come_and_go_above() -> None:
    async with stage() as s:
        await s.show(flat(range(1000, 2000)))
        s.tree.reveal(1500)
        await s.press("down", "down", "up")
        line = s.line_of_cursor()
        s.told(VirtualTree.Highlighted)
        for first in (800, 1200, 900, 1100, 700, 1300):
            await s.show(flat(range(first, 2000)))
            assert s.at() == 1501
            assert s.line_of_cursor() == line
            assert "row 1501" in s.lines()[line]
        assert s.told(VirtualTree.Highlighted) is None


async def test_an_ended_row_keeps_the_cursor_until_the_model_drops_it() -> None:
    async with stage() as s:
        await s.show(flat(range(1, 50)))
        s.tree.reveal(10)
        await s.show(Forest([(n, 0) for n in range(1, 50)], flags={10: (ENDED,)}))
        assert s.at() == 10
        assert s.lines()[s.line_of_cursor()].startswith("▌×")
        style = s.tree.render_line(s.line_of_cursor())._segments[-2].style
        assert style is not None
        assert style.strike
        await s.show(flat(n for n in range(1, 50) if n != 10))
        assert s.at() == 11
        await s.pilot.pause()
        assert s.told(VirtualTree.Highlighted).key == 11


async def test_a_refresh_without_news_paints_nothing() -> None:
    async with stage() as s:
        await s.show(flat(range(1, 500)))
        await s.press("down")
        await s.pilot.pause()
        s.tree.painted = 0
        for _ in range(5):
            await s.show(flat(range(1, 500)))
        assert s.tree.painted == 0
        # Rows come and go out of sight: the scroll bar may change, no line does.
        for last in (520, 480, 900):
            await s.show(flat(range(1, last)))
        assert s.tree.painted == 0
        await s.show(flat(range(1, 500), {4: "changed"}))
        assert s.tree.painted == 1
        await s.press("down")
        assert s.tree.painted == 3


async def test_the_scroll_bar_follows_the_number_of_rows() -> None:
    async with stage((40, 11)) as s:
        await s.show(flat(range(1, 11)))
        assert not s.scrolls()
        await s.show(flat(range(1, 12)))
        assert s.scrolls()
        await s.show(flat(range(1, 1000)))
        assert s.tree.vertical_scrollbar.window_virtual_size == 1000
        await s.press("end")
        assert s.lines()[-1].startswith("▌")
        assert s.tree.scroll_y == s.tree.max_scroll_y == 989
        await s.show(flat(range(1, 5)))
        assert not s.scrolls()
        assert s.at() == 4
        assert s.lines()[4].startswith("▌")


async def test_keys_move_the_cursor() -> None:
    async with stage((40, 11)) as s:
        await s.show(flat(range(1, 100)))
        for keys, key in (
            (["down"], 2),
            (["up", "up"], 1),
            (["pagedown"], 10),
            (["pagedown", "down"], 20),
            (["pageup"], 11),
            (["end"], 99),
            (["home"], 1),
        ):
            await s.press(*keys)
            assert s.at() == key
            assert s.told(VirtualTree.Highlighted).key == key
        await s.press("up", "home")
        assert s.told(VirtualTree.Highlighted) is None
        assert s.line_of_cursor() == 1


async def test_folding_by_hand() -> None:
    async with stage() as s:
        await s.show(Forest(FAMILY))
        await s.do("fold")
        assert [line.strip("▌ ").split("  ")[0] for line in s.lines()[1:3]] == ["▸ row 1", "▾ row 6"]
        await s.do("unfold")
        await s.do("unfold")
        assert s.at() == 2
        await s.do("toggle_fold")
        assert not s.tree.is_open(2)
        await s.do("fold")
        assert s.at() == 1
        await s.do("fold_all")
        assert len(s.tree.window.visible) == 2
        await s.do("unfold_below")
        assert s.tree.is_open(2)
        assert not s.tree.is_open(6)
        await s.do("unfold_all")
        assert len(s.tree.window.visible) == 7
        assert s.tree.reveal(4)
        await s.do("sibling(-1)")
        assert s.at() == 3
        await s.do("unfold")
        assert s.at() == 3, "a leaf has nothing to unfold"
        await s.do("parent")
        await s.do("parent")
        await s.do("parent")
        assert s.at() == 1
        await s.do("sibling(1)")
        assert s.at() == 6


async def test_folds_outlive_the_model_and_can_be_taken_out_and_put_in() -> None:
    async with stage() as s:
        await s.show(Forest(FAMILY))
        s.tree.set_open(2, False)
        folds = s.tree.folds
        assert folds == Folds(closed=frozenset({2}))
        await s.show(Forest([(9, 0), *FAMILY]))
        assert not s.tree.is_open(2)
        s.tree.folds = ALL_OPEN
        assert s.tree.is_open(2)
        s.tree.folds = folds
        assert not s.tree.is_open(2)
        assert len(s.tree.window.visible) == 6


async def test_a_layout_made_elsewhere_is_taken_even_if_folds_changed_meanwhile() -> None:
    async with stage() as s:
        await s.show(Forest(FAMILY))
        after = Forest([(9, 0), *FAMILY])
        made = Visible(after, s.tree.folds)
        s.tree.set_open(2, False)
        await s.show(after, made)
        assert s.tree.window.visible is made
        assert not s.tree.is_open(2)
        assert len(made) == 6
        other = Visible(Forest(FAMILY))
        await s.show(after, other)
        assert s.tree.model is after, "a layout of another model is not used"
        assert s.tree.window.visible is not other


async def test_the_mouse() -> None:
    async with stage() as s:
        await s.show(Forest(FAMILY))
        s.told(VirtualTree.Highlighted)
        await s.click(20, 3)
        assert s.at() == 3
        assert s.told(VirtualTree.Highlighted).key == 3
        await s.click(4, 2)
        assert not s.tree.is_open(2), "the fold mark of row 2 is in cells 4 and 5"
        assert s.at() == 2
        await s.click(4, 2)
        assert s.tree.is_open(2)
        assert s.told(VirtualTree.Selected) is None
        await s.click(20, 6, times=2)
        assert s.told(VirtualTree.Selected).key == 6
        await s.click(4, 2, times=2)
        assert s.told(VirtualTree.Selected) is None
        await s.click(20, 14)
        assert s.at() == 2, "below the last row there is nothing"


async def test_a_click_is_on_what_was_there_when_the_button_went_down() -> None:
    async with stage() as s:
        await s.show(flat(range(10, 30)))
        await s.pilot.mouse_down(s.tree, offset=(20, 3))
        s.tree.set_model(flat([1, 2, 3, *range(10, 30)]))
        s.tree.window.scroll_to(0)
        s.tree.present()
        assert "row 3" in s.lines()[3]
        await s.pilot._post_mouse_events([MouseUp, Click], s.tree, offset=(20, 3), button=1)
        await s.pilot.pause()
        assert s.at() == 12


async def test_two_clicks_on_different_rows_are_no_double_click() -> None:
    async with stage() as s:
        await s.show(flat(range(10, 40)))
        await s.click(20, 4)
        s.tree.set_model(flat(range(2, 40)))
        s.tree.window.scroll_to(0)
        s.tree.present()
        await s.click(20, 4, times=1)
        await s.pilot.pause()
        assert s.told(VirtualTree.Selected) is None


async def test_the_wheel_scrolls_and_leaves_the_cursor() -> None:
    async with stage() as s:
        await s.show(flat(range(1, 500)))
        for _ in range(4):
            await s.pilot._post_mouse_events([MouseScrollDown], s.tree, offset=(5, 5))
        await s.pilot.pause()
        assert s.tree.window.top > 3
        assert s.at() == 1
        top = s.lines()[1]
        await s.show(flat(range(-50, 500)))
        assert s.lines()[1] == top, "rows hold still though the cursor is out of sight"
        await s.press("down")
        assert s.at() == 2
        assert s.line_of_cursor() >= 1


async def test_a_column_title_that_is_clicked_says_which() -> None:
    async with stage() as s:
        await s.show(Forest(FAMILY))
        number = s.tree.placed[1]
        for x, name in (
            (0, "name"),
            (5, "name"),
            (number.x, "number"),
            (number.x + 5, "number"),
            (58, "text"),
        ):
            await s.click(x, 0)
            assert s.told(VirtualTree.HeaderClicked).column == name
        assert s.at() == 1


async def test_columns_can_be_chosen_and_ordered_at_will() -> None:
    async with stage() as s:
        await s.show(Forest(FAMILY))
        s.tree.columns = (COLUMNS[0], COLUMNS[2], COLUMNS[1], Column("none", "NONE", 5))
        await s.pilot.pause()
        assert s.lines()[0].split() == ["NAME", "TEXT", "N", "NONE"]
        assert s.lines()[1].split() == ["▌", "▾", "row", "1", "text", "of", "1", "1"]


async def test_narrow_and_small_terminals() -> None:
    async with stage((120, 20)) as s:
        await s.show(Forest(FAMILY, text={3: "x" * 300}))
        for size in ((40, 12), (24, 6), (12, 3), (3, 2), (1, 1), (80, 24)):
            await s.pilot.resize_terminal(*size)
            await s.pilot.pause()
            await s.press("down")
            for y in range(s.tree.room.height):
                assert s.tree.render_line(y).cell_length == s.tree.room.width
        await s.pilot.resize_terminal(22, 12)
        await s.pilot.pause()
        assert s.lines()[0].split() == ["NAME"] or "N" not in s.lines()[0].split()
        await s.pilot.resize_terminal(40, 12)
        await s.pilot.pause()
        assert s.lines()[0].split() == ["NAME", "N", "TEXT"]
        assert s.lines()[3].endswith("…")


async def test_the_cursor_stays_in_sight_when_the_terminal_shrinks() -> None:
    async with stage((40, 30)) as s:
        await s.show(flat(range(1, 100)))
        s.tree.reveal(25)
        await s.pilot.resize_terminal(40, 8)
        await s.pilot.pause()
        assert s.at() == 25
        assert s.line_of_cursor() >= 1


async def test_tags_are_identities() -> None:
    async with stage() as s:
        await s.show(Forest(FAMILY))
        await s.do("tag")
        assert s.at() == 2
        await s.do("tag_below")
        assert s.tags() == (1, 2, 3, 4)
        assert s.told(VirtualTree.TagsChanged).tagged == (1, 2, 3, 4)
        await s.do("tag")
        assert s.tags() == (1, 3, 4)
        await s.show(Forest([(1, 0), (2, 1), (4, 2)]))
        assert s.tags() == (1, 4), "what is not there is not tagged"
        assert s.told(VirtualTree.TagsChanged).tagged == (1, 4)
        await s.show(Forest(FAMILY))
        assert s.tags() == (1, 3, 4), "and is again when it is back"
        s.told(VirtualTree.TagsChanged)
        await s.show(Forest(FAMILY))
        assert s.told(VirtualTree.TagsChanged) is None
        await s.do("untag_all")
        assert s.tags() == ()
        assert s.told(VirtualTree.TagsChanged).tagged == ()


async def test_folded_rows_below_are_tagged_too() -> None:
    async with stage() as s:
        await s.show(Groups({"a": range(1000), "b": [1]}))
        await s.do("fold_all")
        await s.do("tag_below")
        assert len(s.tree.tagged) == 1001


async def test_search_goes_through_folded_rows_and_around() -> None:
    async with stage() as s:
        await s.show(Forest(FAMILY, text={3: "Needle", 7: "needle"}))
        await s.do("fold_all")
        s.tree.search(containing("needle"))
        await s.pilot.pause()
        assert s.at() == 3
        assert (found := s.told(VirtualTree.SearchEnded).found).key == 3
        assert not found.wrapped
        s.tree.search_again()
        await s.pilot.pause()
        assert s.at() == 7
        s.tree.search_again()
        await s.pilot.pause()
        assert s.at() == 3
        assert s.told(VirtualTree.SearchEnded).found.wrapped
        s.tree.search_again(backwards=True)
        assert s.at() == 7
        assert not s.tree.is_open(99)


async def test_incremental_search_goes_on_from_where_it_began() -> None:
    async with stage() as s:
        await s.show(flat(range(1, 200)))
        s.tree.reveal(10)
        for typed, at in (("1", 10), ("12", 12), ("123", 123), ("12", 12), ("1", 10)):
            s.tree.search(containing(f"row {typed}"), origin=10)
            assert s.at() == at
        s.tree.search(containing("row 12x"), origin=10)
        await s.pilot.pause()
        assert s.told(VirtualTree.SearchEnded).found is None
        assert s.at() == 10


async def test_rows_that_match_are_underlined_until_the_search_is_over() -> None:
    async with stage() as s:
        await s.show(flat(range(1, 50), {2: "needle", 4: "needle"}))
        s.tree.search(containing("needle"))
        await s.pilot.pause()

        def underlined() -> list[int]:
            return [
                y
                for y in range(1, s.tree.room.height)
                if any(
                    part.style and part.style.underline and part.text.strip()
                    for part in s.tree.render_line(y)
                )
            ]

        assert underlined() == [2, 4]
        s.tree.end_search()
        assert underlined() == []
        s.tree.search_again()
        assert s.at() == 2, "no search, nothing to repeat"


async def test_a_long_search_leaves_the_keys_alone() -> None:
    async with stage() as s:
        looking = True

        def wanted(model: TreeModel, key: Key) -> bool:
            if looking:
                time.sleep(0.001)  # it would take a minute
            return key == ("g", "a", 59_998)

        await s.show(Groups({"a": range(60_000)}))
        s.tree.search(wanted)
        assert s.searching()
        await s.press("down")
        assert s.searching()
        assert s.at() == ("g", "a", 0), "keys work while it runs"
        looking = False
        await s.until(lambda: not s.searching())
        assert s.at() == ("g", "a", 59_998)


async def test_a_new_search_or_its_end_stops_the_old_one() -> None:
    async with stage() as s:
        await s.show(Groups({"a": range(100_000)}))
        s.tree.search(lambda _model, _key: False)
        assert s.searching()
        s.tree.search(lambda _model, key: key == ("g", "a", 5))
        assert s.at() == ("g", "a", 5)
        s.tree.search(lambda _model, _key: False)
        s.tree.end_search()
        assert not s.searching()
        await s.pilot.pause()
        s.told(VirtualTree.SearchEnded)
        await s.pilot.pause(0.05)
        assert s.told(VirtualTree.SearchEnded) is None


async def test_what_a_search_found_may_be_gone_by_then() -> None:
    async with stage() as s:
        await s.show(Groups({"a": range(60_000)}))
        s.tree.search(lambda _model, key: isinstance(key, tuple) and key[-1] in (59_990, 59_999))
        assert s.searching()
        await s.show(Groups({"a": [n for n in range(60_000) if n != 59_990]}))
        await s.until(lambda: not s.searching())
        assert s.at() == ("g", "a", 59_999)


async def test_following_asks_where_to_stand() -> None:
    async with stage() as s:
        await s.show(Groups({"a": [1, 2, 3], "b": [4]}))
        s.tree.reveal(("g", "a", 2))

        def wherever(model: TreeModel, key: Key) -> Key | None:
            assert isinstance(key, tuple)
            return next((k for g in ("a", "b") if (k := ("g", g, key[-1])) in model), None)

        s.tree.follow = wherever
        await s.show(Groups({"a": [1, 3], "b": [4, 2]}))
        assert s.at() == ("g", "b", 2)
        s.tree.follow = None
        await s.show(Groups({"a": [1, 2, 3], "b": [4]}))
        assert s.at() == ("g", "b", 4)


async def test_coming_back_to_a_view() -> None:
    async with stage() as s:
        await s.show(flat(range(1, 200)))
        s.tree.reveal(120)
        s.tree.tag([5])
        await s.press("down")
        place = s.tree.place
        line = s.line_of_cursor()
        await s.show(Forest(FAMILY), place=Place(cursor=4, folds=ALL_CLOSED))
        assert s.at() == 1
        assert s.tags() == ()
        await s.show(flat(range(1, 200)), place=place)
        assert (s.at(), s.line_of_cursor(), s.tags()) == (121, line, (5,))


async def test_a_hidden_tree_goes_on_and_shows_the_latest_rows() -> None:
    async with stage() as s:
        await s.show(flat(range(1, 50)))
        s.tree.display = False
        await s.pilot.pause()
        await s.show(flat(range(30, 300)))
        assert s.at() == 30
        s.tree.display = True
        await s.pilot.pause()
        assert "row 30" in s.lines()[1]
        assert s.line_of_cursor() == 1
        await s.do("edge(1)")
        assert "row 299" in s.lines()[-1]


async def test_panning_the_last_column() -> None:
    async with stage((60, 6)) as s:
        await s.show(flat([1, 2], {1: "0123456789" * 5}))
        assert s.lines()[1].endswith("…")
        await s.do("pan(1000)")
        assert s.lines()[1].endswith("789")
        assert s.lines()[0].endswith("…TEXT")
        await s.do("pan(-1000)")
        assert "0123456" in s.lines()[1]
        await s.show(flat([1], {1: "short"}))
        await s.do("pan(8)")
        assert s.lines()[1].endswith("short")


async def test_a_notice_stands_where_there_are_no_rows() -> None:
    async with stage((30, 5), notice="nothing [bold]matches") as s:
        assert s.lines()[1].strip() == "nothing [bold]matches"
        await s.press("down", "up", "pagedown", "end", "home")
        for action in ("toggle_fold", "fold", "unfold", "parent", "sibling(1)", "select", "tag", "tag_below"):
            await s.do(action)
        await s.do("unfold_below")
        s.tree.search(containing("x"))
        await s.click(5, 3)
        assert s.tree.cursor_key is None
        await s.show(flat([1]))
        assert s.lines()[1].startswith("▌   row 1")
        await s.show(flat([]))
        s.tree.notice = "gone"
        assert s.lines()[1].strip() == "gone"
        await s.pilot.pause()
        assert s.told(VirtualTree.Highlighted).key is None


async def test_hostile_names_shift_no_column() -> None:
    names = [
        "[/nope]",
        "[red]x",
        "\x1b]0;t\x07",
        "a\tb\n",
        "\u202e",
        "漢字" * 9,
        "🙂" * 20,
        "e\u0301" * 30,
        "👍🏽❤\ufe0f",
    ]
    async with stage((50, 14)) as s:
        await s.show(flat(range(1, 10), dict(enumerate(names, 1))))
        number = s.tree.placed[1]
        for y, _name in enumerate(names, 1):
            strip = s.tree.render_line(y)
            assert cell_len(strip.text) == 50
            assert strip.text.isprintable()
            assert strip.text[number.x : number.x + number.width].strip() == str(y)
        assert "[/nope]" in s.lines()[1]
        assert "[red]x" in s.lines()[2]
        s.app.notify("still here", markup=False)
        await s.pilot.pause()


async def test_chains_deeper_than_the_stack() -> None:
    async with stage((80, 12)) as s:
        await s.show(chain(20_000))
        await s.press("end")
        assert s.at() == 20_000
        await s.do("unfold_all")
        await s.do("parent")
        assert s.at() == 19_999
        await s.do("fold_all")
        assert s.at() == 1
        await s.do("tag_below")
        assert len(s.tree.tagged) == 20_000
        assert s.tree.reveal(20_000)
        assert "row 20000" in s.lines()[s.line_of_cursor()]


async def test_styles_follow_the_theme_and_the_names_that_a_subclass_knows() -> None:
    async with stage() as s:
        await s.show(Forest([(1, 0), (2, 0)], flags={2: ("even", "no-such-style")}))
        row = s.tree.render_line(2)
        assert any(part.style and part.style.italic for part in row)
        plain = s.tree.render_line(1)._segments[-1].style
        s.app.theme = "textual-light"
        await s.pilot.pause()
        after = s.tree.render_line(1)._segments[-1].style
        assert plain is not None
        assert after is not None
        assert plain.bgcolor != after.bgcolor


async def test_the_cursor_shows_whether_the_keys_go_there() -> None:
    async with stage() as s:
        await s.show(flat([1, 2]))
        focused = s.tree.render_line(1)._segments[0].style
        s.app.set_focus(None)
        await s.pilot.pause()
        blurred = s.tree.render_line(1)._segments[0].style
        assert focused is not None
        assert blurred is not None
        assert focused.bgcolor != blurred.bgcolor


def test_nothing_of_textual_is_shadowed_by_accident() -> None:
    """Widgets keep their state in attributes such as _size and _styles_cache: no subclass may touch them."""

    class Bare(ScrollView):
        pass

    meant = {"BINDINGS", "COMPONENT_CLASSES", "DEFAULT_CSS", "ALLOW_SELECT", "render_line", "render_lines"}
    meant |= {"notify_style_update", "watch_has_focus", "watch_scroll_y"}
    ours = [cls for cls in VirtualTree.__mro__ if cls.__module__.startswith("nsview.")]
    names = {name for cls in ours for name in vars(cls)} - set(vars(Bare))
    names |= set(vars(VirtualTree(COLUMNS))) - set(vars(Bare()))
    assert {name for name in names if hasattr(Bare(), name)} - set(dir(type)) == meant


def test_every_key_can_be_mapped_to_another() -> None:
    ids = [binding.id for binding in VirtualTree._merged_bindings.key_to_bindings["down"]]  # type: ignore[union-attr]
    assert ids == ["tree.down"]
    assert set(VirtualTree._merged_bindings.key_to_bindings) == {  # type: ignore[union-attr]
        "up", "down", "pageup", "pagedown", "home", "end",
    }  # fmt: skip
