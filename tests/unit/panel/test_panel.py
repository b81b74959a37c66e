"""The panel of one EVSE over time: which look, how it blinks, when it sounds."""

import pytest

from ampkeeper.firmware.faces.panel import table
from ampkeeper.firmware.faces.panel.panel import (
    WAIT_S,
    Panel,
    PanelSettings,
    Shown,
    is_within,
    quiet_hours,
    state_of,
)

FREE = Shown("Available")
FAULTED = Shown("Faulted")
NOON, NIGHT = 12 * 60, 23 * 60


def panel(**settings) -> Panel:
    made = Panel(1, PanelSettings(**settings))
    made.show(FREE, 0.0)
    return made


def track(made: Panel, from_s: float, to_s: float, shown: Shown = FREE, minute: int = NOON):
    """What changes, as (second, lit, sounding): woken when the panel asked for it."""
    changes, now_s, last = [], from_s, None
    while now_s < to_s:
        made.show(shown, now_s)
        frame = made.frame(now_s, minute)
        seen = (any(frame.light), frame.is_sounding)
        if seen != last:
            changes.append((round(now_s - from_s, 3), *seen))
        last = seen
        assert frame.wait_s > 0
        now_s += frame.wait_s
    return changes


@pytest.mark.parametrize(
    ("shown", "state"),
    [
        (FREE, table.AVAILABLE),
        (Shown("Available", is_online=False), table.OFFLINE),
        (Shown("Preparing"), table.OCCUPIED),
        (Shown("Preparing", "authorised"), table.AUTHORISED),
        (Shown("Preparing", "starting"), table.STARTING),
        (Shown("Charging", "charging", is_online=False), table.CHARGING),
        (Shown("SuspendedEV", "suspended_ev"), table.CAR_WAITS),
        (Shown("SuspendedEVSE", "suspended_evse"), table.CHARGER_WAITS),
        (Shown("Finishing", "stopping"), table.STOPPING),
        (Shown("Finishing"), table.FINISHED),
        (Shown("Faulted", "charging"), table.FAULTED),
        (Shown("Unavailable"), table.UNAVAILABLE),
        (Shown("Faulted", is_restarting=True), table.RESTARTING),
    ],
)
def test_what_matters_most_is_shown(shown: Shown, state: int) -> None:
    assert state_of(shown) == state


def test_a_steady_lamp_asks_for_nothing_but_a_look_at_the_clock() -> None:
    assert track(panel(), 0.0, 60.0) == [(0.0, True, False)]
    assert panel().frame(0.0, NOON).wait_s == WAIT_S


def test_a_pattern_blinks_to_the_millisecond() -> None:
    changes = track(panel(), 10.0, 16.5, Shown("Preparing", "authorised"))
    lit = [second for second, is_lit, _ in changes if is_lit]
    dark = [second for second, is_lit, _ in changes if not is_lit]
    assert lit == [0.0, 0.5, 3.0, 3.5, 6.0]
    assert dark == [0.25, 0.75, 3.25, 3.75, 6.25]


def test_colors_are_parts_of_the_brightness() -> None:
    made = panel(brightness_percent=50)
    made.show(FAULTED, 1.0)
    assert made.frame(1.0, NOON).light == (0.5, 0.175, 0.0)


def test_a_new_fault_sounds_the_alarm_once() -> None:
    changes = track(panel(), 5.0, 65.0, FAULTED)
    sounding = [second for second, _, is_on in changes if is_on]
    assert sounding[0] == 0.0
    assert max(sounding) < 2.1
    assert any(not is_on for _, _, is_on in changes)


def test_a_fault_that_was_there_at_the_start_is_shown_without_a_sound() -> None:
    made = Panel(1, PanelSettings())
    assert all(not is_on for _, _, is_on in track(made, 0.0, 5.0, FAULTED))


def test_a_fault_sounds_again_when_it_comes_again() -> None:
    made = panel()
    track(made, 1.0, 10.0, FAULTED)
    track(made, 10.0, 20.0)
    assert any(is_on for _, _, is_on in track(made, 20.0, 30.0, FAULTED))


