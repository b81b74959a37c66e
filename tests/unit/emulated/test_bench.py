"""Ring 1 as shipped, in the simulated world, over the shipped drivers, in virtual time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from ampkeeper.board.emulated import bench, faults
from ampkeeper.board.emulated.virtual_time import LoopClock, run_virtual
from ampkeeper.board.emulated.world import EvseWorld, World
from ampkeeper.firmware.config import Config, parse
from ampkeeper.firmware.faults import BY_NAME
from ampkeeper.firmware.safety import fault
from ampkeeper.hal.errors import AbsentError, TransientError
from ampkeeper.hal.ports import Permit, PilotStatus
from tests.support.configs import FREE

PERMIT_S = 0.5
LOOK_S = 0.01


def config() -> Config:
    return parse(FREE)


class Rig:
    """A bench in memory, with somebody who grants permits and listens to ring 1."""

    def __init__(self, made: bench.Bench, hardware: bench.Hardware) -> None:
        self.bench = made
        self.hardware = hardware
        self.world: World = made.world
        self.evse: EvseWorld = made.world.evses[1]
        self.permit: Permit | None = Permit(16.0, 3, keep_locked=True)
        self.latest: PilotStatus | None = None
        self.is_silent = False
        self.events: list[tuple[str, dict[str, Any]]] = []

    async def grant(self) -> None:
        while True:
            if self.permit is not None:
                self.hardware.pilots[1].permit(self.permit)
            await asyncio.sleep(PERMIT_S)

    async def listen(self) -> None:
        while True:
            try:
                await self.hardware.pilots[1].open()
                self.hardware.pilots[1].restore_faults(())  # ring 1 waits for that
                while True:
                    self.latest = await self.hardware.pilots[1].next_status()
                    self.is_silent = False
            except AbsentError:
                self.is_silent = True
                await asyncio.sleep(1)

    async def until(self, is_so: Callable[[], bool], within_s: float) -> None:
        for _ in range(round(within_s / LOOK_S)):
            if is_so():
                return
            await asyncio.sleep(LOOK_S)
        raise AssertionError(f"not so within {within_s} s")

    async def charge(self) -> None:
        self.evse.change_car({"plugged": True})
        await self.until(lambda: self.evse.current_ma[0] > 15_000, 10)

    def has_fault(self, code: int) -> bool:
        return self.latest is not None and code in self.latest.faults


def on_bench(test: Callable[[Rig], Coroutine[Any, Any, None]], seed: int = 1) -> Rig:
    """Run ``test`` in virtual time; return the rig as the test left it."""

    async def main() -> Rig:
        heard: list[tuple[str, dict[str, Any]]] = []
        clock = LoopClock()
        world = bench.world_of(config(), seed)
        made, hardware = await bench.hardware_in_memory(
            config(), world, clock, lambda kind, **fields: heard.append((kind, fields))
        )
        rig = Rig(made, hardware)
        rig.events = heard
        tasks = [asyncio.create_task(made.run())]
        await made.is_running.wait()
        tasks += [asyncio.create_task(work) for work in (rig.listen(), rig.grant())]
        await test(rig)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        return rig

    return run_virtual(main())


def test_a_permit_and_a_car_make_current_flow_and_the_meter_counts_it() -> None:
    async def test(rig: Rig) -> None:
        await rig.charge()
        meter = rig.hardware.meters[1]
        assert (await meter.open()).model == "SDM630"
        before = await meter.read()
        await asyncio.sleep(360)
        after = await meter.read()
        assert after.current_a[2] == pytest.approx(16, abs=0.01)
        assert abs(after.energy_wh - before.energy_wh - 1_104) <= 1
        assert after.energy_wh == rig.evse.register.energy_wh

    rig = on_bench(test)
    states = [fields["state"] for kind, fields in rig.events if kind == "pilot"]
    assert states == ["A1", "B1", "B2", "C2"]
    assert ("contactor", {"evse_id": 1, "state": "closed"}) in rig.events


def test_without_a_permit_the_charge_ends_by_the_standards_sequence() -> None:
    async def test(rig: Rig) -> None:
        await rig.charge()
        rig.permit = None
        await rig.until(lambda: not rig.evse.contactor.is_closed, 8)
        assert rig.latest is not None
        assert rig.latest.under_load_count == 0

    rig = on_bench(test)
    states = [fields["state"] for kind, fields in rig.events if kind == "pilot"]
    assert states[-2:] == ["C1", "B1"]


def test_a_full_battery_stops_the_charge() -> None:
    async def test(rig: Rig) -> None:
        rig.evse.change_car({"capacity_wh": 1_000, "soc_percent": 95})
        await rig.charge()
        await rig.until(lambda: not rig.evse.contactor.is_closed, 60)
        assert rig.evse.car.soc_percent == 100

    on_bench(test)


def test_a_changed_permit_changes_the_current_within_ten_seconds() -> None:
    async def test(rig: Rig) -> None:
        await rig.charge()
        rig.permit = Permit(10.0, 3, keep_locked=True)
        await rig.until(lambda: 9_900 <= rig.evse.current_ma[0] <= 10_000, 10)

    on_bench(test)


RING_ONE = [row for row in faults.CATALOGUE if BY_NAME[row[0]].code < fault.OWN_COUNT]
WHILE_PREPARING = ("LockFailed", "ContactorStuck", "LockUncharged", "OutletLive")
AFTER_A_VISIT = ("RcdTestFailed",)


@pytest.mark.parametrize("name", [row[0] for row in RING_ONE])
def test_each_fault_of_ring_one_is_found_from_its_cause_and_opens_the_contactor(name: str) -> None:
    code = BY_NAME[name].code

    async def test(rig: Rig) -> None:
        if name in WHILE_PREPARING:
            faults.apply(rig.world, rig.evse, faults.causes_of({name: True}))
            rig.evse.change_car({"plugged": True})
        elif name in AFTER_A_VISIT:
            await rig.charge()
            faults.apply(rig.world, rig.evse, faults.causes_of({name: True}))
            rig.evse.change_car({"plugged": False})
        else:
            await rig.charge()
            faults.apply(rig.world, rig.evse, faults.causes_of({name: True}))
        if code == fault.CONTACTOR_WELDED:
            rig.permit = None
        await rig.until(lambda: rig.has_fault(code), 30)
        if code != fault.CONTACTOR_WELDED and fault.severity_of(code) != fault.LOW:
            await rig.until(lambda: not rig.evse.contactor.is_closed, 10)
        faults.apply(rig.world, rig.evse, faults.causes_of({name: False}))
        if name in AFTER_A_VISIT:
            rig.evse.change_car({"plugged": True})
            await asyncio.sleep(1)
        rig.evse.change_car({"plugged": False})
        await asyncio.sleep(1)
        rig.hardware.pilots[1].clear_fault(code)
        await rig.until(lambda: not rig.has_fault(code), 20 + fault.after_ms_of(code) / 1_000)

    on_bench(test)


def test_a_silent_link_ends_the_charge_and_comes_back() -> None:
    async def test(rig: Rig) -> None:
        await rig.charge()
        rig.evse.causes.pilot_link = "silent"
        await rig.until(lambda: rig.is_silent, 3)
        await rig.until(lambda: not rig.evse.contactor.is_closed, 9)
        rig.evse.causes.pilot_link = "ok"
        await rig.until(lambda: not rig.is_silent, 10)
        await rig.until(lambda: rig.evse.current_ma[0] > 15_000, 30)

    on_bench(test)


@pytest.mark.parametrize("seed", range(3))
def test_a_noisy_link_never_lets_more_flow_than_was_permitted(seed: int) -> None:
    async def test(rig: Rig) -> None:
        await rig.charge()
        rig.evse.causes.pilot_link = "noisy"
        for _ in range(6_000):
            await asyncio.sleep(0.01)
            assert rig.evse.current_ma[0] <= 16_000
        rig.permit = None
        await rig.until(lambda: not rig.evse.contactor.is_closed, 9)

    on_bench(test, seed)


def test_the_meter_fails_in_each_of_its_ways() -> None:
    async def test(rig: Rig) -> None:
        await rig.charge()
        meter = rig.hardware.meters[1]
        await meter.open()
        await asyncio.sleep(60)
        true = await meter.read()
        rig.evse.causes.meter = "frozen"
        await asyncio.sleep(60)
        frozen = await meter.read()
        assert frozen.energy_wh <= true.energy_wh + 1
        rig.evse.causes.meter = "backwards"
        await asyncio.sleep(60)
        assert (await meter.read()).energy_wh < rig.evse.register.energy_wh - 100
        for mode in ("silent", "nan"):
            rig.evse.causes.meter = mode
            await asyncio.sleep(0.05)
            with pytest.raises(TransientError):
                await meter.read()
        rig.evse.causes.meter = "ok"
        await asyncio.sleep(0.05)
        assert (await meter.read()).energy_wh == rig.evse.register.energy_wh

    on_bench(test)


def test_cards_and_texts_reach_their_readers_and_the_same_card_twice_is_two() -> None:
    async def test(rig: Rig) -> None:
        cards, texts = rig.hardware.readers[bench.READER], rig.hardware.readers[bench.TEXT_READER]
        await cards.open()
        await texts.open()
        slot = rig.world.cards[1]
        slot.present(bytes.fromhex("04A224B1"))
        slot.present(bytes.fromhex("04A224B1"))
        slot.present("QR-17")
        async with asyncio.timeout(20):
            assert (await cards.next_tag()).uid == "04A224B1"
            assert (await cards.next_tag()).uid == "04A224B1"
            assert (await texts.next_tag()).uid == "QR-17"
        rig.world.reader = "silent"
        with pytest.raises(AbsentError):
            async with asyncio.timeout(20):
                await cards.next_tag()

    on_bench(test)


def test_the_same_seed_gives_the_same_history() -> None:
    async def test(rig: Rig) -> None:
        rig.evse.causes.pilot_link = "noisy"
        rig.evse.change_car({"plugged": True})
        await asyncio.sleep(60)

    assert on_bench(test, 4).events == on_bench(test, 4).events
