"""Board pi_rp2040: the power goes at each write of the pilot board, once, and twice.

The board's own launcher, flasher and UART driver, and the station's driver of the pair. Whatever
is left, the two end matching, and nothing is offered before they do.
"""

import os

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.board.host.paired import PairedPilot
from ampkeeper.board.pilot_rp2040.launch import BOARD
from ampkeeper.firmware.update.pilot_image import Wanted
from ampkeeper.hal.link.flash_programs import Programs
from ampkeeper.hal.link.flash_slots import GOOD
from tests.unit.link.flash_rig import Memory
from tests.unit.pair.launched_rp2040 import LaunchedRp2040, clocked
from tests.unit.pair.pair_rig import NEW, OLD, Pair, flash_directly, image

TORN = (0, 2, 4)  # quarters of the write that are there
CUTS_MAX = int(os.environ.get("AMPKEEPER_PAIR_CUTS", "12"))  # in each test; 100 are all
WANTED = Wanted(image(NEW, BOARD), 2)
END_S = 60.0

pytestmark = pytest.mark.usefixtures("clocked")
__all__ = ["clocked"]


def old_board() -> Memory:
    store = Memory()
    flash_directly(store, OLD, 1, confirm=True, board=BOARD)
    return Memory(store.files)


def is_settled(pair: Pair) -> bool:
    slots = Programs(Memory(pair.store.files), BOARD).slots
    return pair.is_open and pair.matches() and slots.state == GOOD and slots.counter_min == 2


async def settle(store: Memory, *cuts: tuple[int, int]) -> Pair:
    """A pair of which the board loses its power at those of its writes, until it is settled.

    Where it does so twice the station begins anew with it.
    """
    pair = Pair(store, WANTED, LaunchedRp2040)
    pair.asks_a = 0.0
    for at, torn in cuts:
        pair.store.cut_at, pair.store.torn = pair.store.count + at, torn
        cut = pair.store
        await pair.run(END_S, lambda cut=cut: pair.store is not cut or is_settled(pair))
        if len(cuts) > 1:  # of both
            pair.pilot = PairedPilot(pair.linked, pair.clock, pair.wants)
    await pair.run(END_S, lambda: is_settled(pair))
    assert is_settled(pair), (cuts, pair.pilot.reason)
    assert pair.breaches == [], cuts
    assert pair.runs == NEW
    return pair


def test_a_cut_at_any_write_of_the_board_ends_matching_and_confirmed() -> None:
    async def run() -> None:
        whole = await settle(old_board())
        writes = whole.store.count
        assert writes >= 8, "part, blocks, head, slots, the end of part, a start, the word"
        cuts = [(at, torn) for torn in TORN for at in range(writes)]
        for at, torn in cuts[:CUTS_MAX]:
            await settle(old_board(), (at, torn))

    run_virtual(run())


def test_a_second_cut_while_it_is_mended_changes_nothing() -> None:
    async def run() -> None:
        firsts = [(at, torn) for torn in TORN for at in range(9)]
        for count, first in enumerate(firsts[: CUTS_MAX // 2]):
            await settle(old_board(), first, (count % 5, TORN[count % 3]))

    run_virtual(run())


def test_a_car_that_waits_is_offered_nothing_until_both_match() -> None:
    async def run() -> None:
        pair = Pair(old_board(), WANTED, LaunchedRp2040)
        await pair.run(END_S, lambda: pair.offer_count > 100)
        assert pair.offer_count > 100
        assert pair.breaches == []
        assert pair.runs == NEW

    run_virtual(run())
