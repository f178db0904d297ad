"""From interfaces that were read one namespace at a time to what is linked with what."""

from collections.abc import Iterable, Iterator

from nsview.model.net_map import tunnels
from nsview.model.net_map.parts import PAIRED, TUNNELS, Box, BoxKey, End, Interface, Link, NetMap, Sort
from nsview.model.net_map.seen import Seen, filled


def linked(seen: Iterable[Seen], trouble: str = "") -> NetMap:
    """The map. What is linked with something that was not read gets a box or a line for that, marked so."""
    return _Linking(filled(seen)).map(trouble)


class _Linking:
    def __init__(self, boxes: dict[BoxKey, Box]) -> None:
        self._boxes = boxes
        self._by_number = {
            End(box.key, one.number): one for box in boxes.values() for one in box.interfaces if one.number
        }
        self._unseen: dict[BoxKey, dict[int, str]] = {}
        """Far ends that were not read: number → kind."""
        self._links: dict[tuple[Sort, frozenset[End]], Link] = {}

    def map(self, trouble: str) -> NetMap:
        host = next((key for key, box in self._boxes.items() if box.host), None)
        for key, box in self._boxes.items():
            for one in box.interfaces:
                for link in self._of(key, one, host):
                    self._links.setdefault((link.sort, frozenset((link.a, link.b))), link)
        for a, b, kind in tunnels.matching(self._boxes):
            self._links.setdefault((Sort.TUNNEL, frozenset((a, b))), Link(Sort.TUNNEL, a, b, kind))
        self._add_unseen()
        return NetMap(self._boxes, tuple(self._links.values()), trouble)

    def _of(self, key: BoxKey, one: Interface, host: BoxKey | None) -> Iterator[Link]:
        here = End(key, one.number)
        if one.master is not None:
            yield Link(Sort.PORT, self._far(End(key, one.master), ""), here, one.kind)
        if one.moved and host is not None:
            yield Link(Sort.MOVED, End(host, None), here)
        if one.parent_box is None:
            return
        if one.kind in PAIRED:
            if one.parent is not None:
                yield Link(Sort.PAIR, here, self._other_end(here, one), one.kind)
            return
        there = End(one.parent_box, one.parent)
        if one.kind in TUNNELS:
            # Through its own namespace alone, whichever interface that may be, is what goes without saying.
            if one.parent is not None or one.parent_box != key:
                yield Link(Sort.THROUGH, self._far(there, ""), here, one.kind)
        elif one.parent is not None:
            yield Link(Sort.CHILD, self._far(there, ""), here, one.kind)

    def _other_end(self, here: End, one: Interface) -> End:
        """The one with that number, if it says the same of this one; else no more than where it is.

        Each namespace numbers its interfaces by itself, and something may have changed between two readings.
        """
        assert one.parent_box is not None
        there = End(one.parent_box, one.parent)
        found = self._by_number.get(there)
        if found is not None and (found.kind, found.parent, found.parent_box) != (
            one.kind,
            here.number,
            here.box,
        ):
            return End(there.box, None)
        return self._far(there, one.kind)

    def _far(self, end: End, kind: str) -> End:
        """The same end; where it was not read, it is remembered that it must be there."""
        if end.box not in self._boxes or (end.number is not None and end not in self._by_number):
            found = self._unseen.setdefault(end.box, {})
            if end.number is not None:
                found[end.number] = kind
        return end

    def _add_unseen(self) -> None:
        for key, numbers in self._unseen.items():
            box = self._boxes.get(key) or Box(key, None, refused="it is not among those that can be seen")
            missing = (Interface(number, "", kind, unseen=True) for number, kind in sorted(numbers.items()))
            self._boxes[key] = box._replace(interfaces=(*box.interfaces, *missing))
