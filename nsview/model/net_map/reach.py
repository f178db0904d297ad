"""Parts of a map: what hangs together, and how far from the host it is."""

from collections.abc import Iterable

from nsview.model.net_map.parts import BoxKey, NetMap


def neighbours(found: NetMap) -> dict[BoxKey, tuple[BoxKey, ...]]:
    """The boxes that each is linked with, in the order of its interfaces' numbers."""
    near: dict[BoxKey, dict[BoxKey, None]] = {key: {} for key in found.boxes}
    for link in sorted(found.links, key=lambda link: (link.a.number or 0, link.b.number or 0)):
        if not link.within:
            near[link.a.box][link.b.box] = None
            near[link.b.box][link.a.box] = None
    return {key: tuple(others) for key, others in near.items()}


def depths(found: NetMap) -> dict[BoxKey, int]:
    """How many links each is away from the host; what does not hang together with it, from the box of its
    part that has most neighbours. In the order in which one comes to them."""
    near = neighbours(found)
    order = sorted(near, key=lambda key: (not found.boxes[key].host, -len(near[key])))
    reached: dict[BoxKey, int] = {}
    for start in order:
        if start in reached:
            continue
        reached[start] = 0
        waiting = [start]
        for key in waiting:
            for other in near[key]:
                if other not in reached:
                    reached[other] = reached[key] + 1
                    waiting.append(other)
    return reached


def part(found: NetMap, key: BoxKey) -> NetMap:
    """Only what hangs together with one namespace."""
    near = neighbours(found)
    kept = {key}
    waiting = [key]
    for here in waiting:
        new = [other for other in near[here] if other not in kept]
        kept.update(new)
        waiting += new
    return only(found, kept)


def only(found: NetMap, keys: Iterable[BoxKey]) -> NetMap:
    """These boxes, and the links between them."""
    kept = set(keys)
    boxes = {key: box for key, box in found.boxes.items() if key in kept}
    links = tuple(link for link in found.links if link.a.box in kept and link.b.box in kept)
    return found._replace(boxes=boxes, links=links)
