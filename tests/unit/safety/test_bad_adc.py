"""Converters stuck at a rail or in the middle, or noisy: before a car is there, and under one.

A contactor opens within its limit or never closes, and the fault that is named is the right one.
"""

from bad_rig import IS_FAST, LONG_MS, RAIL_MV, BadRig, charging, some
from safety_rig import LEVEL_C

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.signals import NO_SENSOR, PP_OPEN_OHM

PILOT = ("cp_high_mv", "cp_low_mv")
BOTH, HIGH, LOW = PILOT, PILOT[:1], PILOT[1:]
OPEN_MS = 100 + 3 * 10  # REQ-CP-04, and the blocks that find it
MEDIUM_MS = 6_000 + 3 * 10  # a car that does not obey is cut off then
WHERE_THE_PILOT_IS_STUCK = (
    # channels, mV, what is named once PWM runs
    (BOTH, RAIL_MV, f.PILOT_FAULT),
    (BOTH, -RAIL_MV, f.PILOT_FAULT),
    (BOTH, 0, f.PILOT_SHORT),
    (HIGH, RAIL_MV, f.PILOT_FAULT),
    (HIGH, -RAIL_MV, f.PILOT_FAULT),
    (HIGH, 0, f.PILOT_SHORT),
    (LOW, RAIL_MV, f.PILOT_FAULT),
    (LOW, -RAIL_MV, f.PILOT_FAULT),
    (LOW, 0, f.PILOT_FAULT),
)


def stick(rig, names, value):
    for name in names:
        rig.stuck[name] = value


def test_a_pilot_converter_that_sticks_while_charging_opens_within_a_tenth_of_a_second():
    for channels, mv, fault in some(WHERE_THE_PILOT_IS_STUCK):
        rig = charging()
        stick(rig, channels, mv)
        rig.opens_within(OPEN_MS)
        assert rig.faults() == [fault], (channels, mv, rig.describe())


def test_a_pilot_converter_that_sticks_before_a_car_comes_never_closes():
    for channels, mv, fault in some(WHERE_THE_PILOT_IS_STUCK):
        rig = BadRig()
        stick(rig, channels, mv)
        rig.run(1_000)
        assert (rig.faults() == [fault]) == (channels != LOW), (channels, mv)  # X1 has no low
        rig.never_closes(2_000)
        assert rig.faults() == [fault] or channels == LOW, (channels, mv, rig.describe())


def test_a_low_side_that_sticks_is_found_as_soon_as_current_is_offered():
    for mv in some((RAIL_MV, 0, -RAIL_MV)):
        rig = BadRig()
        stick(rig, LOW, mv)
        rig.allow(16_000)
        rig.plug()
        rig.until("sequence", seq.OFFERED)
        assert rig.until("sequence", seq.FAULTED) <= OPEN_MS, mv
        assert rig.faults() == [f.PILOT_FAULT]
        assert rig.never_closes(4 * LONG_MS) in ([], [f.PILOT_FAULT])


def test_a_converter_that_shows_c_on_both_sides_never_closes():
    rig = BadRig()
    rig.run(1_000)
    stick(rig, BOTH, LEVEL_C)
    rig.never_closes(2_000)
    assert rig.faults() == [f.PILOT_FAULT]


def test_a_converter_stuck_at_every_step_of_a_charge_opens_or_never_closes():
    for wait_ms in range(0, 3_000, 150 if IS_FAST else 1_000):
        rig = BadRig()
        rig.allow(16_000)
        rig.plug(level_mv=LEVEL_C)
        rig.run(wait_ms)
        stick(rig, BOTH, RAIL_MV)
        rig.run(OPEN_MS)
        assert rig.out.coil == 0, wait_ms
        rig.never_closes(1_000)
        assert f.PILOT_FAULT in rig.faults(), wait_ms


def test_noise_at_the_converter_opens_and_never_closes():
    rig = charging()
    rig.stuck["cp_noise_mv"] = 201
    rig.opens_within(OPEN_MS)
    assert rig.faults() == [f.PILOT_FAULT]
    rig = BadRig()
    rig.stuck["cp_noise_mv"] = 13_200
    assert rig.never_closes() == [f.PILOT_FAULT]


def test_readings_that_leap_from_rail_to_rail_open_and_never_close():
    rig = charging()
    rig.flaps["cp_high_mv"] = (RAIL_MV, -RAIL_MV)
    rig.opens_within(OPEN_MS)
    assert rig.faults() == [f.PILOT_FAULT]
    rig = BadRig()
    rig.flaps["cp_high_mv"] = (RAIL_MV, -RAIL_MV)
    assert rig.never_closes() == [f.PILOT_FAULT]


def test_readings_of_which_every_other_one_is_c_never_close():
    for mv in some((RAIL_MV, -RAIL_MV, 0, 9_000, 12_000)):
        rig = BadRig()
        rig.allow(16_000)
        rig.plug()
        rig.run(2_000)
        rig.flaps["cp_high_mv"] = (LEVEL_C, mv)
        rig.edges = []
        rig.run(LONG_MS)
        assert rig.times_of("coil", 1) == [], mv


def test_a_cable_coding_at_a_rail_before_the_plug_is_named_and_never_closes():
    for ohm in some((0, -1, PP_OPEN_OHM, 1_000_000_000)):
        rig = BadRig()
        rig.stuck["pp_ohm"] = ohm
        assert rig.never_closes() == [f.PROXIMITY_FAULT], ohm


def test_a_cable_coding_that_goes_to_a_rail_while_charging_ends_the_charge():
    for ohm in some((0, -1, PP_OPEN_OHM, 1_000_000_000)):
        rig = charging()
        rig.stuck["pp_ohm"] = ohm
        rig.opens_within(500 + MEDIUM_MS)
        assert rig.faults() == [f.PROXIMITY_FAULT], ohm
        assert rig.never_closes() == [f.PROXIMITY_FAULT], ohm


def test_a_temperature_at_a_rail_is_a_sensors_fault_and_never_closes():
    for name in ("temperature_dc", "plug_temperature_dc"):
        for dc in some((-32_767, -501, 1_501, 32_767)):
            rig = BadRig()
            rig.stuck[name] = dc
            rig.run(1_100)
            assert rig.never_closes(3_000) == [f.TEMPERATURE_SENSOR], (name, dc)


def test_a_temperature_that_goes_to_a_rail_while_charging_ends_the_charge():
    for dc in some((-32_767, -501, 1_501, 32_767, NO_SENSOR)):
        rig = charging()
        rig.stuck["temperature_dc"] = dc
        rig.opens_within(1_000 + MEDIUM_MS)
        assert rig.faults() == [f.TEMPERATURE_SENSOR], dc


def test_a_temperature_that_was_never_there_is_none():
    rig = BadRig()
    rig.stuck["temperature_dc"] = NO_SENSOR
    rig.charge()
    assert rig.faults() == []


def test_a_pilot_that_can_be_read_again_charges_again_after_half_a_minute():
    rig = charging()
    stick(rig, BOTH, RAIL_MV)
    rig.run(1_000)
    rig.stuck = {}
    rig.run(25_000)
    assert rig.out.coil == 0
    assert rig.faults() == []
    rig.run(10_000)
    assert rig.out.coil == 1
