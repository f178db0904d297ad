"""Going elsewhere: searching, following, warping, owners and parents, bookmarks."""

from typing import Any

from textual import on

from nsview.model.kind import KINDS, Kind
from nsview.model.name import SYSTEMD, whose
from nsview.model.namespace import Namespace, NamespaceId, Unseen
from nsview.model.process import Task
from nsview.model.views.subject import (
    ChangeSubject,
    ContainerSubject,
    EngineSubject,
    GroupSubject,
    MembersSubject,
    NamespaceSubject,
    PodSubject,
    Subject,
    TaskSubject,
)
from nsview.model.views.tree import Key, TreeModel
from nsview.model.views.view import ViewName
from nsview.model.views.walk import containing
from nsview.ui import about_containers, lines
from nsview.ui.browser.arranging import Arranging
from nsview.ui.frame import Table
from nsview.ui.screens.menu import Choice, Menu
from nsview.ui.widgets.details import Details
from nsview.ui.widgets.prompt import Prompt
from nsview.ui.widgets.sheet import Sheet
from nsview.ui.widgets.tree.widget import VirtualTree

FOLLOWED = TaskSubject | NamespaceSubject | ContainerSubject
LINKS = 300
"""Links of the details that are offered."""


class Going(Arranging, inherit_bindings=False):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._search_from: Key | None = None
        self._marks: dict[str, Subject] = {}

    # ---- searching

    async def action_search(self) -> None:
        if self.has_class("-full"):
            text = self.query_one(Details).find
            await self.query_one(Prompt).open("details", text, "search in the details: part of any row")
            return
        self._search_from = self.tree_.cursor_key
        await self.query_one(Prompt).open("search", "", "search: part of any column")

    @on(Prompt.Typed)
    def _search_typed(self, event: Prompt.Typed) -> None:
        if event.purpose == "details":
            self.find_in_details(event.text)
        if event.purpose != "search":
            return
        if event.text:
            self.tree_.search(containing(event.text), origin=self._search_from)
        else:
            self.tree_.end_search()
        self.query_one(Prompt).complain("")

    @on(Prompt.Done)
    async def _search_done(self, event: Prompt.Done) -> None:
        if event.purpose in ("search", "details"):
            await self.close_prompt()
            self.tell()

    @on(VirtualTree.SearchEnded)
    def _search_ended(self, event: VirtualTree.SearchEnded) -> None:
        prompt = self.query_one(Prompt)
        if event.found is None:
            if prompt.is_open:
                prompt.complain("nowhere")
            else:
                self.say("found nowhere else")
        elif event.found.wrapped and not prompt.is_open:
            self.say("went on from the other end")
        self.tell()

    def action_search_again(self, step: int) -> None:
        self.tree_.search_again(backwards=step < 0)

    # ---- following

    def action_follow(self) -> None:
        tree = self.tree_
        subject = self.subject
        if tree.follow is not None or not isinstance(subject, FOLLOWED):
            tree.follow = None
            if subject is not None and not isinstance(subject, FOLLOWED):
                self.say("only a process, a namespace or a container can be followed")
        else:
            followed: Subject = subject

            def follow(model: TreeModel, key: Key) -> Key | None:
                if key in model or not isinstance(model, Table):
                    return key if key in model else None
                return model.view.find(followed)

            tree.follow = follow
        self.tell()

    # ---- warping

    def action_warp(self) -> None:
        """Process → its namespaces and its container, or namespace → its first process."""
        subject, snapshot = self.subject, self.snapshot
        assert snapshot is not None
        match subject:
            case TaskSubject() | ContainerSubject():
                task = lines.target(snapshot, subject)
                if not isinstance(task, Task):
                    self.say("it has ended")
                    return
                self._offer_places(subject, task)
            case NamespaceSubject(identity) | MembersSubject(identity):
                ns = snapshot.namespaces.get(identity)
                pid = None if ns is None else ns.oldest
                if pid is None or pid not in snapshot.processes:
                    self.say("no process is in it")
                    return
                self.elsewhere(ViewName.PROCESS, TaskSubject(snapshot.processes[pid].id))
            case ChangeSubject(entry):
                for namespace in entry.namespaces:
                    if namespace in snapshot.namespaces:
                        self.elsewhere(ViewName.KIND, NamespaceSubject(namespace))
                        return
                self.say("what this tells of has ended")

    def _namespaces(self, task: Task) -> list[Namespace]:
        snapshot = self.snapshot
        assert snapshot is not None
        found = (snapshot.namespace_of(task, kind) for kind in KINDS)
        return [ns for ns in found if ns is not None]

    def _offer_places(self, subject: Subject, task: Task) -> None:
        assert self.frame is not None
        own = self._namespaces(task)
        choices: list[Choice[Subject]] = [
            Choice(
                str(place),
                f"{ns.kind} {ns.inode or '?'}",
                NamespaceSubject(ns.id),
                "the host's" if ns.host else f"{ns.nprocs} processes",
            )
            for place, ns in enumerate(own, 1)
        ]
        at = next((i for i, ns in enumerate(own) if not ns.host), 0)
        name = self.frame.moment.name(task)
        if name is not None and name.engine != SYSTEMD and not isinstance(subject, ContainerSubject):
            choices.append(Choice("c", whose((name,)), ContainerSubject(name.container), "its container"))
        if not choices:
            self.say("none of its namespaces may be read")
            return
        self.app.push_screen(Menu(f"Namespaces of {task.pid} {task.comm}", choices, at=at), self._warp_to)

    def _warp_to(self, chosen: Subject | None) -> None:
        if chosen is not None:
            in_containers = isinstance(chosen, ContainerSubject)
            self.elsewhere(ViewName.CONTAINER if in_containers else ViewName.KIND, chosen)

    def elsewhere(self, view: ViewName, *subjects: Subject) -> None:
        """Go to a subject in another view."""
        if view is self.arrangement.view:
            self.go_to(*subjects)
            return
        self.leave_full()
        self._goal = list(subjects)
        self.rearrange(view=view)

    def go_or_warp(self, subject: Subject) -> None:
        """Go to a subject in this view, or in one that has it."""
        view = self.view
        if view is not None and view.find(subject) is not None:
            self.go_to(subject)
        elif isinstance(subject, TaskSubject):
            self.elsewhere(ViewName.PROCESS, subject)
        elif isinstance(subject, NamespaceSubject):
            self.elsewhere(ViewName.KIND, subject)
        elif isinstance(subject, GroupSubject | EngineSubject | PodSubject | ContainerSubject):
            self.elsewhere(ViewName.CONTAINER, subject)
        else:
            self.say("it is not in this view")

    def action_links(self) -> None:
        """What the details lead to: other ends of interfaces, processes of sockets, owners …"""
        found = self.query_one(Sheet).links() if self.details_are_shown else []
        if not found:
            self.say("the details lead nowhere" if self.details_are_shown else "there are no details: Enter")
            return
        choices = [Choice("", self._named(subject), subject, text) for text, subject in found[:LINKS]]
        note = "" if len(found) <= LINKS else f"and {len(found) - LINKS:,} more"
        self.app.push_screen(Menu("Go to", choices, note=note), self._link_chosen)

    def _link_chosen(self, subject: Subject | None) -> None:
        if subject is not None:
            self.go_or_warp(subject)

    @on(Sheet.Chosen)
    def _link_followed(self, event: Sheet.Chosen) -> None:
        self.go_or_warp(event.subject)

    # ---- owners and parents

    def action_owner(self) -> None:
        ns = self._namespace_here()
        if ns is None:
            self.say("its namespaces may not be read")
        elif ns.owner is None:
            self.say(f"{ns.id} has no owner: it is the first user namespace")
        elif isinstance(ns.owner, Unseen):
            self.say(f"the owner of {ns.id} is {ns.owner.value}")
        else:
            self.go_or_warp(NamespaceSubject(ns.owner))

    def _namespace_here(self) -> Namespace | None:
        """The namespace of the row; of a process its user namespace."""
        snapshot = self.snapshot
        assert snapshot is not None
        match self.subject:
            case NamespaceSubject(identity) | MembersSubject(identity):
                return snapshot.namespaces.get(identity)
            case TaskSubject() | ContainerSubject():
                task = lines.target(snapshot, self.subject)
                return snapshot.namespace_of(task, Kind.USER) if isinstance(task, Task) else None
            case ChangeSubject(entry):
                return snapshot.namespaces.get(entry.namespaces[0])
        return None

    def action_parent(self) -> None:
        snapshot = self.snapshot
        assert snapshot is not None
        match self.subject:
            case NamespaceSubject(identity):
                ns = snapshot.namespaces.get(identity)
                if ns is not None and isinstance(ns.parent, NamespaceId):
                    self.go_or_warp(NamespaceSubject(ns.parent))
                    return
                if ns is not None and isinstance(ns.parent, Unseen):
                    self.say(f"the parent of {ns.id} is {ns.parent.value}")
                    return
            case TaskSubject(process, None):
                task = snapshot.process(process)
                above = None if task is None else snapshot.processes.get(task.ppid)
                if above is not None:
                    self.go_or_warp(TaskSubject(above.id))
                    return
        self.tree_.action_parent()

    # ---- bookmarks

    def action_mark(self) -> None:
        letters = "abcdefghijklmnoprstuvwxyz"
        free = [letter for letter in letters if letter not in self._marks]
        choices: list[Choice[str]] = []
        if free:
            choices.append(Choice(free[0], "the next free letter", free[0]))
        choices += [
            Choice(letter, self._named(subject), letter, "replace") for letter, subject in self._marks.items()
        ]
        others = [Choice(letter, "", letter) for letter in free[1:]]
        self.app.push_screen(_LetterMenu("Bookmark under which letter?", choices, others), self._mark)

    def _mark(self, letter: str | None) -> None:
        subject = self.subject
        if letter is not None and subject is not None:
            self._marks[letter] = subject
            self.say(f"bookmark {letter}")

    def action_go_to_mark(self) -> None:
        if not self._marks:
            self.say(f"no bookmark is set; {self.keys.letter('mark')} sets one")
            return
        choices = [Choice(letter, self._named(subject), letter) for letter, subject in self._marks.items()]
        self.app.push_screen(Menu("Go to", choices), self._go_to_mark)

    def _go_to_mark(self, letter: str | None) -> None:
        if letter is not None:
            self.go_or_warp(self._marks[letter])

    def _named(self, subject: Subject) -> str:
        snapshot = self.snapshot
        match subject:
            case NamespaceSubject(identity):
                gone = snapshot is not None and identity not in snapshot.namespaces
                return f"{identity}{' (ended)' if gone else ''}"
            case TaskSubject(process, _):
                task = None if snapshot is None else snapshot.process(process)
                return f"{process.pid} {task.comm if task is not None else '(ended)'}"
            case GroupSubject(group):
                return group.name
            case EngineSubject() | PodSubject() | ContainerSubject():
                moment = None if self.frame is None else self.frame.moment
                return str(subject[0]) if moment is None else about_containers.title(moment, subject)
        return str(subject[0])


class _LetterMenu(Menu[str]):
    """Any letter chooses, shown or not."""

    def __init__(self, title: str, choices: list[Choice[str]], others: list[Choice[str]]) -> None:
        super().__init__(title, choices, note="or any other letter")
        self._choices = (*choices, *others)
        self._visible = tuple(choices)

    def compose(self):  # type: ignore[no-untyped-def]
        every, self._choices = self._choices, self._visible
        yield from super().compose()
        self._choices = every
