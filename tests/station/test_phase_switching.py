"""One phase or three on the emulated board: what users fear of it cannot happen here.

Row 1 of what users ask: no flapping, no relay loop, the right count. Row 2: the car wakes.
"""

import asyncio
import os
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_time import loop_time_s, run_virtual
from ampkeeper.firmware.limits.ledger import Entry
from ampkeeper.firmware.safety import contactor
from ampkeeper.firmware.station.evse import Evse
from tests.station.test_requests_of_201 import ask
from tests.support.virtual import Charger

CLOUDS_S = float(os.environ.get("AMPKEEPER_CLOUDS_S", "300"))

QUICK = {
    "phases__up_after_s": "30.0",
    "phases__down_after_s": "20.0",
    "phases__between_s": "120.0",
}


class Sun:
    """A limit in W, as surplus or a grid operator gives it."""

    def __init__(self, made: Charger, power_w: float | None) -> None:
        self.power_w = power_w
        made.app.station.limiting.sources.append(self)

    def limits(self, evse: Evse, now: datetime, now_s: float) -> Iterator[Entry]:
        if self.power_w is not None:
            amps = evse.current_a_of(self.power_w)
            yield Entry("sun", amps, evse.rules.phases, "sun", now, power_w=self.power_w)


def on(made: Charger) -> int:
    """How many phases carry current."""
    return sum(each > 500 for each in made.car.current_ma)


def power_w(made: Charger) -> float:
    return sum(made.car.power_uw) / 1e6


def of_switches(made: Charger) -> list[float]:
    return [at_s for at_s, kind, _ in made.trace.events if kind == "phases_chosen"]


async def watch_the_relay(made: Charger) -> None:
    """REQ-SEQ-PH: it moves only with the contactor open."""
    seen = None
    while True:
        status = made.app.station.evses[1].status
        if status is not None:
            if seen is not None and status.phases != seen:
                assert status.contactor == contactor.OPEN
            seen = status.phases
        await asyncio.sleep(0.1)


def profile(limit: float, unit: str = "A", phases: int | None = None) -> dict[str, Any]:
    row: dict[str, Any] = {"startPeriod": 0, "limit": limit}
    if phases is not None:
        row["numberPhases"] = phases
    schedule = {"id": 1, "startSchedule": "2026-01-01T00:00:00Z", "chargingRateUnit": unit}
    return {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [schedule | {"chargingSchedulePeriod": [row]}],
    }


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
def test_a_schedule_of_one_phase_really_switches_and_back(tmp_path: Path, version: str) -> None:
    made = Charger(tmp_path, version, **QUICK)

    async def play() -> None:
        async with made.running():
            await made.charge()
            await made.until(lambda: on(made) == 3)
            asked = {"evseId": 1, "chargingProfile": profile(16.0, phases=1)}
            assert (await ask(made, "SetChargingProfile", asked))["status"] == "Accepted"
            await made.until(lambda: on(made) == 1, 90.0)
            assert made.seen()["status"] == "Charging"
            asked = {"evseId": 1, "chargingProfile": profile(16.0, phases=3)}
            assert (await ask(made, "SetChargingProfile", asked))["status"] == "Accepted"
            await made.until(lambda: on(made) == 3, 300.0)
            await made.settle()

    run_virtual(play())
    made.check()


def test_1_6_switches_too_and_says_that_it_can(tmp_path: Path) -> None:
    made = Charger(tmp_path, "1.6", **QUICK)

    async def play() -> None:
        async with made.running():
            await made.charge()
            known = await ask(
                made, "GetConfiguration", {"key": ["ConnectorSwitch3to1PhaseSupported"]}
            )
            assert known["configurationKey"][0]["value"] == "true"
            rows = [{"startPeriod": 0, "limit": 10.0, "numberPhases": 1}]
            told = {
                "chargingProfileId": 1,
                "stackLevel": 0,
                "chargingProfilePurpose": "TxDefaultProfile",
                "chargingProfileKind": "Relative",
                "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": rows},
            }
            asked = {"connectorId": 1, "csChargingProfiles": told}
            assert await ask(made, "SetChargingProfile", asked) == {"status": "Accepted"}
            await made.until(lambda: on(made) == 1, 90.0)
            await made.settle()

    run_virtual(play())
    made.check()


def test_clouds_do_not_make_it_flap_and_the_count_is_right(tmp_path: Path) -> None:
    """Row 1: a sun that changes every 20 s, and a limit that is never broken."""
    made = Charger(tmp_path, **QUICK)

    async def play() -> None:
        async with made.running():
            sun = Sun(made, 6_000.0)
            await made.charge()
            relay = asyncio.create_task(watch_the_relay(made))
            begin_s = loop_time_s()
            while loop_time_s() < begin_s + CLOUDS_S:
                sun.power_w = made.random.choice((1_600.0, 2_500.0, 4_000.0, 4_600.0, 9_000.0))
                await asyncio.sleep(12.0)  # the car has followed
                assert power_w(made) <= sun.power_w * 1.05
                await asyncio.sleep(8.0)
            relay.cancel()
            await made.settle()
        switches_s = of_switches(made)
        assert 1 <= len(switches_s) <= 4
        assert all(later - earlier >= 120.0 for earlier, later in pairwise(switches_s))

    run_virtual(play())
    made.check()


