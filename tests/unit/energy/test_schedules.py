"""Hours of the week in local time: midnight, both nights of daylight saving, and stepped clocks."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.energy.schedules import (
    CHARGE,
    LIMIT,
    Window,
    at_wall,
    clashes,
    minutes_of,
    next_at_wall,
    next_change,
    opened,
)

BERLIN, LONDON, UTC_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/London"), ZoneInfo("UTC")
EVERY = tuple(range(7))
SPRING, AUTUMN = datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)


def window(begin: str, end: str, days: tuple[int, ...] = EVERY, **fields: Any) -> Window:
    name = str(fields.pop("name", "night"))
    return Window(name, days, minutes_of(begin), minutes_of(end), **fields)


def is_open(one: Window, at: datetime, zone: ZoneInfo = BERLIN) -> bool:
    return opened([one], CHARGE, 1, at, zone) is not None


def local(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).astimezone(UTC)


def open_minutes(one: Window, day: datetime) -> int:
    """For how many minutes between two noons, with this night between them, it is open."""
    start = day - timedelta(hours=12)
    return sum(is_open(one, start + timedelta(minutes=minute)) for minute in range(24 * 60))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23T21:59:59", False),
        ("2026-11-23T22:00:00", True),
        ("2026-11-24T00:00:00", True),
        ("2026-11-24T05:59:59", True),
        ("2026-11-24T06:00:00", False),
        ("2026-11-24T22:00:00", False),
    ],
)
def test_hours_go_past_midnight_and_belong_to_the_day_they_began(at: str, expected: bool) -> None:
    monday = window("22:00", "06:00", days=(0,))
    assert is_open(monday, local(at)) is expected


def test_the_week_ends_on_a_sunday_night() -> None:
    assert is_open(window("22:00", "06:00", days=(6,)), local("2026-11-23T03:00:00"))


def test_the_same_time_twice_is_a_whole_day() -> None:
    whole = window("00:00", "24:00", days=(0,))
    assert is_open(whole, local("2026-11-23T00:00:00"))
    assert is_open(whole, local("2026-11-23T23:59:59"))
    assert not is_open(whole, local("2026-11-24T00:00:00"))


def test_in_spring_the_hour_that_is_skipped_is_missing() -> None:
    assert open_minutes(window("22:00", "06:00"), SPRING) == 7 * 60
    assert open_minutes(window("02:00", "03:00"), SPRING) == 0
    assert open_minutes(window("01:30", "03:30"), SPRING) == 60


def test_in_autumn_the_hour_that_comes_twice_counts_twice() -> None:
    assert open_minutes(window("22:00", "06:00"), AUTUMN) == 9 * 60
    assert open_minutes(window("02:15", "02:45"), AUTUMN) == 60
    assert open_minutes(window("01:30", "03:30"), AUTUMN) == 180


def test_it_ends_at_six_by_the_wall_after_both_nights() -> None:
    night = window("22:00", "06:00")
    for day in ("2026-03-29", "2026-10-25"):
        assert is_open(night, local(f"{day}T05:59:59"))
        assert not is_open(night, local(f"{day}T06:00:00"))


def test_a_stepped_clock_counts_at_once() -> None:
    night = window("22:00", "06:00")
    assert is_open(night, local("2026-11-23T23:00:00"))
    assert not is_open(night, local("2026-11-23T21:00:00"))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-23T12:00:00", "2026-11-23T21:00:00+00:00"),
        ("2026-11-23T23:00:00", "2026-11-24T05:00:00+00:00"),
        ("2026-03-28T23:00:00", "2026-03-29T04:00:00+00:00"),
        ("2026-10-24T23:00:00", "2026-10-25T05:00:00+00:00"),
    ],
)
def test_the_next_change_is_known(now: str, expected: str) -> None:
    found = next_change([window("22:00", "06:00")], CHARGE, 1, local(now), BERLIN)
    assert found == datetime.fromisoformat(expected)


def test_a_window_that_the_gap_opens_opens_at_its_end() -> None:
    found = next_change([window("02:30", "05:00")], CHARGE, 1, local("2026-03-29T00:30:00"), BERLIN)
    assert found == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_nothing_changes_where_it_is_always_open_or_never() -> None:
    assert next_change([window("00:00", "24:00")], CHARGE, 1, SPRING, BERLIN) is None
    assert next_change([], CHARGE, 1, SPRING, BERLIN) is None


@pytest.mark.parametrize(
    ("minute", "expected"),
    [
        ("02:30", "2026-03-29T01:00:00+00:00"),
        ("01:30", "2026-03-29T00:30:00+00:00"),
        ("03:30", "2026-03-29T01:30:00+00:00"),
    ],
)
def test_a_minute_that_is_skipped_is_the_end_of_the_gap(minute: str, expected: str) -> None:
    found = at_wall(SPRING + timedelta(hours=12), minutes_of(minute), BERLIN)
    assert found == datetime.fromisoformat(expected)


def test_a_minute_that_comes_twice_is_the_first() -> None:
    found = at_wall(AUTUMN + timedelta(hours=12), minutes_of("02:30"), BERLIN)
    assert found == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "minute", "expected"),
    [
        ("2026-03-28T22:30Z", "07:30", "2026-03-29T05:30Z"),  # 23:30; a day later it is Monday
        ("2026-10-24T22:30Z", "00:10", "2026-10-25T23:10Z"),  # 00:30; a day later it is 23:30
        ("2026-10-25T00:00Z", "02:30", "2026-10-25T00:30Z"),  # the first of two
        ("2026-06-01T05:30Z", "07:30", "2026-06-02T05:30Z"),  # not now, but the next
    ],
)
def test_the_next_time_is_that_of_the_wall_on_short_and_long_days(
    now: str, minute: str, expected: str
) -> None:
    found = next_at_wall(datetime.fromisoformat(now), minutes_of(minute), BERLIN)
    assert found == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("first", "second", "when"),
    [
        (window("22:00", "06:00"), window("05:00", "07:00"), "mon 05:00"),
        (window("22:00", "06:00", (6,)), window("05:00", "07:00", (0,)), "mon 05:00"),
        (window("22:00", "06:00"), window("06:00", "07:00"), None),
        (window("22:00", "06:00", (0,)), window("22:00", "06:00", (1,)), None),
        (window("00:00", "24:00", (3,)), window("12:00", "12:01", (3,)), "thu 12:00"),
        (window("01:00", "02:00"), window("01:00", "02:00", what=LIMIT), None),
        (window("01:00", "02:00", evse_id=1), window("01:00", "02:00", evse_id=2), None),
        (window("01:00", "02:00", evse_id=1), window("01:00", "02:00"), "mon 01:00"),
    ],
)
def test_two_that_are_open_at_once_are_named_with_when(
    first: Window, second: Window, when: str | None
) -> None:
    assert list(clashes([first, second])) == ([(0, 1, when)] if when else [])


windows = st.builds(
    Window,
    name=st.just("any"),
    days=st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
    begin_min=st.integers(0, 1_439),
    end_min=st.integers(1, 1_440),
)


@settings(max_examples=30, deadline=None)
@given(one=windows, other=windows)
def test_a_clash_is_found_exactly_when_both_are_open_at_some_minute(
    one: Window, other: Window
) -> None:
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    week = [monday + timedelta(minutes=minute) for minute in range(7 * 1_440)]
    is_both = any(is_open(one, at, UTC_ZONE) and is_open(other, at, UTC_ZONE) for at in week)
    assert bool(list(clashes([one, other]))) is is_both


@settings(max_examples=30, deadline=None)
@given(
    one=windows,
    zone=st.sampled_from([BERLIN, LONDON, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata")]),
    hours=st.integers(0, 24 * 364),
)
def test_the_next_change_is_the_first_one(one: Window, zone: ZoneInfo, hours: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    found = next_change([one], CHARGE, 1, now, zone)
    if found is None:
        return
    before = is_open(one, now, zone)
    assert is_open(one, found, zone) is not before
    steps = int((found - now) / timedelta(minutes=5))
    assert all(
        is_open(one, now + timedelta(minutes=5 * step), zone) is before for step in range(steps)
    )
