"""``python -m nsview``: the same as the ``nsview`` command."""

from nsview.cli.main import run

if __name__ == "__main__":
    run()
