"""Totals by day and month: each session whole where it began, by the clock on the wall."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.station.totals import DAY, MONTH, TotalsDoor, starts, totals
from ampkeeper.firmware.store.rows import SessionRow
from ampkeeper.hal.fake import FakeClock

BERLIN = ZoneInfo("Europe/Berlin")


def session(at: datetime, energy_wh: int) -> SessionRow:
    return SessionRow("tx", 1, "", at, None, 0, False, at, energy_wh, "Local", None, False)


def energy_of(row: SessionRow) -> int:
    return row.energy_wh_end or 0


def test_days_and_months_reach_back_over_the_turn_of_the_year() -> None:
    assert starts(DAY, date(2026, 1, 2), 3) == [
        date(2025, 12, 31),
        date(2026, 1, 1),
        date(2026, 1, 2),
    ]
    assert starts(MONTH, date(2026, 2, 28), 3) == [
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2026, 2, 1),
    ]


def test_a_session_counts_on_the_day_that_the_clock_on_the_wall_shows() -> None:
    late = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)  # half past midnight on 1 July in Berlin
    rows = [session(late, 7_000), session(late.replace(hour=10), 3_000)]
    days = [date(2026, 6, 30), date(2026, 7, 1)]
    found = totals(rows, energy_of, DAY, BERLIN, days)
    assert [(one.energy_wh, one.sessions) for one in found] == [(3_000, 1), (7_000, 1)]
    months = [date(2026, 6, 1), date(2026, 7, 1)]
    found = totals(rows, energy_of, MONTH, BERLIN, months)
    assert [one.energy_wh for one in found] == [3_000, 7_000]


def test_what_began_before_the_first_day_is_left_out_and_empty_days_are_there() -> None:
    rows = [session(datetime(2026, 6, 1, tzinfo=UTC), 9_000)]
    found = totals(rows, energy_of, DAY, UTC, [date(2026, 6, 2), date(2026, 6, 3)])
    assert [(one.energy_wh, one.sessions) for one in found] == [(0, 0), (0, 0)]


async def told(**arguments: Any) -> tuple[dict[str, Any], datetime]:
    clock = FakeClock()
    asked: list[datetime] = []

    async def read(since: datetime) -> list[SessionRow]:
        asked.append(since)
        return [session(clock.now(), 5_000), session(clock.now(), 1_000)]

    answer = await TotalsDoor(read, energy_of, clock, UTC).answer(arguments)
    return answer, asked[0]


@pytest.mark.parametrize(("by", "count"), [(DAY, 31), (MONTH, 12), (DAY, 1), (MONTH, 36)])
async def test_the_last_one_is_today_and_enough_is_read(by: str, count: int) -> None:
    answer, since = await told(by=by, count=count)
    assert len(answer["totals"]) == count
    assert answer["totals"][-1] | {"from": ""} == {"from": "", "energy_wh": 6_000, "sessions": 2}
    assert since.date() < date.fromisoformat(answer["totals"][0]["from"])


@pytest.mark.parametrize(
    "wrong",
    [{"by": "week"}, {"count": 0}, {"count": 93}, {"by": MONTH, "count": 37}, {"count": True}],
)
async def test_what_cannot_be_is_refused_with_what_is_allowed(wrong: dict[str, Any]) -> None:
    with pytest.raises(LocalRefusedError, match="allowed"):
        await told(**wrong)
