"""/proc/PID/mountinfo, and which mounts are covered by others."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nsview.kernel.mountinfo import Mount, hidden, nsfs_mounts, parse_mountinfo

words = st.one_of(
    st.sampled_from(
        ["a b", "tab\t", "new\nline", "back\\slash", "\\040", "#", " - nsfs ", "🦊", os.fsdecode(b"\xff\x80")]
    ),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=10),
)
paths = st.lists(words.map(lambda word: word.replace("/", "")).filter(bool), max_size=4).map(
    lambda parts: "/" + "/".join(parts)
)
options = st.sampled_from(["rw", "ro,relatime", "rw,nosuid,nodev,noexec"])
mounts = st.builds(
    Mount,
    id=st.integers(1, 2**31),
    parent=st.integers(0, 2**31),
    device=st.sampled_from(["0:4", "254:0", "0:1048575"]),
    root=st.one_of(paths, st.sampled_from(["net:[4026531840]", "mnt:[4026532177]"])),
    point=paths,
    options=options,
    propagation=st.sampled_from([(), ("shared:1",), ("master:2", "propagate_from:3"), ("unbindable",)]),
    fs_type=st.sampled_from(["nsfs", "ext4", "tmpfs", "fuse.x y", "nsfs2"]),
    source=st.one_of(words, st.sampled_from(["nsfs", "none", "", " - nsfs "])),
    # What a file system prints there is its own business, and not always escaped.
    super_options=st.sampled_from(["rw", "rw,size=4k", "rw,lowerdir=/a - nsfs b", "rw,x= - nsfs nsfs"]),
)


def escaped(text: str) -> bytes:
    """As the kernel's seq_escape() does."""
    data = os.fsencode(text)
    for byte in b"\\ \t\n#":
        if byte == ord("\\"):
            data = data.replace(b"\\", b"\\134")
        else:
            data = data.replace(bytes((byte,)), b"\\%03o" % byte)
    return data


def written(mount: Mount) -> bytes:
    fields = [
        b"%d" % mount.id,
        b"%d" % mount.parent,
        mount.device.encode(),
        escaped(mount.root),
        escaped(mount.point),
        mount.options.encode(),
        *(tag.encode() for tag in mount.propagation),
        b"-",
        escaped(mount.fs_type),
        escaped(mount.source),
        mount.super_options.encode(),
    ]
    return b" ".join(fields) + b"\n"


@given(st.binary(max_size=400))
@example(b"1 1 0:4 / /\\777 rw - nsfs nsfs rw")
@example(b"1 1 0:4 / / rw - nsfs ")
@example(b" - nsfs ")
@example(b"9" * 5000 + b" 1 0:4 / / rw - nsfs nsfs rw")
@settings(deadline=None)
def test_any_bytes_are_a_list(data: bytes) -> None:
    parsed = parse_mountinfo(data)
    assert nsfs_mounts(data) == [mount for mount in parsed if mount.fs_type == "nsfs"]
    assert hidden(parsed) <= {mount.id for mount in parsed}


@given(st.lists(mounts, max_size=8))
@settings(deadline=None)
def test_reads_back_what_the_kernel_would_write(expected: list[Mount]) -> None:
    data = b"".join(map(written, expected))
    assert parse_mountinfo(data) == expected
    assert nsfs_mounts(data) == [mount for mount in expected if mount.fs_type == "nsfs"]


@given(
    st.lists(
        st.builds(
            Mount,
            id=st.integers(0, 5),
            parent=st.integers(0, 5),
            device=st.just("0:4"),
            root=st.just("/"),
            point=st.sampled_from(["/", "/a", "/a/b", "/c", "", "a", "//", "/a//deleted"]),
            options=st.just("rw"),
            propagation=st.just(()),
            fs_type=st.just("tmpfs"),
            source=st.just("x"),
            super_options=st.just("rw"),
        ),
        max_size=8,
    )
)
@settings(deadline=None)
def test_no_tree_however_wrong_makes_it_loop(listed: list[Mount]) -> None:
    assert hidden(listed) <= {mount.id for mount in listed}


def tree(*rows: tuple[int, int, str]) -> list[Mount]:
    return [Mount(id, parent, "0:4", "/", point, "rw", (), "tmpfs", "x", "rw") for id, parent, point in rows]


@pytest.mark.parametrize(
    ("mounts", "covered"),
    [
        (tree(), set()),
        (tree((1, 0, "/"), (2, 1, "/a"), (3, 2, "/a/b")), set()),
        # stacked on the same point
        (tree((1, 0, "/"), (2, 1, "/a"), (3, 2, "/a"), (4, 3, "/a")), {2, 3}),
        # a directory above is covered, and with it all below
        (tree((1, 0, "/"), (2, 1, "/a"), (3, 2, "/a/b"), (4, 3, "/a/b/c"), (5, 2, "/a")), {2, 3, 4}),
        # covered, and mounted again on the cover
        (tree((1, 0, "/"), (2, 1, "/a"), (3, 2, "/a/b"), (5, 2, "/a"), (6, 5, "/a/b")), {2, 3}),
        # a directory above that is no mount point itself
        (tree((1, 0, "/"), (3, 1, "/a/b"), (5, 1, "/a")), {3}),
        # the root's parent is itself
        (tree((1, 1, "/"), (2, 1, "/a")), set()),
        # mounted over a root that was taken before
        (tree((1, 0, "/"), (2, 1, "/a"), (3, 1, "/")), {3}),
        # chroot into a directory: the mount that it is in is not listed
        (tree((2, 1, "/a"), (3, 2, "/a"), (4, 1, "/b")), {2}),
        # and a mount over that directory is not reached by /
        (tree((2, 1, "/"), (4, 1, "/b"), (5, 2, "/b")), {2, 5}),
        # names that only begin alike
        (tree((1, 0, "/"), (2, 1, "/a"), (3, 1, "/ab"), (4, 1, "/a b")), set()),
        # the place was unlinked
        (tree((1, 0, "/"), (2, 1, "/a//deleted")), {2}),
    ],
)
def test_a_mount_is_hidden_if_its_path_leads_elsewhere(mounts: list[Mount], covered: set[int]) -> None:
    assert hidden(mounts) == covered


