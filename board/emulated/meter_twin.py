"""Meter twin: a meter on a line, whose values come from the emulated world while it is read.

The registers are one function (``MeterImage``) of a model (``meter_models.py``), served over a
pty or TCP by a slave that is no library's, or without any line through ``MemoryModbusBus`` in
virtual time. Value faults ("nan", "frozen", "backwards", "negative") are put into the image, line
faults ("silent", "dropping", late, doubled, noise, wrong check sum or unit) into what is sent: the
driver under test is the shipped one. A world that says None makes the meter silent too.
"""

import asyncio
import dataclasses
from collections.abc import Callable
from functools import partial

from ampkeeper.board.emulated import meter_models
from ampkeeper.board.emulated.bought.rtu import Slave, framed
from ampkeeper.board.emulated.iskra_signing import IskraSigning
from ampkeeper.board.emulated.meter_models import HOLDING, INPUT, SDM630, FastBlock, MeterModel
from ampkeeper.board.emulated.twin_line import PtyLine
from ampkeeper.hal.errors import TransientError, WrongDeviceError
from ampkeeper.hal.ports import MeterReading

FAULTS = ("ok", "silent", "nan", "frozen", "backwards", "dropping", "negative")
DROPPED_OF = 7  # "dropping": one request in so many stays without an answer
BLOCKS_MAX = 64  # shapes of requests that are remembered
BACKWARDS = 0xFFFF  # -1: the voltages come as L1, L3, L2
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3  # exception codes
REFUSALS = {1: "illegal function", 2: "illegal data address", 3: "illegal data value"}
TEXT, TEXT_BYTES, SERIAL_BYTES = 1, 16, 8  # of a meter that says who it is in text
STEP_BACK_WH = 10  # the first reading after "backwards" is this much lower
ROLL_OVER_WH = 100_000_000  # below zero the register goes on from its eight digits' end
NOTHING = MeterReading(taken_s=0.0, energy_wh=0)
CLOSE_S = 1.0  # for connections to notice that they are over
DELAYED_MAX = 64  # answers on their way; the next one is lost


