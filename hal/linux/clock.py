"""Clock: the machine's, for programs that run in real time."""

import time
from datetime import UTC, datetime


class SystemClock:
    """The ``Clock`` port."""

    def now(self) -> datetime:
        """Aware UTC; steps when the network corrects it."""
        return datetime.now(UTC)

    def now_s(self) -> float:
        """Monotonic seconds; never steps."""
        return time.monotonic()
