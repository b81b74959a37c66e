"""Hardware: what ring 1 measures and drives on this board, one block at a time.

A block is ``begin`` (peak detectors emptied), 1.5 ms, ``release``, 2 ms (two periods of the
pilot), ``measure``, the tick, ``drive``. Nothing is decided here. What cannot be read is given as
a value that ring 1 takes for unreadable. The coil and X1 come first at the start and at the end.
"""

from typing import Any

from ampkeeper.board.pi_peak.facts import TEMPERATURES, Facts
from ampkeeper.firmware.safety.signals import (
    DUTY_X1,
    ENCLOSURE_OPEN,
    LOCK_DRIVE,
    NO,
    NO_SENSOR,
    TILTED,
    UNLOCK_DRIVE,
    WET,
    Inputs,
    Outputs,
)
from ampkeeper.hal.errors import TransientError
from ampkeeper.hal.linux.adc import SpiAdc
from ampkeeper.hal.linux.gpio import InputPin, OutputPin, Pins
from ampkeeper.hal.linux.pwm import SysfsPwm

PERIOD_NS = 1_000_000  # the pilot's 1 kHz
TICK_NS = PERIOD_NS // DUTY_X1
UNREADABLE_MV = 30_000  # no class has it
LOST_BLOCKS = 10  # in a row: as long as ring 1 bears a pilot that it cannot read
REFERENCE_MV = 2_500
REFERENCE_MV_OFF_MAX = 50  # 2 %, half of what the bands of REQ-CP-08 leave
CHECK_ADC = 1 << 6  # bit of self-test 6 in ``checks_known`` and ``checks_failed``
TAMPERS = {"enclosure_open": ENCLOSURE_OPEN, "tilted": TILTED, "wet": WET}
SLOW = {  # channels that are read in turn, one in each block, and where they go
    "reference": "",
    "rail_high": "rail_high_mv",
    "rail_low": "rail_low_mv",
    "temperature": "temperature_dc",
    "plug_temperature": "plug_temperature_dc",
}