class MeterImage:
    """The registers of one meter, as a function of what the world says now."""

    def __init__(
        self,
        values: Callable[[], MeterReading | None],
        serial: int = 21_000_001,
        unit: int = 1,
        model: MeterModel = SDM630,
    ) -> None:
        self.serial = serial
        self.code = model.code_value
        self.unit = unit
        self.model = model
        self.hidden: tuple[str, ...] = ()  # values that the part does not measure
        self.is_rotation_right = True
        self.signing = IskraSigning(self._text_of_now) if model.text else None
        self._blocks: dict[tuple[int, int], FastBlock] = {}
        self._values = values
        self._fault = "ok"
        self._held: MeterReading | None = None
        self._asked = 0

    @property
    def fault(self) -> str:
        """One of ``FAULTS``."""
        return self._fault

    @fault.setter
    def fault(self, name: str) -> None:
        if name not in FAULTS:
            raise ValueError(f"meter fault is {name!r}, allowed are {', '.join(FAULTS)}")
        if name != self._fault:
            self._held = self._values()
        self._fault = name

    @property
    def is_silent(self) -> bool:
        """Whether requests stay without an answer."""
        return self._fault == "silent" or self._values() is None

    def is_dropped(self) -> bool:
        """Count a request; tell whether its answer is lost."""
        self._asked += 1
        return self._fault == "dropping" and self._asked % DROPPED_OF == 0

    def __call__(self, unit: int, function: int, address: int, count: int) -> tuple[int, ...]:
        """Answer as the meter would; raise TransientError where it would say nothing."""
        if unit != self.unit or self.is_silent or self.is_dropped():
            raise TransientError(f"unit {unit} gave no answer")
        words = self.read(function, address, count)
        if isinstance(words, int):
            raise WrongDeviceError(f"unit {unit} refuses: {REFUSALS[words]} (exception {words})")
        return words

    def read(self, function: int, address: int, count: int) -> tuple[int, ...] | int:
        """Return ``count`` registers, or the exception code."""
        if count > self.model.count_max:
            return ILLEGAL_VALUE
        identity = self._identity(function)
        if address in identity:
            span = range(address, address + count)
            return tuple(identity[at] for at in span) if span[-1] in identity else ILLEGAL_ADDRESS
        if function == HOLDING and self.signing is not None:
            return self.signing.read(address, count)
        if function not in self.model.functions:
            return ILLEGAL_ADDRESS if function == HOLDING else ILLEGAL_FUNCTION
        areas = self.model.areas
        if not any(first <= address and address + count - 1 <= last for first, last in areas):
            return ILLEGAL_ADDRESS
        fast = self._fast_block(address, count)
        if fast is not None:
            return fast.words(self._faulted())
        placed = self._placed()
        return tuple(placed.get(at, 0) for at in range(address, address + count))

    def _fast_block(self, address: int, count: int) -> FastBlock | None:
        """The block that can be made in one go, if nothing about this meter is special."""
        if self._fault == "nan" or self.hidden or not self.is_rotation_right:
            return None
        block = self._blocks.get((address, count))
        if block is None:
            if len(self._blocks) >= BLOCKS_MAX:
                self._blocks.clear()
            block = self._blocks[address, count] = FastBlock(self.model, address, count)
        return block if block.is_possible else None

    def _placed(self) -> dict[int, int]:
        """What stands in the registers of this moment."""
        if self._fault == "nan":
            return meter_models.unavailable(self.model)
        placed = meter_models.registers(self.model, self._faulted(), self.hidden)
        if self.model.rotation is not None and not self.is_rotation_right:
            placed[self.model.rotation] = BACKWARDS
        return placed

    def write(self, address: int, values: tuple[int, ...]) -> int:
        """Take what is written; return 0, or an exception code."""
        return ILLEGAL_FUNCTION if self.signing is None else self.signing.write(address, values)

    def _identity(self, function: int) -> dict[int, int]:
        """Registers that say who this is."""
        model, placed = self.model, dict[int, int]()
        if function == HOLDING and model.serial is not None:
            placed.update(enumerate((self.serial >> 16, self.serial & 0xFFFF), model.serial))
        if function == HOLDING and model.code is not None:
            placed[model.code] = self.code
        if function == INPUT and model.text:
            text = model.text.encode().ljust(TEXT_BYTES, b"\0")
            text += str(self.serial).encode()[:SERIAL_BYTES].rjust(SERIAL_BYTES, b"0")
            words = (int.from_bytes(text[at : at + 2]) for at in range(0, len(text), 2))
            placed.update(enumerate(words, TEXT))
        return placed

    def _text_of_now(self) -> str:
        """What a signature is put under: who, and how much."""
        return f"{self.serial};{self._faulted().energy_wh}"

    def _faulted(self) -> MeterReading:
        """Return the world's values as the fault lets them through."""
        now, held = self._values() or NOTHING, self._held
        if held is None or self._fault not in ("frozen", "backwards", "negative"):
            return now
        if self._fault == "negative":
            return _reversed(now, held)
        if self._fault == "frozen":
            return held
        risen_wh = now.energy_wh - held.energy_wh
        energy_wh = (held.energy_wh - STEP_BACK_WH - risen_wh) % ROLL_OVER_WH
        return dataclasses.replace(now, energy_wh=energy_wh)


def register_image(values: Callable[[], MeterReading | None], unit: int = 1) -> MeterImage:
    """Return the same registers without a line, for ``MemoryModbusBus``."""
    return MeterImage(values, unit=unit)


def _reversed(now: MeterReading, held: MeterReading) -> MeterReading:
    """Current transformers the wrong way round: import stands, export counts."""
    first_w, second_w, third_w = (-(value or 0.0) for value in now.power_phase_w)
    return dataclasses.replace(
        now,
        energy_wh=held.energy_wh,
        energy_export_wh=now.energy_wh - held.energy_wh,
        power_w=first_w + second_w + third_w,
        power_phase_w=(first_w, second_w, third_w),
    )


