"""The browser as a whole: what is left are the screens upon it, and the way back."""

from nsview.config import Config
from nsview.model.views.view import ViewName
from nsview.ui.browser.comparing import Comparing
from nsview.ui.screens.help import Help
from nsview.ui.widgets.details import Details
from nsview.ui.widgets.prompt import Prompt


class Browser(Comparing, inherit_bindings=False):
    def action_help(self) -> None:
        self.app.push_screen(Help(self.keys, self.why_not, ascii_only=not self.config.unicode))

    def action_setup(self) -> None:
        from nsview.ui.screens.setup import Setup

        self.app.push_screen(Setup(self.present_config(), self.nsview.config_place), self.nsview.use_config)

    def action_palette(self) -> None:
        from nsview.ui.screens.palette import Palette

        palette = Palette(self.keys, self.why_not, ascii_only=not self.config.unicode)
        self.app.push_screen(palette, self._palette_chosen)

    def _palette_chosen(self, action: str | None) -> None:
        if action is not None:
            self.do(action)

    def present_config(self) -> Config:
        """The settings as they are in use now."""
        arrangement = self.arrangement
        view = self.config.view if arrangement.view is ViewName.LOG else str(arrangement.view)
        return self.config._replace(
            view=view,
            sort=str(arrangement.sort),
            reverse=arrangement.reverse,
            hide_host=arrangement.hide_host,
            interval=self.live.interval,
            theme=self.nsview.chosen_theme,
        )

    def action_redraw(self) -> None:
        self.app.refresh(layout=True)
        self.nsview.clear_terminal()

    def action_quit(self) -> None:
        self.app.exit()

    async def action_back(self) -> None:
        """Peel one layer: what is typed, the details, the search, following, tags, the filter, the user."""
        prompt, tree = self.query_one(Prompt), self.tree_
        if prompt.is_open:
            purpose = prompt.purpose
            await self.close_prompt()
            if purpose == "search":
                tree.end_search()
                if self._search_from is not None:
                    tree.reveal(self._search_from)
            elif purpose == "details":
                self.find_in_details("")
            elif self._filter_before != self.arrangement.filter:
                self.rearrange(filter=self._filter_before)
        elif self.query_one(Details).find:
            self.find_in_details("")
        elif self.leave_full() or self.forget_comparison():
            pass
        elif tree.searched:
            tree.end_search()
        elif tree.follow is not None:
            tree.follow = None
        elif tree.tagged:
            tree.action_untag_all()
        elif self.arrangement.filter is not None:
            self.rearrange(filter=None)
        elif self.arrangement.user is not None:
            self.rearrange(user=None)
        self.tell()