def test_a_moment_is_shown_and_then_the_state_again_without_its_sound() -> None:
    made = panel()
    track(made, 1.0, 10.0, FAULTED)
    made.hear("tag_refused", None, 10.0)
    assert made.what == table.REFUSED
    changes = track(made, 10.0, 20.0, FAULTED)
    assert [second for second, _, is_on in changes if is_on][-1] < 0.8
    assert made.what == table.FAULTED


def test_a_fault_ends_the_moment_that_is_shown() -> None:
    made = panel()
    made.hear("tag_accepted", 1, 1.0)
    made.show(FAULTED, 1.5)
    assert made.what == table.FAULTED
    assert made.frame(1.5, NOON).is_sounding


def test_a_card_that_is_asked_about_blinks_until_the_answer() -> None:
    made = panel()
    made.hear("tag", None, 1.0)
    made.show(FREE, 20.0)
    assert made.what == table.SEEN
    made.hear("tag_accepted", 1, 20.0)
    assert made.what == table.ACCEPTED
    made.show(Shown("Preparing", "authorised"), 22.0)
    assert made.what == table.AUTHORISED


def test_a_card_that_nobody_answers_for_is_forgotten() -> None:
    made = panel()
    made.hear("tag", None, 1.0)
    made.show(FREE, 32.0)
    assert made.what == table.AVAILABLE


def test_a_card_for_another_evse_ends_the_wait_here() -> None:
    made = panel()
    made.hear("tag", None, 1.0)
    made.hear("tag_accepted", 2, 2.0)
    assert made.what == table.AVAILABLE
    made.hear("tag_accepted", 2, 3.0)
    assert made.what == table.AVAILABLE


def test_what_is_no_moment_changes_nothing() -> None:
    made = panel()
    made.hear("transaction", 1, 1.0)
    assert made.what == table.AVAILABLE


@pytest.mark.parametrize(("minute", "is_on"), [(NOON, True), (NIGHT, False)])
def test_the_buzzer_is_still_in_quiet_hours(minute: int, is_on: bool) -> None:
    made = panel(quiet=quiet_hours("22:00-06:00"))
    made.hear("tag_refused", None, 1.0)
    frame = made.frame(1.0, minute)
    assert frame.is_sounding == is_on
    assert any(frame.light)


def test_the_lamp_is_dimmed_in_quiet_hours() -> None:
    made = panel(quiet=quiet_hours("22:00-06:00"), quiet_brightness_percent=5)
    assert made.frame(0.0, NOON).light == (1.0, 1.0, 1.0)
    assert made.frame(0.0, NIGHT).light == (0.05, 0.05, 0.05)


def test_a_buzzer_that_is_not_wanted_never_sounds() -> None:
    made = panel(has_sound=False)
    made.hear("tag_refused", None, 1.0)
    assert not made.frame(1.0, NOON).is_sounding


@pytest.mark.parametrize(
    ("hours", "minute", "is_inside"),
    [
        ("22:00-06:00", 22 * 60 - 1, False),
        ("22:00-06:00", 22 * 60, True),
        ("22:00-06:00", 0, True),
        ("22:00-06:00", 6 * 60 - 1, True),
        ("22:00-06:00", 6 * 60, False),
        ("12:30-13:00", 12 * 60 + 30, True),
        ("12:30-13:00", 13 * 60, False),
        ("", 0, False),
    ],
)
def test_quiet_hours_may_go_over_midnight(hours: str, minute: int, is_inside: bool) -> None:
    assert is_within(minute, quiet_hours(hours)) == is_inside


def test_a_changed_look_is_shown() -> None:
    made = panel(looks=table.looks_of({"available": "green slow"}))
    assert made.frame(0.0, NOON).light == (0.0, 1.0, 0.0)
    assert made.frame(0.0, NOON).wait_s == 1.0
