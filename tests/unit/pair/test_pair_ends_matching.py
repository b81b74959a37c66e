"""Station and pilot board: whatever a cut left, they end matching, and charge only then."""

import itertools

import pytest

from ampkeeper.board.emulated.pilot_machine import BROKEN, NAME, PilotMachine
from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.board.host.paired import PairedPilot
from ampkeeper.firmware.update.pilot_image import Wanted
from ampkeeper.hal.link import flash as f
from ampkeeper.hal.link.flash_programs import Programs
from ampkeeper.hal.link.flash_slots import DEAD, GOOD, TRYING, Slots
from ampkeeper.hal.link.flasher import Flasher
from ampkeeper.hal.ports import Permit
from tests.unit.link.flash_rig import Memory, offer_of
from tests.unit.pair.pair_rig import NEW, OLD, Pair, Wants, flash_directly, image, settings


def store_in(state: str) -> Memory:
    """A board as an update, or its end, may have left it."""
    store = Memory()
    if state == "factory":
        return store
    flash_directly(store, OLD, 1, confirm=True)
    if state in ("new on trial", "new went back", "new good"):
        flash_directly(store, NEW, 1, confirm=state == "new good")
    if state == "new went back":
        for _ in range(4):
            Programs(store, NAME).start()
    if state == "half sent":
        flasher = Flasher(Programs(store, NAME), 5)
        told = f.pack("<I", 5) + offer_of(NEW, 1, board=NAME)
        flasher.feed(f.framed(f.OFFER, told, 0))
        for at in range(0, 1_024, 64):
            told = f.pack("<II", 5, at) + NEW[at : at + 64]
            flasher.feed(f.framed(f.CHUNK, told, 0))
    if state == "dead":
        del store.files["a/head"]
    return store


BOARDS = (
    "factory",
    "old good",
    "new on trial",
    "new went back",
    "new good",
    "half sent",
    "dead",
)
STATIONS = (
    None,
    Wanted(image(OLD), 1),
    Wanted(image(NEW), 1),
    Wanted(image(NEW), 1, True),
    Wanted(image(OLD), 1, True),
)


def slots_of(pair: Pair) -> Slots:
    """As the board's flash has them."""
    return Programs(Memory(pair.store.files), NAME).slots


@pytest.mark.parametrize("board", BOARDS)
def test_from_every_state_they_end_matching_and_charge_only_then(board: str) -> None:
    for wanted in STATIONS:
        if board == "dead" and wanted is None:
            continue  # nothing to mend it with: the test below

        async def run(wanted: Wanted | None = wanted) -> None:
            pair = Pair(store_in(board), wanted)
            assert pair.machine is not None
            await pair.run(30.0, lambda: pair.is_open and pair.matches())
            assert pair.matches(), (board, wanted and wanted.is_on_trial, pair.pilot.reason)
            assert pair.breaches == []

        run_virtual(run())


def test_a_cut_at_any_write_of_the_board_still_ends_matching() -> None:
    async def run() -> None:
        whole = Pair(store_in("old good"), STATIONS[2])
        await whole.run(30.0, whole.matches)
        writes = whole.store.count
        assert writes >= 7
        for at, torn in itertools.product(range(writes), (0, 2, 4)):
            pair = Pair(store_in("old good"), STATIONS[2])
            pair.store.cut_at, pair.store.torn = at, torn
            await pair.run(90.0, lambda pair=pair: pair.is_open and pair.matches())
            assert pair.matches(), (at, torn, pair.pilot.reason)
            assert pair.breaches == [], (at, torn)

    run_virtual(run())


def test_a_station_that_is_cut_at_any_moment_still_ends_matching() -> None:
    async def run() -> None:
        store = store_in("old good")
        for tenths in range(2, 30, 3):
            before = Pair(Memory(store.files), STATIONS[2])
            await before.run(tenths / 10)
            pair = Pair(before.store, STATIONS[1] if tenths % 2 else STATIONS[2])
            await pair.run(30.0, lambda pair=pair: pair.is_open and pair.matches())
            assert pair.matches(), (tenths, pair.pilot.reason)
            assert before.breaches + pair.breaches == [], tenths

    run_virtual(run())


def test_a_pair_that_matches_is_offered_current_and_one_that_no_longer_does_is_not() -> None:
    async def run() -> None:
        pair = Pair(store_in("old good"), STATIONS[1])
        await pair.run(20.0, lambda: pair.offer_count > 100)
        assert pair.offer_count > 100
        pair.wants.now = None
        pair.pilot = PairedPilot(pair.linked, pair.clock, Wants(STATIONS[3]))
        pair.machine = PilotMachine(settings(), 1_000_000, pair.store)
        pair.offer_count = 0
        await pair.run(1.0)
        assert pair.offer_count == 0

    run_virtual(run())


class Eager(Pair):
    """A station that permits all the time, open or not."""

    def __init__(self, store: Memory, wanted: Wanted) -> None:
        super().__init__(store, wanted)
        self.handed: list[bool] = []  # for each permit on its way to the board: did both match?
        self.linked.permit = self.hand  # type: ignore[method-assign]

    def hand(self, permit: Permit) -> None:
        self.handed.append(self.matches())

    def tick(self, data: bytes) -> None:
        self.pilot.permit(Permit(16.0, 1, keep_locked=False))
        super().tick(data)


