"""The panel in the configuration: hours, actions, and looks that the panel knows."""

import pytest

from ampkeeper.firmware.config import ConfigError, parse
from ampkeeper.firmware.faces.cli.start import checkers
from tests.unit.config.files import SMALLEST


def panel(text: str):
    return parse(SMALLEST + "[panel]\n" + text, checkers=checkers()).panel


def test_a_panel_needs_no_words() -> None:
    made = panel("")
    assert (made.brightness_percent, made.quiet_hours, made.sound) == (100, "", True)
    assert (made.button, made.button_long, made.states) == ("none", "none", {})


def test_a_panel_takes_what_it_knows() -> None:
    made = panel(
        'quiet_hours = "22:00-06:00"\nbutton = "pause"\n[panel.states]\ncharging = "green wink"\n'
    )
    assert (made.quiet_hours, made.button) == ("22:00-06:00", "pause")
    assert made.states == {"charging": "green wink"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('quiet_hours = "22-6"', 'must be hours such as "22:00-06:00"'),
        ('quiet_hours = "24:00-06:00"', "must be hours such as"),
        ("brightness_percent = 0", "must be a whole number, 1 to 100 %"),
        ('button = "start"', 'must be "none" or "stop" or "pause"'),
        ("[panel.states]\ncharging = 1", 'must be "COLOR PATTERN"'),
        ('[panel.states]\nchargin = "blue slow"', "no such state; known: available"),
        ('[panel.states]\ncharging = "pink slow"', "pink is no color; known: off, white"),
        ('stats = "x"', "unknown key"),
    ],
)
def test_what_a_panel_does_not_know_is_refused_with_what_it_does(text: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        panel(text + "\n")
