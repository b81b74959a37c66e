"""The far side of board pi_peak: peak detectors, converter, pins, PWM files; a simulated world.

The shipped code sees gpiozero's mock pins, an SPI line that answers as an MCP3208 does, and PWM
files in a folder. ``Twin`` runs in virtual time, ``RealTwin`` on the machine's clock.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from gpiozero.pins.mock import MockFactory

from ampkeeper.board.emulated.grid import Grid
from ampkeeper.board.emulated.world import EvseSpec, EvseWorld
from ampkeeper.board.pi_peak.facts import COUNTS_MAX, TEMPERATURES, Facts, load_facts
from ampkeeper.board.pi_peak.hardware import TICK_NS, PeakHardware
from ampkeeper.firmware.safety.signals import LOCK_DRIVE, LOCK_REST, UNLOCK_DRIVE, Outputs
from ampkeeper.hal.linux.pwm import SysfsPwm

NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000
PERIOD_NS = 1_000_000
MONOSTABLE_NS = 200 * NS_PER_MS
SPI_BYTES = 3
START_SINGLE = 0b11  # start bit, and single-ended
RAIL_MV = 12_000
PWM_FILES = {"period": "0", "duty_cycle": "0", "enable": "0", "polarity": "normal"}


class TwinSpi:
    """Answers transfers of 24 bits as an MCP3208 does (DS21298 figure 6-1)."""

    bits_per_word = 8

    def __init__(self, counts: Callable[[int], int]) -> None:
        self._counts = counts

    def transfer(self, data: list[int]) -> list[int]:
        """Three bytes out, three bytes in."""
        assert len(data) == SPI_BYTES
        word = data[0] << 16 | data[1] << 8 | data[2]
        assert word >> 17 == START_SINGLE, f"{word:024b}"
        counts = self._counts(word >> 14 & 0b111)
        return [0xFF, 0xE0 | counts >> 8, counts & 0xFF]  # the bits before the null bit float

    def close(self) -> None:
        """Nothing to release."""


class Twin:
    """One EVSE's world at the pins. Reading or sleeping lets it go on to the present."""

    def __init__(self, folder: Path, facts: Facts | None = None) -> None:
        self.facts = facts or load_facts()
        self.facts = self.facts._replace(pwm_chip=folder / "pwmchip0")
        self.world = EvseWorld(EvseSpec(1), Grid(), Random(1))
        self.factory: Any = MockFactory()
        self.factory.spi = lambda **_: TwinSpi(self.counts)
        self.is_spi_broken = False
        self.stuck_counts: int | None = None
        self.reference_mv = 2_500
        self.late_ns = 0  # every sleep lasts longer by this
        self.edges: list[tuple[int, int]] = []  # when and to what the coil's supply changed
        self.after_ms: Callable[[], None] = _nothing
        self._clock_ns = 0
        self._world_ns = 0
        self._outputs = Outputs()
        self._high_mv = self._low_mv = 0
        self._coil = 0
        self._is_reset = False
        self._beat = 0
        self._beat_ns = 0
        self._seen_counts: dict[tuple[str, int], int] = {}
        self._make_pwm_files()
        inputs = {name: at.gpio for name, at in self.facts.lines.inputs.items()}
        pins = {**self.facts.lines.outputs, **inputs}
        self._pins = {name: self.factory.pin(gpio) for name, gpio in pins.items()}
        self._names = {at.channel: name for name, at in self.facts.channels.items()}
        self._measured = self.world.step(0, self._outputs)
        for name in self.facts.lines.inputs:
            self._pins[name]._set_pull = _hold_level  # the wire is stronger than a pull
        self._drive_inputs()
        self._watch_reset()

    def hardware(self) -> PeakHardware:
        """The shipped hardware, on this twin."""
        chip, channel = self.facts.pwm_chip, self.facts.pwm_channel
        return PeakHardware(self.facts, self.factory, SysfsPwm(chip, channel, PERIOD_NS))

    def clock_ns(self) -> int:
        """Monotonic time."""
        return self._clock_ns

    def sleep(self, duration_s: float) -> None:
        """Let time pass."""
        self._clock_ns += round(duration_s * NS_PER_S) + self.late_ns
        self.advance()

    def stall(self, duration_ms: int) -> None:
        """Something else has the processor for this long."""
        self._clock_ns += duration_ms * NS_PER_MS

    def world_ms(self) -> int:
        """The millisecond that the world is at."""
        return self._world_ns // NS_PER_MS

    def advance(self) -> None:
        """Let the world go on, in steps of 1 ms."""
        now_ns = self.clock_ns()
        if self._world_ns + NS_PER_MS > now_ns:
            return
        self._look()
        while self._world_ns + NS_PER_MS <= now_ns:
            self._world_ns += NS_PER_MS
            self._step()
        self._drive_inputs()

    def pin(self, name: str) -> int:
        """The level of an output; nobody drives it: its pull-down does."""
        if name not in self._pins:
            return 0
        pin = self._pins[name]
        return int(pin.function == "output" and bool(pin.state))

    def duty_ns(self) -> int:
        """What the PWM files say; the pin idles high where PWM is off."""
        is_on = os.pread(self._fds["enable"], 1, 0) == b"1"
        return int(os.pread(self._fds["duty_cycle"], 16, 0).split()[0]) if is_on else PERIOD_NS

    def tear(self, name: str) -> None:
        """Break the wire of an input: its pull-up is all there is."""
        self._pins.pop(name).drive_high()

    def counts(self, channel: int) -> int:
        """One conversion."""
        if self.is_spi_broken:
            raise OSError("SPI transfer error")
        self.advance()
        if self.stuck_counts is not None:
            return self.stuck_counts
        name = self._names[channel]
        return self._counts_of(name, self._value(name))

    def _value(self, name: str) -> int:
        if name == "cp_high":
            return self._high_mv
        if name == "cp_low":
            return self._low_mv
        if name == "reference":
            return self.reference_mv
        if name == "pp":
            return self._measured.pp_ohm
        if name in TEMPERATURES:
            return int(getattr(self._measured, f"{name}_dc"))
        return int(getattr(self._measured, f"{name}_mv"))

    def _counts_of(self, name: str, value: int) -> int:
        """Find the counts whose scale gives ``value``, or the end of the range nearest to it."""
        key = (name, value)
        if key not in self._seen_counts:
            of = self.facts.channels[name].scale.of
            every = range(COUNTS_MAX[self.facts.adc_chip] + 1)
            self._seen_counts[key] = min(every, key=lambda counts: abs(of(counts) - value))
        return self._seen_counts[key]

    def _look(self) -> None:
        """See what is driven; pins change only while the world stands still."""
        outputs = self._outputs
        beat = self.pin("heartbeat")
        if beat != self._beat:
            self._beat, self._beat_ns = beat, self._world_ns
        self._coil = self.pin("coil")
        self._is_reset = bool(self.pin("peak_reset"))
        outputs.duty_ticks = self.duty_ns() // TICK_NS
        outputs.phases = 3 if self.pin("phase_relay") else 1
        outputs.cp_connected = 1 - self.pin("cp_disconnect")
        outputs.rcd_test = self.pin("rcd_test")
        outputs.lock_drive = LOCK_REST
        if self.pin("lock_in"):
            outputs.lock_drive = LOCK_DRIVE
        elif self.pin("lock_out"):
            outputs.lock_drive = UNLOCK_DRIVE

    def _step(self) -> None:
        is_alive = self._world_ns - self._beat_ns < MONOSTABLE_NS
        coil = int(self._coil and is_alive)
        if coil != self._outputs.coil:
            self.edges.append((self._world_ns, coil))
        self._outputs.coil = coil
        self._measured = self.world.step(1, self._outputs)
        if self._is_reset:
            self._high_mv = self._low_mv = 0
        else:
            self._high_mv = max(self._high_mv or -RAIL_MV, self.world.high_mv)
            self._low_mv = min(self._low_mv or RAIL_MV, self.world.low_mv)
        self.after_ms()

    def _drive_inputs(self) -> None:
        for name, at in self.facts.lines.inputs.items():
            is_active = getattr(self._measured, name, 0) == 1
            pin = self._pins.get(name)
            if pin is None or pin.function != "input":
                continue
            if bool(pin.state) != (is_active == at.is_active_high):
                (pin.drive_low if pin.state else pin.drive_high)()

    def _watch_reset(self) -> None:
        """The world goes on to the moment at which the detectors are emptied or let go."""
        pin = self._pins["peak_reset"]
        change = pin._change_state

        def follow(level: bool) -> None:
            self.advance()
            change(level)
            if level:
                self._high_mv = self._low_mv = 0

        pin._change_state = follow

    def _make_pwm_files(self) -> None:
        folder = self.facts.pwm_chip / f"pwm{self.facts.pwm_channel}"
        if not folder.exists():  # else as a process before us left it
            folder.mkdir(parents=True)
            for name, text in PWM_FILES.items():
                (folder / name).write_text(text)
        self._fds = {name: os.open(folder / name, os.O_RDONLY) for name in PWM_FILES}

    def close(self) -> None:
        """Give back what the twin holds."""
        for fd in self._fds.values():
            os.close(fd)
        self._fds = {}


class RealTwin(Twin):
    """The same, on the machine's clock."""

    def __init__(self, folder: Path, facts: Facts | None = None) -> None:
        super().__init__(folder, facts)
        self._world_ns = self._beat_ns = self.clock_ns()

    def clock_ns(self) -> int:
        return time.monotonic_ns()


def _hold_level(pull: str) -> None:
    """A pull resistor changes nothing on a wire that somebody drives."""


def _nothing() -> None:
    """Nobody wants to know."""
