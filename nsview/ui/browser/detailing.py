"""The details: beside the tree or on the whole screen, their tabs, scrolling and what is searched in them."""

from textual import on

from nsview.ui import about
from nsview.ui.browser.insight import Insight
from nsview.ui.widgets.details import Details
from nsview.ui.widgets.sheet import Sheet
from nsview.ui.widgets.tree.widget import VirtualTree


class Detailing(Insight, inherit_bindings=False):
    def action_details(self) -> None:
        if self.has_class("-full"):
            self.leave_full()
            return
        self.add_class("-full")
        self.lay_out()
        self.show_details()

    @on(VirtualTree.Selected)
    def _double_clicked(self) -> None:
        self.action_details()

    def action_toggle_pane(self) -> None:
        self.config = self.config._replace(pane=not self.config.pane)
        self.lay_out()
        self.call_after_refresh(self.show_details)

    def action_tab(self, step: int) -> None:
        if not self.details_are_shown:
            self.action_details()
            return
        self.query_one(Details).step(step)
        self.show_details()

    # ---- what is inside

    def action_inside(self) -> None:
        """The tab with what is inside; when it is open already, the next kind."""
        details = self.query_one(Details)
        if about.INSIDE not in about.tabs(self.subject):
            self.say("only namespaces, processes and containers have something inside")
        elif self.details_are_shown and details.tab_for(self.subject) == about.INSIDE:
            self.next_kind()
        else:
            details.choose(about.INSIDE)
            if not self.details_are_shown:
                self.action_details()
            self.show_details()

    def action_section(self, step: int) -> None:
        if self.query_one(Details).tab_for(self.subject) != about.INSIDE or not self.details_are_shown:
            self.action_inside()
        else:
            self.step_section(step)

    # ---- scrolling

    def action_scroll_details(self, step: int) -> None:
        self.scroll_details("page", step)

    def scroll_details(self, by: str, step: int) -> None:
        """By lines, by screens ("page") or to the end ("edge"); beyond it comes the next page of a table."""
        sheet = self.query_one(Sheet)
        at_end = sheet.at_end if step > 0 else not sheet.scroll_offset.y
        if by != "edge" and at_end and self.turn_page(step):
            return
        lines = {"move": 1, "page": max(1, sheet.size.height - 1), "edge": 1 << 30}[by]
        sheet.scroll_to(None, max(0, sheet.scroll_offset.y + step * lines), animate=False)

    # ---- searching

    def find_in_details(self, text: str) -> None:
        """Leave only the rows with this text; "" for all."""
        details = self.query_one(Details)
        if text != details.find:
            details.find = text
            self.rows_before = 0
            self.show_details()

    def leave_full(self) -> bool:
        """Back to the tree; what was searched for here is forgotten."""
        if not super().leave_full():
            return False
        self.find_in_details("")
        self.show_details()
        return True
