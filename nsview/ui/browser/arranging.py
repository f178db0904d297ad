"""What is shown, and in which order: views, sorting, filters, folds, the details and the header."""

from textual import on

from nsview.model.query import Query, parse
from nsview.model.query_syntax import QuerySyntaxError
from nsview.model.views.folds import ALL_CLOSED, ALL_OPEN
from nsview.model.views.view import SortBy, ViewName
from nsview.text import clean
from nsview.ui.browser.showing import Showing
from nsview.ui.columns import SORTS
from nsview.ui.screens.menu import Choice, Menu
from nsview.ui.widgets.prompt import Prompt
from nsview.ui.widgets.tree.widget import VirtualTree

INTERVALS = (0.2, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0)


class Arranging(Showing, inherit_bindings=False):
    _filter_before: Query | None = None

    def action_view(self, name: str) -> None:
        if ViewName(name) is not self.arrangement.view:
            self.rearrange(view=ViewName(name))

    def action_next_view(self) -> None:
        views = list(ViewName)
        self.rearrange(view=views[(views.index(self.arrangement.view) + 1) % len(views)])

    # ---- order

    def action_sort(self) -> None:
        if self.arrangement.view is ViewName.LOG:
            self.say("the log is in the order of time; I turns it round")
            return
        choices = [Choice("", _SORT_NAMES[sort], sort) for sort in SortBy]
        at = list(SortBy).index(self.arrangement.sort)
        self.app.push_screen(
            Menu("Sort by", choices, at=at, note="I turns the order round"), self._sort_chosen
        )

    def _sort_chosen(self, sort: SortBy | None) -> None:
        if sort is not None:
            self.rearrange(sort=sort, reverse=False)

    def action_sort_by(self, name: str) -> None:
        self.rearrange(sort=SORTS[name], reverse=False)

    def action_invert(self) -> None:
        self.rearrange(reverse=not self.arrangement.reverse)

    @on(VirtualTree.HeaderClicked)
    def _title_clicked(self, event: VirtualTree.HeaderClicked) -> None:
        sort = SORTS.get(event.column)
        if self.arrangement.view is ViewName.LOG:
            if event.column == "time":
                self.action_invert()
        elif sort is self.arrangement.sort:
            self.action_invert()
        elif sort is not None:
            self.rearrange(sort=sort, reverse=False)

    # ---- what

    def action_toggle_host(self) -> None:
        self.rearrange(hide_host=not self.arrangement.hide_host)

    def action_toggle_ordinary(self) -> None:
        self.rearrange(ordinary=not self.arrangement.ordinary)
        if self.arrangement.view is not ViewName.LOG:
            self.say("the log shows " + ("all events" if self.arrangement.ordinary else "no ordinary events"))

    def action_user(self) -> None:
        snapshot = self.snapshot
        if snapshot is None:
            return
        uids: dict[int, int] = {}
        for task in snapshot.processes.values():
            uids[task.uid] = uids.get(task.uid, 0) + 1
        choices: list[Choice[int]] = [Choice("*", "everybody", -1)]
        choices += [
            Choice("", snapshot.user_name(uid), uid, f"uid {uid}, {count} processes")
            for uid, count in sorted(uids.items(), key=lambda item: (snapshot.user_name(item[0]), item[0]))
        ]
        at = next((i for i, choice in enumerate(choices) if choice.value == self.arrangement.user), 0)
        self.app.push_screen(Menu("Whose processes", choices, at=at), self._user_chosen)

    def _user_chosen(self, uid: int | None) -> None:
        if uid is not None:
            self.rearrange(user=None if uid < 0 else uid)

    # ---- the filter line

    async def action_filter(self) -> None:
        self._filter_before = self.arrangement.filter
        text = "" if self.arrangement.filter is None else str(self.arrangement.filter)
        await self.query_one(Prompt).open(
            "filter", text, "filter: !host kind:net,mnt  user:root  mem:>100M  nginx"
        )

    @on(Prompt.Typed)
    def _filter_typed(self, event: Prompt.Typed) -> None:
        if event.purpose == "filter":
            self._filter(event.text)

    def _filter(self, text: str) -> bool:
        """Use a filter, or say what is wrong with it and leave the one before as it is."""
        prompt = self.query_one(Prompt)
        try:
            query = parse(text)
        except QuerySyntaxError as error:
            prompt.complain(clean(str(error), 400))
            return False
        prompt.complain("")
        wanted = query or None
        if wanted != self.arrangement.filter:
            self.rearrange(filter=wanted)
        return True

    @on(Prompt.Done)
    async def _filter_done(self, event: Prompt.Done) -> None:
        if event.purpose == "filter" and self._filter(event.text):
            await self.close_prompt()

    async def close_prompt(self) -> None:
        await self.query_one(Prompt).close()
        self.tree_.focus()

    # ---- folds, header

    def action_fold_all(self) -> None:
        tree = self.tree_
        tree.folds = ALL_CLOSED if tree.folds.rest else ALL_OPEN
        self.ask(at_once=False)

    def action_tree(self, name: str, *arguments: int) -> None:
        """One of the tree's own actions. Moving by hand ends following."""
        tree = self.tree_
        if name in ("move", "page", "edge", "sibling") and tree.follow is not None:
            tree.follow = None
            self.tell()
        if self.has_class("-full") and name in ("move", "page", "edge"):
            self.scroll_details(name, arguments[0])
            return
        getattr(tree, f"action_{name}")(*arguments)

    def action_toggle_header(self) -> None:
        self.config = self.config._replace(header=not self.config.header)
        self.set_class(not self.config.header, "-no-header")

    # ---- the pace

    def action_pause(self) -> None:
        self.live.paused = not self.live.paused
        self.tell()

    def action_rescan(self) -> None:
        self.live.rescan()
        self.read_again()
        self.say("looking at everything")

    def action_interval(self, step: int) -> None:
        """-1: look less often."""
        now = self.live.interval
        if step < 0:
            chosen = next((seconds for seconds in INTERVALS if seconds > now), INTERVALS[-1])
        else:
            chosen = next((seconds for seconds in reversed(INTERVALS) if seconds < now), INTERVALS[0])
        self.live.interval = chosen
        self.config = self.config._replace(interval=chosen)
        self.tell()


_SORT_NAMES = {
    SortBy.NAME: "the view's own order",
    SortBy.NPROCS: "number of processes",
    SortBy.PID: "process number",
    SortBy.USER: "user",
    SortBy.CPU: "CPU use",
    SortBy.MEM: "memory",
    SortBy.THREADS: "threads",
    SortBy.HELD: "number of holders",
    SortBy.AGE: "age",
    SortBy.COMMAND: "command",
}
