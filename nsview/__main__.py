"""``python -m nsview``: the same as the ``nsview`` command."""

import sys

from nsview.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
