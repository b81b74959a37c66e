"""When an EVSE owes a meter sample: in a transaction every n seconds, and always by the clock.

OCPP 1.6 §3.16, errata 3.16; 2.0.1 J02. Aligned instants are counted from midnight UTC. Pure.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ampkeeper.firmware.facts import Trigger

Due = tuple[str, Trigger]  # reading context, and what caused the sample
PERIODIC: Due = ("Sample.Periodic", Trigger.METER_VALUE_PERIODIC)
CLOCK: Due = ("Sample.Clock", Trigger.METER_VALUE_CLOCK)


@dataclass(slots=True)
class Sampler:
    """The sample clock of one EVSE."""

    tx_id: str | None = None
    due_s: float = 0.0
    aligned_at: datetime | None = None
    aligned_s: int = 0

    def tick(
        self, tx_id: str | None, every_s: float, aligned_s: int, now: datetime, now_s: float
    ) -> tuple[Due, ...]:
        """What is due now; an interval of 0 is off. A missed instant is one sample, not many."""
        if tx_id != self.tx_id:
            self.tx_id = tx_id
            self.due_s = now_s + every_s
        due: list[Due] = []
        if tx_id is not None and every_s > 0 and now_s >= self.due_s:
            self.due_s = max(self.due_s + every_s, now_s)
            due.append(PERIODIC)
        if self._is_aligned_due(aligned_s, now):
            due.append(CLOCK)
        return tuple(due)

    def _is_aligned_due(self, aligned_s: int, now: datetime) -> bool:
        if aligned_s != self.aligned_s:
            self.aligned_s = aligned_s
            self.aligned_at = None
        if aligned_s <= 0:
            return False
        due_at = self.aligned_at
        if due_at is not None and due_at > now + timedelta(seconds=aligned_s):
            due_at = None  # the clock was set back
        if due_at is None or now >= due_at:
            self.aligned_at = next_aligned(now, aligned_s)
        return due_at is not None and now >= due_at


def next_aligned(now: datetime, interval_s: int) -> datetime:
    """The next multiple of ``interval_s`` after midnight UTC; midnight itself is one."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    steps = int((now - midnight).total_seconds() // interval_s) + 1
    return min(midnight + timedelta(seconds=steps * interval_s), midnight + timedelta(days=1))
