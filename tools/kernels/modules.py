"""The modules of a packaged kernel that the tests need, each after those that it needs itself."""

import lzma
import re
from pathlib import Path
from typing import NamedTuple

WANTED = (
    # interfaces that tests make or look at
    *(
        "veth",
        "bridge",
        "dummy",
        "macvlan",
        "macvtap",
        "ipvlan",
        "tun",
        "8021q",
        "vxlan",
        "geneve",
        "ifb",
        "vrf",
    ),
    *("ip_gre", "ip6_gre", "ipip", "ip6_tunnel", "sit", "wireguard", "bonding", "team", "netkit", "vcan"),
    # sockets, as `ss` asks for them
    *("unix_diag", "tcp_diag", "udp_diag", "raw_diag", "packet_diag", "netlink_diag"),
    # firewalls
    *("nf_tables", "nft_chain_nat", "nft_ct", "nft_compat", "ip_tables", "iptable_filter", "iptable_nat"),
    # file systems of containers
    *("overlay", "fuse", "loop", "squashfs"),
)


class Module(NamedTuple):
    name: str
    image: bytes
    """An ELF file as finit_module(2) takes it, not compressed."""


class Modules:
    """What is in a kernel's package below `lib/modules`."""

    def __init__(self, unpacked: Path) -> None:
        self._files: dict[str, Path] = {}
        for place in (unpacked / "lib/modules", unpacked / "usr/lib/modules"):
            for file in place.rglob("*.ko*"):
                self._files[file.name.partition(".ko")[0].replace("-", "_")] = file

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._files)

    def with_needs(self, names: tuple[str, ...] = WANTED) -> list[Module]:
        """The modules of these names and all that they depend on, in an order in which they can be loaded.

        A name without a file is built in, or this kernel does not have it.
        """
        ordered: dict[str, Module] = {}
        for name in names:
            self._add(name.replace("-", "_"), ordered)
        return list(ordered.values())

    def _add(self, name: str, ordered: dict[str, Module]) -> None:
        file = self._files.get(name)
        if file is None or name in ordered:
            return
        image = lzma.decompress(file.read_bytes()) if file.suffix == ".xz" else file.read_bytes()
        # The section .modinfo holds name=value strings, each ended by a zero byte.
        needs = re.search(rb"\0depends=([^\0]*)\0", image)
        for other in needs[1].decode().split(",") if needs else ():
            self._add(other.replace("-", "_"), ordered)
        ordered[name] = Module(name, image)
