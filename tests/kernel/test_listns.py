"""The kernel's list of namespaces, and opening them by its numbers, against what /proc says."""

import errno
import os
import struct
from collections.abc import Callable, Sequence

import pytest

from nsview.kernel import listns as module
from nsview.kernel import nsfs, syscalls
from nsview.kernel.handles import open_by_id
from nsview.kernel.listns import OWN_USER_NAMESPACE, listns
from nsview.model.kind import KINDS, Kind
from tests import linux
from tests.discovery.building import has_handles, has_list
from tests.kernel_fixtures import AsNobody, Spawn
from tests.processes import Child

EVERY = [kind for kind in KINDS if os.path.exists(f"/proc/self/ns/{kind}")]


def require_list() -> None:
    if not has_list():
        pytest.skip("this kernel has no listns(2) (Linux 6.19 has)")


def require_handles() -> None:
    if not has_handles():
        pytest.skip("this kernel opens no namespaces by handle (Linux 6.18 does)")


def number(kind: Kind, pid: int | str = "self") -> int:
    fd = os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY)
    try:
        return nsfs.kernel_id(fd, kind)
    finally:
        os.close(fd)


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(OSError) as caught:
        call()
    return errno.errorcode[caught.value.errno or 0]


def opened(*arguments: object) -> tuple[Kind, int]:
    fd = open_by_id(*arguments)  # type: ignore[arg-type]
    try:
        return nsfs.kind_of(fd), os.fstat(fd).st_ino
    finally:
        os.close(fd)


def two_nets(spawn: Spawn) -> tuple[Child, Child]:
    return spawn(unshare=linux.CLONE_NEWNET), spawn(unshare=linux.CLONE_NEWNET | linux.CLONE_NEWUTS)


class TestList:
    def test_everything_in_use_is_listed_in_order(self, require_root: None, spawn: Spawn) -> None:
        require_list()
        child = spawn(unshare=sum(linux.FLAGS.values()))
        found = listns()
        assert {number(kind, pid) for pid in ("self", child.pid) for kind in EVERY} <= set(found)
        assert found == sorted(set(found))

    def test_by_kind(self, require_root: None, spawn: Spawn) -> None:
        require_list()
        first, second = two_nets(spawn)
        nets = set(listns([Kind.NET]))
        assert {number(Kind.NET, pid) for pid in ("self", first.pid, second.pid)} <= nets
        assert not nets & {number(Kind.UTS), number(Kind.UTS, second.pid)}
        assert number(Kind.UTS, second.pid) in listns([Kind.NET, Kind.UTS])
        assert set(listns(EVERY)) >= nets

    def test_by_owner(self, require_root: None, spawn: Spawn) -> None:
        require_list()
        child = spawn(unshare=linux.CLONE_NEWUSER | linux.CLONE_NEWIPC)
        assert listns(owner=number(Kind.USER, child.pid)) == [number(Kind.IPC, child.pid)]
        ours = listns([Kind.IPC], owner=OWN_USER_NAMESPACE)
        assert number(Kind.IPC) in ours
        assert number(Kind.IPC, child.pid) not in ours
        assert refusal(lambda: listns(owner=number(Kind.IPC, child.pid))) == "EINVAL"

    @pytest.mark.parametrize("batch", [1, 2, 3])
    def test_in_several_pieces(self, require_root: None, spawn: Spawn, batch: int) -> None:
        require_list()
        two_nets(spawn)
        assert listns([Kind.NET], batch=batch) == listns([Kind.NET])

    def test_what_has_ended_is_not_listed(self, require_root: None, spawn: Spawn) -> None:
        require_list()
        child = spawn(unshare=linux.CLONE_NEWUSER | linux.CLONE_NEWNET)
        numbers = {number(kind, child.pid) for kind in (Kind.USER, Kind.NET)}
        assert numbers <= set(listns())
        child.end()
        assert not numbers & set(listns())

    def test_an_ordinary_user_sees_where_he_is(
        self, require_root: None, spawn: Spawn, as_nobody: AsNobody
    ) -> None:
        require_list()
        child = spawn(unshare=linux.CLONE_NEWNET)
        seen = as_nobody(listns)
        assert number(Kind.NET) in seen
        assert number(Kind.NET, child.pid) not in seen

    def test_a_kernel_without_a_list_says_so(self) -> None:
        if has_list():
            pytest.skip("this kernel has listns(2)")
        assert refusal(listns) == "ENOSYS"


