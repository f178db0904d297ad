"""Pictures of maps of all sorts: boxes do not overlap, lines run beside them and end where they belong."""

import re
from collections import defaultdict
from itertools import pairwise

import pytest

from nsview.drawing.canvas import Canvas, as_text
from nsview.drawing.picture import Picture, Wire, picture
from nsview.model.net_map.parts import End, Interface, NetMap
from tests.drawing.maps import Builder, mesh, star

Cell = tuple[int, int]


def inside(shown: Picture) -> dict[Cell, int]:
    """Cell → place of the panel that has it; fails where two have."""
    cells: dict[Cell, int] = {}
    for place, (panel, x, y) in enumerate(shown.placed):
        for at_y in range(y, y + panel.height):
            for at_x in range(x, x + panel.width):
                assert cells.setdefault((at_x, at_y), place) == place, "two panels overlap"
    return cells


def cells_of(wire: Wire) -> list[Cell]:
    found = [wire.points[0]]
    for (x, y), (next_x, next_y) in pairwise(wire.points):
        assert x == next_x or y == next_y, "a line runs askew"
        while (x, y) != (next_x, next_y):
            x += (next_x > x) - (next_x < x)
            y += (next_y > y) - (next_y < y)
            found.append((x, y))
    return found


def check(found: NetMap, shown: Picture) -> None:
    panels = inside(shown)
    lines = {
        (x + side, y + place): line.spot
        for panel, x, y in shown.placed
        for place, line in enumerate(panel.lines, 1)
        if line.port
        for side in (-1, panel.width)
    }
    for wire in shown.wires:
        for cell in cells_of(wire):
            assert cell not in panels, f"a line runs through a panel at {cell}"
            assert 0 <= cell[0] < shown.width
            assert 0 <= cell[1] < shown.height
        ends = [lines[wire.points[0]], lines[wire.points[-1]]]
        assert ends == [
            end if any(end == spot for spot in lines.values()) else End(end.box, None)
            for end in (wire.link.a, wire.link.b)
        ]
    between = [link for link in found.links if not link.within]
    assert len(shown.wires) == len(between)
    boxes = {line.spot.box for panel, _, _ in shown.placed for line in panel.lines if line.spot is not None}
    assert boxes == set(found.boxes)


@pytest.mark.parametrize("seed", range(12))
def test_any_map(seed: int) -> None:
    found = mesh(3 + 4 * seed, 2 * seed, seed)
    check(found, picture(found))
    check(found, picture(found, 78))


def test_lines_run_on_each_other_only_where_they_belong_together() -> None:
    """At one height, or in one column, there is no more than one, but where they have an end in common."""
    for seed in range(12):
        found = mesh(4 + 3 * seed, seed, seed)
        shown = picture(found)
        along: dict[tuple[Cell, Cell], list[Wire]] = defaultdict(list)
        for wire in shown.wires:
            for one, next_one in pairwise(cells_of(wire)):
                along[min(one, next_one), max(one, next_one)].append(wire)
        for cells, wires in along.items():
            ends = [{wire.points[0], wire.points[-1]} for wire in wires]
            assert set.intersection(*ends), (seed, cells)


def test_a_host_with_many_containers_has_straight_lines() -> None:
    found = star(200)
    shown = picture(found)
    check(found, shown)
    assert all(len({y for _, y in wire.points}) == 1 for wire in shown.wires)
    assert shown.width < 90
    assert shown.height < 200 * 7


def test_it_is_as_narrow_as_the_terminal_if_that_can_be() -> None:
    builder = Builder(["the host", "a container with a name of quite some length, and then some more of it"])
    builder.pair(0, 1, name="an-interface-00")
    builder.add(0, "eth0", addresses=["2001:db8:1111:2222:3333:4444:5555:6666/64"])
    found = builder.made()
    assert picture(found).width > 80
    for room in (80, 60):
        shown = picture(found, room)
        check(found, shown)
        assert shown.width <= room
        assert max(map(len, as_text(Canvas(shown)).splitlines())) <= room
    check(found, picture(found, 10))


