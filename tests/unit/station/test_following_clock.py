"""A clock that follows the central system: moved where it is far off, and not by nonsense."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.station.clock import FIRST, LAST, OFF_S_MAX, FollowingClock, follow
from ampkeeper.firmware.station.signed_records import clock_state
from ampkeeper.hal.fake import FakeClock

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def made() -> tuple[FakeClock, FollowingClock]:
    clock = FakeClock(NOON)
    return clock, FollowingClock(clock)


@pytest.mark.parametrize("off_s", [-86_400.0, -11.0, 11.0, 3_600.0])
def test_it_is_moved_to_the_time_that_is_told_and_goes_on_from_there(off_s: float) -> None:
    machine, clock = made()
    assert clock.follow(NOON + timedelta(seconds=off_s)) == off_s
    machine.pass_s(5.0)
    assert clock.now() == NOON + timedelta(seconds=off_s + 5)
    assert clock.now_s() == machine.now_s()


@pytest.mark.parametrize("off_s", [-OFF_S_MAX, -0.5, 0.0, 0.5, OFF_S_MAX])
def test_one_that_is_right_is_left_alone(off_s: float) -> None:
    _, clock = made()
    assert clock.follow(NOON + timedelta(seconds=off_s)) == 0.0
    assert clock.now() == NOON


def test_the_machine_s_own_counts_as_right_while_it_is_synchronised_and_not_moved() -> None:
    machine, kept = FakeClock(NOON), [False]
    clock = FollowingClock(machine, lambda: kept[0])
    assert clock.age_s is None
    kept[0] = True
    assert clock.age_s == 0.0
    clock.follow(NOON + timedelta(hours=1))
    machine.pass_s(5.0)
    assert clock.age_s == 5.0


@given(st.datetimes(timezones=st.just(UTC)))
def test_whatever_is_told_it_stays_within_its_times(time: datetime) -> None:
    _, clock = made()
    clock.follow(time)
    assert FIRST <= clock.now() < LAST
    assert clock.follow(clock.now()) == 0.0


def test_a_record_says_what_the_clock_knows_of_the_time() -> None:
    machine, clock = made()
    assert clock_state(clock.age_s) == "U", "nobody told it since the start"
    clock.follow(FIRST - timedelta(days=1))
    assert clock_state(clock.age_s) == "U", "that was no time"
    clock.follow(NOON + timedelta(hours=1))
    assert clock_state(clock.age_s) == "S"
    machine.pass_s(86_401.0)
    assert clock_state(clock.age_s) == "I"
    clock.follow(clock.now())
    assert clock_state(clock.age_s) == "S", "it was right"


@pytest.mark.parametrize(("off_s", "state"), [(5.0, "S"), (11.0, "U")])
def test_a_clock_that_follows_nobody_may_still_be_found_right(off_s: float, state: str) -> None:
    _, clock = made()
    follow(clock, lambda name: "NTP", lambda kind, text: None, NOON + timedelta(seconds=off_s))
    assert clock.now() == NOON
    assert clock_state(clock.age_s) == state
