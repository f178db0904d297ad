"""Which tunnel interfaces are two ends of one tunnel."""

from collections.abc import Iterator, Mapping

from nsview.model.net_map.parts import TUNNELS, Box, BoxKey, End, Interface


def matching(boxes: Mapping[BoxKey, Box]) -> Iterator[tuple[End, End, str]]:
    """Pairs of ends that name each other: by keys, or by addresses where exactly one answers.

    The same private addresses may be in use in several namespaces: where more than one could be meant, none
    is told.
    """
    found = [
        (End(box.key, one.number), one)
        for box in boxes.values()
        for one in box.interfaces
        if one.kind in TUNNELS and one.number
    ]
    yield from _by_key([each for each in found if each[1].kind == "wireguard"])
    yield from _by_address([each for each in found if each[1].kind != "wireguard"], boxes)


def _by_key(found: list[tuple[End, Interface]]) -> Iterator[tuple[End, End, str]]:
    """Public keys are nobody else's."""
    of_key = {one.facts["key"]: (end, one) for end, one in found if "key" in one.facts}
    for key, (end, one) in of_key.items():
        for peer in _peers(one):
            other = of_key.get(peer)
            if other is not None and key in _peers(other[1]) and end < other[0]:
                yield end, other[0], one.kind


def _peers(one: Interface) -> list[str]:
    peers = one.facts.get("peers")
    return [key for key, _ in peers] if isinstance(peers, list) else []


def _by_address(
    found: list[tuple[End, Interface]], boxes: Mapping[BoxKey, Box]
) -> Iterator[tuple[End, End, str]]:
    at: dict[tuple[object, ...], list[tuple[End, Interface]]] = {}
    for end, one in found:
        for address in _own_addresses(end, one, boxes):
            at.setdefault((address, *_alike(one, "ikey")), []).append((end, one))
    answers: dict[End, set[End]] = {}
    for end, one in found:
        if "remote" in one.facts:
            own = _own_addresses(end, one, boxes)
            answers[end] = {
                there
                for there, other in at.get((one.facts["remote"], *_alike(one, "okey")), ())
                if there != end
                and other.facts.get("remote") in (None, *own)
                and other.facts.get("okey") == one.facts.get("ikey")
            }
    agreed = set()
    for end, others in answers.items():
        # Both name each other, or one of them hears everybody.
        if len(others) == 1 and all(answers.get(other, {end}) == {end} for other in others):
            agreed.add(tuple(sorted((end, *others))))
    for a, b in sorted(agreed):
        made = boxes[a.box].interface(a.number)
        yield a, b, made.kind if made is not None else ""


def _alike(one: Interface, key: str) -> tuple[object, ...]:
    """What two ends have in common beside addresses; what goes out here with a key comes in there with it."""
    return one.kind, one.facts.get("id"), one.facts.get(key)


def _own_addresses(end: End, one: Interface, boxes: Mapping[BoxKey, Box]) -> tuple[object, ...]:
    """What it sends from; one that does not say may use any address of the namespace that it goes through."""
    local = one.facts.get("local")
    if local is not None:
        return (local,)
    through = boxes.get(one.parent_box or end.box)
    if through is None:
        return ()
    return tuple(
        dict.fromkeys(
            address.partition("/")[0]
            for each in through.interfaces
            if not each.loopback
            for address in each.addresses
        )
    )