def test_those_with_nothing_but_lo_share_a_panel() -> None:
    found = Builder(["the host", *(f"{pid} sleep 60" for pid in range(30))]).made()
    shown = picture(found)
    text = as_text(Canvas(shown))
    assert "31 namespaces with nothing but lo" in text
    assert "4026531850  9 sleep 60" in text
    assert shown.height == 31 + 1 + 2
    assert len(shown.spots()) == 31


def test_those_that_could_not_be_read_share_a_panel_too() -> None:
    """Each with its name and what is known of it; those that others are linked with stand where they do."""
    found = Builder(["the host", *(f"{pid} sleep 60" for pid in range(9))]).made()
    boxes = {
        key: box
        if box.host
        else box._replace(
            refused="Permission denied (EACCES); run as root",
            interfaces=(Interface(0, "lo", loopback=True), Interface(0, "eth0", unseen=True)),
        )
        for key, box in found.boxes.items()
    }
    text = as_text(Canvas(picture(found._replace(boxes=boxes))))
    assert "│ 9 namespaces " in text
    assert "│ not read: Permission denied (EACCES) │" in text
    assert "│ 4026531841  0 sleep 60  eth0 " in text
    assert "root" not in text
    few = {key: boxes[key] for key in list(boxes)[:3]}
    text = as_text(Canvas(picture(found._replace(boxes=few))))
    assert text.count("╎ not read: Permission denied (EACCES) ╎") == 2
    assert text.count("╎ eth0 ") == 2
    assert "unused" not in text


def test_a_device_that_was_moved_and_an_end_that_was_not_found() -> None:
    builder = Builder(["the host", "fast"])
    builder.add(0, "eth0", addresses=["192.0.2.5/24"])
    builder.add(0, "lost", "veth", link=7, link_netnsid=4)
    builder.add(1, "enp1s0f1", bus="0000:01:00.1", addresses=["192.0.2.6/24"])
    found = builder.made()
    shown = picture(found)
    check(found, shown)
    text = as_text(Canvas(shown))
    assert re.search(r"│ the host +├┈", text), "from the host as such: it has it no more"
    assert re.search(r"┈┤ enp1s0f1  moved from the host  192\.0\.2\.6/24 +│", text)
    assert re.search(r"╎ a namespace that was not found +╎", text)
    assert re.search(r"│ lost  veth +├─", text)
    assert re.search(r"─┤ number 7  veth +╎", text)


def test_five_hundred() -> None:
    found = mesh(500, 60, 1)
    shown = picture(found)
    check(found, shown)
    canvas = Canvas(shown)
    assert len(as_text(canvas).splitlines()) == shown.height


def test_the_same_map_is_drawn_the_same() -> None:
    assert as_text(Canvas(picture(mesh(30, 9, 5)))) == as_text(Canvas(picture(mesh(30, 9, 5))))


def test_a_small_one_as_a_whole() -> None:
    builder = Builder(["the host", "web", "db"])
    builder.add(0, "eth0", addresses=["192.0.2.5/24", "fe80::1/64"])
    bridge = builder.add(0, "docker0", "bridge", addresses=["172.17.0.1/16", "2001:db8::1/64"])
    builder.pair(0, 1, master=bridge)
    builder.pair(0, 2, master=bridge, up=False, carrier=False)
    builder.add(1, "t0", "vxlan", facts={"id": 42, "remote": "192.0.2.9"}, carrier=False)
    assert as_text(Canvas(picture(builder.made()))) == SMALL


SMALL = """\
┌────────────────────────────────┐
│ the host                       │
│ net:[4026531840]               │
│ eth0     192.0.2.5/24          │   ┌─────────────────────────────────────────┐
│ docker0  bridge  172.17.0.1/16 │   │ web                                     │
│ │        2001:db8::1/64        │   │ net:[4026531841] · 1 process            │
│ ├ veth1  veth                  ├───┤ eth0  veth  10.0.1.0/24                 │
│ │                              │   │ t0    vxlan 42 to 192.0.2.9  no carrier │
│ │                              │   └─────────────────────────────────────────┘
│ │                              │
│ │                              │   ┌─────────────────────────────────────────┐
│ │                              │   │ db                                      │
│ │                              │   │ net:[4026531842] · 2 processes          │
│ └ veth2  veth  down            ├───┤ eth0  veth  10.0.2.0/24                 │
└────────────────────────────────┘   └─────────────────────────────────────────┘
"""
