"""How long the first look inside takes: a network namespace with 5,000 sockets, one with 1,000 mounts."""

import os
import resource
import socket
import time
from statistics import median

from benchmarks.measure import Goal
from nsview.contents.inside import inside
from nsview.discovery.scanner import Scanner, Scope
from tests import linux
from tests.processes import start

SOCKETS, MOUNTS, LOOKS = 5000, 1000, 7
FIRST = "first page, ms"
LIMIT = 300.0


def make_sockets() -> None:
    """UDP, which binds without a peer; each has a port of its own."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    linux.unshare(linux.CLONE_NEWNET)
    for _ in range(SOCKETS):
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.bind(("0.0.0.0", 0))
        one.detach()


def make_mounts() -> None:
    linux.unshare(linux.CLONE_NEWNS)
    linux.private_tmpfs("/mnt")
    for number in range(MOUNTS):
        place = f"/mnt/{number}"
        with open(place, "xb"):
            pass
        linux.bind("/dev/null", place)


def figures() -> dict[str, dict[str, float]]:
    """Medians of some looks, each by a reader of its own."""
    if os.geteuid() != 0:
        return {}
    found = {}
    for kind, make, subject in (
        ("net", make_sockets, f"net namespace, {SOCKETS:,} sockets"),
        ("mnt", make_mounts, f"mnt namespace, {MOUNTS:,} mounts"),
    ):
        child = start(make)
        try:
            snapshot = Scanner().scan(Scope())
            ns = snapshot.by_inode(child.inode(kind))
            if ns is None:
                continue
            times = []
            for _ in range(LOOKS):
                begun = time.perf_counter()
                inside(snapshot, ns)
                times.append((time.perf_counter() - begun) * 1000)
            found[subject] = {FIRST: median(times)}
        finally:
            child.end()
    return found


def goals(figures: dict[str, dict[str, float]]) -> list[Goal]:
    return [Goal(f"{subject}, {FIRST}", values[FIRST], LIMIT) for subject, values in figures.items()]
