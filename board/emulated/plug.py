"""Plug: the connector between car and charger: pilot contact, proximity contact, resistor.

The pilot contact is the last to make and the first to break, and it bounces. The coding
resistor of the cable may drift, as it does when it gets hot or wet.
"""

from random import Random

from ampkeeper.board.emulated.car_settings import CarSettings
from ampkeeper.board.emulated.circuit import PP_OHM
from ampkeeper.board.emulated.pattern import Pattern
from ampkeeper.firmware.safety.signals import PP_OPEN_OHM

FLAP_MS_MIN, FLAP_MS_MAX = 1, 5  # one touch of a bouncing contact


class Plug:
    """One connector; ``step`` it with whether the car is plugged."""

    def __init__(self, random: Random) -> None:
        self.is_in_socket = False
        self.pilot_seen: list[bool] | tuple[()] = ()  # the contact in each ms, if it moves
        self._pilot = Pattern(False)
        self._random = random
        self._drifted_ohm = 0.0

    @property
    def is_touching(self) -> bool:
        """The pilot contact makes."""
        return self._pilot.value

    def step(self, elapsed_ms: int, car: CarSettings) -> None:
        """Let time pass."""
        if self._pilot.final != car.plugged:
            if car.plug_bounce_ms:
                self._pilot.play(self._flaps(car.plugged, car.plug_bounce_ms), car.plugged)
            else:
                self._pilot.rest(car.plugged)
        self.pilot_seen = self._pilot.step(elapsed_ms)
        if car.pp_drift_ohm_s and self.is_in_socket:
            self._drifted_ohm += car.pp_drift_ohm_s * elapsed_ms / 1_000
        elif not self.is_in_socket:
            self._drifted_ohm = 0.0

    def move(self, is_plugged: bool, can_leave: bool) -> None:
        """A plug goes in with the car; it comes out with it only if the bolt lets it."""
        if is_plugged:
            self.is_in_socket = True
        elif can_leave:
            self.is_in_socket = False

    def proximity_ohm(self, car: CarSettings) -> int:
        """From proximity contact to earth."""
        if not self.is_in_socket:
            return PP_OPEN_OHM
        coded_ohm = PP_OHM[car.cable_a] if car.pp_ohm is None else car.pp_ohm
        return max(0, min(PP_OPEN_OHM, coded_ohm + round(self._drifted_ohm)))

    def _flaps(self, target: bool, total_ms: int) -> list[tuple[bool, int]]:
        """There and back, in touches of a few ms."""
        flaps: list[tuple[bool, int]] = []
        is_there = target
        while total_ms > 0:
            touch_ms = min(total_ms, self._random.randint(FLAP_MS_MIN, FLAP_MS_MAX))
            flaps.append((is_there, touch_ms))
            is_there = not is_there
            total_ms -= touch_ms
        return flaps
