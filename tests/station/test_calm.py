"""A charger that leaps over what is calm does what one does that is stepped through.

The same story is told to both; what the contactor did, what was said to the central system and
what was metered is the same, and happened within one step.
"""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.calm import CALM_MS, STEADY_MS, Calm, CalmLoop
from ampkeeper.board.emulated.calm_charger import CalmCharger
from ampkeeper.board.emulated.virtual_time import LoopClock, run_virtual
from ampkeeper.firmware.app import App
from ampkeeper.firmware.rhythm import Rhythm, Steady

SETS = (("ocpp.keys.MeterValueSampleInterval", "20"), ("ocpp.keys.HeartbeatInterval", "30"))
SEEN = ("contactor", "pilot", "duty", "lock", "status", "fault_raised", "fault_cleared")
TOLD = ("state", "status", "fault", "duty_ticks", "reason")
Event = tuple[float, str, dict[str, Any]]


class SteppedCharger(CalmCharger):
    """The same one, which is never calm."""

    def rhythm(self) -> Rhythm:
        return Steady()

    def follow(self, app: App) -> None:
        """Nobody tells the loop that it may leap."""


async def _story(charger: CalmCharger) -> list[Event]:
    """A session, another one that a fault ends, and waiting before, between and after."""
    async with charger.running():
        await asyncio.sleep(25.003)
        charger.plug(capacity_wh=40_000, soc_percent=60)
        charger.swipe()
        await asyncio.sleep(45)
        charger.unplug()
        await asyncio.sleep(15.2)
        charger.plug(capacity_wh=4_000, soc_percent=95)  # from now on it takes less and less
        charger.swipe()
        await asyncio.sleep(35)
        charger.calm.stir()
        charger.car.leakage.dc_ma = 6
        await asyncio.sleep(25)
    return charger.trace.events


def _key(event: Event) -> tuple[object, ...]:
    _, kind, fields = event
    if kind == "ocpp":
        frame = fields["frame"]
        return fields["direction"], frame[0], frame[2] if frame[0] == 2 else ""
    return kind, *(str(fields[name]) for name in TOLD if name in fields)


def _energies(events: list[Event]) -> list[tuple[str, int]]:
    """Every register value that the central system was told, with its context."""
    frames = [one[2] for one in events if one[1] == "ocpp" and one[2]["direction"] == "in"]
    calls = [one["frame"][3] for one in frames if one["frame"][2:3] == ["TransactionEvent"]]
    values = [value for call in calls for value in call.get("meterValue", [])]
    samples = [sample for value in values for sample in value["sampledValue"]]
    return [(one["context"], one["value"]) for one in samples if "Register" in one["measurand"]]


def test_leaping_changes_nothing_that_can_be_seen(tmp_path: Path) -> None:
    for name in ("leapt", "stepped"):
        (tmp_path / name).mkdir()
    leapt = CalmCharger(tmp_path / "leapt", 1, SETS)
    stepped = SteppedCharger(tmp_path / "stepped", 1, SETS)
    events = [run_virtual(_story(leapt)), run_virtual(_story(stepped))]
    for kind in ("ocpp", *SEEN):
        first, second = ([one for one in each if one[1] == kind] for each in events)
        assert [_key(one) for one in first] == [_key(one) for one in second]
        for one, two in zip(first, second, strict=True):
            assert abs(one[0] - two[0]) <= STEADY_MS / 1_000, f"{one} instead of {two}"
    for told, as_stepped in zip(*(_energies(each) for each in events), strict=True):
        assert told[0] == as_stepped[0]
        assert abs(told[1] - as_stepped[1]) <= 1, "Wh: what flows in one step"
    metered_wh = [each.car.register.energy_wh for each in (leapt, stepped)]
    assert abs(metered_wh[0] - metered_wh[1]) <= 1
    assert metered_wh[0] > 100
    assert leapt.calm.leapt_ms > 40_000, "most of it was calm"
    assert stepped.calm.leaps == 0


def test_a_day_without_a_car_is_leapt_over(tmp_path: Path) -> None:
    charger = CalmCharger(tmp_path, 1)

    async def day() -> None:
        async with charger.running():
            await asyncio.sleep(86_400)

    run_virtual(day())
    beats = [one for one in charger.trace.of("ocpp") if one["frame"][2] == "Heartbeat"]
    assert charger.status() == "Available"
    assert len(beats) >= 280, "one each five minutes"
    assert charger.calm.leapt_ms >= 86_300_000


def test_the_monitor_of_leakage_is_tested_again_after_a_day(tmp_path: Path) -> None:
    charger = CalmCharger(tmp_path, 1)

    async def two_days() -> None:
        async with charger.running():
            await asyncio.sleep(2 * 86_400 + 60)

    run_virtual(two_days())
    tests = [one for one in charger.trace.of("selftest_result") if one["number"] == 13]
    assert len(tests) >= 3, "at the start, and after each day"


def test_no_pilot_is_kept_waiting_for_a_stillness_that_does_not_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def kept_waiting() -> bool:
        calm = Calm(LoopClock())
        monkeypatch.setattr(calm, "may_begin", lambda: True)
        loop = CalmLoop([], lambda elapsed_ms: None, calm)
        loop._unchanged_ms = CALM_MS
        calm.want()
        assert not loop._is_calm(), "nobody has looked twice"
        return calm.is_wanted

    assert not run_virtual(kept_waiting())


def test_energy_flows_until_the_power_goes(tmp_path: Path) -> None:
    charger = CalmCharger(tmp_path, 1, (("ocpp.keys.MeterValueSampleInterval", "900"),))

    async def charge_until_the_cut() -> None:
        async with charger.running():
            await asyncio.sleep(5)
            charger.plug(capacity_wh=40_000, soc_percent=20)
            charger.swipe()
            await asyncio.sleep(850)

    run_virtual(charge_until_the_cut())
    assert 5_100 < charger.car.register.energy_wh < 5_220, "22 kW for all but the first seconds"
