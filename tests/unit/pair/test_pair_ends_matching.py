"""Station and pilot board: whatever a cut left of either, they end matching, and charge only then.

A whole pilot board with its flash in memory, over a line in memory, in virtual time. Each tick
looks whether anything is offered or driven while the board runs other than what is wanted.
"""

import asyncio
import itertools
from collections.abc import Callable
from hashlib import sha256

import pytest

from ampkeeper.board.emulated.pilot_machine import BROKEN, NAME, PilotMachine
from ampkeeper.board.emulated.virtual_time import LoopClock, run_virtual
from ampkeeper.board.host.paired import PairedPilot
from ampkeeper.firmware.safety.signals import DUTY_X1, Inputs, Settings
from ampkeeper.firmware.update.pilot_image import PilotImage, Wanted
from ampkeeper.hal.errors import HalError
from ampkeeper.hal.link import flash as f
from ampkeeper.hal.link.flash_slots import DEAD, FOLDERS, GOOD, NONE, TRYING
from ampkeeper.hal.link.flasher import Flasher, Programs
from ampkeeper.hal.memory import memory_pair
from ampkeeper.hal.pilots.linked import LinkedPilot
from ampkeeper.hal.ports import Permit
from tests.unit.link.flash_rig import KEY, Cut, Memory, offer_of

OLD, NEW = b"old program" * 100, b"new program" * 110
LEVEL_B = 9_000
TICK_S = 0.01


def image(program: bytes) -> PilotImage:
    return PilotImage(NAME, "1.0.0", program)


def settings() -> Settings:
    made = Settings()
    made.is_socket = 0
    return made


class Wants:
    """What the station wants; its own state."""

    def __init__(self, wanted: Wanted | None) -> None:
        self.now = wanted

    def wanted(self) -> Wanted | None:
        return self.now

    def key(self) -> bytes:
        return KEY


class Pair:
    """One board and one station, with a car in state B that waits for current."""

    def __init__(self, store: Memory, wanted: Wanted | None) -> None:
        self.wants = Wants(wanted)
        near, self.far = memory_pair()
        self.clock = LoopClock()
        self.linked = LinkedPilot(near, self.clock, settings())
        self.pilot = PairedPilot(self.linked, self.clock, self.wants)
        self.store = store
        self.starts = 0
        self.is_open = False
        self.breaches: list[str] = []
        self.offer_count = 0  # ticks with a duty that offers current
        self.asks_a = 16.0
        self.inputs = Inputs()
        self.power_up()

    def power_up(self) -> None:
        """The board's power comes back; of what was being written a part may be there."""
        while True:
            self.starts += 1
            self.store = Memory(self.store.files)
            try:
                self.machine = PilotMachine(settings(), 60_000 * self.starts, self.store)
            except Cut:
                continue
            return

    @property
    def runs(self) -> bytes:
        """The program that runs; empty: what the board came with, or none."""
        machine = self.machine
        if machine.flasher is not None or machine.place in (0, NONE):
            return b""
        return self.store.files[FOLDERS[machine.place] + "image.mpy"]

    def matches(self) -> bool:
        wanted = self.wants.now
        if self.machine.flasher is not None:
            return False
        return wanted is None or self.runs == wanted.image.program

    async def board(self) -> None:
        await self.far.open()
        incoming = bytearray()

        async def listen() -> None:
            while True:
                incoming.extend(await self.far.read())

        async with asyncio.TaskGroup() as group:
            group.create_task(listen())
            while True:
                await asyncio.sleep(TICK_S)
                data = bytes(incoming)
                incoming.clear()
                self.tick(data)

    def tick(self, data: bytes) -> None:
        plugged = self.machine.start_count > 0
        self.inputs.cp_high_mv = LEVEL_B if plugged else 12_000
        try:
            self.machine.feed(data)
            outputs = self.machine.tick(10, self.inputs)
            low = -12_000 if outputs.duty_ticks != DUTY_X1 else LEVEL_B
            self.inputs.cp_low_mv = low
            frame = self.machine.to_send()
        except Cut:
            self.power_up()
            return
        if frame:
            self.far.write(frame)
        is_offering = bool(outputs.coil) or outputs.duty_ticks not in (0, DUTY_X1)
        self.offer_count += is_offering
        if is_offering and not self.matches():
            self.breaches.append(f"offers with {self.runs[:12]!r}")

    async def station(self) -> None:
        """As the station's feed: opens again for ever, and permits while it is open."""
        while True:
            try:
                await self.pilot.open()
                self.is_open = True
                await self.permit_on()
            except HalError:
                self.is_open = False
                self.pilot.close()
                await asyncio.sleep(1.0)

    async def permit_on(self) -> None:
        while True:
            status = await self.pilot.next_status()
            if status.is_forgetful:
                self.pilot.restore_faults(())
            self.pilot.permit(Permit(self.asks_a, 1, keep_locked=False))

    async def run(self, seconds: float, is_so: Callable[[], bool] | None = None) -> None:
        """Let both live, until ``is_so`` or for some time; the station is cut at the end."""
        tasks = [asyncio.ensure_future(self.board()), asyncio.ensure_future(self.station())]
        try:
            end_s = self.clock.now_s() + seconds
            while self.clock.now_s() < end_s and not (is_so is not None and is_so()):
                await asyncio.sleep(0.05)
                ended = [task for task in tasks if task.done()]
                assert not ended, ended[0].exception()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.pilot.close()


def flash_directly(store: Memory, program: bytes, counter: int, *, confirm: bool) -> None:
    """Bring a program into a slot, without a line."""
    flasher = Flasher(Programs(store, NAME), 5)

    def say(kind: int, told: bytes) -> None:
        flasher.feed(f.framed(kind, f.pack("<I", 5) + told, 0))
        flasher.to_send()

    say(f.PAIR, KEY)
    say(f.OFFER, offer_of(program, counter, board=NAME))
    for at in range(0, len(program), f.CHUNK_BYTES):
        say(f.CHUNK, f.pack("<I", at) + program[at : at + f.CHUNK_BYTES])
    if confirm:
        image_id = f.image_id_of(sha256(program).digest())
        mac = f.floor_mac_of(KEY, NAME, 5, image_id, counter)
        say(f.FLOOR, f.pack(f.FLOOR_FORM, image_id, counter, mac))


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
STATIONS = (None, Wanted(image(OLD), 1), Wanted(image(NEW), 1), Wanted(image(NEW), 1, True))


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


def test_a_board_is_confirmed_once_the_station_is_good_and_nobody_charges() -> None:
    async def run() -> None:
        pair = Pair(store_in("old good"), STATIONS[3])
        await pair.run(30.0, lambda: pair.is_open and pair.matches())
        await pair.run(10.0)
        assert Programs(pair.store, NAME).slots.state == TRYING, "the station is on trial"
        pair.wants.now = STATIONS[2]
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
