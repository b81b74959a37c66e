"""Sequence: from plug to unplug, IEC 61851-1 Annex A as one table.

Each row's right-hand side is all that this machine commands: what the pilot is driven to,
whether the coil is driven, and what is wanted of the bolt. ``supervisor`` decides the events.
"""

from ampkeeper.firmware.safety.lock import FREE, HELD, STAY
from ampkeeper.firmware.safety.units import DRIVE_F as F
from ampkeeper.firmware.safety.units import DRIVE_OPEN as CUT
from ampkeeper.firmware.safety.units import DRIVE_PWM as PWM
from ampkeeper.firmware.safety.units import DRIVE_X1 as X1
from ampkeeper.firmware.safety.units import const

IDLE, CONNECTED, OFFERED, CHARGING, STOPPING, FAULTED, WAKING, SWITCHING = range(8)  # states
PLUG, UNPLUG, HOLD, LET_GO, OFFER, READY, PAUSE, REVOKE, LATE, FAULT, F_OVER, CLEAR = range(12)
CALL_F, CALL_CUT, CALL_X1, PART, JOIN = range(12, 17)
NOTHING = const(-1)
# PLUG, UNPLUG  the car is there, or is not (class A)
# HOLD, LET_GO  the plug should be held, or need not be
# OFFER         permit, cable, lock, phases, self-tests: a current of at least 6 A may be offered
# READY         C for long enough, contactor proven open, reclosing time over
# PAUSE         the car opened S2 (class B)
# REVOKE        what OFFER asks for is gone, or a fault of medium severity asks for a normal stop
# LATE          the car did not open S2 in time
# FAULT         a fault of high severity
# F_OVER        -12 V lasted long enough;  CLEAR: no fault of high severity is left
# CALL_F, CALL_CUT, CALL_X1  a car sleeps on PWM: what ``wake`` shows it
# PART, JOIN    cut the pilot for the phase relay to move, and join it again

# A pair without a row changes nothing; tests/tables lists each of them.
# fmt: off
TABLE = bytes([
    # state    event   next       pilot coil lock
    IDLE,      PLUG,   CONNECTED, X1,   0,   STAY,  # seq. 1.1; also A -> C of a simplified car
    IDLE,      LET_GO, IDLE,      X1,   0,   FREE,
    IDLE,      FAULT,  FAULTED,   F,    0,   STAY,
    CONNECTED, HOLD,   CONNECTED, X1,   0,   HELD,
    CONNECTED, LET_GO, CONNECTED, X1,   0,   FREE,  # REQ-LCK-02
    CONNECTED, OFFER,  OFFERED,   PWM,  0,   HELD,
    CONNECTED, UNPLUG, IDLE,      X1,   0,   FREE,
    CONNECTED, FAULT,  FAULTED,   F,    0,   STAY,
    OFFERED,   READY,  CHARGING,  PWM,  1,   HELD,  # seq. 4: within 3 s of C
    OFFERED,   REVOKE, CONNECTED, X1,   0,   STAY,
    OFFERED,   UNPLUG, IDLE,      X1,   0,   FREE,  # seq. 2.1
    OFFERED,   FAULT,  FAULTED,   F,    0,   STAY,
    CHARGING,  PAUSE,  OFFERED,   PWM,  0,   HELD,  # seq. 8.1: 100 ms; PWM goes on
    CHARGING,  REVOKE, STOPPING,  X1,   1,   HELD,  # seq. 10.1: the car ends the current
    CHARGING,  UNPLUG, IDLE,      X1,   0,   FREE,  # seq. 2.2: 100 ms
    CHARGING,  FAULT,  FAULTED,   F,    0,   STAY,  # never the 6 s path, REQ-CP-09
    STOPPING,  OFFER,  CHARGING,  PWM,  1,   HELD,  # a pause taken back: not opened
    STOPPING,  PAUSE,  CONNECTED, X1,   0,   STAY,  # seq. 10.1, 8.2
    STOPPING,  LATE,   CONNECTED, X1,   0,   STAY,  # seq. 10.2: opened under load; Kona
    STOPPING,  UNPLUG, IDLE,      X1,   0,   FREE,
    STOPPING,  FAULT,  FAULTED,   F,    0,   STAY,
    OFFERED,   CALL_F, WAKING,    F,    0,   HELD,  # A.5.3
    OFFERED,   CALL_CUT, WAKING,  CUT,  0,   HELD,  # Ioniq 5, VW
    WAKING,    CALL_X1, WAKING,   X1,   0,   HELD,
    WAKING,    OFFER,  OFFERED,   PWM,  0,   HELD,
    WAKING,    REVOKE, CONNECTED, X1,   0,   STAY,
    WAKING,    UNPLUG, IDLE,      X1,   0,   FREE,
    WAKING,    FAULT,  FAULTED,   F,    0,   STAY,
    CONNECTED, PART,   SWITCHING, CUT,  0,   STAY,  # REQ-SEQ-PH
    SWITCHING, JOIN,   CONNECTED, X1,   0,   STAY,
    SWITCHING, UNPLUG, IDLE,      X1,   0,   FREE,
    SWITCHING, FAULT,  FAULTED,   F,    0,   STAY,
    FAULTED,   FAULT,  FAULTED,   F,    0,   STAY,  # REQ-CNT-01: F for as long as it is welded
    FAULTED,   F_OVER, FAULTED,   X1,   0,   STAY,  # Table A.5 note: F for at least 300 ms
    FAULTED,   LET_GO, FAULTED,   X1,   0,   FREE,  # REQ-LCK-02, REQ-LCK-04
    FAULTED,   CLEAR,  CONNECTED, X1,   0,   STAY,  # from there UNPLUG follows if due
])
# fmt: on
ROW_BYTES = const(6)


class Sequence:
    """The state and its complete outputs."""

    def __init__(self) -> None:
        self.state = IDLE
        self.drive = X1
        self.coil = 0
        self.lock = STAY  # until it is known whether a car is there

    def feed(self, event: int) -> bool:
        """Apply ``event``; return True if there is a row for it."""
        for row in range(0, len(TABLE), ROW_BYTES):
            if TABLE[row] == self.state and TABLE[row + 1] == event:
                self.state = TABLE[row + 2]
                self.drive = TABLE[row + 3]
                self.coil = TABLE[row + 4]
                self.lock = TABLE[row + 5]
                return True
        return False
