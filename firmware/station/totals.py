"""Totals: energy and sessions by day or by month, for the charts of the page.

A session counts whole where it began, by the clock on the wall. One that runs counts with what it
has so far. Days and months without one are there too, with zero.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.store.rows import SessionRow
from ampkeeper.hal.ports import Clock

DAY, MONTH = "day", "month"
COUNT_MAX = {DAY: 92, MONTH: 36}
COUNT_SHOWN = {DAY: 31, MONTH: 12}
MONTHS_IN_YEAR = 12
DAY_LONGEST = timedelta(hours=26)  # a zone may change its offset

ReadSince = Callable[[datetime], Awaitable[list[SessionRow]]]
EnergyOf = Callable[[SessionRow], int]


@dataclass(slots=True)
class Total:
    """What was charged from ``start`` on, Wh."""

    start: date
    energy_wh: int = 0
    sessions: int = 0


def starts(by: str, today: date, count: int) -> list[date]:
    """The first days of the last so many days or months, oldest first."""
    if by == DAY:
        return [today - timedelta(days=ago) for ago in range(count - 1, -1, -1)]
    month = today.year * MONTHS_IN_YEAR + today.month - 1
    pairs = (divmod(one, MONTHS_IN_YEAR) for one in range(month - count + 1, month + 1))
    return [date(year, place + 1, 1) for year, place in pairs]


def totals(
    rows: Iterable[SessionRow],
    energy_of: EnergyOf,
    by: str,
    zone: tzinfo | None,
    begins: list[date],
) -> list[Total]:
    """What was charged in each; rows that began before the first are left out."""
    found = {begin: Total(begin) for begin in begins}
    for row in rows:
        began = row.started_at.astimezone(zone).date()
        total = found.get(began if by == DAY else began.replace(day=1))
        if total is not None:
            total.energy_wh += energy_of(row)
            total.sessions += 1
    return list(found.values())


class TotalsDoor:
    """Answers the verb "totals". ``read`` reads sessions that began since then."""

    def __init__(
        self, read: ReadSince, energy_of: EnergyOf, clock: Clock, zone: tzinfo | None
    ) -> None:
        self._read = read
        self._energy_of = energy_of
        self._clock = clock
        self._zone = zone

    async def answer(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Totals by "day" or by "month"; LocalRefusedError says what is wrong."""
        by = arguments.get("by", DAY)
        if by not in COUNT_MAX:
            raise LocalRefusedError(f"by {by!r:.40}: allowed are {', '.join(COUNT_MAX)}")
        count = arguments.get("count", COUNT_SHOWN[by])
        if type(count) is not int or not 1 <= count <= COUNT_MAX[by]:
            raise LocalRefusedError(f"count {count!r:.40}: 1 to {COUNT_MAX[by]} is allowed")
        now = self._clock.now()
        begins = starts(by, now.astimezone(self._zone).date(), count)
        first = now - (now.astimezone(self._zone).date() - begins[0]) - DAY_LONGEST
        rows = await self._read(first)
        found = totals(rows, self._energy_of, by, self._zone, begins)
        return {
            "by": by,
            "totals": [
                {
                    "from": one.start.isoformat(),
                    "energy_wh": one.energy_wh,
                    "sessions": one.sessions,
                }
                for one in found
            ],
        }
