"""Watch: what must be true in the world at every instant, seen from outside the charger.

It looks after each step of 10 ms: at the contactor, the car, the bolt and the meter's true
register. Of the station it asks one thing only: which transaction runs.
"""

from collections import Counter
from collections.abc import Callable

from ampkeeper.board.emulated.world import EvseWorld

STEP_MS = 10
OPEN_MS_MAX = 100 + 25 + STEP_MS  # IEC 61851-1 Table A.6 seq. 2.2 and 8.1, and the armature's time
BLANK_MS = 600  # after a change of the duty
BREACHES_MAX = 20


class Watch:
    """The watch over one EVSE; ``step`` it after each step of the world."""

    def __init__(self, running_tx: Callable[[], str | None], now_s: Callable[[], float]) -> None:
        self.breaches: list[str] = []
        self.metered_mwh: Counter[str] = Counter()  # by transaction; "": outside of any
        self.lost_mwh = 0  # outside of any, through a weld that nothing here can open
        self.closed_count = 0
        self._running_tx = running_tx
        self._now_s = now_s
        self._unwanted_ms = 0
        self._duty_ticks = 0
        self._duty_ms = 0  # since the duty changed
        self._was_closed = False
        self._is_welded = False  # until the mended armature has fallen
        self._energy_mwh: int | None = None

    def step(self, evse: EvseWorld) -> None:
        """Look at the world as it is now."""
        tx_id = self._running_tx()
        self._duty_ms = self._duty_ms + STEP_MS if evse.duty_ticks == self._duty_ticks else 0
        self._duty_ticks = evse.duty_ticks
        is_closed = evse.contactor.is_closed
        self.closed_count += is_closed and not self._was_closed
        self._was_closed = is_closed
        self._is_welded = evse.contactor.is_welded or (self._is_welded and is_closed)
        self._count_energy(evse, tx_id or "")
        if not is_closed or self._is_welded:
            self._unwanted_ms = 0
            return
        if tx_id is None:
            self._note("the contactor is closed and no transaction runs")
        is_blank = self._duty_ms <= BLANK_MS  # REQ-CP-07: C to B is not believed so long
        is_wanted = evse.car.plugged and (evse.car.is_s2_closed or is_blank)
        self._unwanted_ms = 0 if is_wanted else self._unwanted_ms + STEP_MS
        if self._unwanted_ms > OPEN_MS_MAX:
            self._note(f"the contactor is closed {self._unwanted_ms} ms after the car let go")
        is_bolt_broken = evse.lock.is_stuck or evse.lock.is_feedback_lost
        if evse.spec.is_socket and not evse.lock.is_locked and not is_bolt_broken:
            self._note("the contactor is closed and the plug is not locked")

    def power_off(self) -> None:
        """Nobody looks until the power is back."""
        self._unwanted_ms = 0
        self._was_closed = False
        self._energy_mwh = None

    def metered_wh(self, tx_id: str) -> float:
        """What truly flowed in a transaction."""
        return self.metered_mwh[tx_id] / 1_000

    def _count_energy(self, evse: EvseWorld, tx_id: str) -> None:
        now_mwh = evse.register.energy_mwh
        if self._energy_mwh is not None and now_mwh != self._energy_mwh:
            flowed_mwh = now_mwh - self._energy_mwh
            if tx_id or not self._is_welded:
                self.metered_mwh[tx_id] += flowed_mwh
            else:
                self.lost_mwh += flowed_mwh
        self._energy_mwh = now_mwh

    def _note(self, text: str) -> None:
        if len(self.breaches) < BREACHES_MAX:
            self.breaches.append(f"{self._now_s():.2f} s: {text}")