class PeakHardware:
    """The board behind ``facts``; ``factory`` is gpiozero's pin factory."""

    def __init__(self, facts: Facts, factory: Any, pwm: SysfsPwm) -> None:
        self.facts = facts
        self._pwm = pwm
        self._pins = Pins(factory)
        self._adc = SpiAdc(factory, facts.adc_chip, facts.adc_port, facts.adc_device)
        self._outputs: dict[str, OutputPin] = {}
        self._inputs: list[tuple[str, InputPin]] = []
        self._tampers: list[tuple[int, InputPin]] = []
        self._slow = [name for name in SLOW if name in facts.channels]
        self._turn = -1  # before the first block
        self._lost_count = 0  # blocks in a row

    def open(self) -> None:
        """Coil off and +12 V first, then everything else; raise AbsentError or OSError."""
        for name, gpio in sorted(self.facts.lines.outputs.items(), key=_coil_first):
            self._outputs[name] = self._pins.output(gpio)
        self._pwm.open()
        for name, pin in self.facts.lines.inputs.items():
            made = self._pins.input(pin.gpio, pin.is_active_high, pin.pull)
            if name in TAMPERS:
                self._tampers.append((TAMPERS[name], made))
            else:
                self._inputs.append((name, made))
        self._adc.open()

    def begin(self) -> None:
        """Empty the peak detectors; for ``RESET_NS``."""
        self._outputs["peak_reset"].drive(1)

    def release(self) -> None:
        """Let the peak detectors follow; for ``SETTLE_NS``."""
        self._outputs["peak_reset"].drive(0)

    def measure(self, inputs: Inputs) -> None:
        """Fill in what this board has sensors for; the rest stays unknown."""
        for name, pin in self._inputs:
            setattr(inputs, name, pin.read())
        if self._tampers:
            inputs.tamper = sum(bit for bit, pin in self._tampers if pin.read())
        try:
            self._measure_pilot(inputs)
            self._measure_slow(inputs)
            self._note_whole(inputs)
        except TransientError:
            self._distrust(inputs)

    def drive(self, outputs: Outputs) -> None:
        """Carry out one tick's outputs, the coil first; and show the monostable that we live."""
        pins = self._outputs
        pins["coil"].drive(outputs.coil)
        self._pwm.set_duty(outputs.duty_ticks * TICK_NS)
        self._drive("phase_relay", outputs.phases == 3)
        self._drive("cp_disconnect", outputs.cp_connected == NO)
        self._drive("lock_in", outputs.lock_drive == LOCK_DRIVE)
        self._drive("lock_out", outputs.lock_drive == UNLOCK_DRIVE)
        self._drive("rcd_test", outputs.rcd_test != NO)
        pins["heartbeat"].toggle()

    def close(self) -> None:
        """Coil off and +12 V, then release everything; safe twice."""
        self._outputs = {}
        self._inputs, self._tampers = [], []
        try:
            self._pins.close()
        finally:
            self._pwm.close()
            self._adc.close()

    def _drive(self, name: str, is_on: bool) -> None:
        if name in self._outputs:
            self._outputs[name].drive(is_on)

    def _measure_pilot(self, inputs: Inputs) -> None:
        """Each peak twice, so that a line that talks nonsense shows as noise."""
        high_1, low_1 = self._read("cp_high"), self._read("cp_low")
        high_2, low_2 = self._read("cp_high"), self._read("cp_low")
        inputs.cp_high_mv = (high_1 + high_2) // 2
        inputs.cp_low_mv = (low_1 + low_2) // 2
        # The standard deviation of two values is half their distance.
        inputs.cp_noise_mv = max(abs(high_1 - high_2), abs(low_1 - low_2)) // 2
        if "pp" in self.facts.channels:
            inputs.pp_ohm = self._read("pp")

    def _measure_slow(self, inputs: Inputs) -> None:
        """One channel in each block; in the first block all, and what is not fitted."""
        if self._turn < 0:
            for name in TEMPERATURES:
                if name not in self.facts.channels:
                    setattr(inputs, SLOW[name], NO_SENSOR)
            for name in self._slow:
                self._measure_one(name, inputs)
        elif self._slow:
            self._measure_one(self._slow[self._turn % len(self._slow)], inputs)
        self._turn = (self._turn + 1) % max(1, len(self._slow))

    def _measure_one(self, name: str, inputs: Inputs) -> None:
        value = self._read(name)
        if name == "reference":
            self._judge(inputs, abs(value - REFERENCE_MV) <= REFERENCE_MV_OFF_MAX)
        else:
            setattr(inputs, SLOW[name], value)

    def _distrust(self, inputs: Inputs) -> None:
        """Nothing of this block is known: ring 1 shall not go on with the last one's.

        One alone does not prove the converter dead, which only a person may clear.
        """
        inputs.cp_high_mv = inputs.cp_low_mv = UNREADABLE_MV
        self._lost_count = min(self._lost_count + 1, LOST_BLOCKS)
        if self._lost_count == LOST_BLOCKS:
            self._judge(inputs, is_fine=False)

    def _note_whole(self, inputs: Inputs) -> None:
        """A block came; where no reference is fitted, that is all that proves the converter."""
        if self._lost_count == LOST_BLOCKS and "reference" not in self.facts.channels:
            self._judge(inputs, is_fine=True)
        self._lost_count = 0

    def _judge(self, inputs: Inputs, is_fine: bool) -> None:
        inputs.checks_known |= CHECK_ADC
        if is_fine:
            inputs.checks_failed &= ~CHECK_ADC
        else:
            inputs.checks_failed |= CHECK_ADC

    def _read(self, name: str) -> int:
        channel = self.facts.channels[name]
        return channel.scale.of(self._adc.read(channel.channel))


def _coil_first(item: tuple[str, int]) -> bool:
    return item[0] != "coil"
