"""Meter twin: an SDM630 on a pty, whose values come from the emulated world while it is read.

The registers are one function (``MeterImage``), served by pymodbus over a real line, or without
any line through ``MemoryModbusBus`` in virtual time. Value faults ("nan", "frozen", "backwards",
"negative") are put into the image, line faults ("silent", "dropping", late, doubled, noise) into
the pump between the driver's pty and the server's: the driver under test is the shipped one, and
so is the server.
A world that says None makes the meter silent too.
pymodbus 3.16's server answers unknown units with an exception; a line with no such unit is
silent, so the pump passes on only what is meant for this meter.
"""

import asyncio
import dataclasses
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

from ampkeeper.board.emulated.twin_line import PtyLine
from ampkeeper.hal.errors import TransientError, WrongDeviceError
from ampkeeper.hal.ports import MeterReading

if TYPE_CHECKING:
    from pymodbus.constants import ExcCodes
    from pymodbus.server import ModbusSerialServer

FAULTS = ("ok", "silent", "nan", "frozen", "backwards", "dropping", "negative")
DROPPED_OF = 7  # "dropping": one request in so many stays without an answer
HOLDING, INPUT = 3, 4  # Modbus function codes
INPUT_COUNT = 0x0160  # the SDM630's last register is 0x015F
HOLDING_ADDRESS, HOLDING_COUNT = 0xFC00, 3  # serial number, code
CODE = 0x0070  # SDM630 V2
STEP_BACK_WH = 10  # the first reading after "backwards" is this much lower
ROLL_OVER_WH = 100_000_000  # below zero the register goes on from its eight digits' end
ZERO_WORDS, NAN_WORDS = (0, 0), (0x7FC0, 0)  # float32 0.0 and NaN
NOTHING = MeterReading(taken_s=0.0, energy_wh=0)
DELAYED_MAX = 64  # answers on their way; the next one is lost


class MeterImage:
    """The registers of one meter, as a function of what the world says now."""

    def __init__(
        self, values: Callable[[], MeterReading | None], serial: int = 21_000_001, unit: int = 1
    ) -> None:
        self.serial = serial
        self.code = CODE
        self.unit = unit
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
        words = self.words(function, address, count)
        if words is None:
            raise WrongDeviceError(f"unit {unit} refuses: illegal data address (exception 2)")
        return words

    def words(self, function: int, address: int, count: int) -> tuple[int, ...] | None:
        """Return ``count`` registers, or None where the meter has none."""
        if function == INPUT and address + count <= INPUT_COUNT:
            return self._inputs(address, count)
        first = address - HOLDING_ADDRESS
        if function == HOLDING and first >= 0 and first + count <= HOLDING_COUNT:
            return (self.serial >> 16, self.serial & 0xFFFF, self.code)[first : first + count]
        return None

    def _inputs(self, address: int, count: int) -> tuple[int, ...]:
        """Return input registers: float32, high word first, 0.0 where nothing is."""
        if self._fault == "nan":
            return tuple(NAN_WORDS[at % 2] for at in range(address, address + count))
        floats = _floats(self._faulted())
        words = struct.unpack(
            f">{2 * len(floats)}H", struct.pack(f">{len(floats)}f", *floats.values())
        )
        placed = dict(zip(floats, zip(words[::2], words[1::2], strict=True), strict=True))
        return tuple(
            placed.get(at & ~1, ZERO_WORDS)[at & 1] for at in range(address, address + count)
        )

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


