"""Plant: the parts in the charger that move, trip, warm up and count.

Contactor with coil, delay and mirror; lock motor with its feedback; monitor of the load current;
energy register. Each is physics only: no rule of the charger lives here.
Integers: mA, uW, mWh.
"""

from ampkeeper.firmware.safety.signals import LOCK_DRIVE, UNLOCK_DRIVE

PULL_IN_MS = 25  # typical of a 40 A installation contactor: 20 to 30 ms either way
DROP_OUT_MS = 25
LOCK_TRAVEL_MS = 300  # a motor lock's full stroke
OVER_MA = 100_000  # no car and no cable takes that much: only a short circuit does
OVER_MS = 20
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
    """A comparator in hardware: it knows no offer, only too much, and holds for a moment."""

    def __init__(self) -> None:
        self._over_ms = 0

    @property
    def is_tripped(self) -> bool:
        return self._over_ms >= OVER_MS

    def step(self, elapsed_ms: int, drawn_ma: int) -> None:
        """Let time pass with this much on the highest phase."""
        self._over_ms = min(self._over_ms + elapsed_ms, OVER_MS) if drawn_ma > OVER_MA else 0


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
