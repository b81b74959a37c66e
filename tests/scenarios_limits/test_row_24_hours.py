"""Row 24: schedules and tariffs: wrong by an hour, or in the wrong zone; no "cheapest hours".

Here hours are those of the clock on the wall where the charger stands, in both nights of daylight
saving; the cheapest hours before the departure are found, and a target wins when it gets late.
"""

import asyncio
import dataclasses
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.config.model_energy import Schedule
from tests.support.virtual import Charger

BERLIN = {"energy__time_zone": "Europe/Berlin"}
MINUTE_S = 60


def scheduled(folder: Path, begin: str, end: str) -> Charger:
    """A charger in Berlin that charges in these hours."""
    made = Charger(folder, energy__mode="schedule", **BERLIN)
    hours = Schedule(name="night", begin=begin, end=end, max_a=None)
    made.config = dataclasses.replace(made.config, schedule=(hours,))
    return made


async def begin(made: Charger) -> None:
    await made.until(lambda: made.status() == "Available" and made.registered)
    made.plug()
    made.swipe()


@pytest.mark.parametrize(
    ("start", "hours", "before", "after"),
    [
        # Spring: 02:00 to 03:00 is skipped. Hours that begin in it begin at its end.
        (datetime(2026, 3, 29, 0, 59, 10, tzinfo=UTC), ("02:30", "04:00"), False, True),
        (datetime(2026, 3, 29, 0, 59, 10, tzinfo=UTC), ("01:00", "02:30"), True, False),
        # Autumn: 02:00 to 03:00 comes twice, and counts twice.
        (datetime(2026, 10, 25, 0, 59, 10, tzinfo=UTC), ("02:00", "03:00"), True, True),
        (datetime(2026, 10, 25, 1, 59, 10, tzinfo=UTC), ("02:00", "03:00"), True, False),
    ],
)
def test_hours_are_those_of_the_wall_in_both_nights_of_daylight_saving(
    tmp_path: Path, start: datetime, hours: tuple[str, str], before: bool, after: bool
) -> None:
    made = scheduled(tmp_path, *hours)

    async def play() -> None:
        async with made.running():
            await begin(made)
            await asyncio.sleep(20)
            assert (made.seen()["limit_a"] > 0) is before
            await asyncio.sleep(40)
            assert (made.seen()["limit_a"] > 0) is after
            made.unplug()
            await asyncio.sleep(5)

    run_virtual(play(), start)


def test_it_waits_for_the_cheapest_hour_before_the_departure(tmp_path: Path) -> None:
    start = datetime(2026, 11, 23, 20, 59, tzinfo=UTC)
    made = Charger(tmp_path, energy__mode="price", price__cheapest_h="1", **BERLIN)
    hour = start.replace(minute=0)
    rows = [
        {
            "start": (hour + timedelta(hours=n)).isoformat(),
            "end": (hour + timedelta(hours=n + 1)).isoformat(),
            "price": price,
        }
        for n, price in enumerate((0.4, 0.1, 0.3))
    ]

    async def play() -> None:
        async with made.running():
            prices = json.dumps({"currency": "EUR", "prices": rows})
            await made.app.api.answer("price", {"prices": prices})
            await begin(made)
            await asyncio.sleep(30)
            told = (await made.app.api.answer("mode", {}))["evses"][0]
            assert told["reason"] == "waits for the cheapest hours: Mon 22:00"
            await asyncio.sleep(MINUTE_S)
            assert made.seen()["limit_a"] > 0
            made.unplug()
            await asyncio.sleep(5)

    run_virtual(play(), start)


def test_a_target_wins_over_the_hours_when_it_gets_late(tmp_path: Path) -> None:
    made = scheduled(tmp_path, "03:00", "04:00")
    start = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)

    async def play() -> None:
        async with made.running():
            await begin(made)
            await asyncio.sleep(5)
            assert made.seen()["limit_a"] == 0.0
            await made.app.api.answer("depart", {"by": "21:30", "energy_wh": 15_000})
            await asyncio.sleep(5)
            told = (await made.app.api.answer("mode", {}))["evses"][0]
            assert told["departure"]["latest_start"] < "2026-11-23T20:00"
            assert made.seen()["limit_a"] > 0
            made.unplug()
            await asyncio.sleep(5)

    run_virtual(play(), start)
