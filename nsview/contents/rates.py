"""How fast the counters of interfaces grow, from two looks at one namespace."""

from collections.abc import Sequence

from nsview.contents.section import BYTES, Column, Section, Value

_COUNTERS = ("rx_bytes", "tx_bytes", "rx_packets", "tx_packets")
_RATES = (
    *(Column("rx_bytes_rate", "RECEIVED/s", BYTES, 6), Column("tx_bytes_rate", "SENT/s", BYTES, 6)),
    *(
        Column("rx_packets_rate", "PACKETS IN/s", drop=14),
        Column("tx_packets_rate", "PACKETS OUT/s", drop=14),
    ),
)


def with_rates(before: Sequence[Section], after: Sequence[Section], seconds: float) -> tuple[Section, ...]:
    """The later sections, with the changes a second of each interface that was there before.

    `seconds` lie between the two. None for an interface that is new, or whose counters began anew.
    """
    earlier = next((section for section in before if section.key == "interfaces"), None)
    if earlier is None or seconds <= 0:
        return tuple(after)
    return tuple(
        _rated(earlier, section, seconds) if section.key == "interfaces" else section for section in after
    )


def _rated(before: Section, after: Section, seconds: float) -> Section:
    keys = [column.key for column in after.columns]
    earlier = {}
    for row in before.rows:
        values = dict(zip(keys, row, strict=True))
        # A name alone may have been given to another interface since.
        earlier[values["index"], values["name"]] = values
    rows = []
    for row in after.rows:
        now = dict(zip(keys, row, strict=True))
        then = earlier.get((now["index"], now["name"]), {})
        rates = [_rate(then.get(counter), now[counter], seconds) for counter in _COUNTERS]
        rows.append((*row, *rates))
    return after._replace(columns=(*after.columns, *_RATES), rows=tuple(rows))


def _rate(then: Value, now: Value, seconds: float) -> Value:
    if not isinstance(then, int) or not isinstance(now, int) or now < then:
        return None
    return round((now - then) / seconds, 1)
