"""Fakes: what stands in for hardware where no wire is wanted; they pass the drivers' contracts.

Each drives the far side by plain methods (``hold``, ``remove``, ``set``, ``fail``) and is read at
the near side through its port. Time is whatever clock they are given.
"""

import asyncio
import dataclasses
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from ampkeeper.hal.errors import AbsentError, HalError, TransientError, WrongDeviceError
from ampkeeper.hal.ports import Clock, Light, MeterIdentity, MeterReading, Press, Tag

Answer = TypeVar("Answer")

LONG_S = 3.0  # as the ``Press`` of the port has it
PRESSES_MAX = 4  # nobody has asked for yet; the oldest is dropped
TAGS_MAX = 16  # presentations nobody has asked for yet; the oldest is dropped


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = datetime(2026, 1, 1, tzinfo=UTC), now_s: float = 0.0) -> None:
        self._at = at
        self._now_s = now_s

    def now(self) -> datetime:
        """Aware UTC."""
        return self._at

    def now_s(self) -> float:
        """Monotonic seconds."""
        return self._now_s

    def pass_s(self, seconds: float) -> None:
        """Let time go by, for both clocks."""
        self._now_s += seconds
        self._at += timedelta(seconds=seconds)

    def step(self, seconds: float) -> None:
        """Correct the wall clock; the monotonic one does not notice."""
        self._at += timedelta(seconds=seconds)


class FakeMeter:
    """A meter that shows what it is set to."""

    def __init__(self, clock: Clock, serial: str = "1", energy_wh: int = 0) -> None:
        self._clock = clock
        self._identity = MeterIdentity("Ampkeeper", "FakeMeter", serial)
        self._shown = MeterReading(0.0, energy_wh)
        self._error: HalError | None = None
        self._is_open = False

    def set(self, **values: Any) -> None:
        """Show other values from now on; names are those of ``MeterReading``."""
        self._shown = dataclasses.replace(self._shown, **values)

    def fail(self, error: HalError | None) -> None:
        """Fail with ``error`` from now on; None: work again."""
        self._error = error

    async def open(self) -> MeterIdentity:
        """Prove that the part is there; raise AbsentError or WrongDeviceError."""
        if isinstance(self._error, TransientError):
            raise AbsentError(str(self._error))
        if self._error is not None:
            raise self._error
        self._is_open = True
        return self._identity

    async def read(self) -> MeterReading:
        """Measure now; raise TransientError or AbsentError."""
        if not self._is_open:
            raise AbsentError("not open")
        if self._error is not None:
            raise self._error
        return dataclasses.replace(self._shown, taken_s=self._clock.now_s())

    def close(self) -> None:
        """Release; safe twice."""
        self._is_open = False


class FakeReader:
    """A reader into whose field cards are held."""

    def __init__(self) -> None:
        self._tags: list[Tag] = []
        self._held = ""
        self._error: HalError | None = None
        self._changed = asyncio.Event()

    def hold(self, uid: str, kind: str = "ISO14443") -> None:
        """Hold a card at the reader; until ``remove`` it is one presentation."""
        if uid != self._held and self._error is None:  # a part that is gone sees nobody
            self._tags.append(Tag(uid, kind))
            del self._tags[:-TAGS_MAX]
        self._held = uid
        self._changed.set()

    def remove(self) -> None:
        """Take the card away for long enough."""
        self._held = ""

    def fail(self, error: HalError | None) -> None:
        """Fail with ``error`` from now on; None: work again."""
        self._error = error
        self._changed.set()

    async def open(self) -> None:
        """Prove that the part is there; raise AbsentError or WrongDeviceError."""
        if self._error is not None:
            raise self._error

    async def next_tag(self) -> Tag:
        """Wait for a new presentation; ends when a test holds a card or lets it fail."""
        while True:
            if self._error is not None:
                raise self._error
            if self._tags:
                return self._tags.pop(0)
            self._changed.clear()
            await self._changed.wait()

    def close(self) -> None:
        """Release; safe twice."""


