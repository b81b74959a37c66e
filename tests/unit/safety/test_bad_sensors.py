"""Currents and voltages that are stuck, gone, negative or absurd: charges end, or are not judged.

What is UNKNOWN is no zero; what cannot be is never taken for good.
"""

from bad_rig import LONG_MS, BadRig, charging, some

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety.signals import UNKNOWN

CURRENTS = ("current_l1_ma", "current_l2_ma", "current_l3_ma")
VOLTAGES = ("voltage_l1_mv", "voltage_l2_mv", "voltage_l3_mv")
NOMINAL_MV = 230_000
MEDIUM_MS = 6_000 + 3 * 10
BLOCKS_MS = 3 * 10
HUGE = 1_000_000


def fix(rig, names, value):
    for name in names:
        rig.stuck[name] = value


def test_sensors_that_are_not_there_are_not_judged():
    rig = BadRig()
    fix(rig, CURRENTS + VOLTAGES, UNKNOWN)
    rig.charge()
    rig.run(LONG_MS)
    assert rig.faults() == []
    assert rig.out.coil == 1


def test_a_current_sensor_stuck_at_the_top_opens_within_a_second():
    for name in some(CURRENTS):
        rig = charging()
        rig.stuck[name] = HUGE
        rig.opens_within(1_000 + BLOCKS_MS)
        assert f.OVER_CURRENT_FAST in rig.faults(), name


def test_a_current_sensor_stuck_a_little_too_high_ends_the_charge():
    rig = charging()
    rig.stuck["current_l2_ma"] = 20_000
    rig.opens_within(7_000 + MEDIUM_MS)
    assert rig.faults() == [f.OVER_CURRENT]


def test_a_current_sensor_stuck_before_a_car_comes_is_a_live_outlet_and_never_closes():
    for ma in some((1_001, 32_000, HUGE)):
        rig = BadRig()
        rig.stuck["current_l1_ma"] = ma
        rig.run(1_000)
        assert rig.never_closes() == [f.OUTLET_LIVE], ma


def test_a_current_sensor_stuck_at_zero_or_below_does_not_end_a_charge():
    for ma in some((0, -2, -32_000, -HUGE)):
        rig = BadRig()
        fix(rig, CURRENTS, ma)
        rig.charge()
        rig.run(LONG_MS)
        assert rig.faults() == [], ma


def test_one_dead_current_sensor_does_not_blind_the_others():
    for dead in some((UNKNOWN, 0, -HUGE)):
        rig = charging()
        fix(rig, CURRENTS, dead)
        rig.stuck["current_l3_ma"] = HUGE
        rig.opens_within(1_000 + BLOCKS_MS)
        assert f.OVER_CURRENT_FAST in rig.faults(), dead


def test_a_current_that_flaps_between_gone_and_too_high_is_found():
    rig = charging()
    rig.flaps["current_l1_ma"] = (UNKNOWN, HUGE)
    rig.opens_within(2_000 + 2 * BLOCKS_MS)
    assert f.OVER_CURRENT_FAST in rig.faults()


def test_a_voltage_sensor_stuck_at_the_top_opens_within_a_second():
    for name in some(VOLTAGES):
        rig = charging()
        rig.stuck[name] = HUGE
        rig.opens_within(1_000 + BLOCKS_MS)
        assert rig.faults() == [f.OVER_VOLTAGE], name


def test_a_voltage_sensor_stuck_at_zero_or_below_ends_the_charge():
    for mv in some((0, -2, -NOMINAL_MV, -HUGE)):
        rig = charging()
        rig.stuck["voltage_l1_mv"] = mv
        rig.opens_within(3_000 + MEDIUM_MS)
        assert rig.faults() == [f.UNDER_VOLTAGE], mv
