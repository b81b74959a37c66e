"""Schedules: hours of the week in local time. Pure.

A window is open exactly while the clock on the wall shows a time in it: hours that daylight
saving skips are skipped, hours that it repeats count twice, and a stepped clock counts at once.
A window that ends no later than it begins goes on past midnight and belongs to the day on which
it began. ``zone`` None is that of the system.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CHARGE, LIMIT = "charge", "limit"  # when to charge in mode "schedule"; a limit in every mode
DAY_MIN, WEEK_MIN = 1_440, 10_080
STATION = 0
AHEAD_DAYS = 8
SEARCH_S = 1.0  # how exactly the end of a window is found


@dataclass(frozen=True, slots=True)
class Window:
    """One schedule: on which days, from when to when; minutes of the day.

    ``evse_id`` 0: at every EVSE. ``current_a``: at most so much while it is open; None: no limit.
    """

    name: str
    days: tuple[int, ...]
    begin_min: int
    end_min: int
    current_a: float | None = None
    what: str = CHARGE
    evse_id: int = STATION

    @property
    def length_min(self) -> int:
        """How long it is open by the clock on the wall: up to a day."""
        return (self.end_min - self.begin_min - 1) % DAY_MIN + 1

    def words(self) -> str:
        """Its hours, for people."""
        return f"{_clock(self.begin_min)}-{_clock(self.end_min)}"


def minutes_of(text: str) -> int:
    """ "22:00" as minutes of the day; "24:00" is its end."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def clashes(windows: Sequence[Window]) -> Iterator[tuple[int, int, str]]:
    """Each two windows of one kind that are open at once somewhere: places, and when in words."""
    for second, window in enumerate(windows):
        for first in range(second):
            other = windows[first]
            is_apart = window.evse_id != other.evse_id and STATION not in (
                window.evse_id,
                other.evse_id,
            )
            when = None if is_apart or window.what != other.what else _meeting(other, window)
            if when is not None:
                yield first, second, f"{DAYS[when // DAY_MIN]} {_clock(when % DAY_MIN)}"


def opened(
    windows: Sequence[Window], what: str, evse_id: int, now: datetime, zone: tzinfo | None
) -> Window | None:
    """The window that is open now at this EVSE, if any."""
    wall = now.astimezone(zone)
    for window in windows:
        is_here = window.evse_id in (STATION, evse_id)
        if is_here and window.what == what and _is_open(window, wall):
            return window
    return None


def next_change(
    windows: Sequence[Window], what: str, evse_id: int, now: datetime, zone: tzinfo | None
) -> datetime | None:
    """When another window opens, or this one closes; None: not within a week."""
    here = opened(windows, what, evse_id, now, zone)
    before = now
    for at in _edges(windows, now, zone):
        if opened(windows, what, evse_id, at, zone) is not here:
            return _narrowed(windows, what, evse_id, before, at, zone)
        before = at
    return None


def next_at_wall(now: datetime, minute: int, zone: tzinfo | None) -> datetime:
    """The next instant after ``now`` at which the wall's clock shows this minute."""
    return min(at for days in (0, 1) if (at := at_wall(now, minute, zone, days)) > now)


def at_wall(day: datetime, minute: int, zone: tzinfo | None, days: int = 0) -> datetime:
    """The instant at which the wall's clock of ``zone`` shows this minute, so many days later.

    The first one, of two. A minute that is skipped: the end of the gap. Days are those of the
    calendar: some have 23 hours, some 25.
    """
    date = day.astimezone(zone).date() + timedelta(days=days + minute // DAY_MIN)
    wall = time(minute % DAY_MIN // 60, minute % 60)
    instant = datetime.combine(date, wall, zone).astimezone(UTC)
    shown = instant.astimezone(zone)
    if (shown.hour, shown.minute) == (wall.hour, wall.minute):
        return instant
    skipped = datetime.combine(date, wall, zone).replace(fold=1).astimezone(UTC)
    return _gap_end(min(instant, skipped), max(instant, skipped), zone)


def _gap_end(low: datetime, high: datetime, zone: tzinfo | None) -> datetime:
    """When the offset changes between the two."""
    offset = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=SEARCH_S):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def _is_open(window: Window, wall: datetime) -> bool:
    minute = wall.hour * 60 + wall.minute
    since_min = (minute - window.begin_min) % DAY_MIN
    if since_min >= window.length_min:
        return False
    began = wall.weekday() if minute >= window.begin_min else (wall.weekday() - 1) % 7
    return began in window.days


def _edges(windows: Sequence[Window], now: datetime, zone: tzinfo | None) -> list[datetime]:
    """Instants between which nothing changes, but where daylight saving does."""
    today = now.astimezone(zone).replace(hour=12, minute=0, second=0, microsecond=0, fold=0)
    edges = set()
    minutes = {edge for window in windows for edge in (window.begin_min, window.end_min % DAY_MIN)}
    for days in range(-1, AHEAD_DAYS + 1):
        for minute in minutes | {0, 60, 120, 180, 240}:
            date = (today + timedelta(days=days)).date()
            wall = datetime.combine(date, time(minute // 60, minute % 60), zone)
            edges |= {wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)}
    return sorted(edge for edge in edges if edge > now)


def _narrowed(
    windows: Sequence[Window],
    what: str,
    evse_id: int,
    low: datetime,
    high: datetime,
    zone: tzinfo | None,
) -> datetime:
    """The first instant after ``low`` at which it is as at ``high``, to the second."""
    there = opened(windows, what, evse_id, high, zone)
    while high - low > timedelta(seconds=SEARCH_S):
        middle = low + (high - low) / 2
        if opened(windows, what, evse_id, middle, zone) is there:
            high = middle
        else:
            low = middle
    return (high + timedelta(seconds=0.5)).replace(microsecond=0)


def _meeting(first: Window, second: Window) -> int | None:
    """The first minute of the week at which both are open."""
    starts = sorted(day * DAY_MIN + one.begin_min for one in (first, second) for day in one.days)
    for minute in starts:
        if _covers(first, minute) and _covers(second, minute):
            return minute
    return None


def _covers(window: Window, minute: int) -> bool:
    return any(
        (minute - day * DAY_MIN - window.begin_min) % WEEK_MIN < window.length_min
        for day in window.days
    )


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
