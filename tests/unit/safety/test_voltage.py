"""The mains band, and the outlet that is live or dead when it should not be. Section 5.6."""

from ampkeeper.firmware.safety.signals import NO, UNKNOWN, YES
from ampkeeper.firmware.safety.voltage import Voltage

NOMINAL_MV = 230_000


def run(machine, ms, l1_mv, l2_mv=NOMINAL_MV, l3_mv=NOMINAL_MV, phases=3, nominal_mv=NOMINAL_MV):
    for _ in range(ms // 10):
        machine.tick(10, [l1_mv, l2_mv, l3_mv], nominal_mv, phases)
    return machine


def test_below_four_fifths_for_three_seconds_is_too_low():
    assert not run(Voltage(), 10_000, 184_000).is_under
    machine = run(Voltage(), 2_990, 183_999)
    assert not machine.is_under
    assert run(machine, 10, 183_999).is_under
    assert not machine.is_over
    assert not run(machine, 10, 184_000).is_under


def test_above_fifteen_percent_more_for_a_second_is_too_high():
    assert not run(Voltage(), 10_000, 264_500).is_over
    machine = run(Voltage(), 990, 264_501)
    assert not machine.is_over
    assert run(machine, 10, 264_501).is_over
    assert not machine.is_under
    assert not run(machine, 10, 264_500).is_over


def test_the_bounds_follow_the_nominal_voltage():
    assert run(Voltage(), 3_000, 95_999, 120_000, 120_000, nominal_mv=120_000).is_under
    assert not run(Voltage(), 3_000, 96_000, 120_000, 120_000, nominal_mv=120_000).is_under
    assert run(Voltage(), 1_000, 138_001, 120_000, 120_000, nominal_mv=120_000).is_over


def test_each_wired_phase_is_judged_and_no_other():
    assert run(Voltage(), 3_000, NOMINAL_MV, 0, NOMINAL_MV).is_under
    assert run(Voltage(), 3_000, NOMINAL_MV, NOMINAL_MV, 0).is_under
    assert run(Voltage(), 1_000, NOMINAL_MV, 300_000, NOMINAL_MV).is_over
    assert run(Voltage(), 1_000, NOMINAL_MV, NOMINAL_MV, 300_000).is_over
    machine = run(Voltage(), 9_000, NOMINAL_MV, 0, 300_000, phases=1)
    assert not machine.is_under
    assert not machine.is_over
    assert machine.is_in_band
    assert run(Voltage(), 3_000, 0, phases=1).is_under


def test_the_band_is_a_tenth_either_way():
    for mv, is_in in ((207_000, True), (206_999, False), (253_000, True), (253_001, False)):
        assert run(Voltage(), 10, mv).is_in_band == is_in
        assert run(Voltage(), 10, NOMINAL_MV, mv).is_in_band == is_in
        assert run(Voltage(), 10, NOMINAL_MV, NOMINAL_MV, mv).is_in_band == is_in


def test_the_worst_phase_is_the_one_farthest_from_nominal():
    assert run(Voltage(), 10, 220_000, 245_000, 231_000).worst_mv == 245_000
    assert run(Voltage(), 10, 231_000, 210_000, 245_000).worst_mv == 210_000
    assert run(Voltage(), 10, UNKNOWN, 229_000, UNKNOWN).worst_mv == 229_000


def test_what_is_not_measured_is_not_judged():
    machine = run(Voltage(), 10_000, UNKNOWN, UNKNOWN, UNKNOWN)
    assert not machine.is_under
    assert not machine.is_over
    assert not machine.is_in_band
    assert machine.worst_mv == UNKNOWN
    machine = run(Voltage(), 2_990, 100_000)
    run(machine, 5_000, UNKNOWN)
    assert not machine.is_under
    assert run(machine, 10, 100_000).is_under


def outlet(machine, ms, live, is_open, is_expected):
    for _ in range(ms // 10):
        machine.tick_outlet(10, live, is_open, is_expected)
    return machine


def test_an_outlet_that_stays_live_after_opening_is_found_after_200_ms():
    machine = outlet(Voltage(), 190, YES, True, False)
    assert not machine.is_outlet_live
    assert outlet(machine, 10, YES, True, False).is_outlet_live
    assert not outlet(machine, 10, NO, True, False).is_outlet_live
    assert not outlet(Voltage(), 5_000, YES, False, False).is_outlet_live
    assert not outlet(Voltage(), 5_000, UNKNOWN, True, False).is_outlet_live


def test_closing_starts_the_time_of_a_live_outlet_again():
    machine = outlet(Voltage(), 190, YES, True, False)
    outlet(machine, 10, YES, False, True)
    assert not outlet(machine, 190, YES, True, False).is_outlet_live


def test_an_outlet_that_stays_dead_after_closing_is_found_after_a_second():
    machine = outlet(Voltage(), 990, NO, False, True)
    assert not machine.is_outlet_dead
    assert outlet(machine, 10, NO, False, True).is_outlet_dead
    assert not outlet(machine, 10, YES, False, True).is_outlet_dead
    assert not outlet(Voltage(), 5_000, NO, False, False).is_outlet_dead
    assert not outlet(Voltage(), 5_000, UNKNOWN, False, True).is_outlet_dead


def test_an_outlet_sensor_that_is_gone_for_a_moment_proves_nothing():
    machine = outlet(Voltage(), 990, NO, False, True)
    outlet(machine, 5_000, UNKNOWN, False, True)
    assert not machine.is_outlet_dead
    assert outlet(machine, 10, NO, False, True).is_outlet_dead


def flapping(machine, bad, blocks, good_ms=10):
    """Let an outlet that should be the other way show ``bad`` for a block, again and again."""
    is_open = bad == YES
    is_seen = False
    for _ in range(blocks):
        outlet(machine, 10, bad, is_open, not is_open)
        is_seen = is_seen or machine.is_outlet_live or machine.is_outlet_dead
        outlet(machine, good_ms, 1 - bad, is_open, not is_open)
    return is_seen


def test_an_outlet_sensor_that_flaps_is_believed_half_of_the_time_and_not_a_fifth():
    for bad, blocks in ((YES, 26), (NO, 132)):
        assert not flapping(Voltage(), bad, blocks)
        assert flapping(Voltage(), bad, blocks + 1)
        assert not flapping(Voltage(), bad, 500, 40)
    machine = Voltage()
    flapping(machine, NO, 132)
    outlet(machine, 10, NO, False, False)
    assert not flapping(machine, NO, 132), "another closing has its own second"


def flow(machine, ms, flows, is_late):
    for _ in range(ms // 10):
        machine.tick_outlet(10, UNKNOWN, True, False)
        machine.tick_flow(10, flows, is_late)
    return machine.is_outlet_live


def test_current_through_an_open_contactor_is_evidence():
    machine = Voltage()
    assert not flow(machine, 190, YES, False)
    assert flow(machine, 10, YES, False)
    assert not flow(machine, 10, NO, False)


def test_a_meter_shows_a_current_some_time_after_it_ended():
    machine = Voltage()
    assert not flow(machine, 14_990, YES, True)
    assert flow(machine, 10, YES, True)


def test_as_made_nothing_is_wrong_and_nothing_is_known():
    machine = Voltage()
    assert machine.is_under is machine.is_over is machine.is_in_band is False
    assert machine.is_outlet_live is machine.is_outlet_dead is False
    assert machine.worst_mv == UNKNOWN
    run(machine, 10, UNKNOWN, UNKNOWN, UNKNOWN)
    assert machine.is_under is machine.is_over is machine.is_in_band is False


def test_of_two_phases_equally_far_from_nominal_the_first_is_named():
    assert run(Voltage(), 10, 220_000, 240_000, 230_000).worst_mv == 220_000


def test_every_time_counts_from_nothing_and_to_the_millisecond():
    for ms, mv, name in ((3_000, 183_999, "is_under"), (1_000, 264_501, "is_over")):
        for phase in range(3):
            mvs = [NOMINAL_MV] * 3
            mvs[phase] = mv
            machine = Voltage()
            machine.tick(10, mvs, NOMINAL_MV, 3)
            machine.tick(ms - 11, mvs, NOMINAL_MV, 3)
            assert not getattr(machine, name)
            machine.tick(1, mvs, NOMINAL_MV, 3)
            assert getattr(machine, name)
    for ms, live, is_open, name in (
        (200, YES, True, "is_outlet_live"),
        (1_000, NO, False, "is_outlet_dead"),
    ):
        machine = Voltage()
        machine.tick_outlet(10, live, is_open, not is_open)
        machine.tick_outlet(ms - 11, live, is_open, not is_open)
        assert not getattr(machine, name)
        machine.tick_outlet(1, live, is_open, not is_open)
        assert getattr(machine, name)
    machine = Voltage()
    machine.tick_flow(10, YES, False)
    machine.tick_flow(189, YES, False)
    assert not machine.is_outlet_live
    machine.tick_flow(1, YES, False)
    assert machine.is_outlet_live
