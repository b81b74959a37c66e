"""Row 7: a mains feed that falls silent: a hard stop for some, "nothing flows" for others.

Here the last value holds for a time, then what the owner chose does: nothing, or so many amperes.
Who says so is named, and charging comes back by itself, slowly, with the feed.
"""

import asyncio
from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from tests.support.virtual import Charger

HOLD_S = 15.0  # [mains] stale_hold_s, by default
REACTION_S = 2.0
FUSE = {"mains__source": "meter", "mains__fuse_a": "25"}


@pytest.mark.parametrize(("stale_a", "fault"), [("0", "silent"), ("6", "nan")])
def test_a_silent_feed_holds_and_then_falls_to_what_was_chosen(
    tmp_path: Path, stale_a: str, fault: str
) -> None:
    made = Charger(tmp_path, mains__stale_a=stale_a, **FUSE)

    async def play() -> None:
        async with made.running():
            made.world.grid.change({"house_a": [2.0, 2.0, 2.0]})
            await made.charge(max_a=16)
            await asyncio.sleep(20)
            before_a = made.seen()["limit_a"]
            assert before_a > 15.0
            assert made.bench.mains is not None
            made.bench.mains.fault = fault
            await asyncio.sleep(HOLD_S - REACTION_S)
            assert made.seen()["limit_a"] == before_a
            await asyncio.sleep(2 * REACTION_S)
            assert (made.seen()["limit_a"], made.seen()["limited_by"]) == (float(stale_a), "mains")
            (evse,) = (await made.app.api.answer("why", {}))["evses"]
            assert evse["reason"].startswith("the mains meter is silent")
            made.bench.mains.fault = "ok"
            await made.until(lambda: made.seen()["limit_a"] > 15.0, 180)
            await made.settle()

    run_virtual(play())
    made.check()


def test_a_feed_that_was_never_there_is_no_empty_house(tmp_path: Path) -> None:
    made = Charger(tmp_path, **FUSE)

    async def play() -> None:
        async with made.running():
            assert made.bench.mains is not None
            made.bench.mains.fault = "silent"
            await made.until(lambda: made.status() == "Available" and made.registered)
            made.plug()
            made.swipe()
            await asyncio.sleep(30)
            assert (made.seen()["limit_a"], made.seen()["limited_by"]) == (0.0, "mains")
            assert sum(made.car.power_uw) == 0
            await made.settle()

    run_virtual(play())
