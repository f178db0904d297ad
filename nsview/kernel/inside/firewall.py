"""Whether packets are filtered in a network namespace: nftables, iptables, connection tracking."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nsview.kernel.inside import library, sysctl
from nsview.kernel.procfs import read_file

if TYPE_CHECKING:
    from pyroute2.nftables.main import NFTables

_FAMILIES = {1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"}
_LEGACY = ("ip", "ip6", "arp")
_CONNTRACK = {
    "conntrack": "net/netfilter/nf_conntrack_count",
    "conntrack_limit": "net/netfilter/nf_conntrack_max",
}


def prepare(arguments: dict[str, Any]) -> Callable[[], Any]:
    netlink = library.nftables()
    return lambda: _read(netlink)


def _read(netlink: "type[NFTables]") -> dict[str, Any]:
    unread: list[tuple[str, str]] = []
    found: dict[str, Any] = dict(sysctl.numbers(_CONNTRACK, unread))
    found["nftables"] = found["iptables"] = None
    try:
        with netlink(nfgen_family=0) as nft:
            found["nftables"] = [_told(table) for table in nft.get_tables()]
    except Exception as error:  # pyroute2's own errors: no rights, or a kernel without nf_tables
        unread.append(("nftables", str(error)))
    found["iptables"] = _legacy(unread)
    found["unread"] = unread
    return found


def _told(table: Any) -> str:
    family = table["nfgen_family"]
    return f"{_FAMILIES.get(family, family)} {table.get('NFTA_TABLE_NAME')}"


def _legacy(unread: list[tuple[str, str]]) -> list[str]:
    """The tables of the older iptables that are in use."""
    tables = []
    for family in _LEGACY:
        try:
            names = read_file(f"/proc/self/net/{family}_tables_names").decode("ascii", "replace").split()
        except FileNotFoundError:
            continue
        except OSError as error:
            unread.append((f"{family}tables", error.strerror or str(error)))
            continue
        tables += [f"{family} {name}" for name in names]
    return tables
