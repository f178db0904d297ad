"""What is below a group of processes: its namespaces, then the processes."""

from collections.abc import Sequence
from typing import TypeAlias, overload

from nsview.model.namespace import NamespaceId
from nsview.model.views.members import Item, Members

Entry: TypeAlias = NamespaceId | Item


class Entries(Sequence[Entry]):
    __slots__ = ("members", "namespaces")

    def __init__(self, namespaces: Sequence[NamespaceId], members: Members) -> None:
        self.namespaces = namespaces
        self.members = members

    def __len__(self) -> int:
        return len(self.namespaces) + len(self.members)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | Sequence[Entry]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        few = len(self.namespaces)
        return self.namespaces[index] if index < few else self.members[index - few]

    def __contains__(self, entry: object) -> bool:
        return entry in self.namespaces if isinstance(entry, NamespaceId) else entry in self.members

    def index(self, value: object, start: int = 0, stop: int | None = None) -> int:
        if isinstance(value, NamespaceId):
            place = self.namespaces.index(value)
        else:
            place = len(self.namespaces) + self.members.index(value)
        if place < start or (stop is not None and place >= stop):
            raise ValueError(f"{value!r} is not there")
        return place


NO_ENTRIES = Entries((), Members({}, ()))
