"""Member: what it takes of a grant, and for how long."""

import pytest

from ampkeeper.firmware.site.circuits import PHASES
from ampkeeper.firmware.site.member import BUS_UP, Member
from ampkeeper.firmware.site.messages import GRANT_S, Beat, Grant, Lease
from ampkeeper.firmware.site.roster import NOTHING_A, Seat

BEAT = Beat(Lease(1, "leader"), 1)


@pytest.fixture
def member() -> Member:
    """It follows, and asked once, at 0 s."""
    made = Member(Seat("me", "feeder"), "b", 0.0)
    made.on(BUS_UP)
    made.on_beat(BEAT)
    made.report(PHASES, 32.0, 6.0, NOTHING_A, 0.0)
    return made


def grant(current_a: float, number: int = 1, good_s: float = GRANT_S) -> Grant:
    return Grant(BEAT.lease, "me", "b", number, current_a, good_s)


def limit_a(member: Member, now_s: float) -> float:
    return member.limit_a({0}, now_s)


def test_a_second_answer_may_lower_the_first_and_not_raise_it(member: Member) -> None:
    assert not member.is_answered
    assert member.on_grant(grant(16.0), 0.1)
    assert member.is_answered
    assert member.on_grant(grant(10.0), 0.5)
    assert limit_a(member, 0.5) == 10.0
    assert not member.on_grant(grant(16.0), 0.6)
    assert limit_a(member, 0.6) == 10.0


def test_a_grant_ends_when_it_says_and_never_later_than_any(member: Member) -> None:
    assert member.on_grant(grant(16.0, good_s=2.0), 0.1)
    assert limit_a(member, 1.9) == 16.0
    assert limit_a(member, 2.0) == 0.0
    member.report(PHASES, 32.0, 6.0, NOTHING_A, 10.0)
    assert member.on_grant(grant(16.0, 2, good_s=60.0), 10.1)
    assert limit_a(member, 10.0 + GRANT_S - 0.1) == 16.0
    assert limit_a(member, 10.0 + GRANT_S) == 0.0


def test_an_answer_that_comes_when_it_is_over_is_none(member: Member) -> None:
    assert not member.on_grant(grant(16.0, good_s=1.0), 1.0)
    assert not member.on_grant(grant(16.0, good_s=0.0), 0.0)


def test_what_was_granted_for_one_phase_is_for_no_car_that_loads_others(member: Member) -> None:
    member.report((0,), 32.0, 6.0, NOTHING_A, 0.0)
    assert member.on_grant(grant(16.0, 2), 0.1)
    assert member.limit_a({0}, 0.1) == 16.0
    assert member.limit_a({0, 1}, 0.1) == 0.0
    assert member.limit_a({1}, 0.1) == 0.0
    assert member.limit_a({1}, GRANT_S) == 0.0
