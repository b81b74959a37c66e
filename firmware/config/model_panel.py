"""The model's section on lamp, buzzer and button."""

from collections.abc import Mapping
from dataclasses import dataclass

from ampkeeper.firmware.config.fields import Scalar, boolean, free, integer, text

NO_ACTION, STOP, PAUSE = "none", "stop", "pause"
ACTIONS = (NO_ACTION, STOP, PAUSE)
HOURS = r"([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Lamp, buzzer and button at the charger, where the board has them."""

    brightness_percent: int = integer(
        "Brightness of the lamp.", unit="%", low=1, high=100, default=100
    )
    quiet_hours: str = text(
        "Hours of the day, local time, with a dimmed lamp and a still buzzer; left out: none.",
        default="",
        pattern=HOURS,
        words='hours such as "22:00-06:00"',
    )
    quiet_brightness_percent: int = integer(
        "Brightness of the lamp in quiet hours.", unit="%", low=0, high=100, default=20
    )
    sound: bool = boolean("false: the buzzer is always still.", default=True)
    button: str = text(
        "What a press of the button does to the charge: anybody can press it.",
        default=NO_ACTION,
        choices=ACTIONS,
    )
    button_long: str = text(
        "What it does when it is held for 3 s.", default=NO_ACTION, choices=ACTIONS
    )
    states: Mapping[str, Scalar] = free(
        '[panel.states]: state = "COLOR PATTERN" or "COLOR PATTERN SOUND", '
        'as in firmware/faces/panel/INDICATORS.md: charging = "green wink".',
        words="states and looks that the panel knows",
    )
