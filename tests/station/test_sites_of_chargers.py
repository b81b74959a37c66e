"""A site of whole stations in virtual time: they share a fuse over a broker, or do without."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_time import LoopClock, run_virtual
from ampkeeper.firmware.app import App, Hardware, Surroundings
from ampkeeper.firmware.config.model import Protection
from ampkeeper.firmware.config.model_site import Circuit, Member, Mqtt, Site
from ampkeeper.firmware.limits.ledger import Entry
from ampkeeper.firmware.site.messages import HOLD_S
from ampkeeper.hal.fake import FakeReader
from ampkeeper.hal.memory_bus import MemoryBroker, MemoryBus
from ampkeeper.hal.ports import MeterReading, Permit
from tests.support.quick_charger import ObedientPilot, Plant, PlantMeter, QuickCharger

FUSE_A, SAFE_A, CABLE_A = 36.0, 6.0, 20.0
NAMES = ("AK1", "AK2", "AK3")
LED_S = 60.0  # to find who leads, and for his word to count
SETS = [("authorise.mode", "free"), ("ocpp.url", "")]


class Pilot(ObedientPilot):
    """Ring 1 and a car that takes what it is offered."""

    def permit(self, permit: Permit) -> None:
        self.offered_a = min(permit.current_a, CABLE_A)
        super().permit(permit)


class MeterOf(PlantMeter):
    """Shows what that car takes."""

    def __init__(self, plant: Plant, clock: LoopClock, pilot: Pilot) -> None:
        super().__init__(plant, clock)
        self._pilot = pilot
        self.told: tuple[float | None, ...] = (
            1.0,
            1.0,
            1.0,
        )  # None: it does not tell the current of that phase

    async def read(self) -> MeterReading:
        reading = await super().read()
        taken_a = getattr(self._pilot, "offered_a", 0.0) if reading.current_a[0] else 0.0
        told = (None if each is None else each * taken_a for each in self.told)
        return replace(reading, current_a=tuple(told))


class Charger(QuickCharger):
    """One of them."""

    def __init__(self, folder: Path, seed: int, make_bus: Any, **config: Any) -> None:
        super().__init__(folder, "2.0.1", SETS)
        self.config = replace(self.config, **config)
        self._random = Random(seed)
        self._make_bus = make_bus

    def _make_app(self) -> None:
        clock = LoopClock()
        self.pilot = Pilot(self.plant, clock)
        pilots: Any = {1: self.pilot}
        self.meter = MeterOf(self.plant, clock, self.pilot)
        around = Surroundings(
            new_id=lambda: str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
            random=self._random.random,
            make_bus=self._make_bus,
            has_local_door=False,
        )
        parts = Hardware(pilots, {1: self.meter}, {1: FakeReader()})
        self.app = App(self.config, self.folder, parts, clock, around)

    @property
    def drawn_a(self) -> float:
        return self.pilot.offered_a if self.plant.is_closed else 0.0


class Yard:
    """Three chargers behind one fuse, and their broker."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.broker = MemoryBroker()
        self.chargers: dict[str, Charger] = {}
        self.buses: dict[str, MemoryBus] = {}
        key_file = folder / "site.key"
        key_file.write_text("6b" * 32)
        for number, name in enumerate(NAMES, 1):
            (folder / name).mkdir()
            members = [Member(name=each, circuit="feeder", safe_a=SAFE_A) for each in NAMES]
            config = {
                "mqtt": Mqtt(url="mqtts://broker.example", id=name),
                "site": Site(name="yard", key_file=str(key_file)),
                "circuit": (Circuit(name="feeder", max_a=FUSE_A),),
                "member": tuple(members),
            } | changes.get(name, {})
            self.chargers[name] = Charger(folder / name, number, self._maker(name), **config)

    def _maker(self, name: str) -> Callable[[Mqtt, str], MemoryBus]:
        def make(mqtt: Mqtt, own: str) -> MemoryBus:
            assert own == name
            self.buses[name] = self.broker.client()
            return self.buses[name]

        return make

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Yard"]:
        for charger in self.chargers.values():
            await charger.power_on()
        try:
            yield self
        finally:
            for charger in self.chargers.values():
                await charger.power_off()

    def share(self, name: str) -> Entry:
        evse = self.chargers[name].app.station.evses[1]
        return next(each for each in evse.ledger.entries() if each.source == "site")

    def site(self, name: str) -> dict[str, Any]:
        return dict(self.chargers[name].app.neighbors.view() or {})

    def states(self) -> list[str]:
        return sorted(str(self.site(name)["state"]) for name in NAMES)

    def drawn_a(self) -> float:
        return sum(charger.drawn_a for charger in self.chargers.values())

    async def watch(self, seconds: float) -> float:
        """Let time pass; return the most that flowed."""
        most = 0.0
        for _ in range(round(seconds * 2)):
            await asyncio.sleep(0.5)
            most = max(most, self.drawn_a())
        return most

    async def charge(self) -> None:
        for charger in self.chargers.values():
            charger.plant.set_plugged(True)
        await self.watch(LED_S)


