"""The tree of the app: the colours of kinds and of what a row's texts are about."""

from typing import ClassVar

from textual.binding import BindingType

from nsview.model.kind import KINDS
from nsview.ui.widgets.tree.widget import VirtualTree


class Rows(VirtualTree, inherit_bindings=False):
    """Every key is the screen's to bind, so that all of them can be chosen."""

    BINDINGS: ClassVar[list[BindingType]] = []

    @property
    def searched(self) -> bool:
        """Whether there was a search whose matches are still marked."""
        return self._wanted is not None

    COMPONENT_CLASSES = {
        *(f"tree--{kind}" for kind in KINDS),
        "tree--faint",
        "tree--inferred",
        "tree--container",
        "tree--who",
        "tree--gone",
    }

    # One hue a kind, told apart by people who see fewer colours (after Okabe and Ito).
    DEFAULT_CSS = """
    Rows {
        & > .tree--faint { color: $foreground-muted; }
        & > .tree--inferred { text-style: italic; color: $foreground-muted; }
        & > .tree--container { text-style: bold; color: $text-primary; }
        & > .tree--who { color: $text-primary; }
        & > .tree--gone { color: $text-error; }
        & > .tree--cgroup { color: #7fa7d8; }
        & > .tree--ipc { color: #e0753a; }
        & > .tree--mnt { color: #e69f00; }
        & > .tree--net { color: #56b4e9; }
        & > .tree--pid { color: #f0e442; }
        & > .tree--time { color: #b9b9b9; }
        & > .tree--user { color: #cc79a7; }
        & > .tree--uts { color: #2fbf94; }
        &:light > .tree--cgroup { color: #3c5f91; }
        &:light > .tree--ipc { color: #a83f00; }
        &:light > .tree--mnt { color: #8a5a00; }
        &:light > .tree--net { color: #0063a0; }
        &:light > .tree--pid { color: #6b6300; }
        &:light > .tree--time { color: #5a5a5a; }
        &:light > .tree--user { color: #95366c; }
        &:light > .tree--uts { color: #006b4f; }
        &:ansi > .tree--faint, &:ansi > .tree--inferred { text-style: dim; }
        &:ansi > .tree--cgroup { color: ansi_blue; }
        &:ansi > .tree--ipc { color: ansi_red; }
        &:ansi > .tree--mnt { color: ansi_yellow; }
        &:ansi > .tree--net { color: ansi_cyan; }
        &:ansi > .tree--pid { color: ansi_bright_yellow; }
        &:ansi > .tree--time { color: ansi_white; }
        &:ansi > .tree--user { color: ansi_magenta; }
        &:ansi > .tree--uts { color: ansi_green; }
    }
    """
