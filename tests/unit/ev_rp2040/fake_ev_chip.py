"""The EV board's own modules of MicroPython, wired to a simulated charger, in the twin's time.

``Chip`` is ``machine``, ``rp2``, ``uctypes``, ``select``, ``time`` and ``sys`` at once. A state
machine pushes what the program of ``edges.py`` pushes (``test_ev_pio.py``) for each edge of its
pin; a DMA channel puts the words into the ring at which it was pointed.
"""

import sys
from collections import deque
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ampkeeper.board.ev_rp2040 import wiring as w
from ampkeeper.board.ev_rp2040.stamps import COUNTER_MASK, COUNTER_START, COUNTS_PER_US
from tools.hil import bench as b
from tools.hil.record import COIL, DUTY
from tools.hil.twin import StationTwin

CTRL, RXF0 = 0x50200000, 0x50200020
BUFFER = 0x20001234
TICKS_ROUND = 1 << 30
BOOTED_US = (1 << 30) - 2_000_000  # the board has been up for a while: ticks come round soon


class Reset(Exception):
    """The watchdog restarted the processor."""


class FakePin:
    """One pin; an output moves a relay of the rig."""

    IN, OUT, PULL_DOWN, IRQ_FALLING = "in", "out", "down", "falling"

    def __init__(self, chip: "Chip", gpio: int) -> None:
        self.chip = chip
        self.gpio = gpio
        self.level = 0
        self.handler: Callable[[Any], None] | None = None
        self.machine: FakeMachine | None = None

    def value(self, *new: int) -> int:
        if new and new[0] != self.level:
            self.level = new[0]
            self.chip.driven(self.gpio, new[0])
        return self.level

    def irq(self, handler: Callable[[Any], None], trigger: str) -> None:
        assert trigger == self.IRQ_FALLING
        self.handler = handler

    def move(self, level: int) -> None:
        """From outside."""
        if level == self.level:
            return
        self.level = level
        if self.machine is not None:
            self.machine.push(level)
        if not level and self.handler is not None:
            self.handler(self)


class FakeMachine:
    """``rp2.StateMachine`` with the catchers' program."""

    def __init__(self, chip: "Chip", number: int, program: Any, freq: int, jmp_pin: Any) -> None:
        assert freq * 4 == chip.hertz, "a count is 0.1 us only then"
        self.chip = chip
        self.number = number
        self.said: list[str] = []
        self.words: deque[int] = deque()
        jmp_pin.machine = self
        chip.machines[number] = self

    def exec(self, text: str) -> None:
        self.said.append(text)

    def push(self, level: int) -> None:
        if not self.chip.started & 1 << self.number:
            return
        count = (self.chip.now_us - self.chip.started_us) * COUNTS_PER_US
        word = ((COUNTER_START - count) & COUNTER_MASK) << 1 | level
        for channel in self.chip.channels:
            channel.pace(self.number, word)


class FakeDma:
    """``rp2.DMA``: from the FIFO of a state machine into a ring."""

    def __init__(self, chip: "Chip") -> None:
        self.chip = chip
        self.count = 0
        self.control: dict[str, Any] = {}
        chip.channels.append(self)

    def pack_ctrl(self, **fields: Any) -> dict[str, Any]:
        return fields

    def config(self, read: int, write: int, count: int, ctrl: Any, trigger: bool) -> None:
        assert trigger
        self.size = 1 << ctrl["ring_size"]
        assert write % self.size == 0, "the ring is not at a multiple of its size"
        assert BUFFER <= write <= BUFFER + self.size, "the ring is not in the buffer"
        assert (ctrl["size"], ctrl["inc_read"], ctrl["inc_write"]) == (2, False, True)
        assert ctrl["ring_sel"], "the ring is the write address's"
        assert read == RXF0 + 4 * (ctrl["treq_sel"] - 4)
        self.paced_by = ctrl["treq_sel"] - 4
        self.base, self.at, self.count = write, write, count

    def pace(self, number: int, word: int) -> None:
        if number == self.paced_by:
            self.chip.memory[number, self.at] = word
            self.at = self.base + (self.at - self.base + 4) % self.size
            self.count -= 1


class Memory:
    """``machine.mem32``: the state machines' start, and the rings."""

    def __init__(self, chip: "Chip") -> None:
        self.chip = chip

    def __setitem__(self, address: int, value: int) -> None:
        assert address == CTRL
        self.chip.started = value
        self.chip.started_us = self.chip.now_us

    def __getitem__(self, address: int) -> int:
        return self.chip.memory[self.chip.reading, address]


