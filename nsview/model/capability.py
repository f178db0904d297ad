"""The names of capabilities (capabilities(7))."""

from collections.abc import Iterable

NAMES: tuple[str, ...] = (
    "cap_chown",
    "cap_dac_override",
    "cap_dac_read_search",
    "cap_fowner",
    "cap_fsetid",
    "cap_kill",
    "cap_setgid",
    "cap_setuid",
    "cap_setpcap",
    "cap_linux_immutable",
    "cap_net_bind_service",
    "cap_net_broadcast",
    "cap_net_admin",
    "cap_net_raw",
    "cap_ipc_lock",
    "cap_ipc_owner",
    "cap_sys_module",
    "cap_sys_rawio",
    "cap_sys_chroot",
    "cap_sys_ptrace",
    "cap_sys_pacct",
    "cap_sys_admin",
    "cap_sys_boot",
    "cap_sys_nice",
    "cap_sys_resource",
    "cap_sys_time",
    "cap_sys_tty_config",
    "cap_mknod",
    "cap_lease",
    "cap_audit_write",
    "cap_audit_control",
    "cap_setfcap",
    "cap_mac_override",
    "cap_mac_admin",
    "cap_syslog",
    "cap_wake_alarm",
    "cap_block_suspend",
    "cap_audit_read",
    "cap_perfmon",
    "cap_bpf",
    "cap_checkpoint_restore",
)
"""By bit, as of Linux 5.9; later kernels may have more."""

BITS: dict[str, int] = {name: bit for bit, name in enumerate(NAMES)}

KNOWN = (1 << len(NAMES)) - 1
"""All capabilities that have a name here."""


def names(mask: int) -> tuple[str, ...]:
    """The capabilities in `mask`, lowest bit first; one without a name is `cap_` and its number."""
    return tuple(
        NAMES[bit] if bit < len(NAMES) else f"cap_{bit}"
        for bit in range(mask.bit_length())
        if mask >> bit & 1
    )


def mask(names: Iterable[str]) -> int:
    """The bits of these names, in either case, with or without `cap_`; ValueError for an unknown one."""
    bits = 0
    for name in names:
        text = name.strip().lower()
        if not text.startswith("cap_"):
            text = f"cap_{text}"
        number = text.removeprefix("cap_")
        if text in BITS:
            bits |= 1 << BITS[text]
        elif number.isdecimal() and number.isascii() and len(number) < 3 and int(number) < 64:
            bits |= 1 << int(number)
        else:
            raise ValueError(f"unknown capability '{name}'")
    return bits


def describe(mask: int, full_mask: int) -> str:
    """A set in few words: `all`, `none`, `all but sys_time`, or its names without `cap_`.

    `full_mask` is what "all" means: the capabilities that the running kernel has.
    """
    if not mask:
        return "none"
    missing = full_mask & ~mask
    if not missing:
        return "all"
    if missing.bit_count() * 2 < full_mask.bit_count():
        return "all but " + _short(missing)
    return _short(mask)


def counted(mask: int, full_mask: int) -> str:
    """A set by its size: `all`, `none`, `14/41`."""
    if not mask:
        return "none"
    return f"{mask.bit_count()}/{full_mask.bit_count()}" if full_mask & ~mask else "all"


def _short(mask: int) -> str:
    return ", ".join(name.removeprefix("cap_") for name in names(mask))
