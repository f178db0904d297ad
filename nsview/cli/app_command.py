"""The app itself: `nsview` without a command."""

import argparse

from nsview.cli import app_options
from nsview.cli.main import Failure


def configure(parser: argparse.ArgumentParser) -> None:
    app_options.configure(parser)


def run(arguments: argparse.Namespace) -> int:
    try:
        options = app_options.options(arguments)
    except ValueError as error:
        raise Failure(str(error)) from None
    from nsview.ui.app import run as run_app

    return run_app(options)