def test_a_permit_of_a_station_that_is_not_open_goes_nowhere() -> None:
    async def run() -> None:
        pair = Eager(store_in("old good"), STATIONS[2])
        await pair.run(30.0, lambda: len(pair.handed) > 100)
        assert len(pair.handed) > 100
        assert all(pair.handed)
        count = len(pair.handed)
        pair.pilot.permit(Permit(16.0, 1, keep_locked=False))
        assert len(pair.handed) == count, "it is closed"

    run_virtual(run())


def test_a_board_is_confirmed_once_the_station_is_good_and_nobody_charges() -> None:
    async def run() -> None:
        pair = Pair(store_in("old good"), STATIONS[3])
        await pair.run(30.0, lambda: pair.is_open and pair.matches())
        await pair.run(10.0)
        assert Programs(pair.store, NAME).slots.state == TRYING, "the station is on trial"
        pair.wants.now = STATIONS[2]
        starts, pair.offer_count = pair.starts, 0
        await pair.run(10.0)
        assert Programs(pair.store, NAME).slots.state == TRYING, "somebody charges"
        assert (pair.starts, pair.is_open) == (starts, True)
        assert pair.offer_count > 900, "it is not interrupted"
        pair.asks_a = 0.0
        await pair.run(10.0, lambda: Programs(pair.store, NAME).slots.state == GOOD)
        slots = Programs(pair.store, NAME).slots
        assert (slots.state, slots.counter_min) == (GOOD, 1)

    run_virtual(run())


def test_the_least_counter_of_the_board_rises_only_once_both_are_good() -> None:
    async def run() -> None:
        newer = Wanted(image(NEW), 9, True)
        pair = Pair(store_in("old good"), newer)
        await pair.run(30.0, lambda: pair.is_open and pair.matches())
        pair.asks_a = 0.0
        await pair.run(10.0)
        assert Programs(pair.store, NAME).slots.counter_min == 1, "the old one may come back"
        pair.wants.now = Wanted(image(NEW), 9)
        await pair.run(10.0, lambda: Programs(pair.store, NAME).slots.state == GOOD)
        assert Programs(pair.store, NAME).slots.counter_min == 9
        back = Pair(pair.store, STATIONS[1])
        await back.run(10.0)
        assert not back.is_open, "nothing older is taken any more"
        assert back.breaches == []

    run_virtual(run())


def test_a_counter_that_a_root_let_begin_again_is_taken_by_the_board_too() -> None:
    async def run() -> None:
        store = store_in("factory")
        flash_directly(store, OLD, 9, confirm=True)
        pair = Pair(store, Wanted(image(NEW), 1, is_on_trial=True, begins_anew=True))
        await pair.run(30.0, lambda: pair.is_open and pair.matches())
        assert pair.matches(), pair.pilot.reason
        assert pair.breaches == []

    run_virtual(run())


def test_a_counter_that_began_again_with_the_same_program_is_lowered_with_the_next() -> None:
    async def run() -> None:
        store = store_in("factory")
        flash_directly(store, OLD, 9, confirm=True)
        same = Pair(store, Wanted(image(OLD), 1, begins_anew=True))
        await same.run(10.0, lambda: same.is_open)
        assert slots_of(same).counter_min == 9
        pair = Pair(same.store, Wanted(image(NEW), 2, begins_anew=True))
        pair.asks_a = 0.0
        await pair.run(30.0, lambda: pair.matches() and slots_of(pair).state == GOOD)
        assert pair.matches(), pair.pilot.reason
        assert slots_of(pair).counter_min == 2

    run_virtual(run())


def test_a_station_that_goes_back_takes_its_board_along() -> None:
    async def run() -> None:
        pair = Pair(store_in("old good"), STATIONS[3])
        await pair.run(30.0, lambda: pair.is_open and pair.matches())
        writes = pair.store.count
        back = Pair(pair.store, STATIONS[1])
        await back.run(30.0, lambda: back.is_open and back.matches())
        assert back.runs == OLD
        assert back.store.count < writes, "it still had it in its other slot"

    run_virtual(run())


def test_an_image_that_never_starts_is_tried_ever_more_slowly_and_nothing_charges() -> None:
    async def run() -> None:
        broken = Wanted(image(BROKEN + bytes(500)), 1, True)
        pair = Pair(store_in("old good"), broken)
        await pair.run(100.0)
        assert not pair.is_open
        assert pair.runs == OLD
        assert pair.store.count < 60, "two mendings in 100 s, not dozens"
        assert "another version" in pair.pilot.reason
        assert pair.breaches == []

    run_virtual(run())


def test_a_board_on_which_nothing_starts_stays_without_ring_1_until_somebody_mends_it() -> None:
    async def run() -> None:
        pair = Pair(store_in("dead"), None)
        assert Programs(pair.store, NAME).slots.state == DEAD
        await pair.run(60.0)
        assert not pair.is_open
        assert pair.machine.flasher is not None
        assert "waits to be flashed" in pair.pilot.reason

    run_virtual(run())


def test_what_is_wanted_that_cannot_be_told_charges_nothing() -> None:
    class Unknown(Wants):
        def wanted(self) -> Wanted | None:
            raise OSError(5, "I/O error")

    async def run() -> None:
        pair = Pair(store_in("old good"), None)
        pair.pilot = PairedPilot(pair.linked, pair.clock, Unknown(None))
        await pair.run(5.0)
        assert not pair.is_open
        assert "cannot be told" in pair.pilot.reason

    run_virtual(run())