class TestPages:
    """How the pieces are asked for, with a kernel that knows these numbers."""

    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """After which numbers the kernel was asked to go on."""
        return []

    def kernel(
        self, monkeypatch: pytest.MonkeyPatch, asked: list[int], ids: Sequence[int], end: bool = True
    ) -> None:
        def answer(call: int, what: str, request: bytes, buffer: list[int], count: int, flags: int) -> int:
            assert (call, flags) == (470, 0)
            size, _, after, *_ = struct.unpack("=IIQIIQ", request)
            assert size == len(request) == 32
            asked.append(after)
            left = [one for one in ids if one > after][:count]
            if not left and end:
                raise OSError(errno.ENOENT, "No such file or directory", what)
            buffer[: len(left)] = left
            return len(left)

        monkeypatch.setattr(syscalls, "syscall", answer)

    @pytest.mark.parametrize("end", [True, False], ids=["an error at the end", "nothing at the end"])
    @pytest.mark.parametrize(
        ("ids", "after"), [((7,), [0]), ((3, 5), [0, 5]), ((3, 5, 8), [0, 5]), ((1, 2, 3, 4), [0, 2, 4])]
    )
    def test_it_goes_on_behind_the_last(
        self,
        monkeypatch: pytest.MonkeyPatch,
        asked: list[int],
        ids: tuple[int, ...],
        after: list[int],
        end: bool,
    ) -> None:
        self.kernel(monkeypatch, asked, ids, end)
        assert module.listns(batch=2) == list(ids)
        assert asked == after

    def test_an_error_in_the_middle_is_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def answer(*_: object) -> int:
            raise OSError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(syscalls, "syscall", answer)
        assert refusal(module.listns) == "EPERM"


class TestHandles:
    @pytest.mark.parametrize("kind", EVERY)
    def test_by_all_three_numbers(self, require_root: None, spawn: Spawn, kind: Kind) -> None:
        require_handles()
        child = spawn(unshare=linux.FLAGS[kind])
        inode = child.inode(kind)
        assert opened(number(kind, child.pid), kind, inode) == (kind, inode)
        assert opened(number(kind), kind, linux.inode("self", kind)) == (kind, linux.inode("self", kind))

    @pytest.mark.parametrize("kind", EVERY)
    def test_by_the_id_alone(self, require_root: None, spawn: Spawn, kind: Kind) -> None:
        require_list()  # both came with the same kernel
        child = spawn(unshare=linux.FLAGS[kind])
        assert opened(number(kind, child.pid)) == (kind, child.inode(kind))

    def test_numbers_that_do_not_belong_together(self) -> None:
        require_handles()
        mine, inode = number(Kind.NET), linux.inode("self", "net")
        assert refusal(lambda: opened(mine, Kind.NET, inode + 1)) == "ESTALE"
        assert refusal(lambda: opened(mine, Kind.PID, inode)) == "ESTALE"
        assert refusal(lambda: opened((1 << 63) - 1, Kind.NET, inode)) == "ESTALE"

    def test_what_has_ended_is_not_opened_though_its_inode_number_is_used_again(
        self, require_root: None, spawn: Spawn
    ) -> None:
        require_handles()
        first = spawn(unshare=linux.CLONE_NEWUTS)
        mine, inode = number(Kind.UTS, first.pid), first.inode("uts")
        first.end()
        for _ in range(200):
            again = spawn(unshare=linux.CLONE_NEWUTS)
            if again.inode("uts") == inode:
                break
        assert again.inode("uts") == inode, "the kernel did not give the number out again"
        assert refusal(lambda: opened(mine, Kind.UTS, inode)) == "ESTALE"
        assert opened(number(Kind.UTS, again.pid), Kind.UTS, inode) == (Kind.UTS, inode)

    def test_an_ordinary_user_opens_where_he_is(
        self, require_root: None, spawn: Spawn, as_nobody: AsNobody
    ) -> None:
        require_handles()
        child = spawn(unshare=linux.CLONE_NEWNET)
        theirs, inode = number(Kind.NET, child.pid), child.inode("net")
        mine, here = number(Kind.NET), linux.inode("self", "net")
        assert as_nobody(lambda: list(opened(mine, Kind.NET, here))) == ["net", here]
        assert as_nobody(lambda: refusal(lambda: opened(theirs, Kind.NET, inode))) == "ESTALE"

    def test_a_kernel_without_handles_says_so(self) -> None:
        if has_handles():
            pytest.skip("this kernel opens namespaces by handle")
        assert refusal(lambda: open_by_id(1, Kind.NET, 1)) == "EBADF"
