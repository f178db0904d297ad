"""The netlink library without what it loads only to have everything at hand.

`import pyroute2` brings its data base, its tools and half of the standard library along, and takes longer
than all that a reader does. Its parts work without that.
"""

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyroute2 import IPRoute
    from pyroute2.nftables.main import NFTables

_PACKAGE = "pyroute2"


def iproute() -> "type[IPRoute]":
    """ImportError where there is no library."""
    found: type[IPRoute] = _part("pyroute2.iproute.linux", "IPRoute")
    return found


def nftables() -> "type[NFTables]":
    found: type[NFTables] = _part("pyroute2.nftables.main", "NFTables")
    return found


def _part(module: str, name: str) -> type:
    """From the module alone, or from the whole library if it is laid out in another way."""
    hollow = _PACKAGE not in sys.modules
    if hollow:
        sys.modules[_PACKAGE] = _hollow()
    try:
        part: type = getattr(import_module(module), name)
        return part
    except (ImportError, AttributeError):
        if not hollow:
            raise
        for loaded in [loaded for loaded in sys.modules if f"{loaded}.".startswith(f"{_PACKAGE}.")]:
            del sys.modules[loaded]
        import_module(_PACKAGE)
        part = getattr(import_module(module), name)
        return part


def _hollow() -> ModuleType:
    """The package with its parts, but not what its own file does."""
    spec = find_spec(_PACKAGE)
    if spec is None or spec.submodule_search_locations is None:
        raise ImportError(f"there is no {_PACKAGE} here", name=_PACKAGE)
    package = ModuleType(_PACKAGE)
    package.__path__ = list(spec.submodule_search_locations)
    package.__spec__ = spec
    return package
