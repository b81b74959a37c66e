"""Member: one charger's end of the site: what it may take now, and whom it follows. Pure.

Whatever happens on the bus, a member takes no more than a grant that is still good; without one
no more than before and no more than its safe share; and only after ``HOLD_S`` without any, when
whoever leads has long counted on it, its safe share whatever it had before.
"""

from collections.abc import Set

from ampkeeper.firmware.site.circuits import PHASES, PerPhase
from ampkeeper.firmware.site.messages import GRANT_S, HOLD_S, Beat, Grant, Report
from ampkeeper.firmware.site.roster import Seat
from ampkeeper.firmware.site.turns import NEW, Standing

ALONE, STALE, FOLLOWING, LEADING = "alone", "stale", "following", "leading"
BUS_UP, BUS_DOWN, GRANTED, EXPIRED, ELECTED, DEPOSED = range(6)
REPORTS_KEPT = 16

# fmt: off
TABLE = {
    # state     event      next state
    (ALONE,     BUS_UP):   STALE,
    (STALE,     GRANTED):  FOLLOWING,
    (STALE,     ELECTED):  LEADING,
    (STALE,     BUS_DOWN): ALONE,
    (FOLLOWING, EXPIRED):  STALE,
    (FOLLOWING, ELECTED):  LEADING,
    (FOLLOWING, BUS_DOWN): ALONE,
    (LEADING,   DEPOSED):  STALE,
    (LEADING,   BUS_DOWN): ALONE,
}
# fmt: on


class Member:
    """Times are seconds of one monotonic clock, this machine's own."""

    def __init__(self, seat: Seat, boot: str, now_s: float) -> None:
        self.seat = seat
        self.state = ALONE
        self.beat: Beat | None = None  # the newest of whom it follows
        self._boot = boot
        self._number = 0
        self._sent: dict[int, tuple[float, tuple[int, ...]]] = {}  # when, and for which phases
        self._held: Grant | None = None
        self._phases: tuple[int, ...] = PHASES  # for which it was granted
        self._until_s = now_s  # of the newest grant
        self._last_a = 0.0  # what held until then
        self._standing = NEW  # as of the last report
        self._reported_s = now_s

    @property
    def is_answered(self) -> bool:
        """True if a grant answered the newest report, or there was none."""
        return self._number == 0 or (self._held is not None and self._held.number == self._number)

    @property
    def good_until_s(self) -> float:
        """When the newest grant is, or was, over."""
        return self._until_s

    @property
    def safe_from_s(self) -> float:
        """From when on it takes its safe share whatever it had, if no grant comes."""
        return self._until_s + HOLD_S

    def on(self, event: int) -> None:
        """Take an event of the table; what is not in it changes nothing."""
        self.state = TABLE.get((self.state, event), self.state)

    def report(
        self,
        phases: tuple[int, ...],
        max_a: float,
        min_a: float,
        measured_a: PerPhase,
        now_s: float,
    ) -> Report:
        """The next report, to be sent at once: a grant for it counts from now."""
        self._number += 1
        self._sent[self._number] = (now_s, phases)
        self._sent.pop(self._number - REPORTS_KEPT, None)
        is_held = self._held is not None and self.beat and self._held.lease == self.beat.lease
        held = self._held.number if self._held is not None and is_held else 0
        self._standing = self._stand(phases, max_a >= min_a, now_s)
        self._reported_s = now_s
        return Report(
            self.seat.member, self._boot, self._number, self.beat, held, phases, max_a, min_a,
            measured_a, self._standing,
        )  # fmt: skip

    def on_beat(self, beat: Beat) -> bool:
        """Follow the leader whose lease holds; False for one whose lease does not.

        A grant of the former leader runs out in its time.
        """
        if self.beat is not None and beat.lease == self.beat.lease:
            self.beat = max(self.beat, beat, key=_number)
            return True
        if not beat.lease.beats(self.beat.lease if self.beat else None):
            return False
        self.beat = beat
        return True

    def on_grant(self, grant: Grant, now_s: float) -> bool:
        """Take a grant; False for one that is not ours, no longer good, or that is overtaken."""
        sent_s, phases = self._sent.get(grant.number, (None, ()))
        is_ours = grant.member == self.seat.member and grant.boot == self._boot
        is_led = self.beat is not None and grant.lease == self.beat.lease
        if not is_ours or not is_led or sent_s is None or not grant.current_a >= 0.0:
            return False
        if self._held is not None and not _replaces(grant, self._held):
            return False
        until_s = sent_s + min(grant.good_s, GRANT_S)
        if now_s >= until_s:
            return False
        self._held, self._phases = grant, phases
        self._until_s, self._last_a = until_s, grant.current_a
        self.on(GRANTED)
        return True

    def granted_a(self, now_s: float) -> float:
        """What its grant says; 0 where it has none that is good."""
        return self._last_a if now_s < self._until_s else 0.0

    def limit_a(self, phases: Set[int], now_s: float) -> float:
        """What this charger may offer a car on these site phases now, A per phase."""
        if now_s >= self._until_s + HOLD_S:
            self.on(EXPIRED)
            return self.seat.safe_a
        is_good = self._held is not None and now_s < self._until_s
        if not is_good:
            self.on(EXPIRED)
        if not phases <= set(self._phases):
            return 0.0  # those above count on the phases that were reported
        return self._last_a if is_good else min(self._last_a, self.seat.safe_a)

    def _stand(self, phases: tuple[int, ...], wants: bool, now_s: float) -> Standing:
        """Its turn, for whoever leads next; while nobody does, one that has no current stands."""
        if not wants:
            return NEW
        is_granted = self._held is not None and now_s < self._until_s
        is_in = self._last_a > 0.0 if is_granted else self._standing.is_in
        if is_in and self.limit_a(set(phases), now_s) == 0.0:
            return self._standing
        return self._standing.after(now_s - self._reported_s, is_in)


def _replaces(grant: Grant, held: Grant) -> bool:
    """True for the answer to a later report, and for no more in answer to the same."""
    is_no_more = grant.number == held.number and grant.current_a <= held.current_a
    return grant.number > held.number or is_no_more


def _number(beat: Beat) -> int:
    return beat.number
