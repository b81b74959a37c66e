"""Install hours: when the owner lets new software be installed, in local time. Pure.

Hours are those of ``energy/schedules.py``: the clock on the wall, past midnight, across daylight
saving. They are for orders that name no time; a time that the central system names is kept to
(L01.FR.16, "SHALL install at the specified time"), and whoever stands before the station waits
for nothing but cars. An installation that began to wait for cars within the hours goes on to
wait (L01.FR.06), so that it comes to its end where somebody charges every night.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from ampkeeper.firmware.energy.schedules import (
    DAYS,
    STATION,
    Window,
    minutes_of,
    next_change,
    opened,
)

INSTALL = "install"


@dataclass(frozen=True, slots=True)
class InstallHours:
    """``windows`` empty: at any time. ``zone`` None is that of the system."""

    windows: tuple[Window, ...] = ()
    zone: tzinfo | None = None

    def begin_at(self, now: datetime) -> datetime:
        """When an installation that is ready now may begin: now, or when the hours begin."""
        if not self.windows or opened(self.windows, INSTALL, STATION, now, self.zone):
            return now
        at = next_change(self.windows, INSTALL, STATION, now, self.zone)
        assert at is not None, "every window opens within a week"
        return at


def hours_of(days: Sequence[str], begin: str, end: str, zone: tzinfo | None) -> InstallHours:
    """What the configuration says; ``begin`` empty: at any time."""
    if not begin:
        return InstallHours()
    places = tuple(DAYS.index(day) for day in days)
    window = Window(INSTALL, places, minutes_of(begin), minutes_of(end), what=INSTALL)
    return InstallHours((window,), zone)
