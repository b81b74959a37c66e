"""Lines: fills ring 1's ``Inputs`` from the pins, counters and slow channels of this board.

Every signal is wired so that a broken wire is the bad news. What the board has no sensor for
keeps its "unknown". Nothing is allocated after ``open``.
"""

from ampkeeper.board.pilot_rp2040 import wiring as w
from ampkeeper.firmware.safety.signals import (
    ENCLOSURE_OPEN,
    NO,
    PP_OPEN_OHM,
    TILTED,
    WET,
    YES,
    Inputs,
)
from ampkeeper.hal.micro.edges import PRESENT_MIN, EdgeCounter
from ampkeeper.hal.micro.thermistor import temperature_dc
from ampkeeper.hal.micro.windows import FULL_SCALE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ampkeeper.hal.micro.coil import Coil
    from ampkeeper.hal.micro.slow import SlowChannels

CHECK_ADC = 1 << 6  # self-test 6: reference and ground plausible
PP_OPEN_COUNT = 4_090  # 680 kOhm; more cannot be told from nothing


class Lines:
    """All inputs but the pilot. ``inputs`` is filled anew by each ``read``."""

    def __init__(self, chip: "Any", slow: "SlowChannels", coil: "Coil") -> None:
        self.inputs = Inputs()
        self.earth = EdgeCounter(chip, w.EARTH)
        self.supply = EdgeCounter(chip, w.SUPPLY)
        self.outlet = EdgeCounter(chip, w.OUTLET)
        self._chip = chip
        self._slow = slow
        self._coil = coil
        self._pins: dict[int, Any] = {}
        self._pp: Any = None
        self._has_ac_tripped = False
        self._has_dc_tripped = False

    def open(self) -> None:
        """Configure the inputs; from here on a trip opens the coil by interrupt."""
        pin = self._chip.Pin
        for gpio in w.INPUTS:
            self._pins[gpio] = pin(gpio, pin.IN, pin.PULL_UP)
        self._pp = self._chip.ADC(w.PP_ADC)
        for counter in (self.earth, self.supply, self.outlet):
            counter.open()
        self._pins[w.RCD_AC].irq(handler=self._trip_ac, trigger=pin.IRQ_RISING, hard=True)
        self._pins[w.RCD_DC].irq(handler=self._trip_dc, trigger=pin.IRQ_RISING, hard=True)

    def read(self, elapsed_ms: int) -> None:
        """Take the digital lines and the counters, at the start of a turn."""
        self.earth.tick(elapsed_ms)
        self.supply.tick(elapsed_ms)
        self.outlet.tick(elapsed_ms)
        pins = self._pins
        inputs = self.inputs
        inputs.mirror = pins[w.MIRROR].value()
        inputs.lock_closed = NO if pins[w.LOCK_CLOSED].value() else YES
        inputs.emergency_stop = pins[w.EMERGENCY_STOP].value()
        inputs.over_current = pins[w.OVER_CURRENT].value()
        inputs.pe_ok = YES if self.earth.is_present() else NO
        inputs.supply_ok = YES if self.supply.is_present() else NO
        if self.outlet.edges >= 0:
            inputs.outlet_live = YES if self.outlet.edges >= PRESENT_MIN else NO
        self._read_trips()
        self._judge_slow()

    def read_analog(self) -> None:
        """Convert the slow channels; only while no block of pilot samples is taken."""
        self.inputs.pp_ohm = ohm_of(self._pp.read_u16() >> 4)
        self._slow.step()

    def _read_trips(self) -> None:
        """A trip counts even if it is over already. The flags are taken before the pins, so a
        trip in between is seen now or next time, never lost. A line that still shows one keeps
        the coil's pin low, whatever ring 1 thinks of it within 20 ms of switching (REQ-RCD-05).
        """
        has_ac, has_dc = self._has_ac_tripped, self._has_dc_tripped
        if has_ac:  # and not what an interrupt has set since
            self._has_ac_tripped = False
        if has_dc:
            self._has_dc_tripped = False
        is_ac, is_dc = self._pins[w.RCD_AC].value(), self._pins[w.RCD_DC].value()
        if not is_ac and not is_dc:
            self._coil.acknowledge()
            if self._has_ac_tripped or self._has_dc_tripped:
                self._coil.is_tripped = True
        self.inputs.rcd_ac = YES if is_ac or has_ac else NO
        self.inputs.rcd_dc = YES if is_dc or has_dc else NO

    def _trip_ac(self, pin: object) -> None:
        self._coil.trip(pin)
        self._has_ac_tripped = True

    def _trip_dc(self, pin: object) -> None:
        self._coil.trip(pin)
        self._has_dc_tripped = True

    def _judge_slow(self) -> None:
        inputs = self.inputs
        counts = self._slow.counts
        inputs.temperature_dc = temperature_dc(counts[w.NTC_TERMINALS])
        inputs.plug_temperature_dc = temperature_dc(counts[w.NTC_PLUG])
        inputs.rail_high_mv = counts[w.RAIL_HIGH] * w.RAIL_SPAN_MV // FULL_SCALE
        below_mv = w.RAIL_LOW_ZERO_MV - counts[w.RAIL_LOW] * w.RAIL_SPAN_MV // FULL_SCALE
        inputs.rail_low_mv = max(0, below_mv)
        stored_mv = counts[w.LOCK_CAPACITOR] * w.RAIL_SPAN_MV // FULL_SCALE
        inputs.lock_charged = YES if stored_mv >= w.LOCK_CHARGED_MV else NO
        tamper = 0
        if counts[w.ENCLOSURE] > w.CLOSED_COUNT_MAX:
            tamper |= ENCLOSURE_OPEN
        if counts[w.TILT] > w.CLOSED_COUNT_MAX:
            tamper |= TILTED
        if counts[w.WATER] > w.CLOSED_COUNT_MAX:
            tamper |= WET
        inputs.tamper = tamper
        is_off = abs(counts[w.REFERENCE_MID] - w.REFERENCE_COUNT) > w.REFERENCE_COUNT_OFF
        inputs.checks_known |= CHECK_ADC
        if is_off or counts[w.REFERENCE_LOW] > w.GROUND_COUNT_MAX:
            inputs.checks_failed |= CHECK_ADC
        else:
            inputs.checks_failed &= ~CHECK_ADC


def ohm_of(count: int) -> int:
    """The resistance from proximity contact to earth, of a count behind ``PP_PULL_OHM``."""
    if count >= PP_OPEN_COUNT:
        return PP_OPEN_OHM
    return w.PP_PULL_OHM * count // (FULL_SCALE - count)