def story(folder: Path, tell: Callable[[Yard], Any], **changes: Any) -> None:
    async def main() -> None:
        async with Yard(folder, **changes).running() as yard:
            await tell(yard)

    run_virtual(main())


def test_three_chargers_share_a_fuse_that_one_could_fill(tmp_path: Path) -> None:
    async def tell(yard: Yard) -> None:
        await yard.charge()
        assert yard.states() == ["following", "following", "leading"]
        assert await yard.watch(30) == pytest.approx(FUSE_A, abs=1.0)
        offered = [yard.share(name).current_a for name in NAMES]
        assert offered == [pytest.approx(FUSE_A / 3, abs=0.2)] * 3
        stations = [charger.app.station for charger in yard.chargers.values()]
        assert {station.evses[1].limit()[1] for station in stations} == {"site"}
        yard.chargers["AK2"].plant.set_plugged(False)
        await yard.watch(40)
        assert yard.drawn_a() == pytest.approx(FUSE_A, abs=1.0)

    story(tmp_path, tell)


def test_one_that_begins_alone_says_when_its_safe_share_is_free(tmp_path: Path) -> None:
    async def tell(yard: Yard) -> None:
        yard.broker.stop()
        await yard.watch(3)
        waits = yard.share("AK1")
        assert (waits.current_a, waits.fallback_a) == (0.0, SAFE_A)
        assert waits.reason == "share of site yard, no broker, and its safe share is not free yet"
        now = yard.chargers["AK1"].app.clock.now()
        assert waits.expires is not None
        assert 0.0 < (waits.expires - now).total_seconds() <= HOLD_S
        await yard.watch(HOLD_S)
        assert (yard.share("AK1").current_a, yard.share("AK1").expires) == (SAFE_A, None)

    story(tmp_path, tell)


def test_without_a_broker_each_falls_to_its_safe_share_and_says_so(tmp_path: Path) -> None:
    async def tell(yard: Yard) -> None:
        await yard.charge()
        yard.broker.stop()
        assert await yard.watch(60) <= FUSE_A + 1.0
        assert yard.states() == ["alone"] * 3
        assert yard.drawn_a() == pytest.approx(3 * SAFE_A, abs=0.5)
        assert yard.share("AK1").reason == "share of site yard, no broker, so its safe share"
        yard.broker.start()
        await yard.watch(LED_S)
        assert yard.states() == ["following", "following", "leading"]
        assert yard.drawn_a() == pytest.approx(FUSE_A, abs=1.0)

    story(tmp_path, tell)


def test_a_charger_that_is_cut_off_takes_its_safe_share_and_the_rest_goes_on(
    tmp_path: Path,
) -> None:
    async def tell(yard: Yard) -> None:
        await yard.charge()
        lost = next(name for name in NAMES if yard.site(name)["state"] == "leading")
        yard.buses[lost].cut()
        assert await yard.watch(120) <= FUSE_A + 1.0
        assert yard.share(lost).current_a == SAFE_A
        others = [name for name in NAMES if name != lost]
        assert sorted(yard.site(name)["state"] for name in others) == ["following", "leading"]
        part_a = (FUSE_A - SAFE_A) / 2
        assert [yard.share(name).current_a for name in others] == [
            pytest.approx(part_a, abs=0.2)
        ] * 2

    story(tmp_path, tell)


def test_one_that_describes_the_site_otherwise_is_alone_and_both_sides_say_why(
    tmp_path: Path,
) -> None:
    async def tell(yard: Yard) -> None:
        await yard.charge()
        assert yard.site("AK3")["state"] == "stale"
        assert yard.share("AK3").current_a == SAFE_A
        assert "describes circuits and members otherwise" in yard.site("AK1")["refused_last"]
        assert yard.site("AK3")["refused"]["other_site"] > 10

    story(tmp_path, tell, AK3={"circuit": (Circuit(name="feeder", max_a=100.0),)})


def test_a_key_that_cannot_be_read_leaves_a_charger_alone(tmp_path: Path) -> None:
    short = tmp_path / "short.key"
    short.write_text("abcd")

    async def tell(yard: Yard) -> None:
        await yard.charge()
        assert yard.site("AK3")["state"] == "alone"
        assert yard.share("AK3").current_a == SAFE_A
        assert "at least 32 bytes" in yard.site("AK3")["problem"]
        assert yard.drawn_a() == pytest.approx(FUSE_A, abs=1.0)

    story(tmp_path, tell, AK3={"site": Site(name="yard", key_file=str(short))})


