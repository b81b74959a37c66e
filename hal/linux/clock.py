"""Clock: the machine's, for programs that run in real time; and whether somebody keeps it right.

adjtimex(2): STA_UNSYNC is cleared by whoever disciplines the clock (timesyncd, chrony, ntpd,
ptp), and set again by the kernel when that has not been heard of until the clock may be 16 s off.
"""

import time
from datetime import UTC, datetime

TIME_ERROR = 5  # adjtimex(2): what it returns of a clock that nobody keeps
STA_UNSYNC = 0x40
TIMEX_WORDS = 64  # more than the kernel writes (208 bytes)
STATUS_LONG = 5  # struct timex: modes, offset, freq, maxerror, esterror, status


class SystemClock:
    """The ``Clock`` port."""

    def now(self) -> datetime:
        """Aware UTC; steps when the network corrects it."""
        return datetime.now(UTC)

    def now_s(self) -> float:
        """Monotonic seconds; never steps."""
        return time.monotonic()


def is_synchronised() -> bool:
    """True while the kernel knows of somebody who keeps its clock; False where it cannot tell."""
    import ctypes  # asked for seldom

    told = (ctypes.c_long * TIMEX_WORDS)()  # modes 0: nothing is set
    try:
        result = ctypes.CDLL(None).adjtimex(told)
    except (OSError, AttributeError):
        return False
    return is_kept(result, told[STATUS_LONG])


def is_kept(result: int, status: int) -> bool:
    """What adjtimex's result and status say; status is the low half of its word."""
    return 0 <= result < TIME_ERROR and not status & STA_UNSYNC
