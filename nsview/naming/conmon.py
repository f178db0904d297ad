"""conmon, the parent of each container of Podman and CRI-O: its command line names the container."""

from typing import NamedTuple

from nsview.naming.state import identifier, text
from nsview.naming.subject import Subject, option


class Conmon(NamedTuple):
    pid: int
    uid: int
    id: str
    name: str
    bundle: str
    """The container's directory in the storage: DRIVER-containers/ID/userdata."""

    @property
    def storage(self) -> str:
        """The directory of containers.json; "" where the bundle is elsewhere."""
        place = self.bundle.removesuffix(f"/{self.id}/userdata")
        return place if place != self.bundle and place.endswith("-containers") else ""


def conmon_of(subject: Subject) -> Conmon | None:
    """The conmon that keeps a process; it sits outside of the container."""
    for keeper in subject.keepers():
        if keeper.program != "conmon" or keeper.task.links.mnt == subject.links.mnt > 0:
            continue
        identity = identifier(option(keeper.cmdline, "-c", "--cid"))
        if identity:
            return Conmon(
                keeper.pid,
                keeper.task.uid,
                identity,
                text(option(keeper.cmdline, "-n", "--name")),
                text(option(keeper.cmdline, "-b", "--bundle")).rstrip("/"),
            )
    return None
