"""Judge: what must hold at every step of a simulated life, and what the books say at its end.

I1 the coil is driven for a car that asks only, and closed with a fresh permit only; I2 no PWM with
a fault; I3 no more is offered than board and cable carry; I4 no closing within 10 s of an opening;
I5 energy only grows; I6 each stop has one reason; I7 no dead end, which ``Life`` asks.
"""

from ampkeeper.board.emulated.circuit import SHORT_NONE
from ampkeeper.board.emulated.demo.csms import DemoCsms
from ampkeeper.board.emulated.ear import current_ma_allowed
from ampkeeper.board.emulated.ring import Ring
from ampkeeper.firmware.safety.signals import DUTY_F, DUTY_X1, YES

UNWANTED_MS = 100  # IEC 61851-1 Table A.6 seq. 2.2, 8.1
BLANK_MS = 600  # REQ-CP-07: what is given up of it after a new duty or a contactor that moved
STEP_MS_MAX = 100
RECLOSE_MS = 10_000
REASON_MS = 400


class Breach(AssertionError):
    """An invariant does not hold; the text says which, when, and what is there instead."""


class Judge:
    """Looks at one ring, from one start of the charger to the next."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._bad_ms = 0
        self._blank_ms = 0
        self._was_coil = 0
        self._duty_ticks = DUTY_X1
        self._opened_ms = -RECLOSE_MS
        self._stop_count = 0
        self._owes_reason = False
        self._energy_mwh = ring.evse.register.energy_mwh
        self._now_ms = 0

    def step(self, now_ms: int) -> None:
        """A step has been made."""
        elapsed_ms = min(now_ms - self._now_ms, STEP_MS_MAX)
        self._now_ms = now_ms
        evse, out = self._ring.evse, self._ring.board.supervisor.outputs
        self._blank_ms = max(0, self._blank_ms - elapsed_ms)
        if out.duty_ticks != self._duty_ticks or out.coil != self._was_coil:
            self._blank_ms = BLANK_MS
        self._duty_ticks = out.duty_ticks
        is_whole = evse.causes.pilot_short == SHORT_NONE and not evse.causes.pilot_open
        is_asking = evse.plug.is_touching and is_whole and evse.car.is_s2_closed
        self._bad_ms = 0 if is_asking else self._bad_ms + elapsed_ms
        self._watch_the_coil()
        self._watch_the_offer()
        energy_mwh = evse.register.energy_mwh
        self._check(energy_mwh >= self._energy_mwh, "I5: energy fell")
        self._energy_mwh = energy_mwh

    def _watch_the_coil(self) -> None:
        ring_1 = self._ring.board.supervisor
        out = ring_1.outputs
        if out.coil and not self._was_coil:
            since_ms = self._now_ms - self._opened_ms
            self._check(since_ms >= RECLOSE_MS, f"I4: closed {since_ms} ms after an opening")
            self._check(ring_1.permit.linked() == YES, "I1: closed without a fresh permit")
            self._check(ring_1.permit.current_ma > 0, "I1: closed without a current to offer")
            self._check(not self._owes_reason, "I6: closed with a stop not accounted for")
        elif self._was_coil and not out.coil:
            self._opened_ms = self._now_ms
            self._owes_reason = True
        self._was_coil = out.coil
        if out.stop_count != self._stop_count:
            self._check(out.stop_count == self._stop_count + 1, "I6: a stop counted twice")
            self._check(self._owes_reason, "I6: a stop that was none")
            self._check(out.stop_reason != 0, "I6: a stop without a reason")
            self._stop_count, self._owes_reason = out.stop_count, False
        is_late = self._now_ms - self._opened_ms > REASON_MS + STEP_MS_MAX
        self._check(not (self._owes_reason and is_late), "I6: a stop that was not counted")
        allowed_ms = UNWANTED_MS + STEP_MS_MAX + (BLANK_MS if self._blank_ms else 0)
        is_wanted = self._bad_ms <= allowed_ms
        self._check(not out.coil or is_wanted, f"I1: driven {self._bad_ms} ms for no car")

    def _watch_the_offer(self) -> None:
        ring_1 = self._ring.board.supervisor
        if not DUTY_F < ring_1.outputs.duty_ticks < DUTY_X1:
            return
        offered_ma = current_ma_allowed(ring_1.outputs.duty_ticks)
        most_ma = min(ring_1.settings.max_ma, self._ring.evse.car.cable_a * 1_000)
        self._check(offered_ma <= most_ma, f"I3: {offered_ma} mA offered, {most_ma} allowed")
        self._check(ring_1.faults.high_count == 0, "I2: PWM with a fault")

    def _check(self, is_kept: bool, text: str) -> None:
        if not is_kept:
            raise Breach(f"after {self._now_ms / 1_000:.2f} s: {text}")


def check_books(csms: DemoCsms, metered_wh: int) -> None:
    """At the end: each message once, each transaction ended once, billed what was metered."""
    if csms.rejected:
        raise Breach(f"the central system refused: {csms.rejected[0]}")
    billed_wh = 0
    for booked in csms.books.transactions.values():
        name = f"transaction {booked.key}"
        if (booked.starts, booked.stops) != (1, 1):
            raise Breach(f"{name}: begun {booked.starts} times, ended {booked.stops} times")
        if not booked.reason:
            raise Breach(f"{name}: ended without a reason")
        if booked.seq_nos and sorted(booked.seq_nos) != list(range(len(booked.seq_nos))):
            raise Breach(f"{name}: messages are missing among {booked.seq_nos}")
        if booked.start_wh is None or booked.stop_wh is None:
            raise Breach(f"{name}: without a reading at its begin or end")
        billed_wh += booked.stop_wh - booked.start_wh
    if abs(billed_wh - metered_wh) > 1:
        raise Breach(f"billed {billed_wh} Wh, metered {metered_wh} Wh")
