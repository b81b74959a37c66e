"""Partial bundle: the power goes when the station runs the new software, and its board does not.

Between the switch of the slot and the end of flashing, at several moments: a car waits all the
time and asks for current. Nothing is driven until both match, they end so by themselves, and the
end of the update is told once.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.hal.link.flash_slots import GOOD
from tests.station.test_pair_moves import machine, order, slots, told
from tests.support.file_servers import WebServer, web_server
from tests.support.images import image_of
from tests.support.virtual import Charger

SECOND = image_of("2.0.0", counter=2, pilot=b"second program" * 15_000)
AFTER_S = (0.0, 1.0)  # of the start of the new software
TICK_S = 0.02


def charger(folder: Path) -> Charger:
    """One that charges whoever plugs in, so that nothing but the pair is in the way."""
    return Charger(folder, "1.6", update__confirm_within_s="30", authorise__mode="free")


def is_matching(made: Charger) -> bool:
    """True while station and board run the same image, or neither does a new one."""
    runs_new = made.launcher.launched.version == "2.0.0"
    board = machine(made)
    return not runs_new or (board.flasher is None and board.board.image >> 2 > 0)


@contextlib.asynccontextmanager
async def watched(made: Charger, breaches: list[str]) -> AsyncIterator[None]:
    """Look all the time whether anything is driven or offered meanwhile."""

    async def look() -> None:
        while True:
            outputs = made.bench.rings[1].machine.board
            if not is_matching(made) and made.seen()["contactor"] == "closed":
                breaches.append(f"closed while {outputs.image:#x} runs")
            await asyncio.sleep(TICK_S)

    task = asyncio.create_task(look())
    try:
        yield
    finally:
        task.cancel()


@pytest.mark.parametrize("after_s", AFTER_S)
def test_partial_bundle_a_cut_between_the_slot_and_the_board_charges_nothing_until_both_match(
    tmp_path: Path, after_s: float
) -> None:
    made, breaches = charger(tmp_path), list[str]()

    async def story(server: WebServer) -> None:
        async with made.running(), watched(made, breaches):
            await made.until(lambda: made.registered and made.status() == "Available")
            await order(made, server.url("/second"))
            await made.until(lambda: made.launcher.launched.version == "2.0.0", 600)
            await asyncio.sleep(after_s)
            assert not is_matching(made), "the slot has moved, and the board has not"
            made.plug()
        async with made.running(), watched(made, breaches):
            assert made.launcher.launched.version == "2.0.0"
            assert not is_matching(made)
            await made.until(lambda: made.status() == "Charging", 300)
            assert is_matching(made)
            made.unplug()
            await made.until(lambda: "Installed" in told(made), 600)
            await made.until(lambda: slots(made).state == GOOD, 120)
            assert slots(made).counter_min == 2

    with web_server() as server:
        server.files["/second"] = SECOND
        run_virtual(story(server))
    assert breaches == []
    assert told(made).count("Installed") == 1
