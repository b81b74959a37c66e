"""What the pilot's filter and the faults count, at the edges of their numbers."""

from ampkeeper.firmware.safety.fault import CODE_COUNT, FaultSet, after_ms_of
from ampkeeper.firmware.safety.pilot import A, B, C, D, PilotFilter
from ampkeeper.firmware.safety.units import DRIVE_PWM, DRIVE_X1

LEVEL_MV = {A: 12_000, B: 9_000, C: 6_000, D: 3_000}


def shown(pilot, *classes, drive=DRIVE_X1):
    for each in classes:
        low_mv = -12_000 if drive == DRIVE_PWM else LEVEL_MV[each]
        pilot.tick(10, LEVEL_MV[each], low_mv, 0, drive)
    return pilot


def test_a_car_that_goes_from_a_to_c_or_d_reads_no_duty():
    for state in (C, D):
        pilot = shown(PilotFilter(), A, A, A, state, state, state)
        assert (pilot.state, pilot.is_simplified) == (state, True)
        assert shown(pilot, B, B, B).is_simplified is False


def test_a_car_that_was_there_from_the_start_is_not_known_to_have_come_from_a():
    for state in (C, D):
        pilot = shown(PilotFilter(), state, state, state)
        assert (pilot.state, pilot.is_simplified) == (state, False)


def test_three_mirrored_blocks_before_a_void_line_are_a_missing_diode_and_two_are_noise():
    for mirrored, is_missing in ((3, True), (2, False)):
        pilot = shown(PilotFilter(), A, A, A, B, B, B, C, C, C, drive=DRIVE_PWM)
        for block in range(12):
            if block < mirrored:
                pilot.tick(10, 6_000, -6_000, 0, DRIVE_PWM)
            else:
                pilot.tick(10, 6_000, -12_000, 1_000, DRIVE_PWM)
        assert pilot.has_diode_fault is is_missing


def test_a_good_half_wave_of_d_speaks_for_the_diode_as_that_of_c_does():
    for state in (C, D):
        pilot = shown(PilotFilter(), A, A, A, B, B, B, state, state, state, drive=DRIVE_PWM)
        for _ in range(12):
            pilot.tick(10, LEVEL_MV[state], -LEVEL_MV[state], 0, DRIVE_PWM)
            shown(pilot, state, state, state, state, drive=DRIVE_PWM)
        assert not pilot.has_diode_fault


def test_what_goes_by_itself_is_good_for_its_whole_time_first():
    tried = 0
    for code in range(CODE_COUNT):
        for spoils in (True, False):
            faults = FaultSet()
            faults.judge(code, True, False, 1)
            faults.judge(code, False, False, 1)
            if spoils:
                faults.judge(code, True, False, 1)
            faults.judge(code, False, True, after_ms_of(code) - 1)
            assert faults.bitmap() >> code & 1, code
            faults.judge(code, False, True, 1)
            tried += not faults.bitmap() >> code & 1
    assert tried > 0
