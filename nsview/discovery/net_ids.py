"""The ids by which our network namespace knows the others: only asked for when somebody wants to see them."""

import os

from nsview.discovery.source import Context
from nsview.kernel.reach import open_namespace
from nsview.model.kind import Kind


def collect(context: Context) -> dict[int, int]:
    """Inode → netns id, -1 where none was assigned; namespaces that cannot be asked are absent."""
    from nsview.kernel.netlink import Netlink, net_id

    findings = context.findings
    found: dict[int, int] = {}
    try:
        with Netlink() as asked:
            for ns in findings.namespaces.values():
                if ns.kind is not Kind.NET:
                    continue
                try:
                    fd = open_namespace(context.proc, findings, ns.kind, ns.inode)
                except OSError as error:
                    findings.problems.add("net ids", f"net:[{ns.inode}]", error)
                    continue
                try:
                    found[ns.inode] = net_id(asked, fd)
                finally:
                    os.close(fd)
    except OSError as error:
        findings.problems.add("net ids", "RTM_GETNSID", error)
    return found
