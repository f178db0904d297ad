"""What nsview keeps by name: going there, and letting go, with a question first."""

from nsview.actions.kept import Kept, drop, kept
from nsview.model.views.subject import NamespaceSubject
from nsview.ui.browser.spawning import Spawning
from nsview.ui.screens.menu import Choice, Menu

_GO, _DROP = "go", "drop"


class Keeping(Spawning, inherit_bindings=False):
    def action_kept(self) -> None:
        """Looks in a worker: the places may lie on a file system that takes its time."""

        def look() -> None:
            try:
                found = kept()
            except OSError as error:
                self.app.call_from_thread(self.say, f"cannot look for what is kept: {error}", "error")
                return
            self.app.call_from_thread(self._kept_found, found)

        self.run_worker(look, thread=True, group="kept", exclusive=True, exit_on_error=False)

    def _kept_found(self, found: list[Kept]) -> None:
        by_name: dict[str, list[Kept]] = {}
        for each in found:
            by_name.setdefault(each.name, []).append(each)
        if not by_name:
            self.say("nothing is kept: nsview spawn --keep NAME, or 'keep' in the spawn dialog, keeps")
            return
        choices = [Choice("", name, name, _contents(files)) for name, files in by_name.items()]

        def chosen(name: str | None) -> None:
            if name is not None:
                self._ask_what(name, by_name[name])

        self.app.push_screen(Menu("Kept namespaces", choices), chosen)

    def _ask_what(self, name: str, files: list[Kept]) -> None:
        choices = [Choice("g", "go to it in the tree", _GO)]
        if not self.config.readonly:
            choices.append(Choice("d", "let go of it …", _DROP))

        def chosen(what: str | None) -> None:
            if what == _GO:
                self._go_to_kept(name, files)
            elif what == _DROP:
                self._ask_to_drop(name, files)

        self.app.push_screen(Menu(f"Kept as {name}", choices, note=_contents(files)), chosen)

    def _go_to_kept(self, name: str, files: list[Kept]) -> None:
        snapshot = self.snapshot
        for each in files:
            ns = snapshot.by_inode(each.inode) if snapshot is not None and each.inode else None
            if ns is not None:
                self.go_or_warp(NamespaceSubject(ns.id))
                return
        self.say(f"{name} is not among the namespaces that were found: look again (Ctrl-R)", "warning")

    def _ask_to_drop(self, name: str, files: list[Kept]) -> None:
        """Cancel comes first, and is what Enter does."""
        choices = [Choice("c", "Cancel", False), Choice("d", f"Let go of {name}", True)]
        note = "Programs in it go on; each namespace ends with the last that holds it."

        def chosen(sure: bool | None) -> None:
            if sure:
                self._drop(name, frozenset((each.path, each.inode) for each in files))

        self.app.push_screen(Menu(f"Let go of {name}?", choices, note=note), chosen)

    def _drop(self, name: str, shown: frozenset[tuple[str, int | None]]) -> None:
        def act() -> None:
            try:
                if frozenset((each.path, each.inode) for each in kept() if each.name == name) != shown:
                    text, severity = f"{name} is something else by now: nothing was let go", "error"
                else:
                    text, severity = f"let go of {_contents(drop(name))}", "information"
            except LookupError as error:
                text, severity = str(error.args[0]), "error"
            except OSError as error:
                why = "needs CAP_SYS_ADMIN: run as root" if error.errno in (1, 13) else error.strerror
                text, severity = f"cannot let go of {name}: {error.filename}: {why}", "error"
            self.app.call_from_thread(self.say, text, severity)

        self.run_worker(act, thread=True, group="kept", exit_on_error=False)


def _contents(files: list[Kept]) -> str:
    """`net:[4026532301], uts (left over)`."""
    words = []
    for each in files:
        what = f"{each.kind}:[{each.inode}]" if each.inode is not None else f"{each.kind} (left over)"
        words.append(f"{what} (its init has ended)" if each.dead else what)
    return ", ".join(words)
