"""A program for the terminal tests: a tree of hostile names, refreshed without news fifty times a second.

It counts its refreshes in a file, so that silence on the terminal can be told from idleness.
"""

import os
import sys

from textual.app import App, ComposeResult

from nsview.ui.widgets.tree.columns import Column
from nsview.ui.widgets.tree.widget import VirtualTree
from tests.ui.forest import Forest

COLUMNS = (
    Column("name", "NAME", 12, grow=1),
    Column("text", "TEXT", 20, grow=1),
    Column("number", "NUMBER", 8, "right"),
)

NAMES = (
    "plain",
    "[/nope]",
    "\x1b[31m\x1b]0;PWNED\x07",
    "\x9b2J",
    "tab\tnew\nline\rreturn",
    "\u202eltr\u200b\u200d",
    "漢字かな交じり文の名前です",
    "🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂",
    "e\u0301\u0301a\u0308",
    "❤\ufe0f👍🏽🇩🇪",
    "👩\u200d👩\u200d👧",
    "\udcff\udcfe",
    "x" * 5000,
)


def model() -> Forest:
    return Forest([(n, 0) for n in range(1, len(NAMES) + 100)], dict(enumerate(NAMES, 1)))


class Program(App[None]):
    def compose(self) -> ComposeResult:
        yield VirtualTree(COLUMNS)

    def on_mount(self) -> None:
        self.animation_level = "none"
        self.count = os.open(sys.argv[1], os.O_WRONLY)
        tree = self.query_one(VirtualTree)
        tree.focus()
        tree.set_model(model())
        self.set_interval(0.02, self.refreshed)

    def refreshed(self) -> None:
        self.query_one(VirtualTree).set_model(model())
        os.write(self.count, b".")


if __name__ == "__main__":
    Program().run()
