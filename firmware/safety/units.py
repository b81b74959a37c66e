"""Units: the ``const`` shim for both interpreters, and the numbers that several machines share.

Ring 1 counts in mA, mV, ohm, ms and tenths of a degree Celsius, integers only.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:

    def const(value: int) -> int:
        """Return ``value``; MicroPython's compiler puts it in place of the name."""
        return value

else:
    try:
        from micropython import const
    except ImportError:

        def const(value: int) -> int:
            return value


CURRENT_MA_MIN = const(6_000)  # IEC 61851-1 Table A.8: 6 A or nothing
CURRENT_MA_MAX = const(80_000)  # Table A.8: 96 % duty
BLOCK_MS = const(10)  # REQ-CP-02: one block of measurements is at most this long
COUNT_MAX = const(1_000_000_000)  # below 2**30: counts must not become large integers
HANG_MS = const(250)  # longer between two ticks: the loop hung (watchdog time, section 7.3)

DRIVE_X1, DRIVE_PWM, DRIVE_F, DRIVE_OPEN = range(4)  # pilot: +12 V, 1 kHz, -12 V, cut
