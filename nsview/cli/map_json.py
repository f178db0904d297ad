"""A map as JSON."""

from nsview.model.net_map.parts import Box, End, Interface, NetMap


def map_json(found: NetMap) -> dict[str, object]:
    return {
        "namespaces": [_box_json(box) for box in found.boxes.values()],
        "links": [
            {
                "sort": str(link.sort),
                "kind": link.kind or None,
                "a": _end_json(found, link.a),
                "b": _end_json(found, link.b),
            }
            for link in found.links
        ],
        "trouble": found.trouble or None,
    }


def _box_json(box: Box) -> dict[str, object]:
    return {
        "ns": (box.ns.inode or None) if box.ns is not None else None,
        "id": box.key,
        "host": box.host,
        "owner": box.owner or None,
        "containers": list(box.containers),
        "processes": box.processes,
        "unread": box.refused or None,
        "interfaces": [_interface_json(one) for one in box.interfaces],
    }


def _interface_json(one: Interface) -> dict[str, object]:
    data = one._asdict()
    del data["loopback"], data["parent_box"], data["number"]
    return {
        "index": one.number or None,
        **data,
        "name": one.name or None,
        "kind": one.kind or None,
        "addresses": list(one.addresses),
        "parent_id": one.parent_box,
        "facts": dict(one.facts),
    }


def _end_json(found: NetMap, end: End) -> dict[str, object]:
    one = found.interface(end)
    return {"id": end.box, "index": end.number, "name": one.name or None if one is not None else None}
