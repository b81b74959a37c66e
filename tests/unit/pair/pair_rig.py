"""A station's pilot driver and a pilot board with its flash in memory, in virtual time.

Each tick looks whether anything is offered or driven while the board runs other than what is
wanted.
"""

import asyncio
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from ampkeeper.board.emulated.pilot_machine import NAME, PilotMachine
from ampkeeper.board.emulated.virtual_time import LoopClock
from ampkeeper.board.host.paired import PairedPilot
from ampkeeper.firmware.safety.signals import DUTY_X1, Inputs, Settings
from ampkeeper.firmware.update.pilot_image import PilotImage, Wanted
from ampkeeper.hal.errors import HalError
from ampkeeper.hal.link import flash as f
from ampkeeper.hal.link.flash_programs import Programs
from ampkeeper.hal.link.flash_slots import FOLDERS, NONE
from ampkeeper.hal.link.flasher import Flasher
from ampkeeper.hal.memory import memory_pair
from ampkeeper.hal.pilots.linked import LinkedPilot
from ampkeeper.hal.ports import Permit
from tests.unit.link.flash_rig import KEY, Cut, Memory, offer_of

OLD, NEW = b"old program" * 100, b"new program" * 110
LEVEL_B = 9_000
TICK_S = 0.01


def image(program: bytes, board: str = NAME) -> PilotImage:
    return PilotImage(board, "1.0.0", program)


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
    """One board and one station, with a car in state B that waits for current.

    ``make`` is the board's processor.
    """

    def __init__(self, store: Memory, wanted: Wanted | None, make: Any = PilotMachine) -> None:
        self.make = make
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
                self.machine = self.make(settings(), 60_000 * self.starts, self.store)
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


def flash_directly(
    store: Memory, program: bytes, counter: int, *, confirm: bool, board: str = NAME
) -> None:
    """Bring a program into a slot, without a line."""
    flasher = Flasher(Programs(store, board), 5)

    def say(kind: int, told: bytes) -> None:
        flasher.feed(f.framed(kind, f.pack("<I", 5) + told, 0))
        flasher.to_send()

    say(f.PAIR, KEY)
    say(f.OFFER, offer_of(program, counter, board=board))
    for at in range(0, len(program), f.CHUNK_BYTES):
        say(f.CHUNK, f.pack("<I", at) + program[at : at + f.CHUNK_BYTES])
    if confirm:
        image_id = f.image_id_of(sha256(program).digest())
        mac = f.floor_mac_of(KEY, board, 5, image_id, counter)
        say(f.FLOOR, f.pack(f.FLOOR_FORM, image_id, counter, mac))
