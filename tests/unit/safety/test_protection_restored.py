"""What stays and what goes after a restart, a trip, or a sensor that failed. REQ-RCD-04."""

from protection_rig import Ring, charging

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety.selftest import FAILED, PASSED
from ampkeeper.firmware.safety.signals import REGION_US

RETRY_MS = 900_000


def test_in_the_us_a_trip_in_force_goes_by_itself_whatever_else_was_put_back():
    for line in ("rcd_ac", "rcd_dc"):
        for restored in (0, ~(1 << f.RCD_AC | 1 << f.RCD_DC) & 0x3FFFFFFF):
            ring = Ring(region=REGION_US)
            ring.protection.restore(restored)
            others = ring.run(20_000, 1_000)
            setattr(ring.inputs, line, 1)
            ring.run(10)
            code = f.RCD_AC if line == "rcd_ac" else f.RCD_DC
            assert ring.run(1_000, 100) == sorted({code}.union(others))
            setattr(ring.inputs, line, 0)
            ring.run(RETRY_MS - 10_000, 10_000)
            assert ring.faults.is_raised(code)
            ring.run(20_000, 10_000)
            assert not ring.faults.is_raised(code)


def test_in_the_us_a_trip_that_is_put_back_stays_although_one_that_goes_came_first():
    for line, code in (("rcd_dc", f.RCD_AC), ("rcd_ac", f.RCD_DC)):
        ring = Ring(region=REGION_US)
        ring.run(100)
        setattr(ring.inputs, line, 1)
        ring.run(20)
        ring.protection.restore(1 << code)
        setattr(ring.inputs, line, 0)
        ring.run(RETRY_MS + 20_000, 10_000)
        assert ring.faults.is_raised(code)


def test_current_behind_an_open_contactor_is_no_over_current():
    ring = charging()
    ring.open()
    ring.run(100)
    ring.inputs.current_l1_ma = 40_000
    assert ring.run(20_000, 100) == [f.OUTLET_LIVE]


def test_a_meter_that_moved_while_charging_says_nothing_about_an_open_contactor():
    ring = charging()
    take = ring.protection.metered.take
    take(11_999, 0, 0, -1, -1, -1)
    take(12_000, 0, 0, -1, -1, -1)
    ring.run(10)
    ring.open()
    for _ in range(20):
        take(12_000, 0, 0, -1, -1, -1)
        assert ring.run(1_000, 100) == []


def test_a_sensor_of_heat_is_believed_again_after_ten_good_seconds():
    ring = Ring()
    ring.run(100)
    ring.inputs.temperature_dc = 2_000
    assert ring.run(2_000, 100) == [f.TEMPERATURE_SENSOR]
    ring.inputs.temperature_dc = 250
    assert ring.run(9_000, 100) == [f.TEMPERATURE_SENSOR]
    assert ring.run(2_000, 100) == []


def test_a_rail_that_goes_off_is_told_after_a_second():
    ring = Ring()
    ring.inputs.rail_high_mv = ring.inputs.rail_low_mv = 12_000
    ring.run(100, 1)
    assert ring.result(16) == PASSED
    ring.inputs.rail_high_mv = 9_000
    ring.run(999, 1)
    assert ring.result(16) == PASSED
    ring.run(1, 1)
    assert ring.result(16) == FAILED


def test_a_sensor_with_a_loose_wire_stays_a_fault_until_ten_seconds_were_good():
    ring = Ring()
    ring.run(2_000)
    for now_ms in range(0, 40_000, 10):
        ring.inputs.temperature_dc = 2_000 if now_ms % 200 < 10 else 250
        faults = ring.run(10)
        assert now_ms < 21_000 or faults == [f.TEMPERATURE_SENSOR], now_ms
    ring.inputs.temperature_dc = 250
    assert ring.run(9_700) == [f.TEMPERATURE_SENSOR]
    assert ring.run(300) == []
