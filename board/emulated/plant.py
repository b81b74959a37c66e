"""Plant: the parts in the charger that move, trip, warm up and count.

Contactor with coil, delay and mirror; lock motor with its feedback; monitor of the load current;
energy register. Each is physics only: no rule of the charger lives here.
Integers: mA, uW, mWh.
"""

from ampkeeper.firmware.safety.signals import LOCK_DRIVE, UNLOCK_DRIVE

PULL_IN_MS = 25  # typical of a 40 A installation contactor: 20 to 30 ms either way
DROP_OUT_MS = 25
LOCK_TRAVEL_MS = 300  # a motor lock's full stroke
OVER_MA, OVER_PERCENT = 500, 110  # more than (offer + 0.5 A) x 1.1 is too much, requirements 5.6
OVER_MS = 7_000
FAR_OVER_PERCENT = 150
FAR_OVER_MS = 1_000
FOLLOW_MS = 6_000  # a car follows a lower offer within 5 s, IEC 61851-1 Table A.6 seq. 6
UW_MS_PER_MWH = 3_600_000_000


class Contactor:
    """Main contacts and a mirror contact on one armature, moved by one coil."""

    def __init__(self) -> None:
        self.is_welded = False  # contacts closed, whatever the coil does
        self.is_stuck = False  # contacts open, whatever the coil does
        self.is_closed = False
        self.mirror = "ok"  # or "open", "made": what the mirror contact says, whatever is true
        self._moving_ms = 0

    @property
    def is_mirror_made(self) -> bool:
        """What the mirror contact says."""
        return self.is_closed if self.mirror == "ok" else self.mirror == "made"

    def step(self, elapsed_ms: int, coil: int) -> None:
        """Let the armature follow the coil."""
        if self.is_welded or self.is_stuck:
            self.is_closed = self.is_welded
            self._moving_ms = 0
            return
        if bool(coil) == self.is_closed:
            self._moving_ms = 0
            return
        self._moving_ms += elapsed_ms
        if self._moving_ms >= (PULL_IN_MS if coil else DROP_OUT_MS):
            self.is_closed = bool(coil)
            self._moving_ms = 0


class Lock:
    """A bistable motor lock: it stays where it is without current."""

    def __init__(self) -> None:
        self.is_stuck = False
        self.is_feedback_lost = False  # the bolt is in, the switch says out
        self.travel_ms = 0  # 0 out, LOCK_TRAVEL_MS in

    @property
    def is_locked(self) -> bool:
        """The bolt is fully in."""
        return self.travel_ms == LOCK_TRAVEL_MS

    @property
    def feedback(self) -> bool:
        """What the switch on the bolt says."""
        return self.is_locked and not self.is_feedback_lost

    def step(self, elapsed_ms: int, drive: int) -> None:
        """Let the motor turn."""
        if self.is_stuck:
            return
        if drive == LOCK_DRIVE:
            self.travel_ms = min(LOCK_TRAVEL_MS, self.travel_ms + elapsed_ms)
        elif drive == UNLOCK_DRIVE:
            self.travel_ms = max(0, self.travel_ms - elapsed_ms)


class CurrentMonitor:
    """Compares the load current with what the pilot offers; it recovers when the car does.

    Without an offer it holds the last one: to end the current is the contactor's work.
    """

    def __init__(self) -> None:
        self._allowed_ma = 0
        self._lower_ms = 0  # since the offer is lower
        self._over_ms = 0
        self._far_over_ms = 0

    @property
    def is_tripped(self) -> bool:
        return self._over_ms >= OVER_MS or self._far_over_ms >= FAR_OVER_MS

    def step(self, elapsed_ms: int, drawn_ma: int, offered_ma: int) -> None:
        """Let time pass with this much drawn on the highest phase."""
        self._follow(elapsed_ms, offered_ma)
        allowed_ma = self._allowed_ma
        if not allowed_ma:
            return
        is_over = drawn_ma * 100 > (allowed_ma + OVER_MA) * OVER_PERCENT
        is_far_over = drawn_ma * 100 > allowed_ma * FAR_OVER_PERCENT
        self._over_ms = min(self._over_ms + elapsed_ms, OVER_MS) if is_over else 0
        self._far_over_ms = min(self._far_over_ms + elapsed_ms, FAR_OVER_MS) if is_far_over else 0

    def _follow(self, elapsed_ms: int, offered_ma: int) -> None:
        is_lower = 0 < offered_ma < self._allowed_ma
        self._lower_ms = self._lower_ms + elapsed_ms if is_lower else 0
        if offered_ma > self._allowed_ma or self._lower_ms >= FOLLOW_MS:
            self._allowed_ma = offered_ma
            self._lower_ms = 0


class Register:
    """An energy register that adds up exactly: what is less than one mWh is carried on."""

    def __init__(self) -> None:
        self.energy_mwh = 0
        self.rest_uw_ms = 0

    @property
    def energy_wh(self) -> int:
        """What the display shows: whole Wh, never rounded up."""
        return self.energy_mwh // 1_000

    def set_wh(self, energy_wh: int) -> None:
        """Show this from now on."""
        self.energy_mwh = energy_wh * 1_000
        self.rest_uw_ms = 0

    def add(self, power_uw: int, elapsed_ms: int) -> None:
        """Count the energy of one step."""
        mwh, self.rest_uw_ms = divmod(self.rest_uw_ms + power_uw * elapsed_ms, UW_MS_PER_MWH)
        self.energy_mwh += mwh
