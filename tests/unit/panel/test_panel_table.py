"""The table of looks: complete, unambiguous, safe to look at, and told without red and green."""

from itertools import combinations

import pytest

from ampkeeper.firmware.faces.panel import table
from ampkeeper.firmware.faces.panel.table import (
    COLORS,
    LASTS_MS,
    LOOKS,
    NAMES,
    NOTICES,
    PATTERNS,
    SAYS,
    SESSIONS,
    SOUNDS,
    STATUSES,
    TABLE,
    check_look,
    looks_of,
)
from ampkeeper.firmware.facts import ConnectorState
from ampkeeper.firmware.station.rules import VERDICT_S
from ampkeeper.firmware.station.view import SESSION_STATES

STATES = range(table.FIRST_MOMENT)
MOMENTS = range(table.FIRST_MOMENT, len(NAMES))
SECOND_MS = 1_000
FLASHES_MAX = 3  # WCAG 2.3.1
# What is left of linear red, green and blue for who has no red, or no green cones: Vienot,
# Brettel, Mollon, "Digital video colourmaps for checking the legibility of displays by
# dichromats", 1999, reduced to the two channels that remain.
PROTAN = ((0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0))
DEUTAN = ((0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0))
APART = 0.2  # of full scale, between two lamps that are not to be confused


def seen_by(cones: tuple[tuple[float, ...], ...], color: str) -> tuple[float, float]:
    """What is left of a color, with its brightness taken out."""
    parts = COLORS[color]
    channels = [sum(a * b / 100 for a, b in zip(row, parts, strict=True)) for row in cones]
    brightest = max(*channels, 0.01)
    return channels[0] / brightest, channels[1] / brightest


def distance(cones: tuple[tuple[float, ...], ...], one: str, other: str) -> float:
    """How far apart the hues of two lamps are, whatever their brightness."""
    a, b = seen_by(cones, one), seen_by(cones, other)
    return max(abs(a[0] - b[0]), abs(a[1] - b[1]))


def test_every_state_and_moment_has_one_row_with_known_words() -> None:
    assert [row[0] for row in TABLE] == list(range(len(NAMES)))
    for look in LOOKS.values():
        assert look.color in COLORS
        assert look.pattern in PATTERNS
        assert look.sound in SOUNDS
    assert set(LASTS_MS) == set(MOMENTS)
    assert all(SAYS.values())


def test_no_two_states_look_the_same() -> None:
    looks = [(LOOKS[state].color, LOOKS[state].pattern) for state in STATES]
    assert len(set(looks)) == len(looks)


def test_the_states_that_matter_most_differ_without_any_color() -> None:
    vital = (table.AVAILABLE, table.CHARGING, table.FAULTED, table.UNAVAILABLE)
    assert len({LOOKS[state].pattern for state in vital}) == len(vital)


@pytest.mark.parametrize("cones", [PROTAN, DEUTAN])
def test_the_colors_of_the_table_stay_apart_without_red_or_green_cones(
    cones: tuple[tuple[float, ...], ...],
) -> None:
    used = sorted({look.color for look in LOOKS.values()})
    assert used == ["blue", "orange", "white"]
    for one, other in combinations(used, 2):
        assert distance(cones, one, other) >= APART, (one, other)
    assert distance(cones, "red", "green") < APART


def test_nothing_flashes_more_than_three_times_in_a_second() -> None:
    for name, steps in PATTERNS.items():
        starts = [
            sum(steps[:at]) + lap * sum(steps) for lap in range(9) for at in range(0, len(steps), 2)
        ]
        for start in starts:
            within = [begin for begin in starts if start <= begin < start + SECOND_MS]
            assert len(within) <= FLASHES_MAX, name


def test_patterns_and_sounds_are_pairs_and_end() -> None:
    assert all(len(steps) % 2 == 0 for steps in PATTERNS.values())
    assert all(min(steps) > 0 for steps in (*PATTERNS.values(), *SOUNDS.values()) if steps)
    assert max(sum(steps) for steps in SOUNDS.values()) <= 3_000


def test_everything_that_the_station_says_has_a_look() -> None:
    assert set(SESSIONS) == set(SESSION_STATES.values())
    assert set(STATUSES) == {str(state) for state in ConnectorState}
    assert set(NOTICES.values()) == set(MOMENTS)
    reached = {*SESSIONS.values(), *STATUSES.values(), table.OFFLINE, table.RESTARTING}
    assert reached == set(STATES)


def test_a_card_is_shown_as_asked_about_for_as_long_as_it_may_be() -> None:
    assert LASTS_MS[table.SEEN] >= VERDICT_S * 1000


def test_a_refusal_an_acceptance_and_a_fault_sound_different() -> None:
    sounds = {LOOKS[what].sound for what in (table.ACCEPTED, table.REFUSED, table.FAULTED)}
    assert len(sounds) == 3
    assert "silent" not in sounds


@pytest.mark.parametrize("value", ["blue slow", "green steady twice", "off steady silent"])
def test_a_look_may_be_changed(value: str) -> None:
    assert check_look("charging", value) is None


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("charged", "blue slow", "no such state; known: available, offline"),
        ("charging", "blue", 'must be "COLOR PATTERN"'),
        ("charging", "blue slow twice again", 'must be "COLOR PATTERN"'),
        ("charging", 3, 'must be "COLOR PATTERN"'),
        ("charging", "pink slow", "pink is no color; known: off, white, blue"),
        ("charging", "blue strobe", "strobe is no pattern; known: steady, wink"),
        ("charging", "blue slow song", "song is no sound; known: silent, tick"),
    ],
)
def test_a_look_that_cannot_be_is_refused(name: str, value: object, complaint: str) -> None:
    assert complaint in str(check_look(name, value))


def test_what_is_not_said_of_a_look_stays_as_shipped() -> None:
    looks = looks_of({"refused": "red slow", "charging": "green wink twice"})
    assert looks[table.REFUSED] == ("red", "slow", "long")
    assert looks[table.CHARGING] == ("green", "wink", "twice")
    assert looks[table.FAULTED] == LOOKS[table.FAULTED]