class MeterTwin:
    """Meters and their line. Line faults beyond ``fault`` are plain attributes for tests.

    ``units`` are all that hang on the line; ``image`` is the first. ``spoil``, if set, is given
    each answer as it would be sent and returns what is sent when: (seconds from now, bytes).
    """

    def __init__(
        self,
        values: Callable[[], MeterReading | None],
        unit: int = 1,
        serial: int = 21_000_001,
        model: MeterModel = SDM630,
    ) -> None:
        self.image = MeterImage(values, serial, unit, model)
        self.units: dict[int, MeterImage] = {unit: self.image}
        self.delay_s = 0.0  # each answer is this late
        self.copies = 1  # each answer comes this many times
        self.noise = b""  # ahead of each answer
        self.cut_count = 0  # bytes missing at the end of each answer
        self.spoil: Callable[[bytes], list[tuple[float, bytes]]] | None = None
        self.request_count = 0
        self._slave = Slave(self.units)
        self._line = PtyLine(self._from_driver)
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}
        self._delayed: set[asyncio.TimerHandle] = set()

    @property
    def fault(self) -> str:
        """One of ``FAULTS``."""
        return self.image.fault

    @fault.setter
    def fault(self, name: str) -> None:
        self.image.fault = name

    def add(self, image: MeterImage) -> None:
        """Hang another meter on the line."""
        self.units[image.unit] = image

    async def start(self) -> str:
        """Serve, and return the path of the serial port for the driver."""
        return self._line.open()

    async def start_tcp(self, port: int = 0) -> str:
        """Serve Modbus TCP here, port 0 for a free one; return it as ``BusBook`` takes it."""
        self._server = await asyncio.start_server(self._serve_tcp, "127.0.0.1", port)
        return f"tcp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """End the line; safe twice."""
        for handle in self._delayed:
            handle.cancel()
        self._delayed.clear()
        if self._server is not None:
            self._server.close()
            self._server = None
        tasks = [task for task in self._connections if task is not None]
        for writer in self._connections.values():
            writer.close()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_S)
        self._line.close()

    def write(self, data: bytes) -> None:
        """Put bytes on the line that nobody asked for."""
        self._line.write(data)

    def answers(self, data: bytes) -> list[bytes]:
        """What the meters of this line say to these bytes, check sum included."""
        self.request_count += 1
        return [answer for answer in self._slave.feed(data) if self._is_heard(answer)]

    def _is_heard(self, answer: bytes) -> bool:
        """Unless the meter is dead, or has lost this one."""
        image = self.units[answer[0]]
        return not image.is_silent and not image.is_dropped()

    def _from_driver(self, data: bytes) -> None:
        for answer in self.answers(data):
            for delay_s, sent in self._spoiled(answer):
                self._send_late(partial(self._line.write, sent), delay_s)

    def _spoiled(self, answer: bytes) -> list[tuple[float, bytes]]:
        """What the line makes of an answer."""
        if self.spoil is not None:
            return self.spoil(answer)
        sent = self.noise + answer[: len(answer) - self.cut_count]
        return [(self.delay_s * (copy + 1), sent) for copy in range(self.copies)]

    async def _serve_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: header of seven bytes, the unit its last; ended by the other side."""
        task = asyncio.current_task()
        self._connections[task] = writer
        try:
            while True:
                header = await reader.readexactly(6)
                body = await reader.readexactly(int.from_bytes(header[4:6]))
                for answer in self.answers(framed(body)):
                    said = answer[:-2]
                    writer.write(header[:4] + len(said).to_bytes(2) + said)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            del self._connections[task]
            writer.close()

    def _send_late(self, send: Callable[[], None], delay_s: float) -> None:
        self._delayed = {handle for handle in self._delayed if not _is_over(handle)}
        if delay_s <= 0:
            send()
        elif len(self._delayed) < DELAYED_MAX:
            loop = asyncio.get_running_loop()
            self._delayed.add(loop.call_later(delay_s, send))


def _is_over(handle: asyncio.TimerHandle) -> bool:
    return handle.cancelled() or handle.when() < asyncio.get_running_loop().time()
