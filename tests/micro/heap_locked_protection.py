"""Every protective machine and self-test with the heap locked: nothing may be allocated there.

Runs on MicroPython only.
"""

import micropython
from protection_rig import Ring

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety.pilot import B, C
from ampkeeper.firmware.safety.signals import NO_SENSOR, REGION_US
from ampkeeper.firmware.safety.units import DRIVE_PWM, DRIVE_X1


class Locked(Ring):
    """A ring whose Protection ticks with the heap locked, and whose monitor passes its test."""

    def run(self, ms, step_ms=10):
        for _ in range(ms // step_ms):
            self.context.coil_ms = min(self.context.coil_ms + step_ms, 1_000_000_000)
            if self.context.is_testable:
                self.inputs.rcd_ac = self.inputs.rcd_dc = self.protection.rcd_test
            micropython.heap_lock()
            try:
                self.protection.tick(step_ms, self.inputs)
            finally:
                micropython.heap_unlock()
        return []


def charging():
    ring = Locked(has_rcd_test=1, has_meter=1, region=REGION_US, phases=3)
    ring.context.is_testable = True
    ring.run(3_000)
    assert ring.protection.may_offer()
    ring.context.pilot = C
    ring.context.drive = DRIVE_PWM
    ring.context.is_linked = 1
    ring.charge(32_000)
    return ring


def test_a_charge_with_every_sensor_allocates_nothing():
    ring = charging()
    for name in ("current_l1_ma", "current_l2_ma", "current_l3_ma"):
        setattr(ring.inputs, name, 31_000)
    for name in ("voltage_l1_mv", "voltage_l2_mv", "voltage_l3_mv"):
        setattr(ring.inputs, name, 229_000)
    ring.inputs.outlet_live = 1
    ring.inputs.rail_high_mv = ring.inputs.rail_low_mv = 12_000
    ring.inputs.checks_known = 0x3FFFFFFE
    ring.run(5_000)
    ring.context.offered_ma = 20_000
    ring.run(1_000)
    ring.context.offered_ma = 10_000
    for name in ("current_l1_ma", "current_l2_ma", "current_l3_ma"):
        setattr(ring.inputs, name, 9_000)
    ring.run(12_000)
    assert ring.faults.bitmap() == 0
    ring.context.pilot = B
    ring.open()
    ring.run(1_000)


def test_everything_broken_at_once_allocates_nothing():
    ring = charging()
    inputs = ring.inputs
    inputs.current_l1_ma = inputs.current_l2_ma = 60_000
    inputs.voltage_l1_mv = 100_000
    inputs.voltage_l2_mv = 300_000
    inputs.outlet_live = inputs.pe_ok = inputs.supply_ok = 0
    inputs.rail_high_mv = 9_000
    inputs.tamper = 7
    inputs.checks_known = inputs.checks_failed = 0x3FFFFFFE
    inputs.temperature_dc = 900
    inputs.plug_temperature_dc = 250
    inputs.emergency_stop = inputs.over_current = inputs.rcd_ac = 1
    ring.run(8_000)
    inputs.supply_ok = 1
    ring.context.drive = DRIVE_X1
    ring.run(7_000)
    ring.open()
    inputs.rcd_ac = 0
    inputs.outlet_live = 1
    inputs.temperature_dc = NO_SENSOR
    ring.run(3_000)
    ring.protection.start(0)
    ring.context.is_plugged = False
    ring.context.is_testable = True
    ring.run(3_000)
    for code in (f.RCD_AC, f.OUTLET_LIVE, f.OUTLET_DEAD, f.TEMPERATURE_SENSOR, f.TAMPERED):
        assert ring.faults.is_raised(code) == (code != f.OUTLET_DEAD), code
