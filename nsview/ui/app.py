"""The app: starts, holds the settings, and leaves the terminal as it was, however it ends."""

import os
import sys
import time

from nsview import config as settings
from nsview.config import NO_OPTIONS, Config, ConfigError, Options
from nsview.keys import keys
from nsview.model.kind import parse_kind
from nsview.model.query import parse
from nsview.model.query_syntax import QuerySyntaxError
from nsview.model.views.view import Arrangement, SortBy, ViewName
from nsview.ui import terminal
from nsview.ui.cells import cells_of
from nsview.ui.live import Live, Names, Scans, Wish


class Refused(Exception):
    """The app cannot start. Says why, and what would do."""


def run(options: Options = NO_OPTIONS, scanner: Scans | None = None) -> int:
    """Run the app on this terminal until it is left; returns the exit status."""
    started = time.monotonic()
    terminal.prepare(os.environ)
    reason = terminal.refusal()
    if reason is not None:
        print(f"nsview: {reason}", file=sys.stderr)
        return 1
    try:
        config, problems = effective(options)
        arrangement = first_arrangement(config, options)
        live = new_live(options, config, scanner)
    except (Refused, ConfigError) as error:
        print(f"nsview: {error}", file=sys.stderr)
        return 1
    live.wish(Wish(arrangement, ask_engines=config.ask_engines), at_once=False)
    live.start()

    # The scan goes on while the terminal library is being loaded.
    from nsview.ui.textual_app import NsviewApp

    terminal.read_leniently()
    app = NsviewApp(live, config, options, arrangement, problems, started=started)
    return app.run_to_the_end()


def new_live(options: Options, config: Config, scanner: Scans | None = None) -> Live:
    """Who looks at the machine; with another scanner than the usual one, nothing gets a name but by that."""
    if scanner is not None:
        return Live(scanner, cells_of, config.interval)

    def naming() -> Names:
        from nsview.naming.live import LiveNames

        return LiveNames(options.proc)

    return Live(new_scanner(options), cells_of, config.interval, naming)


def new_scanner(options: Options) -> Scans:
    """Refused where there is no procfs to read."""
    from nsview.discovery.watching import Watcher, procfs_at

    try:
        return Watcher(procfs_at(options.proc), "auto")
    except OSError as error:
        where = options.proc or "the proc file system"
        raise Refused(
            f"cannot read {where}: {error.strerror}; mount one, or name another: nsview list --proc DIR"
        ) from None


def effective(options: Options) -> tuple[Config, tuple[str, ...]]:
    """The settings with what the command line says, and what is wrong with the keys in them."""
    config = settings.read()
    if options.interval is not None:
        config = config._replace(interval=options.interval)
    if options.view is not None:
        config = config._replace(view=options.view)
    if options.filter is not None:
        config = config._replace(filter=options.filter)
    if options.theme is not None:
        config = config._replace(theme=options.theme)
    config = config._replace(
        readonly=config.readonly or options.readonly,
        ask_engines=config.ask_engines or options.ask_engines,
        mouse=config.mouse and options.mouse,
        unicode=config.unicode and options.unicode and not terminal.wants_ascii(),
    )
    return config, keys(config.keys, config.vim)[1]


def first_arrangement(config: Config, options: Options) -> Arrangement:
    """What to show first. Refused where the filter or a kind cannot be understood."""
    try:
        query = parse(config.filter) if config.filter else None
        kinds = tuple(parse_kind(kind) for kind in options.kinds)
    except (QuerySyntaxError, ValueError) as error:
        raise Refused(str(error)) from None
    return Arrangement(
        view=ViewName(config.view),
        sort=SortBy(config.sort),
        reverse=config.reverse,
        filter=query or None,
        kinds=kinds,
        user=options.user,
        pid=options.pid,
        hide_host=config.hide_host,
    )
