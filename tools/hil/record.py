"""Record: what was seen on the pilot, the coil and the current, as changes in microseconds; pure.

A signal is a name and whole numbers. Values that differ by no more than the signal's grain are
one value (``grain``), so that the last digit of a measurement is no edge.
"""

from collections.abc import Callable, Iterator

COIL = "coil"  # 1: driven
DUTY = "duty_permille"  # 1000: steady high; 0: steady low, state F
HIGH = "pilot_high_mv"
LOW = "pilot_low_mv"
CURRENT = "current_ma"  # of the highest phase
GRAIN = {COIL: 0, DUTY: 1, HIGH: 150, LOW: 150, CURRENT: 200}
SIGNALS = tuple(GRAIN)
CHANGES_MAX = 20_000  # of one signal in one case; what comes later is counted, not kept

Change = tuple[int, int]  # us, value


class Record:
    """The changes of every signal, in order of time."""

    def __init__(self, grain: dict[str, int] | None = None) -> None:
        self.grain = GRAIN | (grain or {})
        self.changes: dict[str, list[Change]] = {signal: [] for signal in SIGNALS}
        self.lost_count = 0

    def note(self, signal: str, at_us: int, value: int) -> None:
        """Note a value that was seen; nothing happens if it is the one before."""
        changes = self.changes[signal]
        if changes and abs(changes[-1][1] - value) <= self.grain[signal]:
            return
        if len(changes) >= CHANGES_MAX:
            self.lost_count += 1
            return
        changes.append((at_us, value))

    def last(self, signal: str) -> int | None:
        """The newest value; None if the signal was never seen."""
        changes = self.changes[signal]
        return changes[-1][1] if changes else None

    def after(self, signal: str, at_us: int) -> Iterator[Change]:
        """The changes at this moment and later."""
        return (change for change in self.changes[signal] if change[0] >= at_us)

    def first(self, signal: str, at_us: int, is_so: Callable[[int], bool]) -> int | None:
        """When the signal first changed to such a value, at this moment or later; us."""
        return next((at for at, value in self.after(signal, at_us) if is_so(value)), None)

    def continued(self) -> "Record":
        """An empty record that goes on from the newest values."""
        made = Record(self.grain)
        for signal, changes in self.changes.items():
            made.changes[signal] = changes[-1:]
        return made
