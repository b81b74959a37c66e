"""The grid operator's contact: a level counts once it stayed."""

from ampkeeper.firmware.energy.grid_line import Settled

LOOK_S = 0.02


def told(*looks: bool) -> list[bool]:
    """What is told of looks at every ``LOOK_S``."""
    settled = Settled(0.1)
    levels = [settled.feed(is_made, place * LOOK_S) for place, is_made in enumerate(looks)]
    return [level for level in levels if level is not None]


def test_the_first_level_is_told_once_it_stayed():
    assert told(*[False] * 5) == []
    assert told(*[False] * 20) == [False]
    assert told(*[True] * 20) == [True]


def test_a_bounce_is_one_change():
    assert told(*[False] * 10, True, False, True, False, *[True] * 10) == [False, True]


def test_a_pulse_on_a_long_wire_is_none():
    assert told(*[False] * 10, *[True] * 4, *[False] * 10) == [False]
