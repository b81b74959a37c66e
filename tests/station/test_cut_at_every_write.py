"""The power goes before or after any one write; each transaction is told and billed exactly once.

Every write of a session has been cut this way; the ones here are spread over it, so that the
run stays short. ``CUTS_MAX`` above the number of writes, and all combinations, is the whole.
"""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_charger import VirtualCharger
from ampkeeper.board.emulated.virtual_time import run_virtual

CAR = {"soc_percent": 50.0, "capacity_wh": 50_000, "max_a": 16.0, "phases": 3, "cable_a": 20}
CUTS_MAX = 22  # of the store's calls in one session with one sample

# fmt: off
CUTS = (
    # version  call  after it  the car is gone when the power returns
    ("1.6",     9,   False,    False),
    ("2.0.1",  10,   True,     True),
    ("1.6",    11,   True,     False),
    ("2.0.1",  14,   False,    False),
    ("1.6",    17,   True,     True),
    ("2.0.1",  19,   False,    True),
    ("1.6",    20,   False,    False),
)
# fmt: on


def cut_at(made: VirtualCharger, number: int, is_after: bool) -> asyncio.Event:
    """Let nothing be written any more before, or after, the store's call of this number."""
    worker: Any = made.app._worker
    cut = asyncio.Event()
    run, count = worker.run, 0

    async def counted(call: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal count
        if call == worker.store.close:
            return await run(call)
        count += 1
        if count > number or (count == number and not is_after):
            cut.set()
            await asyncio.Event().wait()  # ended with the charger
        result = await run(call, *args, **kwargs)
        if count == number:
            cut.set()
            await asyncio.Event().wait()
        return result

    worker.run = counted
    return cut


async def a_session(made: VirtualCharger) -> None:
    await made.until(lambda: made.csms.links != {} and made.status() == "Available")
    made.plug(**CAR)
    await made.until(lambda: made.status() == "Preparing")
    made.swipe()
    await made.until(lambda: made.status() == "Charging")
    await asyncio.sleep(70)
    made.swipe()
    await made.until(lambda: made.status() == "Finishing")
    await asyncio.sleep(5)
    made.unplug()
    await asyncio.sleep(20)


async def the_rest(made: VirtualCharger) -> None:
    """Whatever still runs is stopped by card, and the car leaves."""
    await made.until(lambda: made.csms.links != {}, 60)
    await asyncio.sleep(20)
    if made.app.station.is_busy:
        made.swipe()
        await asyncio.sleep(20)
    made.unplug()
    await asyncio.sleep(60)
    assert made.app.csms.view()["queued"] == 0
    assert made.app._store.open_sessions() == []


@pytest.mark.parametrize(("version", "number", "is_after", "is_gone"), CUTS)
def test_each_transaction_is_told_once_and_billed_as_metered(
    tmp_path: Path, version: str, number: int, is_after: bool, is_gone: bool
):
    assert number <= CUTS_MAX
    made = VirtualCharger(tmp_path, 1, [("ocpp.versions", f'["{version}"]')])

    async def play() -> None:
        async with made.running():
            cut = cut_at(made, number, is_after)
            tasks = {asyncio.ensure_future(work) for work in (a_session(made), cut.wait())}
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            assert cut.is_set(), "the session has fewer writes"
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if is_gone:
            made.unplug()
        async with made.running():
            await the_rest(made)

    run_virtual(play())
    booked = list(made.csms.books.transactions.values())
    assert [(each.starts, each.stops) for each in booked] == [(1, 1)] * len(booked)
    assert made.csms.rejected == []
    billed_wh = sum((each.stop_wh or 0) - (each.start_wh or 0) for each in booked)
    metered_wh = made.car.register.energy_wh - (booked[0].start_wh or 0) if booked else 0
    assert abs(billed_wh - metered_wh) <= 1
