"""Bought boards: each shipped driver on its twin, over a pty in real time or memory in virtual.

Over memory a Modbus board is asked register by register, without frames; RAPI is bytes there too.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ampkeeper.board.emulated.bought.car import Car
from ampkeeper.board.emulated.bought.evse_din import EvseDin
from ampkeeper.board.emulated.bought.heidelberg import Heidelberg
from ampkeeper.board.emulated.bought.openevse import OpenEvse
from ampkeeper.board.emulated.bought.openevse_words import Rapi
from ampkeeper.board.emulated.bought.rtu import Slave
from ampkeeper.board.emulated.bought.wire import STEP_MS, Wire, pass_time
from ampkeeper.board.emulated.virtual_time import LoopClock
from ampkeeper.hal.errors import TransientError, WrongDeviceError
from ampkeeper.hal.fake import MemoryModbusBus
from ampkeeper.hal.linux.modbus import serial_bus
from ampkeeper.hal.linux.stream import PtyStream
from ampkeeper.hal.linux.usb import AdapterStream
from ampkeeper.hal.memory import memory_pair
from ampkeeper.hal.pilots.bought import BoughtPilot
from ampkeeper.hal.pilots.evse_din import EvseDinPilot
from ampkeeper.hal.pilots.heidelberg import HeidelbergPilot
from ampkeeper.hal.pilots.openevse import OpenEvsePilot
from ampkeeper.hal.pilots.warrant import Rating
from ampkeeper.hal.ports import ByteStream, Clock, ModbusBus

EVSE_DIN, OPENEVSE, HEIDELBERG = "evse_din", "openevse", "heidelberg"
KINDS = (EVSE_DIN, OPENEVSE, HEIDELBERG)
RATING = Rating(16_000, 3)
BAUD = 115_200
NONE_KNOWN = Path("/nowhere")  # no adapter has a lasting name
TIMEOUT_S = 0.4  # of the host's bus for a pilot board
Board = EvseDin | OpenEvse | Heidelberg


def board_of(kind: str, car: Car) -> Board:
    """A new twin."""
    if kind == EVSE_DIN:
        return EvseDin(car)
    return OpenEvse(car) if kind == OPENEVSE else Heidelberg(car)


@dataclass
class Bought:
    """A driver, its twin, and the way between them."""

    kind: str
    board: Board
    pilot: BoughtPilot = field(init=False)
    wire: Wire | None = None  # None: registers without a line
    slave: Slave | None = None
    rapi: Rapi | None = None
    path: str = ""  # of the pty
    line: PtyStream | None = None  # the twin's end of it
    pulled_out: list[PtyStream] = field(default_factory=list)
    link: Path | None = None  # the name that udev would give the adapter
    is_gone: bool = False  # registers without a line: nobody answers
    steps: list[Callable[[int], None]] = field(default_factory=list)

    @property
    def car(self) -> Car:
        return self.board.car

    def plug_in_and_draw(self) -> None:
        self.car.plug()

    def power(self, is_on: bool) -> None:
        """Let the board fall silent, or come back as one that was only cut off the line."""
        self.is_gone = not is_on
        if self.wire is not None:
            self.wire.is_silent = self.wire.is_deaf = not is_on

    def pull_out(self) -> None:
        """Take the adapter out."""
        assert self.line is not None
        assert self.link is not None
        self.line.destroy()
        self.link.unlink()

    def plug_in(self, by_id: Path | None = None) -> None:
        """Make the line, or put the adapter back as another device; ``by_id``: its names."""
        if self.line is not None:
            self.pulled_out.append(self.line)  # nobody else shall be given its number
        self.line = PtyStream()
        self.path = self.line.path
        if by_id is not None:
            self.link = by_id / "usb-adapter-A1"
        if self.link is not None:
            self.link.symlink_to(self.path)
        if self.wire is not None:
            self.wire.plug(self.line)

    def step(self, elapsed_ms: int) -> None:
        self.board.step(elapsed_ms)
        if self.rapi is not None and self.wire is not None:
            for frame in self.rapi.take_told():
                self.wire.say(frame)
        for step in self.steps:
            step(elapsed_ms)

    # registers without a line

    def read(self, unit: int, function: int, address: int, count: int) -> tuple[int, ...]:
        words = None if self._is_silent(unit) else self._device.read(function, address, count)
        if words is None:
            raise TransientError(f"unit {unit} gave no answer")
        if isinstance(words, int):
            raise WrongDeviceError(f"unit {unit} refuses: exception {words}")
        return words

    def write(self, unit: int, address: int, values: tuple[int, ...]) -> None:
        if self._is_silent(unit):
            raise TransientError(f"unit {unit} gave no answer")
        code = self._device.write(address, values)
        if code:
            raise WrongDeviceError(f"unit {unit} refuses: exception {code}")

    def _is_silent(self, unit: int) -> bool:
        return self.is_gone or unit != self._device.unit

    @property
    def _device(self) -> EvseDin | Heidelberg:
        assert not isinstance(self.board, OpenEvse)
        return self.board


@asynccontextmanager
async def bought(
    kind: str,
    clock: Clock | None = None,
    is_pty: bool = False,
    rating: Rating = RATING,
    by_id: Path | None = None,
) -> AsyncIterator[Bought]:
    """A twin that lives, and a driver that is not open yet; ``by_id``: names of adapters."""
    rig = Bought(kind, board_of(kind, Car()))
    clock = clock or LoopClock()
    if is_pty:
        rig.plug_in(by_id)
    _wire(rig, clock, rating, by_id or NONE_KNOWN)
    tasks = [asyncio.ensure_future(pass_time(rig.step))]
    if rig.wire is not None:
        tasks.append(asyncio.ensure_future(rig.wire.serve()))
    await asyncio.sleep(STEP_MS / 1_000)
    try:
        yield rig
    finally:
        rig.pilot.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if rig.line is not None:
            rig.line.destroy()


def _wire(rig: Bought, clock: Clock, rating: Rating, by_id: Path) -> None:
    """Make the driver and the far end, and connect them."""
    board = rig.board
    if isinstance(board, OpenEvse):
        near, far = _line(rig, by_id)
        rig.rapi = Rapi(board)
        rig.wire = Wire(far, rig.rapi.feed)
        rig.pilot = OpenEvsePilot(near, clock, rating)
        return
    bus: ModbusBus
    if rig.line is None:
        bus = MemoryModbusBus(rig.read, TIMEOUT_S, rig.write)
    else:
        rig.slave = Slave({board.unit: board})
        rig.wire = Wire(rig.line, rig.slave.feed)
        bus = serial_bus(rig.path, timeout_s=TIMEOUT_S, by_id=by_id)
    driver = EvseDinPilot if isinstance(board, EvseDin) else HeidelbergPilot
    rig.pilot = driver(bus, board.unit, clock, rating)


def _line(rig: Bought, by_id: Path) -> tuple[ByteStream, ByteStream]:
    """Both ends of what carries bytes."""
    if rig.line is None:
        return memory_pair()
    return AdapterStream(rig.path, BAUD, by_id), rig.line