class Chip:
    """One board, its rig and the charger. ``pass_ms`` is time; ``said`` what it printed."""

    def __init__(self, twin: StationTwin) -> None:
        self.twin = twin
        self.now_us = BOOTED_US
        self.hertz = 125_000_000
        self.heard: deque[int] = deque()
        self.said = ""
        self.pins: dict[int, FakePin] = {}
        self.channels: list[FakeDma] = []
        self.machines: dict[int, FakeMachine] = {}
        self.memory: dict[tuple[int, int], int] = {}
        self.reading = 0
        self.started = self.started_us = 0
        self.moves: list[tuple[str, int]] = []
        self.fed_us: int | None = None
        self._names = {pin: name for name, pin in w.RELAYS}
        self._amperes = {pin: current_a for current_a, pin in w.CODINGS}
        self.pin(w.ESTOP).level = 1

    def pin(self, gpio: int) -> FakePin:
        return self.pins.setdefault(gpio, FakePin(self, gpio))

    def driven(self, gpio: int, level: int) -> None:
        name = self._names.get(gpio, "coding")
        self.moves.append((name, level))
        if name in b.SWITCHES:
            self.twin.set(name, bool(level))
        if gpio in self._amperes:
            closed = [amp for pin, amp in self._amperes.items() if self.pins[pin].level]
            assert len(closed) <= 1, "two coding resistors at once"
            for current_a in closed:
                self.twin.set_cable(current_a)
            self.twin.set(b.PROXIMITY_OPEN, not closed)

    def is_on(self, name: str) -> bool:
        return bool(self.pins[dict(w.RELAYS)[name]].level)

    def pass_ms(self, wait_ms: int) -> None:
        """One period of the pilot a millisecond, then the coil."""
        for _ in range(wait_ms):
            start_us = self.now_us
            duty = self.twin.seen()[DUTY]
            pilot = self.pin(w.PILOT)
            pilot.move(int(duty > 0))
            self.now_us = start_us + min(duty, 999)
            pilot.move(int(duty >= 1_000))
            self.now_us = start_us + 1_000
            self.twin.pass_ms(1)
            self.pin(w.COIL).move(self.twin.seen()[COIL])
            if self.fed_us is not None and self.now_us - self.fed_us > 1_000_000:
                raise Reset

    def modules(self) -> dict[str, ModuleType]:
        """What ``import`` finds on the board."""
        machine: Any = ModuleType("machine")
        machine.Pin = PinMaker(self)
        machine.freq = self._set_freq
        machine.mem32 = Memory(self)
        machine.WDT = self._watchdog
        rp2: Any = ModuleType("rp2")
        rp2.StateMachine = lambda *words, **more: FakeMachine(self, *words, **more)
        rp2.DMA = lambda: FakeDma(self)
        rp2.PIO = type("PIO", (), {"JOIN_RX": 2})
        rp2.asm_pio = lambda **settings: lambda function: function
        uctypes: Any = ModuleType("uctypes")
        uctypes.addressof = lambda buffer: BUFFER
        return {"machine": machine, "rp2": rp2, "uctypes": uctypes}

    def ticks_us(self) -> int:
        return self.now_us % TICKS_ROUND

    def ticks_diff(self, later: int, earlier: int) -> int:
        return (later - earlier + TICKS_ROUND // 2) % TICKS_ROUND - TICKS_ROUND // 2

    def poll(self, wait_ms: int) -> bool:
        assert wait_ms == 0, "the loop never waits"
        return bool(self.heard)

    def read(self, size: int) -> bytes:
        assert size == 1
        return bytes([self.heard.popleft()])

    def print(self, *words: Any) -> None:
        self.said += " ".join(map(str, words)) + "\r\n"

    def feed(self) -> None:
        self.fed_us = self.now_us

    def _set_freq(self, hertz: int) -> None:
        self.hertz = hertz

    def _watchdog(self, timeout: int) -> "Chip":
        assert timeout == 1_000
        self.feed()
        return self


class PinMaker:
    """``machine.Pin``."""

    IN, OUT, PULL_DOWN, IRQ_FALLING = "in", "out", "down", "falling"

    def __init__(self, chip: Chip) -> None:
        self.chip = chip

    def __call__(self, gpio: int, mode: str, pull: str = "", value: int | None = None) -> FakePin:
        pin = self.chip.pin(gpio)
        if value is not None:
            pin.value(value)
        return pin


def forget_board() -> None:
    """Let the next import of the board's files find the modules of another chip."""
    for name in ("main", "catcher", "edges"):
        sys.modules.pop(f"ampkeeper.board.ev_rp2040.{name}", None)
