"""Phase sequence: what a change of phases under a car is doing, as one table.

Ring 1 carries it out and alone decides when the relay may move (``safety/phases.py``): it asks
the car to stop, proves the contactor open, cuts the pilot, moves, waits as long as the vehicle's
profile says, and offers again; a car that then sleeps is woken as its profile says. This table
follows what ring 1 reports, says in words where it is, and whether another change may be chosen.
"""

STEADY, PAUSING, OPENED, RESTING, RESUMING, ASLEEP, FAILED = range(7)  # states
ASK, OPEN, MOVED, OFFER, DRAW, TAKEN_BACK, LATE, WRONG, GONE = range(9)  # events
STATES = ("STEADY", "PAUSING", "OPENED", "RESTING", "RESUMING", "ASLEEP", "FAILED")
# ASK         other phases are wanted under a car than the relay gives
# OPEN        the contactor is proven open;  MOVED: the relay gives what is wanted
# OFFER       a current is offered again;    DRAW: energy flows
# TAKEN_BACK  what is wanted is what the relay gives, and it has not moved
# LATE        the state's time ran out while a current was permitted
# WRONG       more phases carry current than the relay gives
# GONE        the car was unplugged

# A pair without a row changes nothing; the test lists each of them.
# fmt: off
TABLE = (
    # state    event       next      free  words
    (STEADY,   ASK,        PAUSING,  0,    "asks the car to pause"),
    (STEADY,   WRONG,      FAILED,   0,    "the relay does not open"),
    (PAUSING,  OPEN,       OPENED,   0,    "the contactor is open, the relay is to move"),
    (PAUSING,  MOVED,      RESTING,  0,    "the relay has moved, the car has its time"),
    (PAUSING,  TAKEN_BACK, STEADY,   1,    ""),
    (PAUSING,  LATE,       FAILED,   0,    "the phases did not change"),
    (PAUSING,  GONE,       STEADY,   1,    ""),
    (OPENED,   MOVED,      RESTING,  0,    "the relay has moved, the car has its time"),
    (OPENED,   TAKEN_BACK, RESUMING, 0,    "the car is to follow"),
    (OPENED,   LATE,       FAILED,   0,    "the phases did not change"),
    (OPENED,   GONE,       STEADY,   1,    ""),
    (RESTING,  ASK,        PAUSING,  0,    "asks the car to pause"),  # a limit of phases came
    (RESTING,  OFFER,      RESUMING, 0,    "the car is to follow"),
    (RESTING,  DRAW,       STEADY,   1,    ""),
    (RESTING,  WRONG,      FAILED,   0,    "the relay does not open"),
    (RESTING,  GONE,       STEADY,   1,    ""),
    (RESUMING, ASK,        PAUSING,  0,    "asks the car to pause"),
    (RESUMING, DRAW,       STEADY,   1,    ""),
    (RESUMING, LATE,       ASLEEP,   0,    "the car did not follow, and is woken"),  # users-ask 2
    (RESUMING, WRONG,      FAILED,   0,    "the relay does not open"),
    (RESUMING, GONE,       STEADY,   1,    ""),
    (ASLEEP,   ASK,        PAUSING,  0,    "asks the car to pause"),
    (ASLEEP,   DRAW,       STEADY,   1,    ""),
    (ASLEEP,   GONE,       STEADY,   1,    ""),
    (FAILED,   GONE,       STEADY,   1,    ""),
)
DEADLINE_S = {
    PAUSING: 30.0,  # 6 s of IEC 61851-1 seq. 10.2, and a fault of the contactor is found by then
    OPENED: 420.0,  # a board that cannot cut the pilot waits in X1, 300 s at most
    RESUMING: 60.0,  # as long as cars slept in the field before somebody woke them
}
# fmt: on


class PhaseSequence:
    """The change that is under way at one outlet."""

    def __init__(self) -> None:
        self.state = STEADY
        self.is_free = True  # another change may be chosen
        self.words = ""
        self._passed_s = 0.0  # in this state, while a current was permitted

    def feed(self, event: int) -> bool:
        """Apply ``event``; return True if there is a row for it."""
        for state, on, next_state, free, words in TABLE:
            if (state, on) == (self.state, event):
                self.state, self.is_free, self.words = next_state, bool(free), words
                self._passed_s = 0.0
                return True
        return False

    def tick(self, elapsed_s: float, is_permitted: bool) -> bool:
        """Let time pass; it counts only while ring 1 has a reason to move. True: LATE."""
        deadline_s = DEADLINE_S.get(self.state)
        if deadline_s is None:
            return False
        if is_permitted:
            self._passed_s += max(0.0, elapsed_s)
        return self._passed_s >= deadline_s and self.feed(LATE)
