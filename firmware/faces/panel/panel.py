"""Panel: from what the station shows of one EVSE to light and sound, and until when.

Pure: ``now_s`` is the monotonic clock, ``minute`` the local time of day.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ampkeeper.firmware.faces.panel import table
from ampkeeper.firmware.faces.panel.table import COLORS, LASTS_MS, PATTERNS, SOUNDS, Look

WAIT_S = 5.0  # at most between two looks at the clock, and so late are quiet hours
MINUTES = 24 * 60
MINUTES_OF_HOUR = 60


class Shown(NamedTuple):
    """What the station shows of one EVSE."""

    status: str  # OCPP 1.6 name
    session: str | None = None  # its state, as in ``station/view.py``
    is_online: bool = True  # True, too, where there is no central system
    is_restarting: bool = False


class Frame(NamedTuple):
    """What lamp and buzzer do from now on, for ``wait_s`` at most.

    The light is red, green and blue from 0 to 1.
    """

    light: tuple[float, float, float]
    is_sounding: bool
    wait_s: float


@dataclass(frozen=True, slots=True)
class PanelSettings:
    """What the owner chose."""

    looks: Mapping[int, Look] = field(default_factory=lambda: table.LOOKS)
    brightness_percent: int = 100
    quiet: tuple[int, int] | None = None  # minutes of the day, local: from, to
    quiet_brightness_percent: int = 20
    has_sound: bool = True


def state_of(shown: Shown) -> int:
    """The state that the lamp tells; what matters most wins."""
    if shown.is_restarting:
        return table.RESTARTING
    if shown.status in ("Faulted", "Unavailable"):
        return table.STATUSES[shown.status]
    if shown.session is not None:
        return table.SESSIONS[shown.session]
    state = table.STATUSES[shown.status]
    return table.OFFLINE if state == table.AVAILABLE and not shown.is_online else state


def quiet_hours(text: str) -> tuple[int, int] | None:
    """``"22:00-06:00"`` as minutes of the day; empty: none."""
    if not text:
        return None
    begin, _, end = text.partition("-")
    return _minute(begin), _minute(end)


def is_within(minute: int, hours: tuple[int, int] | None) -> bool:
    """Tell whether a minute of the day is in these hours, which may go over midnight."""
    if hours is None:
        return False
    begin, end = hours
    return (minute - begin) % MINUTES < (end - begin) % MINUTES


class Panel:
    """Lamp and buzzer of one EVSE."""

    def __init__(self, evse_id: int, settings: PanelSettings) -> None:
        self._evse_id = evse_id
        self._settings = settings
        self._state = -1
        self._moment = -1
        self._since_s = 0.0  # the look
        self._until_s = 0.0  # the moment
        self._is_heard = True  # the state's sound; none at the start
        self._is_mute = False  # the look goes on: its sound is over

    @property
    def what(self) -> int:
        """The state or moment that is shown."""
        return self._moment if self._moment >= 0 else self._state

    @property
    def look(self) -> Look:
        """What lamp and buzzer do for it."""
        return self._settings.looks[self.what]

    def show(self, shown: Shown, now_s: float) -> None:
        """Take what the station shows; a moment whose time is over makes room for it."""
        before, state = self.what, state_of(shown)
        if state != self._state:
            self._is_heard = self._state < 0
            self._state = state
        if state == table.FAULTED and not self._is_heard:
            self._moment = -1  # nothing matters more
        if now_s >= self._until_s:
            self._moment = -1
        if self.what != before:
            self._show_state(now_s)

    def hear(self, kind: str, evse_id: int | None, now_s: float) -> None:
        """The station told something, of one EVSE or of all; a newer moment ends the older."""
        moment = table.NOTICES.get(kind)
        if moment is None:
            return
        if evse_id in (None, self._evse_id):
            self._moment, self._is_mute = moment, False
            self._since_s = now_s
            self._until_s = now_s + LASTS_MS[moment] / 1000
        elif self._moment == table.SEEN:  # it was meant for another one
            self._moment = -1
            self._show_state(now_s)

    def frame(self, now_s: float, minute: int) -> Frame:
        """What lamp and buzzer do now."""
        settings = self._settings
        is_quiet = is_within(minute, settings.quiet)
        age_ms = round((now_s - self._since_s) * 1000)
        is_lit, lit_ms = _lit(PATTERNS[self.look.pattern], age_ms)
        is_still = is_quiet or self._is_mute or not settings.has_sound
        sound = () if is_still else SOUNDS[self.look.sound]
        is_sounding, sound_ms = _sounds(sound, age_ms)
        waits_s = [WAIT_S, lit_ms / 1000, sound_ms / 1000]
        if self._moment >= 0:
            waits_s.append(max(0.0, self._until_s - now_s))
        percent = settings.quiet_brightness_percent if is_quiet else settings.brightness_percent
        red, green, blue = (part * percent * is_lit / 10_000 for part in COLORS[self.look.color])
        return Frame((red, green, blue), is_sounding, min(waits_s))

    def _show_state(self, now_s: float) -> None:
        self._since_s = now_s
        self._is_mute = self._is_heard
        self._is_heard = True


def _lit(pattern: tuple[int, ...], age_ms: int) -> tuple[bool, float]:
    """Whether the lamp is lit at this age, and for how many ms."""
    if not pattern:
        return True, WAIT_S * 1000
    return _step(pattern, age_ms % sum(pattern))


def _sounds(sound: tuple[int, ...], age_ms: int) -> tuple[bool, float]:
    """The same of the buzzer, which sounds once."""
    if age_ms >= sum(sound):
        return False, WAIT_S * 1000
    return _step(sound, age_ms)


def _step(steps: tuple[int, ...], at_ms: int) -> tuple[bool, float]:
    end_ms = 0
    for number, step_ms in enumerate(steps):
        end_ms += step_ms
        if at_ms < end_ms:
            return number % 2 == 0, end_ms - at_ms
    raise AssertionError(f"{at_ms} ms is beyond {steps}")


def _minute(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * MINUTES_OF_HOUR + int(minutes)
