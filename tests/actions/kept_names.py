"""Names under which tests keep namespaces: recognised as ours, should any be left."""

from tests.leftovers import OURS

NAME = f"{OURS}-kept"
