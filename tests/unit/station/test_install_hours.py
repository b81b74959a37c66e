"""When new software may be installed: hours of the week on the wall's clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ampkeeper.firmware.station.install_hours import InstallHours, hours_of

BERLIN = ZoneInfo("Europe/Berlin")
ALL = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NIGHT = hours_of(ALL, "01:00", "05:00", BERLIN)
LATE = hours_of(("fri",), "22:00", "02:00", BERLIN)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def test_without_hours_it_may_begin_at_once():
    now = at("2026-11-23T12:00")
    assert InstallHours().begin_at(now) == now
    assert hours_of(ALL, "", "", BERLIN) == InstallHours()


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        ("2026-11-23T12:00", "2026-11-24T01:00"),
        ("2026-11-24T00:59:59", "2026-11-24T01:00"),
        ("2026-11-24T01:00", "2026-11-24T01:00"),
        ("2026-11-24T04:59:59", "2026-11-24T04:59:59"),
        ("2026-11-24T05:00", "2026-11-25T01:00"),
    ],
)
def test_it_waits_until_the_hours_begin(now: str, begins: str):
    assert NIGHT.begin_at(at(now)) == at(begins)


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        ("2026-11-23T12:00", "2026-11-27T22:00"),  # a Monday
        ("2026-11-28T01:59", "2026-11-28T01:59"),  # the night belongs to Friday
        ("2026-11-28T02:00", "2026-12-04T22:00"),
    ],
)
def test_hours_past_midnight_belong_to_the_day_on_which_they_begin(now: str, begins: str):
    assert LATE.begin_at(at(now)) == at(begins)


def test_hours_that_the_wall_skips_are_waited_for_until_the_next_day():
    skipped = hours_of(ALL, "02:00", "03:00", BERLIN)
    assert skipped.begin_at(at("2026-03-29T00:00")) == at("2026-03-30T02:00")


def test_hours_that_begin_within_the_gap_begin_at_its_end():
    half = hours_of(ALL, "02:30", "04:00", BERLIN)
    assert half.begin_at(at("2026-03-29T00:00")) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_an_hour_that_the_wall_shows_twice_is_open_twice():
    twice = hours_of(ALL, "02:00", "03:00", BERLIN)
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    for now in (first, first + timedelta(hours=1)):
        assert twice.begin_at(now) == now
    after = first + timedelta(hours=2)
    assert twice.begin_at(after) == at("2026-10-26T02:00")


def test_hours_of_a_whole_day_are_that_day():
    sunday = hours_of(("sun",), "00:00", "24:00", BERLIN)
    assert sunday.begin_at(at("2026-11-23T12:00")) == at("2026-11-29T00:00")
    assert sunday.begin_at(at("2026-11-29T23:59")) == at("2026-11-29T23:59")