def _floats(now: MeterReading) -> dict[int, float]:
    """Place the values where the SDM630 has them."""
    voltage_v = [value or 0.0 for value in now.voltage_v]
    current_a = [value or 0.0 for value in now.current_a]
    power_w = [value or 0.0 for value in now.power_phase_w]
    factor = 1.0 if now.power_factor is None else now.power_factor
    floats = {
        0x34: sum(power_w) if now.power_w is None else now.power_w,
        0x3E: factor,
        0x46: 50.0 if now.frequency_hz is None else now.frequency_hz,
        0x48: now.energy_wh / 1000,
        0x4A: (now.energy_export_wh or 0) / 1000,
    }
    for phase in range(3):
        floats[0x00 + 2 * phase] = voltage_v[phase]
        floats[0x06 + 2 * phase] = current_a[phase]
        floats[0x0C + 2 * phase] = power_w[phase]
        floats[0x1E + 2 * phase] = factor
    return floats


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
    """The meter and its line. Line faults beyond ``fault`` are plain attributes for tests."""

    def __init__(
        self, values: Callable[[], MeterReading | None], unit: int = 1, serial: int = 21_000_001
    ) -> None:
        self.image = MeterImage(values, serial, unit)
        self.delay_s = 0.0  # each answer is this late
        self.copies = 1  # each answer comes this many times
        self.noise = b""  # ahead of each answer
        self.cut_count = 0  # bytes missing at the end of each answer
        self.request_count = 0
        self._line = PtyLine(self._from_driver)
        self._server_line = PtyLine(self._from_server)
        self._server: ModbusSerialServer | None = None
        self._delayed: set[asyncio.TimerHandle] = set()

    @property
    def fault(self) -> str:
        """One of ``FAULTS``."""
        return self.image.fault

    @fault.setter
    def fault(self, name: str) -> None:
        self.image.fault = name

    async def start(self) -> str:
        """Serve, and return the path of the serial port for the driver."""
        from pymodbus.server import ModbusSerialServer  # 29 MB that a charger never needs
        from pymodbus.simulator import DataType, SimData, SimDevice

        def registers(address: int, count: int) -> list[SimData]:
            return [SimData(address, count=count, values=0, datatype=DataType.REGISTERS)]

        bits = [SimData(0, count=16, values=False, datatype=DataType.BITS)]
        device = SimDevice(
            self.image.unit,
            simdata=(
                bits,
                bits,
                registers(HOLDING_ADDRESS, HOLDING_COUNT),
                registers(0, INPUT_COUNT),
            ),
            action=self._refresh,
        )
        path = self._line.open()
        self._server = ModbusSerialServer(device, port=self._server_line.open())
        await self._server.serve_forever(background=True)
        return path

    async def stop(self) -> None:
        """End the line; safe twice."""
        for handle in self._delayed:
            handle.cancel()
        self._delayed.clear()
        if self._server is not None:
            self._server.close()
            self._server = None
        self._line.close()
        self._server_line.close()

    async def _refresh(
        self,
        function: int,
        start: int,
        address: int,
        count: int,
        registers: list[int],
        written: list[int] | list[bool] | None,
    ) -> "ExcCodes | None":
        """Put the values of this moment under a read; nothing can be written."""
        words = None if written else self.image.words(function, address, count)
        if words is None:
            from pymodbus.constants import ExcCodes

            return ExcCodes.ILLEGAL_ADDRESS
        registers[address - start : address - start + count] = words
        return None

    def _from_driver(self, data: bytes) -> None:
        """Pass a request on, unless it is for somebody else or the meter is dead."""
        self.request_count += 1
        is_mine = data[0] == self.image.unit
        if is_mine and not self.image.is_silent and not self.image.is_dropped():
            self._server_line.write(data)

    def _from_server(self, data: bytes) -> None:
        """Pass an answer on, as well as the line does."""
        answer = self.noise + data[: len(data) - self.cut_count]
        for copy in range(self.copies):
            self._send_late(answer, self.delay_s * (copy + 1))

    def _send_late(self, answer: bytes, delay_s: float) -> None:
        self._delayed = {handle for handle in self._delayed if not _is_over(handle)}
        if delay_s <= 0:
            self._line.write(answer)
        elif len(self._delayed) < DELAYED_MAX:
            loop = asyncio.get_running_loop()
            self._delayed.add(loop.call_later(delay_s, self._line.write, answer))


def _is_over(handle: asyncio.TimerHandle) -> bool:
    return handle.cancelled() or handle.when() < asyncio.get_running_loop().time()
