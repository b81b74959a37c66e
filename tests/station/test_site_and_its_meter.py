"""From a Modbus meter in the feeder to what each car is offered: whole chargers, one site.

World, ring 1, drivers, broker and books; only time is virtual. AK1 reads the meter; AK2 has none,
and knows of it over the site alone.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.config.model_site import Circuit, Member, Mqtt, Site
from ampkeeper.hal.memory_bus import MemoryBroker
from tests.support.virtual import Charger

FUSE_A, HOUSE_MOST_A, SAFE_A = 40.0, 25.0, 6.0
NAMES = ("AK1", "AK2")
LED_S = 90.0  # to find who leads, and for what it grants to count
REACTION_S = 5.0
FOLLOW_S = 5.0  # of a car: IEC 61851-1 Table A.6
COUPLE_S = 0.2


class Street:
    """Two chargers and a house behind one fuse, with a meter beside it."""

    def __init__(self, folder: Path) -> None:
        broker = MemoryBroker()
        key_file = folder / "site.key"
        key_file.write_text("6b" * 32)
        self.house_a = 5.0
        self.metered = Charger(folder / "AK1", mains__source="meter", authorise__mode="free")
        self.other = Charger(folder / "AK2", seed=2, authorise__mode="free")
        self.chargers = dict(zip(NAMES, (self.metered, self.other), strict=True))
        feeder = Circuit(name="feeder", max_a=FUSE_A, others_a=HOUSE_MOST_A, meter="AK1")
        for name, charger in self.chargers.items():
            charger.make_bus = lambda mqtt, own: broker.client()
            charger.config = replace(
                charger.config,
                mqtt=Mqtt(url="mqtts://broker.example", id=name),
                site=Site(name="street", key_file=str(key_file)),
                circuit=(feeder,),
                member=tuple(Member(name=each, circuit="feeder", safe_a=SAFE_A) for each in NAMES),
            )

    @asynccontextmanager
    async def charging(self) -> AsyncIterator[None]:
        """Power on, a car at each, and a leader."""
        async with self.metered.running(), self.other.running(), asyncio.TaskGroup() as group:
            coupling = group.create_task(self._couple())
            for charger in self.chargers.values():
                await charger.until(lambda here=charger: here.status() == "Available")
                charger.plug(max_a=20.0, cable_a=32)
            await self.shared_out()
            yield
            coupling.cancel()

    async def _couple(self) -> None:
        """The meter's world is that of AK1; what AK2 takes flows there like a part of the house."""
        while True:
            flows_a = [self.house_a + each / 1e3 for each in self.other.car.current_ma]
            self.metered.world.grid.change({"house_a": flows_a})
            await asyncio.sleep(COUPLE_S)

    def offered_a(self) -> list[float]:
        return [charger.seen()["limit_a"] for charger in self.chargers.values()]

    async def shared_out(self) -> None:
        """Wait until each is offered half of what the house leaves."""
        half_a = (FUSE_A - self.house_a) / 2
        await self.metered.until(
            lambda: self.offered_a() == [pytest.approx(half_a, abs=0.4)] * 2, LED_S
        )

    def limited_by(self) -> list[str]:
        return [charger.seen()["limited_by"] for charger in self.chargers.values()]

    def total_a(self) -> float:
        """Through the fuse, on the phase with most."""
        cars = [charger.car.current_ma for charger in self.chargers.values()]
        return self.house_a + max(sum(each) for each in zip(*cars, strict=True)) / 1e3


def story(folder: Path, tell: Callable[[Street], Awaitable[None]]) -> None:
    async def main() -> None:
        street = Street(folder)
        async with street.charging():
            await tell(street)

    run_virtual(main())


def test_what_a_meter_shows_at_one_charger_is_offered_less_at_all(tmp_path: Path) -> None:
    async def tell(street: Street) -> None:
        assert street.limited_by() == ["site", "site"]
        await asyncio.sleep(FOLLOW_S)
        assert street.total_a() == pytest.approx(FUSE_A, abs=1.5)
        street.house_a = 20.0
        await asyncio.sleep(REACTION_S)
        assert sum(street.offered_a()) <= FUSE_A - 20.0 + 0.4
        await asyncio.sleep(FOLLOW_S)
        assert street.total_a() <= FUSE_A + 0.5
        assert street.limited_by() == ["site", "site"]
        street.house_a = 5.0
        await street.shared_out()

    story(tmp_path, tell)


def test_a_meter_that_falls_silent_counts_as_the_most_that_the_house_may_take(
    tmp_path: Path,
) -> None:
    async def tell(street: Street) -> None:
        assert street.metered.bench.mains is not None
        street.metered.bench.mains.fault = "silent"
        street.house_a = HOUSE_MOST_A
        await asyncio.sleep(2 * REACTION_S + FOLLOW_S)
        left_a = (FUSE_A - HOUSE_MOST_A) / 2
        assert street.offered_a() == [pytest.approx(left_a, abs=0.4)] * 2
        assert street.total_a() <= FUSE_A + 0.5
        street.metered.bench.mains.fault = "ok"
        street.house_a = 5.0
        await street.shared_out()

    story(tmp_path, tell)
