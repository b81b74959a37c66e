"""A car that does not obey, in the emulator: nothing is above its limit for long, by the meter."""

from pathlib import Path
from typing import Any

from ampkeeper.board.emulated.virtual_charger import VirtualCharger
from ampkeeper.board.emulated.virtual_time import loop_time_s, run_virtual

LIMIT_A = 10.0
REDUCED_S = 30.0  # a car's time to follow, five seconds of readings, and one poll
STOPPED_S = 60.0  # the same again, and the sequence of a stop


async def disobey(made: VirtualCharger, drawn_a: float, limit_a: float = LIMIT_A) -> None:
    """Charge as told; then the limit falls, and the car goes on as before."""
    await made.until(lambda: made.csms.links != {} and made.status() == "Available")
    made.plug(max_a=drawn_a, phases=1, cable_a=20, obeys_limit=False)
    made.swipe()
    await made.until(lambda: made.status() == "Charging")
    await made.app.api.answer("limit", {"current_a": limit_a})


def test_a_car_that_takes_a_little_more_is_offered_less_and_then_stopped(tmp_path: Path):
    """11.4 A of 10 A; against the lower offer ring 1 may be the first to end it."""
    made = VirtualCharger(tmp_path)

    async def run() -> tuple[float, float, Any, Any]:
        async with made.running():
            await disobey(made, 11.4)
            begin_s = loop_time_s()
            await made.until(lambda: made.seen()["limited_by"] == "enforcement")
            (why,) = (await made.app.api.answer("why", {}))["evses"]
            reduced_s = loop_time_s() - begin_s
            await made.until(lambda: made.status() == "Faulted", 120.0)
            stopped_s = loop_time_s() - begin_s
            faults = made.seen()["faults"]
            made.unplug()
            await made.until(lambda: made.status() == "Available")
            (session,) = (await made.app.api.answer("sessions", {}))["sessions"]
            return reduced_s, stopped_s, why, (faults, session["reason"])

    reduced_s, stopped_s, why, ended = run_virtual(run())
    assert reduced_s <= REDUCED_S
    assert stopped_s <= STOPPED_S
    assert 8.0 < why["limit_a"] < 9.0
    assert why["reason"].startswith("the car took more than it was allowed, on L1")
    assert ended[0] in (["LimitIgnored"], ["OverCurrent"])
    assert ended[1] == "OvercurrentFault"


def test_where_nothing_less_can_be_offered_it_is_stopped_at_once(tmp_path: Path):
    """7.1 A of 6 A is below what ring 1 would ever end."""
    made = VirtualCharger(tmp_path)

    async def run() -> tuple[float, Any, Any]:
        async with made.running():
            await disobey(made, 7.1, 6.0)
            begin_s = loop_time_s()
            await made.until(lambda: made.status() == "Faulted", 120.0)
            stopped_s = loop_time_s() - begin_s
            (fault,) = (await made.app.api.answer("faults", {}))["active"]
            made.unplug()
            await made.until(lambda: made.status() == "Available")
            (session,) = (await made.app.api.answer("sessions", {}))["sessions"]
            return stopped_s, fault["fault"], session["reason"]

    stopped_s, *ended = run_virtual(run())
    assert stopped_s <= REDUCED_S
    assert ended == ["LimitIgnored", "OvercurrentFault"]


def test_a_car_that_takes_far_more_is_ended_by_ring_1_with_the_same_reason(tmp_path: Path):
    made = VirtualCharger(tmp_path)

    async def run() -> Any:
        async with made.running():
            await disobey(made, 16.0)
            await made.until(lambda: made.status() == "Faulted", STOPPED_S)
            made.unplug()
            await made.until(lambda: made.status() == "Available")
            (session,) = (await made.app.api.answer("sessions", {}))["sessions"]
            return session["reason"]

    assert run_virtual(run()) == "OvercurrentFault"


def test_a_car_that_obeys_is_never_told_off(tmp_path: Path):
    """Its limit goes up and down for ten minutes."""
    made = VirtualCharger(tmp_path)

    async def run() -> set[str]:
        async with made.running():
            await made.until(lambda: made.csms.links != {} and made.status() == "Available")
            made.plug(max_a=20.0, phases=3, cable_a=20, reaction_ms=5000)
            made.swipe()
            await made.until(lambda: made.status() == "Charging")
            seen = set()
            for turn in range(20):
                await made.app.api.answer("limit", {"current_a": (20, 6, 13, 8)[turn % 4]})
                end_s = loop_time_s() + 30.0
                await made.until(lambda end_s=end_s: loop_time_s() >= end_s)
                seen.add(made.seen()["limited_by"])
            return seen | set(made.seen()["faults"])

    assert run_virtual(run()) <= {"owner", "cable"}
