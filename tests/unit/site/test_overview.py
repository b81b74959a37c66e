"""Overview: all of a site are told, in turn and in time, and nothing is shown for ever."""

import json

import pytest

from ampkeeper.firmware.site.circuits import Circuit, Tree
from ampkeeper.firmware.site.leader import Leader
from ampkeeper.firmware.site.messages import CircuitRow, Lease, MemberRow, Overview
from ampkeeper.firmware.site.overview import (
    CIRCUITS_MAX,
    DOUBT_CHARS_MAX,
    MEMBERS_MAX,
    Names,
    Shown,
    Teller,
)
from ampkeeper.firmware.site.roster import Roster, Seat
from ampkeeper.firmware.site.seal import MESSAGE_BYTES_MAX
from ampkeeper.firmware.site.wire import encoded

LEASE = Lease(1, "m0000")


def roster_of(members: int, circuits: int) -> Roster:
    rows = [Circuit(f"row{number}", (63.0,) * 3, "feeder") for number in range(circuits - 1)]
    tree = Tree([Circuit("feeder", (63.0,) * 3), *rows])
    return Roster(tree, [Seat(f"m{number:04}", "feeder") for number in range(members)])


@pytest.mark.parametrize(("members", "circuits"), [(1, 1), (20, 2), (100, 20), (1_000, 500)])
def test_all_are_told_before_the_first_is_forgotten(members: int, circuits: int) -> None:
    roster = roster_of(members, circuits)
    names, leader = Names(roster), Leader(roster, LEASE, 0.0)
    teller, shown, now_s = Teller(names), Shown(names), 0.0
    for _ in range(names.pages):
        page = teller.page(leader, now_s)
        assert page is not None
        assert teller.page(leader, now_s) is None
        assert shown.take(page, now_s)
        now_s += names.page_s
    assert all(shown.member(name, now_s) for name in roster.seats)
    assert all(shown.circuit(name, now_s) for name in roster.tree.place)
    assert shown.member("m0000", 4 * now_s) is None
    assert shown.circuit("feeder", 4 * now_s) is None


def test_a_page_fits_into_a_message() -> None:
    member = MemberRow(999, False, 80.0, (-1000.05, 1000.05, 1000.05))
    circuit = CircuitRow(499, (100_000.05,) * 3, "x" * DOUBT_CHARS_MAX)
    for page in (
        Overview(Lease(1 << 40, "x" * 64), members=(member,) * MEMBERS_MAX),
        Overview(Lease(1 << 40, "x" * 64), circuits=(circuit,) * CIRCUITS_MAX),
    ):
        assert len(json.dumps(encoded(page))) < MESSAGE_BYTES_MAX - 400  # of its seal


def test_what_another_leader_told_is_not_mixed_in() -> None:
    shown = Shown(Names(roster_of(3, 1)))
    row = MemberRow(0, True, 6.0, (6.0,) * 3)
    assert shown.take(Overview(LEASE, (row,)), 0.0)
    assert shown.take(Overview(Lease(2, "m0001"), (MemberRow(1, True, 6.0, (6.0,) * 3),)), 1.0)
    assert shown.member("m0000", 1.0) is None


def test_rows_that_a_site_does_not_have_are_refused() -> None:
    shown = Shown(Names(roster_of(3, 1)))
    assert not shown.take(Overview(LEASE, (MemberRow(3, True, 6.0, (6.0,) * 3),)), 0.0)
    assert not shown.take(Overview(LEASE, (), (CircuitRow(1, (0.0,) * 3, ""),)), 0.0)
