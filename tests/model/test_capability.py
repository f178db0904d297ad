"""Capability names."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsview.model.capability import BITS, KNOWN, NAMES, describe, mask, names

SHORT = {name.removeprefix("cap_") for name in NAMES}
ZEROED = {f"{number:02}" for number in range(10)}
masks = st.integers(0, 2**64 - 1)


def test_the_table_is_the_kernels() -> None:
    # The numbers of linux/capability.h at both ends and wherever the list was once extended.
    assert [BITS[f"cap_{name}"] for name in ("chown", "kill", "net_admin", "sys_ptrace", "sys_admin")] == [
        0,
        5,
        12,
        19,
        21,
    ]
    assert [BITS[f"cap_{name}"] for name in ("setfcap", "syslog", "audit_read", "bpf")] == [31, 34, 37, 39]
    assert BITS["cap_checkpoint_restore"] == 40
    assert len(set(NAMES)) == 41


def test_the_running_kernel_has_no_fewer_than_those_of_linux_5_4() -> None:
    with open("/proc/sys/kernel/cap_last_cap") as file:
        last = int(file.read())
    assert len(names((1 << last + 1) - 1)) == last + 1 >= 38


@given(masks)
@settings(deadline=None)
def test_names_and_back(bits: int) -> None:
    assert mask(names(bits)) == bits
    assert mask(name.removeprefix("cap_").upper() for name in names(bits)) == bits


@given(st.text(max_size=10))
@settings(deadline=None)
def test_other_names_are_refused(name: str) -> None:
    try:
        bits = mask([name])
    except ValueError:
        return
    assert name.strip().lower().removeprefix("cap_") in {*SHORT, *map(str, range(64)), *ZEROED}
    assert bits.bit_count() == 1


@given(masks, masks)
@settings(deadline=None)
def test_a_description_tells_no_less_than_the_set(bits: int, full: int) -> None:
    bits &= full
    words = describe(bits, full)
    if words == "all":
        told = full
    elif words == "none":
        told = 0
    elif words.startswith("all but "):
        told = full & ~mask(words.removeprefix("all but ").split(", "))
    else:
        told = mask(words.split(", "))
    assert told == bits


@pytest.mark.parametrize(
    ("bits", "words"),
    [
        (KNOWN, "all"),
        (0, "none"),
        (KNOWN & ~mask(["sys_time"]), "all but sys_time"),
        (mask(["CAP_NET_ADMIN", "chown"]), "chown, net_admin"),
    ],
)
def test_descriptions(bits: int, words: str) -> None:
    assert describe(bits, KNOWN) == words


def test_a_capability_of_a_later_kernel() -> None:
    assert names(1 << 41 | 1) == ("cap_chown", "cap_41")
    with pytest.raises(ValueError, match="unknown capability 'cap_64'"):
        mask(["cap_64"])
