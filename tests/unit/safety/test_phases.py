"""The phase relay: never under power, never under a car without a cut pilot (REQ-SEQ-PH)."""

from ampkeeper.firmware.safety.phases import Phases
from ampkeeper.firmware.safety.profile import Profile
from ampkeeper.firmware.safety.signals import NO, YES
from ampkeeper.firmware.safety.units import DRIVE_OPEN, DRIVE_X1


def charged(relay=3):
    """Make a relay under a car that was charged."""
    phases = Phases()
    phases.relay = relay
    phases.note_power()
    return phases


def test_without_a_charged_car_the_relay_moves_at_once():
    phases = Phases()
    assert phases.relay == 1
    phases.move(3, Profile(), YES)
    assert (phases.relay, phases.has_moved) == (3, False)


def test_under_a_charged_car_the_pilot_is_cut_first():
    phases, profile = charged(), Profile()
    assert phases.needs_cut(1, profile)
    assert not phases.needs_cut(3, profile)
    phases.move(1, profile, YES)
    assert phases.relay == 3
    phases.tick(10, DRIVE_X1)
    phases.tick(99, DRIVE_OPEN)
    phases.move(1, profile, YES)
    assert phases.relay == 3
    phases.tick(1, DRIVE_OPEN)
    phases.move(1, profile, YES)
    assert (phases.relay, phases.has_moved) == (1, True)
    assert not phases.is_right(1, profile)
    phases.tick(59_999, DRIVE_OPEN)
    assert not phases.is_settled()
    phases.tick(1, DRIVE_OPEN)
    assert phases.is_settled()
    assert phases.is_right(1, profile)
    assert phases.has_moved
    phases.tick(10, DRIVE_X1)
    assert not phases.has_moved


def moved(profile, phases):
    """Cut the pilot and let the relay move."""
    phases.tick(100, DRIVE_OPEN)
    phases.move(1, profile, YES)
    assert phases.has_moved
    return phases


def test_the_gap_is_the_vehicles():
    profile = Profile()
    profile.phase_gap_ms = 10_000
    phases = moved(profile, charged())
    phases.tick(9_999, DRIVE_OPEN)
    assert not phases.is_settled()
    phases.tick(1, DRIVE_OPEN)
    assert phases.is_settled()


def test_the_gap_outlasts_a_pilot_that_was_joined_too_soon():
    profile = Profile()
    phases = moved(profile, charged())
    phases.tick(10, DRIVE_X1)
    assert not phases.is_right(1, profile)
    phases.tick(59_990, DRIVE_X1)
    assert phases.is_right(1, profile)


def test_a_car_that_leaves_ends_the_gap():
    phases = moved(Profile(), charged())
    phases.note_unplugged()
    assert phases.is_settled()


def test_after_an_opening_under_load_the_gap_is_at_least_a_minute():
    profile = Profile()
    profile.phase_gap_ms = 10_000
    phases = charged()
    phases.note_under_load()
    moved(profile, phases).tick(59_999, DRIVE_OPEN)
    assert not phases.is_settled()
    phases.tick(1, DRIVE_OPEN)
    assert phases.is_settled()
    again = charged()
    again.note_under_load()
    again.note_power()
    moved(profile, again).tick(10_000, DRIVE_OPEN)
    assert again.is_settled()


def test_a_board_that_cannot_cut_the_pilot_waits_in_x1():
    phases, profile = charged(), Profile()
    phases.tick(59_999, DRIVE_X1)
    phases.move(1, profile, NO)
    assert phases.relay == 3
    phases.tick(1, DRIVE_X1)
    phases.move(1, profile, YES)
    assert phases.relay == 3
    phases.move(1, profile, NO)
    assert phases.relay == 1


def test_any_other_drive_starts_the_x1_anew():
    phases, profile = charged(), Profile()
    phases.tick(59_999, DRIVE_X1)
    phases.tick(1, DRIVE_OPEN)
    phases.tick(59_999, DRIVE_X1)
    phases.move(1, profile, NO)
    assert phases.relay == 3
    phases.tick(1, DRIVE_X1)
    phases.move(1, profile, NO)
    assert phases.relay == 1


def test_a_hazardous_car_never_sees_the_relay_move():
    """First-generation Zoe."""
    phases, profile = charged(), Profile()
    profile.may_switch_phases = NO
    phases.tick(300_000, DRIVE_OPEN)
    phases.move(1, profile, YES)
    phases.tick(300_000, DRIVE_X1)
    phases.move(1, profile, NO)
    assert phases.relay == 3
    assert not phases.needs_cut(1, profile)
    phases.note_unplugged()
    phases.move(1, profile, YES)
    assert phases.relay == 1


def test_a_hazardous_car_takes_fewer_phases_than_allowed_but_never_more():
    profile = Profile()
    profile.may_switch_phases = NO
    assert charged(1).is_right(3, profile)
    assert charged(3).is_right(3, profile)
    assert not charged(3).is_right(1, profile)


def test_any_other_car_gets_exactly_what_is_allowed():
    profile = Profile()
    assert not charged(1).is_right(3, profile)
    assert not charged(3).is_right(1, profile)
    assert charged(3).is_right(3, profile)
    fresh = Phases()
    profile.may_switch_phases = NO
    assert not fresh.is_right(3, profile)


def test_the_relay_that_is_right_does_not_move():
    phases = charged(3)
    phases.tick(300_000, DRIVE_OPEN)
    phases.move(3, Profile(), YES)
    assert not phases.has_moved
