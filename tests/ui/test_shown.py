"""What is acted on is what is shown, and what was asked for is shown before the next look is taken."""

import time

from nsview.model.kind import Kind
from nsview.model.namespace import NamespaceId
from nsview.model.views.subject import NamespaceSubject
from nsview.model.views.view import ViewName
from tests.ui.app_stage import WEB, stage


async def test_keys_act_on_the_row_that_is_shown_while_another_view_is_on_its_way() -> None:
    web = NamespaceSubject(NamespaceId(Kind.NET, WEB))
    async with stage() as on:
        await on.go(web)
        on.scanner.hold.clear()
        on.app.live.rescan()
        await on.until(lambda: not on.app.live.at_rest, "a look that does not end")
        await on.pilot.press("4")
        await on.pilot.pause(0.05)
        assert on.browser.arrangement.view is ViewName.PROCESS
        assert on.browser.frame.arrangement.view is ViewName.KIND
        assert str(WEB) in on.text(), "the old rows are still there"
        assert on.subject == web
        await on.pilot.press("y")
        await on.until(lambda: on.app.screen is not on.browser, "the menu")
        await on.until(lambda: str(WEB) in on.text(), "what is copied is of the row that was shown")
        on.scanner.hold.set()
        await on.until(lambda: on.browser._pending is not None, "the view that was asked for")
        assert on.browser.frame.arrangement.view is ViewName.KIND, "nothing moves below the menu"
        await on.press("escape")
        await on.until(lambda: on.browser.frame.arrangement.view is ViewName.PROCESS, "the view")
        assert on.subject != web


async def test_a_view_does_not_wait_for_a_look_that_is_due() -> None:
    async with stage() as on:
        live = on.app.live
        looks = len(on.scanner.scans)
        on.scanner.hold.clear()
        with live._changed:
            live.rescan()
            on.browser.action_view("process")
        await on.until(lambda: on.browser.frame.arrangement.view is ViewName.PROCESS, "the view")
        assert not on.browser.frame.scanned
        await on.until(lambda: len(on.scanner.scans) > looks, "the look that was asked for too")
        on.scanner.hold.set()
        await on.settled()
        assert on.browser.frame.scanned


async def test_a_view_is_shown_within_a_tenth_of_a_second() -> None:
    async with stage() as on:
        taken = []
        for view in (ViewName.PROCESS, ViewName.CONTAINER, ViewName.OWNER, ViewName.KIND):
            start = time.monotonic()
            on.browser.action_view(str(view))
            await on.until(lambda view=view: on.browser._shown is view, "the view")  # type: ignore[misc]
            taken.append(time.monotonic() - start)
        assert min(taken) < 0.1, taken  # the machine may be busy for one or the other
