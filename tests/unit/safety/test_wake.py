"""Calls to a sleeping car, and the calls of a car (section 3.3, seq. 11)."""

from ampkeeper.firmware.safety.pilot import A, B, C
from ampkeeper.firmware.safety.profile import (
    WAKE_CP_OPEN,
    WAKE_F,
    WAKE_LADDER,
    WAKE_NEVER,
    Profile,
)
from ampkeeper.firmware.safety.units import DRIVE_F, DRIVE_OPEN, DRIVE_PWM, DRIVE_X1
from ampkeeper.firmware.safety.wake import Toggle, Wake

STEP_MS = 10


def calls_of(method, run_ms, after_ms=30_000, can_cut=1):
    """Return (at_ms, drive) of each change while a car sleeps."""
    profile = Profile()
    profile.wake_method = method
    profile.wake_after_ms = after_ms
    wake = Wake()
    changes = []
    drive = DRIVE_PWM
    for at_ms in range(STEP_MS, run_ms + STEP_MS, STEP_MS):
        wake.tick(STEP_MS, profile, can_cut)
        if wake.drive != drive:
            drive = wake.drive
            changes.append((at_ms, drive))
    return changes


def test_a_sleeping_car_gets_one_state_f_of_four_seconds():
    assert calls_of(WAKE_F, 300_000) == [
        (30_000, DRIVE_F),
        (34_000, DRIVE_X1),
        (34_750, DRIVE_PWM),
    ]


def test_the_ladder_cuts_the_pilot_for_4_s_and_then_for_30_s():
    assert calls_of(WAKE_LADDER, 400_000) == [
        (30_000, DRIVE_F),
        (34_000, DRIVE_X1),
        (34_750, DRIVE_PWM),
        (64_750, DRIVE_OPEN),
        (68_750, DRIVE_X1),
        (69_500, DRIVE_PWM),
        (99_500, DRIVE_OPEN),
        (129_500, DRIVE_X1),
        (130_250, DRIVE_PWM),
    ]


def test_a_car_that_hates_f_is_called_by_cutting_the_pilot_only():
    drives = [drive for _, drive in calls_of(WAKE_CP_OPEN, 400_000)]
    assert drives == [DRIVE_OPEN, DRIVE_X1, DRIVE_PWM] * 2


def test_a_car_that_shall_not_be_called_is_not():
    assert calls_of(WAKE_NEVER, 400_000) == []


def test_a_board_that_cannot_cut_the_pilot_calls_by_f_only():
    assert [drive for _, drive in calls_of(WAKE_LADDER, 400_000, can_cut=0)] == [
        DRIVE_F,
        DRIVE_X1,
        DRIVE_PWM,
    ]
    assert calls_of(WAKE_CP_OPEN, 400_000, can_cut=0) == []


def test_the_first_call_waits_as_long_as_the_profile_says():
    assert calls_of(WAKE_F, 100_000, after_ms=90_000)[0] == (90_000, DRIVE_F)


def test_calls_made_count_until_the_car_was_awake():
    profile = Profile()
    profile.wake_method = WAKE_F
    wake = Wake()
    wake.tick(30_000, profile, 1)
    assert (wake.drive, wake.call_count) == (DRIVE_F, 1)
    wake.stop()
    assert wake.drive == DRIVE_PWM
    wake.tick(100_000, profile, 1)
    wake.tick(100_000, profile, 1)
    assert (wake.drive, wake.call_count) == (DRIVE_PWM, 1)
    wake.reset()
    wake.tick(29_990, profile, 1)
    assert (wake.drive, wake.call_count) == (DRIVE_PWM, 0)
    wake.tick(10, profile, 1)
    assert (wake.drive, wake.call_count) == (DRIVE_F, 1)


def test_a_stop_before_any_wait_changes_nothing():
    wake = Wake()
    wake.stop()
    wake.tick(29_990, Profile(), 1)
    assert wake.drive == DRIVE_PWM
    wake.tick(10, Profile(), 1)
    assert wake.drive == DRIVE_F


def test_a_stop_during_the_ladder_leaves_30_s_before_the_next_call():
    profile = Profile()
    profile.wake_method = WAKE_LADDER
    wake = Wake()
    wake.tick(30_000, profile, 1)
    wake.stop()
    wake.tick(29_990, profile, 1)
    assert wake.drive == DRIVE_PWM
    wake.tick(10, profile, 1)
    assert (wake.drive, wake.call_count) == (DRIVE_OPEN, 2)


def test_a_car_that_waited_but_was_not_called_waits_30_s_after_a_stop():
    profile = Profile()
    profile.wake_after_ms = 10_000
    wake = Wake()
    wake.tick(9_999, profile, 1)
    assert wake.drive == DRIVE_PWM
    wake.stop()
    wake.tick(29_999, profile, 1)
    assert wake.drive == DRIVE_PWM
    wake.tick(1, profile, 1)
    assert wake.drive == DRIVE_F


def test_a_clock_that_stands_in_a_pulse_does_not_end_it():
    toggle = Toggle()
    toggle.tick(10, B)
    toggle.tick(0, C)
    toggle.tick(300, C)
    assert toggle.tick(10, B) is True
    assert toggle.tick(10, B) is False
    assert toggle.count == 1


def test_a_board_without_a_relay_in_the_pilot_makes_no_second_call():
    profile = Profile()
    wake = Wake()
    for ms in (30_000, 4_000, 750, 100_000, 100_000):
        wake.tick(ms, profile, 0)
        assert wake.drive != DRIVE_OPEN
    assert (wake.drive, wake.call_count) == (DRIVE_PWM, 1)


def pulses(*spans):
    """Feed (class, ms) spans and return how often the car called."""
    toggle = Toggle()
    for pilot_class, span_ms in spans:
        for _ in range(span_ms // STEP_MS):
            toggle.tick(STEP_MS, pilot_class)
    return toggle.count


def test_a_bcb_toggle_is_a_pulse_of_200_to_400_ms():
    assert pulses((B, 100), (C, 190), (B, 100)) == 0
    assert pulses((B, 100), (C, 200), (B, 100)) == 1
    assert pulses((B, 100), (C, 400), (B, 100)) == 1
    assert pulses((B, 100), (C, 410), (B, 100)) == 0
    assert pulses((B, 100), (C, 60_000), (B, 100)) == 0


def test_three_toggles_count_three():
    assert pulses((B, 100), *[(C, 300), (B, 300)] * 3) == 3


def test_a_pulse_that_does_not_begin_and_end_in_b_is_no_toggle():
    assert pulses((C, 300), (B, 100)) == 0
    assert pulses((A, 100), (C, 300), (B, 100)) == 0
    assert pulses((B, 100), (C, 300), (A, 100), (B, 100)) == 0


def test_the_end_of_a_pulse_is_told_once():
    toggle = Toggle()
    toggle.tick(10, B)
    for _ in range(30):
        assert not toggle.tick(10, C)
    assert toggle.tick(10, B)
    assert not toggle.tick(10, B)
