"""Seat: what one EVSE knows for the plan of its charging. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from ampkeeper.firmware.energy.departure import Departure, Target
from ampkeeper.firmware.energy.plan import Hold
from ampkeeper.firmware.energy.randomised_delay import RandomisedDelay
from ampkeeper.firmware.energy.surplus import Sun
from ampkeeper.hal.ports import MeterReading

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse

DRAWING_A = 4.0  # a car that draws less tells nothing of what it can take
FULL_A = 1.5  # a car that draws so much less than is offered takes no more
FULL_S = 60.0


@dataclass(slots=True)
class Seat:
    """One EVSE: its sun, its departure, its delay, and what it was told."""

    sun: Sun
    delay: RandomisedDelay
    departure: Departure = field(default_factory=Departure)
    told: Target | None = None  # what the owner said of the departure
    is_skipped: bool = False  # "charge now", for the car that is there
    holds: tuple[Hold, ...] = ()
    delayed_until_s: float | None = None  # monotonic: a clock that is set shortens no delay
    is_flowing: bool = False  # nothing is in the way, and no start is delayed
    rate_a: float = 0.0  # of the plan, in force
    wanting_since: datetime | None = None
    left_w: float | None = None  # of the sun, for this EVSE; None: not known, or not followed
    car_a: float | None = None  # the most that it takes; None: not seen yet
    _below_since_s: float | None = None

    def leave(self) -> None:
        """The car is gone, and with it what was said and seen of it."""
        self.is_skipped = False
        self.wanting_since = None
        self.car_a = self._below_since_s = None

    def see(self, reading: MeterReading, offered_a: float, now_s: float) -> None:
        """The car draws this of what it is offered."""
        drawn_a = max(current_a or 0.0 for current_a in reading.current_a)
        if drawn_a < DRAWING_A or drawn_a > offered_a - FULL_A:
            self._below_since_s = None
            if self.car_a is not None and drawn_a > self.car_a:
                self.car_a = drawn_a
            return
        if self._below_since_s is None:
            self._below_since_s = now_s
        if now_s - self._below_since_s >= FULL_S:
            self.car_a = drawn_a


def charged_wh(evse: "Evse") -> int:
    """What was charged in the running session."""
    charge, latest = evse.session.charge, evse.register.latest()
    if charge is None or latest is None:
        return 0
    return max(0, latest.energy_wh - charge.begin.reading.energy_wh)


def power_w_of(evse: "Evse") -> float | None:
    """What the EVSE draws; None: not known."""
    reading = evse.register.latest()
    return reading.power_w if reading is not None and evse.register.is_fresh else None
