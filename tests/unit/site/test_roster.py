"""Roster: safe shares that break no fuse and no bound on how far phases may differ."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.site.circuits import PHASES, Circuit, SiteRefused, Tree
from ampkeeper.firmware.site.roster import Roster, Seat

TURNS = ((0, 1, 2), (1, 2, 0), (2, 0, 1))
SEATS = st.sampled_from([*TURNS, (0,), (1,), (2,)])


def bounded(imbalance_a: float, *seats: tuple[int, ...]) -> Roster:
    """Chargers with safe shares of 6 A, each on such phases of the site."""
    tree = Tree([Circuit("house", (63.0,) * 3), Circuit("row", (63.0,) * 3, "house", imbalance_a)])
    made = [Seat(f"AK{number}", "row", phases, 6.0) for number, phases in enumerate(seats, 1)]
    return Roster(tree, made)


def test_safe_shares_that_alone_may_make_phases_differ_too_much_are_refused() -> None:
    with pytest.raises(SiteRefused) as refused:
        bounded(20.0, *[TURNS[0]] * 4)
    assert str(refused.value) == (
        "circuit 'row': its phases may differ by 20 A (imbalance_a), and safe shares of cars that"
        " load one or two phases by 24 A, L1 from L2: turn phases of chargers, or lower safe shares"
    )
    assert bounded(20.0, *TURNS, TURNS[0]).apart_a(["AK1", "AK2"]) == {"row": 12.0}
    assert bounded(20.0, (2,), (2,), (1,)).apart_a(["AK1", "AK2", "AK3"]) == {"row": 12.0}


def test_where_phases_may_differ_by_any_amount_nothing_is_counted() -> None:
    tree = Tree([Circuit("row", (63.0,) * 3)])
    roster = Roster(tree, [Seat(f"AK{number}", "row", PHASES, 6.0) for number in range(9)])
    assert roster.apart_a(roster.seats) == {}


@given(st.lists(SEATS, min_size=1, max_size=4))
def test_no_cars_make_phases_differ_by_more_than_was_counted(seats: list[tuple[int, ...]]) -> None:
    """Each car loads the first one, two or three phases of its charger, or none."""
    counted_a = bounded(100.0, *seats).apart_a(f"AK{n}" for n in range(1, len(seats) + 1))["row"]
    worst_a = 0.0
    for counts in product(range(4), repeat=len(seats)):
        one_sided = [phases[:n] for phases, n in zip(seats, counts, strict=True) if n < len(PHASES)]
        loads = [6.0 * sum(phase in phases for phases in one_sided) for phase in PHASES]
        worst_a = max(worst_a, max(loads) - min(loads))
    assert counted_a == worst_a