def test_only_bytes_are_unescaped() -> None:
    (mount,) = parse_mountinfo(b"1 1 0:4 / /\\777\\08\\1\\101 rw - nsfs nsfs rw\n")
    assert mount.point == "/\\777\\08\\1A"


def test_a_path_of_many_components() -> None:
    points = ["/" + "/".join("x" * depth) for depth in range(1, 2000)]
    rows = [(index + 2, index + 1, point) for index, point in enumerate(points)]
    assert hidden(tree((1, 0, "/"), *rows)) == frozenset()


SCRIPT = r"""
set -e
mount --make-rprivate /
cd "$1"
mkdir plain 'sp ace' 'back\slash' covered twice
printf 'x' > plain/file
touch 'sp ace/n s' covered/ns
mount --bind /proc/self/ns/uts 'sp ace/n s'
mount -t tmpfs ' - nsfs ' 'back\slash'
mount --bind /proc/self/ns/net covered/ns
mount -t tmpfs cover covered
mount -t tmpfs one twice
mount -t tmpfs two twice
mount -t tmpfs over-the-root /
cat /proc/self/mountinfo
"""


@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("unshare"),
    reason="needs root and unshare(1) to mount in a namespace of its own",
)
def test_real_mounts_with_hostile_names_and_covers(tmp_path: Path) -> None:
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", SCRIPT, "sh", str(tmp_path)], capture_output=True, check=True
    )
    mounts = parse_mountinfo(done.stdout)
    assert len(mounts) == done.stdout.count(b"\n")
    covered = hidden(mounts)
    ours = {
        (mount.point.removeprefix(str(tmp_path)), mount.fs_type, mount.source, mount.id in covered)
        for mount in mounts
        if mount.point.startswith(str(tmp_path)) or mount.source == "over-the-root"
    }
    assert ours == {
        ("/sp ace/n s", "nsfs", "nsfs", False),
        ("/back\\slash", "tmpfs", " - nsfs ", False),
        ("/covered/ns", "nsfs", "nsfs", True),
        ("/covered", "tmpfs", "cover", False),
        ("/twice", "tmpfs", "one", True),
        ("/twice", "tmpfs", "two", False),
        # Where a path starts from is not looked at again: / is still the old root.
        ("/", "tmpfs", "over-the-root", True),
    }
    assert {mount.root.partition(":")[0] for mount in nsfs_mounts(done.stdout)} >= {"uts", "net"}


CHROOTED = r"""
import ctypes, os, sys
def mount(kind, place):
    if ctypes.CDLL(None, use_errno=True).mount(kind, place, b"tmpfs", 0, None):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
proc = os.open("/proc", os.O_RDONLY)
os.chroot(sys.argv[1])
os.chdir("/")
os.mkdir("/below")
mount(b"below", b"/below")
mount(b"cover", b"/")
with open(os.open("self/mountinfo", os.O_RDONLY, dir_fd=proc), "rb") as file:
    data = file.read()
devices = {place: os.stat(place).st_dev for place in ("/", "/below", "/..")}
print(*(f"{os.major(device)}:{os.minor(device)}" for device in devices.values()))
sys.stdout.flush()
os.write(1, data)
"""


@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("unshare"),
    reason="needs root and unshare(1) to mount in a namespace of its own",
)
def test_a_real_mount_over_the_root_of_a_chrooted_process(tmp_path: Path) -> None:
    done = subprocess.run(
        ["unshare", "--mount", sys.executable, "-c", CHROOTED, str(tmp_path)], capture_output=True, check=True
    )
    devices, _, data = done.stdout.partition(b"\n")
    _, below, cover = devices.decode().split()
    mounts = parse_mountinfo(data)
    covered = hidden(mounts)
    assert {(mount.point, mount.source, mount.device, mount.id in covered) for mount in mounts} == {
        ("/below", "below", below, False),
        ("/", "cover", cover, True),
    }


def test_the_paths_of_this_machine_lead_where_we_say() -> None:
    """Of every mount: statx(2) by its path finds its device exactly if we call it visible, or a twin."""
    with open("/proc/self/mountinfo", "rb") as file:
        mounts = parse_mountinfo(file.read())
    covered = hidden(mounts)
    looked = 0
    for mount in mounts:
        if mount.id in covered or mount.fs_type in ("autofs", "btrfs"):
            continue
        try:
            device = os.stat(mount.point).st_dev
        except OSError:
            continue  # behind a directory that we may not search
        assert f"{os.major(device)}:{os.minor(device)}" == mount.device, mount
        looked += 1
    assert looked


def test_every_process_of_this_machine() -> None:
    seen = 0
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/mountinfo", "rb") as file:
                data = file.read()
        except OSError:
            continue  # it ended, or is a zombie
        parsed = parse_mountinfo(data)
        assert len(parsed) == data.count(b"\n")
        seen += bool(parsed)
    assert seen, "our own is one"


def test_own_mounts_agree_with_psutil() -> None:
    with open("/proc/self/mountinfo", "rb") as file:
        ours = {(mount.point, mount.fs_type) for mount in parse_mountinfo(file.read())}
    theirs = {(part.mountpoint, part.fstype) for part in psutil.disk_partitions(all=True)}
    assert theirs <= ours
