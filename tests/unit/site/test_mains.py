"""Mains: what flows besides, from a meter and chargers that are not read at one moment."""

from ampkeeper.firmware.site.circuits import Circuit, PerPhase, Tree
from ampkeeper.firmware.site.mains import AFTER_S, LATELY_S, RISING_S, ROUGH_A, Mains
from ampkeeper.firmware.site.roster import NOTHING_A, Roster, Seat


class Meter:
    """One charger and the house behind a meter."""

    def __init__(self) -> None:
        tree = Tree([Circuit("house", (63.0,) * 3)])
        self.mains = Mains(Roster(tree, [Seat("a", "house")]))
        self.now_s = 0.0

    def load_a(self, house_a: float, told_a: float, drawn_a: float | None = None) -> float:
        """What is made of a reading, a charger that told so much, and drew something else."""
        self.now_s += 1.0
        drawn_a = told_a if drawn_a is None else drawn_a
        self.mains.tell("a", _on_all(told_a), self.now_s)
        shown_a, worst_a = _on_all(house_a + drawn_a), {"a": _on_all(32.0)}
        self.mains.read("house", shown_a, worst_a, self.now_s)
        found = self.mains.loads(self.now_s + AFTER_S + 0.1)
        return found[-1].load_a[0] if found else NOTHING_A[0]


def test_a_car_that_follows_late_hides_no_load_that_began() -> None:
    meter = Meter()
    for _ in range(12):
        assert meter.load_a(2.0, 20.0) == 2.0
    for told_a in (20.0, 19.0, 18.0, 17.0):
        assert meter.load_a(12.0, told_a, told_a - 1.0) == 11.0, "as late as it is told"
    for _ in range(round(LATELY_S + RISING_S)):
        steady_a = meter.load_a(12.0, 16.0)
    assert steady_a == 12.0


def test_a_car_that_changes_alone_is_no_load_that_began() -> None:
    meter = Meter()
    for _ in range(12):
        meter.load_a(2.0, 20.0)
    for told_a in (18.0, 16.0, 14.0):
        assert meter.load_a(2.0, told_a) <= 2.0


def test_no_more_is_added_than_meters_may_be_apart() -> None:
    meter = Meter()
    for _ in range(12):
        meter.load_a(2.0, 20.0)
    assert meter.load_a(20.0, 6.0) == 20.0 - 14.0 + ROUGH_A


def _on_all(current_a: float) -> PerPhase:
    return current_a, current_a, current_a
