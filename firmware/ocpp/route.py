"""Route: which of several central systems is next, and when another one is looked for.

Each has its attempts, then the next of the order has its own (2.0.1 B10.FR.03). Once all have
failed, the last one that answered has another turn (FR.07), and then the order begins again
(FR.08): nobody is given up. One that rejects the station is passed over until it wants to be asked
again, for a station that is rejected serves nobody. On another than the first, the station looks
for a better one now and then, and wherever it is, for one to which it still owes messages.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

ERRAND_S = 5.0  # on a system that is visited for what is owed to it, after the last word
VISIT_S = 600.0  # between two looks for whom something is owed to, where nobody is returned to
LOOK_AGAIN_S = 5.0  # while something keeps the station where it is


@dataclass(frozen=True, slots=True)
class RouteRules:
    """NetworkProfileConnectionAttempts, and how long another than the first is good enough."""

    attempts_max: int = 3
    return_s: float = 600.0  # 0: for as long as it is there, and nothing is owed to others


class Route:
    """The choice. ``current`` is the slot to connect to; never raises, never waits."""

    def __init__(self, order: Sequence[int], rules: RouteRules | None = None) -> None:
        self.rules = rules or RouteRules()
        self.rounds = 0  # how often all of the order had failed
        self._last_good: int | None = None
        self.set_order(order)

    def set_order(self, order: Sequence[int]) -> None:
        """Another order: begin with its first, as after a start (B10.FR.04)."""
        assert order, "there is at least one central system"
        self.order = tuple(order)
        self.current = self.order[0]
        self.is_reached = False  # it has answered on the connection that is
        self.look_s: float | None = None  # when to look for another; None: no need
        self.failures = 0  # of the current one, in a row
        self._tried: set[int] = set()  # whose attempts came to nothing since one answered
        self._plan = list(self.order[1:])
        self._is_errand = False
        self._barred: dict[int, float] = {}  # who rejected the station, and until when
        if self._last_good not in self.order:
            self._last_good = None

    def rename(self, old: int, order: Sequence[int], new: int, now_s: float) -> None:
        """The system in one slot is in another now; if it is the current one, it stays that."""
        was_reached, is_current = self.is_reached, self.current == old
        self.set_order(order)
        if is_current:
            self.current = new
        if is_current and was_reached:
            self.reached(now_s)

    def narrow(self, order: Sequence[int], now_s: float) -> None:
        """Some have left the order, and the current one has not."""
        self.rename(self.current, order, self.current, now_s)

    @property
    def is_lost(self) -> bool:
        """True if a system used up its attempts, and none has answered since."""
        return bool(self._tried)

    def reached(self, now_s: float) -> None:
        """The current one has answered."""
        if self.is_reached:
            return
        self.is_reached = True
        self._last_good = self.current
        self.failures = 0
        self._tried.clear()
        self._plan = [slot for slot in self.order if slot != self.current]
        wait_s = ERRAND_S if self._is_errand else self.rules.return_s or VISIT_S
        self.look_s = now_s + wait_s if len(self.order) > 1 else None

    def ended(self) -> None:
        """The connection is gone, and it had answered: its attempts begin again."""
        self.is_reached = False
        self.look_s = None

    def failed(self, now_s: float) -> bool:
        """An attempt came to nothing. True: the next is at a system that was not tried yet."""
        self.is_reached = False
        self.look_s = None
        self.failures += 1
        if self.failures < self.rules.attempts_max:
            return False
        self._turn_to_next(now_s)
        return self.current not in self._tried

    def rejected(self, until_s: float, now_s: float) -> bool:
        """The current one does not want the station until then. True: the next is another.

        Where all have said so, the station stays and asks again in time, or looks for a better one.
        """
        self._barred[self.current] = until_s
        if all(self._is_barred(slot, now_s) for slot in self.order):
            return False
        if self._last_good == self.current:
            self._last_good = None
        self.is_reached = False
        self.look_s = None
        self._turn_to_next(now_s)
        return True

    def accepted(self) -> None:
        """The current one wants the station."""
        self._barred.pop(self.current, None)

    def go(self, slot: int) -> None:
        """Leave the current one for a system of the order that is known to be there."""
        self._is_errand = self.order.index(slot) > self.order.index(self.current)
        self.is_reached = False
        self.look_s = None
        self.failures = 0
        self.current = slot
        self._plan = [each for each in self.order if each != slot]

    def wanted(self, owed: Collection[int], is_bound: bool, now_s: float) -> tuple[int, ...]:
        """Which systems to look for now, best first.

        ``owed``: to whom something is owed that nobody else can take. ``is_bound``: the current
        one is in the middle of something, so the station stays.
        """
        if self.look_s is None or now_s < self.look_s:
            return ()
        if is_bound:
            self.look_s = now_s + LOOK_AGAIN_S
            return ()
        self.look_s = now_s + (self.rules.return_s or VISIT_S)
        is_leaving = self._is_errand or self.rules.return_s > 0
        better = self.order[: self.order.index(self.current)] if is_leaving else ()
        others = (slot for slot in self.order if slot != self.current)
        open_now = (slot for slot in others if not self._is_barred(slot, now_s))
        return tuple(slot for slot in open_now if slot in better or slot in owed)

    def _turn_to_next(self, now_s: float) -> None:
        self.failures = 0
        self._is_errand = False
        self._tried.add(self.current)
        plan = [slot for slot in self._plan if not self._is_barred(slot, now_s)]
        if not plan:
            self.rounds += 1
            again = [] if self._last_good is None or len(self.order) == 1 else [self._last_good]
            found = [*again, *self.order]
            plan = [slot for slot in found if not self._is_barred(slot, now_s)] or found
        self.current, self._plan = plan[0], plan[1:]

    def _is_barred(self, slot: int, now_s: float) -> bool:
        return now_s < self._barred.get(slot, now_s)
