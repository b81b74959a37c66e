"""Car: the least that a bought board's twin needs at its pilot, and the meter behind its relay.

It knows classes and milliamperes, no volts: those are inside the bought board. The car of the
emulated board (``board/emulated/car.py``) has the circuit.
"""

from ampkeeper.hal.ports import MeterReading

VOLTAGE_V = 230
HOUR_MS = 3_600_000
REACTION_MS = 300  # from PWM to S2, and from its end to S2 open


class Car:
    """What is plugged in; attributes may change at any time."""

    def __init__(self, phases: int = 3) -> None:
        self.is_plugged = False
        self.is_ready = False  # would charge if it may
        self.is_ventilated = False  # wants class D
        self.has_diode = True
        self.is_stubborn = False  # keeps S2 closed when the offer ends
        self.max_ma = 16_000
        self.phases = phases
        self.is_drawing = False  # S2
        self._moving_ms = 0
        self._energy_nwh = 0

    @property
    def state(self) -> str:
        """The class that it shows: A to D."""
        if not self.is_plugged:
            return "A"
        if not self.is_drawing:
            return "B"
        return "D" if self.is_ventilated else "C"

    @property
    def energy_wh(self) -> int:
        """What the meter behind the relay counted."""
        return self._energy_nwh // 1_000_000_000

    def plug(self, is_ready: bool = True) -> None:
        """Plug in."""
        self.is_plugged, self.is_ready = True, is_ready

    def unplug(self) -> None:
        """Pull the cable."""
        self.is_plugged = self.is_drawing = False
        self._moving_ms = 0

    def step(self, elapsed_ms: int, offered_ma: int, is_closed: bool) -> None:
        """Let time pass under this offer; 0: the pilot is steady."""
        wants = self.is_plugged and self.is_ready and (offered_ma > 0 or self._clings())
        self._moving_ms = self._moving_ms + elapsed_ms if wants != self.is_drawing else 0
        if self._moving_ms >= REACTION_MS:
            self.is_drawing = wants
        milliwatts = self.current_ma(offered_ma, is_closed) * VOLTAGE_V * self.phases
        self._energy_nwh += milliwatts * elapsed_ms * 1_000_000 // HOUR_MS

    def current_ma(self, offered_ma: int, is_closed: bool) -> int:
        """What flows in each phase; a stubborn car goes on with what it had."""
        if not (is_closed and self.is_drawing):
            return 0
        return min(offered_ma, self.max_ma) if offered_ma else 6_000

    def reading(self, current_ma: int, now_s: float) -> MeterReading:
        """What the meter shows."""
        currents = tuple(current_ma / 1_000 if phase < self.phases else 0.0 for phase in range(3))
        powers = tuple(current_a * VOLTAGE_V for current_a in currents)
        return MeterReading(
            taken_s=now_s,
            energy_wh=self.energy_wh,
            power_w=sum(powers),
            current_a=(currents[0], currents[1], currents[2]),
            voltage_v=(VOLTAGE_V, VOLTAGE_V, VOLTAGE_V),
            power_phase_w=(powers[0], powers[1], powers[2]),
            frequency_hz=50.0,
        )

    def _clings(self) -> bool:
        return self.is_stubborn and self.is_drawing