def test_a_car_that_takes_one_of_three_phases_gets_all_its_watts_on_it(tmp_path: Path) -> None:
    """Row 1, the wrong count: 3.68 kW are 16 A of one phase, not 5.3 A, and nothing switches."""
    made = Charger(tmp_path, **QUICK)

    async def play() -> None:
        async with made.running():
            await made.charge(phases=1, max_a=16.0)
            await asyncio.sleep(40.0)
            Sun(made, 3_680.0)
            await asyncio.sleep(60.0)
            assert on(made) == 1
            assert 3_500.0 <= power_w(made) <= 3_720.0
            assert of_switches(made) == []
            await made.settle()

    run_virtual(play())
    made.check()


@pytest.mark.parametrize("car", [{"profile": "bmw_ix3"}, {"reaction_ms": 4_900}])
def test_the_car_wakes_after_the_pause_of_a_switch(tmp_path: Path, car: dict[str, Any]) -> None:
    """Row 2: one that needs 45 s without a pilot, and one that is slow in all it does."""
    made = Charger(tmp_path, **QUICK)

    async def play() -> None:
        async with made.running():
            sun = Sun(made, 8_000.0)
            await made.charge(**car)
            sun.power_w = 3_000.0
            await made.until(lambda: of_switches(made) != [], 60.0)
            await made.until(lambda: on(made) == 1, 400.0)
            assert made.seen()["status"] == "Charging"
            await made.settle()

    run_virtual(play())
    made.check()


def test_a_car_that_did_not_follow_is_not_switched_again(tmp_path: Path) -> None:
    made = Charger(tmp_path, **QUICK)

    async def play() -> None:
        async with made.running():
            sun = Sun(made, 8_000.0)
            await made.charge()
            sun.power_w = 3_000.0
            await made.until(lambda: of_switches(made) != [], 60.0)
            made.car.change_car({"ready": False})
            sun.power_w = 8_000.0
            await asyncio.sleep(240.0)
            assert len(of_switches(made)) == 1
            outlet = made.app.station.limiting.phases.outlets[1]
            assert "did not follow" in outlet.sequence.words
            await made.settle()

    run_virtual(play())
    made.check()


def test_a_car_on_the_deny_list_pauses_rather_than_being_switched(tmp_path: Path) -> None:
    made = Charger(tmp_path, protection__vehicle="'zoe_gen1'", **QUICK)

    async def play() -> None:
        async with made.running():
            sun = Sun(made, 8_000.0)
            await made.charge()
            sun.power_w = 3_000.0
            await made.until(lambda: made.status() == "SuspendedEVSE", 30.0)
            await asyncio.sleep(120.0)
            assert made.app.station.evses[1].status.phases == 3
            sun.power_w = 8_000.0
            await made.until(lambda: on(made) == 3, 60.0)
            assert not made.car.car.is_hurt
            await made.settle()

    run_virtual(play())
    made.check()


def test_a_relay_that_does_not_open_is_found_and_what_is_safe_holds(tmp_path: Path) -> None:
    """Three phases carry current though one is told: the watts count on three from then on."""
    made = Charger(tmp_path, **QUICK)

    async def play() -> None:
        async with made.running():
            sun = Sun(made, 8_000.0)
            await made.charge()
            made.car.causes.phase_relay = "three"
            sun.power_w = 3_000.0
            await made.until(lambda: "PhasesStuck" in made.faults, 200.0)
            await made.until(lambda: made.status() == "SuspendedEVSE", 30.0)
            sun.power_w = 5_000.0
            await made.until(lambda: on(made) == 3, 60.0)
            await asyncio.sleep(10.0)
            assert power_w(made) <= 5_000.0
            asked = {"evseId": 1, "chargingProfile": profile(16.0, phases=1)}
            assert (await ask(made, "SetChargingProfile", asked))["status"] == "Accepted"
            await made.until(lambda: on(made) == 0, 30.0)
            made.unplug()
            await made.until(lambda: "PhasesStuck" not in made.faults, 60.0)
            await made.settle()

    run_virtual(play())
    made.check()


def test_a_restart_in_mid_charge_keeps_the_phases_that_are_switched_on(tmp_path: Path) -> None:
    made = Charger(tmp_path)

    async def play() -> None:
        async with made.running():
            Sun(made, 3_000.0)
            await made.charge()
            await made.until(lambda: on(made) == 1)
        async with made.running():
            Sun(made, 3_000.0)
            await made.until(lambda: on(made) == 1, 120.0)
            assert made.app.station.evses[1].status.phases == 1
            await made.settle()

    run_virtual(play())
    made.check()
