"""A clock that follows the central system: moved where it is far off, and not by nonsense."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.station.clock import FIRST, LAST, OFF_S_MAX, FollowingClock
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


@given(st.datetimes(timezones=st.just(UTC)))
def test_whatever_is_told_it_stays_within_its_times(time: datetime) -> None:
    _, clock = made()
    clock.follow(time)
    assert FIRST <= clock.now() < LAST
    assert clock.follow(clock.now()) == 0.0