def test_each_of_them_shows_what_all_take(tmp_path: Path) -> None:
    async def tell(yard: Yard) -> None:
        await yard.charge()
        leading = next(name for name in NAMES if yard.site(name)["state"] == "leading")
        seen = yard.site(leading)
        assert seen["leader"] == leading
        assert [each["name"] for each in seen["members"]] == list(NAMES)
        assert all(each["follows"] for each in seen["members"])
        (feeder,) = seen["circuits"]
        assert feeder["chargers_a"] == [pytest.approx(FUSE_A, abs=1.5)] * 3
        for other in NAMES:
            told = yard.site(other)
            assert told["leader"] == leading
            assert told["circuits"] == seen["circuits"]
            assert [each["measured_a"] for each in told["members"]] == [
                each["measured_a"] for each in seen["members"]
            ]
        yard.broker.stop()
        await yard.watch(10)
        alone = yard.site(other)
        assert alone["circuits"][0]["chargers_a"] is None
        assert [each["follows"] for each in alone["members"]] == [None] * 3

    story(tmp_path, tell)


def test_a_phase_that_a_meter_does_not_tell_counts_as_what_is_offered(tmp_path: Path) -> None:
    async def tell(yard: Yard) -> None:
        for charger in yard.chargers.values():
            charger.meter.told = (1.0, None, None)
        await yard.charge()
        leading = next(name for name in NAMES if yard.site(name)["state"] == "leading")
        (feeder,) = yard.site(leading)["circuits"]
        assert feeder["chargers_a"] == [pytest.approx(FUSE_A, abs=1.5)] * 3

    story(tmp_path, tell)


def turned() -> dict[str, Any]:
    """Each charger has another of the site's phases on its L1."""
    rotations = ("L1L2L3", "L2L3L1", "L3L1L2")
    members = tuple(
        Member(name=name, circuit="feeder", safe_a=SAFE_A, rotation=rotation)
        for name, rotation in zip(NAMES, rotations, strict=True)
    )
    return {name: {"member": members} for name in NAMES}


def test_a_car_on_one_phase_takes_nothing_on_the_others_from_anybody(tmp_path: Path) -> None:
    async def tell(yard: Yard) -> None:
        for charger in yard.chargers.values():
            charger.meter.told = (1.0, 0.0, 0.0)
        await yard.charge()
        assert await yard.watch(30) == pytest.approx(3 * CABLE_A, abs=0.5)
        assert [yard.chargers[name].drawn_a for name in NAMES] == [CABLE_A] * 3
        for name in NAMES:
            shown = {each["name"]: each["granted_a"] for each in yard.site(name)["members"]}
            assert shown == dict.fromkeys(NAMES, CABLE_A)

    story(tmp_path, tell, **turned())


def test_a_car_that_takes_up_further_phases_is_offered_what_there_is_on_them(
    tmp_path: Path,
) -> None:
    async def tell(yard: Yard) -> None:
        for charger in yard.chargers.values():
            charger.meter.told = (1.0, 0.0, 0.0)
        await yard.charge()
        await yard.watch(30)
        first, second, _ = (yard.chargers[name] for name in NAMES)
        first.meter.told = (1.0, 1.0, 1.0)
        assert first.drawn_a + second.drawn_a > FUSE_A, "on L2"
        await asyncio.sleep(3)  # a reading, and what follows
        for _ in range(60):
            assert first.drawn_a + second.drawn_a <= FUSE_A
            await asyncio.sleep(0.5)
        assert first.drawn_a == pytest.approx(FUSE_A / 2, abs=0.2)
        assert second.drawn_a == pytest.approx(FUSE_A / 2, abs=0.2)

    story(tmp_path, tell, **turned())


NARROW_A = 20.0


def narrow() -> dict[str, Any]:
    """A fuse whose equal shares are less than the car at AK1 can use."""
    circuit = (Circuit(name="feeder", max_a=NARROW_A),)
    car = replace(Protection(), vehicle="zoe_gen1")
    return {name: {"circuit": circuit} for name in NAMES} | {
        NAMES[0]: {"circuit": circuit, "protection": car}
    }


def test_a_car_that_needs_more_than_6_a_is_given_that_or_nothing(tmp_path: Path) -> None:
    async def tell(yard: Yard) -> None:
        least_a = yard.chargers["AK1"].app.station.evses[1].rules.garage.of(None).min_ma / 1_000
        assert SAFE_A < NARROW_A / 3 < least_a
        await yard.charge()
        for _ in range(60):
            assert yard.share("AK1").current_a == least_a
            assert yard.chargers["AK1"].drawn_a == least_a
            await asyncio.sleep(0.5)
        rest_a = (NARROW_A - least_a) / 2
        assert yard.share("AK2").current_a == pytest.approx(rest_a, abs=0.2)

    story(tmp_path, tell, **narrow())


def test_what_is_offered_less_because_of_the_share_is_no_smaller_wish(tmp_path: Path) -> None:
    """Else a car that is offered less than its share would be given less and less of it."""

    async def tell(yard: Yard) -> None:
        await yard.charge()
        share_a = yard.share("AK1").current_a
        assert share_a == pytest.approx(FUSE_A / 3, abs=0.2)
        yard.chargers["AK1"].meter.told = (1.12, 1.12, 1.12)
        await yard.watch(40)
        evse = yard.chargers["AK1"].app.station.evses[1]
        assert evse.limit()[1] == "enforcement"
        assert yard.share("AK1").current_a == pytest.approx(share_a, abs=0.2)

    story(tmp_path, tell)