class FakeIndicator:
    """A lamp and a buzzer that are looked at, and a button that is pressed."""

    def __init__(self) -> None:
        self.light: Light = (0.0, 0.0, 0.0)
        self.is_sounding = False
        self.is_open = False
        self._presses: list[Press] = []
        self._error: HalError | None = None
        self._changed = asyncio.Event()

    def press(self, held_s: float = 0.3) -> None:
        """Press the button and let it go after ``held_s``."""
        self._presses.append(Press(is_long=held_s >= LONG_S))
        del self._presses[:-PRESSES_MAX]
        self._changed.set()

    def fail(self, error: HalError | None) -> None:
        """Fail with ``error`` from now on; None: work again."""
        self._error = error
        self._changed.set()

    async def open(self) -> None:
        """Claim what is fitted; raise AbsentError."""
        if self._error is not None:
            raise self._error
        self.is_open = True
        self._presses.clear()

    def show(self, light: Light) -> None:
        """Light the lamp like this until told otherwise."""
        self._check()
        self.light = light

    def sound(self, is_on: bool) -> None:
        """Let the buzzer sound until told otherwise."""
        self._check()
        self.is_sounding = is_on

    async def next_press(self) -> Press:
        """Wait for a press; ends when a test presses or lets it fail."""
        while True:
            self._check()
            if self._presses:
                return self._presses.pop(0)
            self._changed.clear()
            await self._changed.wait()

    def close(self) -> None:
        """Lamp and buzzer off; release; safe twice."""
        self.light, self.is_sounding, self.is_open = (0.0, 0.0, 0.0), False, False
        self._changed.set()

    def _check(self) -> None:
        if self._error is not None:
            raise self._error
        if not self.is_open:
            raise AbsentError("not open")


RegisterFunction = Callable[[int, int, int, int], tuple[int, ...]]
WriteFunction = Callable[[int, int, tuple[int, ...]], None]


def _read_only(unit: int, address: int, values: tuple[int, ...]) -> None:
    raise WrongDeviceError(f"unit {unit} refuses: illegal function (exception 1)")


class MemoryModbusBus:
    """A bus without a line: ``registers(unit, function, address, count)`` answers or raises.

    ``write(unit, address, values)`` takes what is written, or raises. A unit that stays silent
    (TransientError) costs ``timeout_s``, as it would on a line.
    """

    def __init__(
        self,
        registers: RegisterFunction,
        timeout_s: float = 0.0,
        write: WriteFunction = _read_only,
    ) -> None:
        self._registers = registers
        self._write = write
        self._timeout_s = timeout_s
        self._is_open = False
        self._error: HalError | None = None

    def fail(self, error: HalError | None) -> None:
        """Fail with ``error`` from now on, whoever is asked; None: work again."""
        self._error = error

    async def open(self) -> None:
        """Take the line; raise AbsentError."""
        if isinstance(self._error, AbsentError):
            raise self._error
        self._is_open = True

    async def read_registers(
        self, unit: int, function: int, address: int, count: int
    ) -> tuple[int, ...]:
        """Read; raise any of the hardware layer's errors."""
        return await self._answer(lambda: self._registers(unit, function, address, count))

    async def write_register(
        self, unit: int, address: int, value: int, *, attempts: int = 2
    ) -> None:
        """Write one register; raise any of the hardware layer's errors."""
        await self._answer(lambda: self._write(unit, address, (value,)))

    async def write_registers(
        self, unit: int, address: int, values: Sequence[int], *, attempts: int = 2
    ) -> None:
        """Write registers; raise any of the hardware layer's errors."""
        await self._answer(lambda: self._write(unit, address, tuple(values)))

    async def _answer(self, call: Callable[[], Answer]) -> Answer:
        if not self._is_open:
            raise AbsentError("not connected")
        try:
            if self._error is not None:
                raise self._error
            return call()
        except TransientError:
            await asyncio.sleep(self._timeout_s)
            raise

    def close(self) -> None:
        """Release the line; safe twice."""
        self._is_open = False
