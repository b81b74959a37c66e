"""Sensors of voltage, rails and a station's meter that lie, stick or fall silent."""

from bad_rig import BadRig, charging, some
from safety_rig import LEVEL_B

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety.signals import UNKNOWN

VOLTAGES = ("voltage_l1_mv", "voltage_l2_mv", "voltage_l3_mv")

NOMINAL_MV = 230_000

MEDIUM_MS = 6_000 + 3 * 10

BLOCKS_MS = 3 * 10

HUGE = 1_000_000


def fix(rig, names, value):
    for name in names:
        rig.stuck[name] = value


def test_a_voltage_sensor_stuck_before_a_car_comes_never_closes():
    for mv, wait_ms, fault in (
        (0, 3_100, f.UNDER_VOLTAGE),
        (-HUGE, 3_100, f.UNDER_VOLTAGE),
        (HUGE, 1_100, f.OVER_VOLTAGE),
    ):
        rig = BadRig()
        fix(rig, VOLTAGES, mv)
        rig.run(wait_ms)
        assert rig.never_closes() == [fault], mv


def test_voltages_to_neutral_of_phases_that_are_not_wired_do_not_count():
    rig = BadRig(phases=1)
    rig.stuck["voltage_l2_mv"] = 0
    rig.stuck["voltage_l3_mv"] = HUGE
    rig.host_phases = 1
    rig.allow(16_000, 1)
    rig.plug()
    rig.run(1_500)
    rig.level_mv = 6_000
    rig.run(10_000)
    assert rig.out.coil == 1
    assert rig.faults() == []


def test_an_outlet_sensor_that_contradicts_the_contactor_is_named():
    rig = BadRig()
    rig.stuck["outlet_live"] = 1
    rig.run(1_000)
    assert rig.never_closes() == [f.OUTLET_LIVE]
    rig = charging()
    rig.stuck["outlet_live"] = 0
    rig.opens_within(1_000 + MEDIUM_MS)
    assert rig.faults() == [f.OUTLET_DEAD]
    rig = charging()
    rig.stuck["outlet_live"] = 1
    rig.level_mv = LEVEL_B
    rig.opens_within(BLOCKS_MS)
    rig.run(500)
    assert rig.faults() == [f.OUTLET_LIVE]


def test_rails_that_are_absurd_or_gone_open_or_are_not_judged():
    for name in ("rail_high_mv", "rail_low_mv"):
        for mv in some((0, -2, 10_999, 13_001, HUGE)):
            rig = charging()
            rig.stuck[name] = mv
            rig.opens_within(1_000 + BLOCKS_MS)
            assert rig.faults() == [f.RAIL_FAULT], (name, mv)
        rig = charging()
        rig.stuck[name] = UNKNOWN
        rig.run(5_000)
        assert rig.faults() == []


def test_a_stations_meter_that_says_absurd_things_opens_too():
    rig = charging()
    metered = rig.supervisor.protection.metered
    for _ in range(200):
        metered.take(HUGE, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)
        rig.run(10)
    assert rig.out.coil == 0
    assert f.OVER_CURRENT_FAST in rig.faults()


def test_a_stations_meter_that_knows_nothing_grows_stale():
    rig = BadRig(has_meter=1)
    metered = rig.supervisor.protection.metered
    rig.allow(16_000)
    rig.plug()
    metered.take(0, 0, 0, UNKNOWN, UNKNOWN, UNKNOWN)
    rig.run(1_500)
    rig.level_mv = 6_000
    rig.run(2_000)
    assert rig.out.coil == 1
    for _ in range(30):
        metered.take(UNKNOWN, UNKNOWN, UNKNOWN, NOMINAL_MV, NOMINAL_MV, NOMINAL_MV)
        rig.run(1_000)
    assert rig.out.coil == 0
    assert rig.faults() == [f.METER_STALE]
