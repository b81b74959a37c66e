"""Lock: drives the bolt that holds the plug in the socket, and proves where it is.

Three tries 5 s apart, 2 s for the feedback (REQ-LCK-01). The bolt is drawn only while the
contactor is proven open (REQ-LCK-02); who wants it held is ``sequence``'s affair. A bolt that
leaves LOCKED by itself is lost: EVerest's UnexpectedOpen (REQ-LCK-03). One that does so for the
third time in one plug-in stays lost, and is not driven in again, else a loose switch would open
the contactor under load, and wear the motor, again and again. So one that comes in by itself
again and again is not drawn for ever: it is jammed.
"""

from ampkeeper.firmware.safety.level import Level
from ampkeeper.firmware.safety.signals import LOCK_DRIVE, LOCK_REST, NO, UNLOCK_DRIVE, YES
from ampkeeper.firmware.safety.timers import leak
from ampkeeper.firmware.safety.units import const

NO_LOCK, UNLOCKED, LOCKING, LOCKED, UNLOCKING, JAMMED = range(6)  # states; NO_LOCK: captive cable
LOCK, UNLOCK, BOLT_IN, BOLT_OUT, PULSE_OVER, RETRY, GIVE_UP, RESET = range(8)
_NOTHING = const(-1)
FREE, STAY, HELD = range(3)  # what the sequence wants

_PULSE_MS = const(600)  # section 11
_FEEDBACK_MS = const(2_000)  # REQ-LCK-01
_RETRY_MS = const(5_000)  # from the start of one try to the next
_CHARGE_MS = const(5_000)  # to charge the capacitor before a fault; CB's 5 s
_TRIES = const(3)
_LOSSES_MAX = const(3)  # the last of them stays
_RETURNS_MAX = const(3)  # of a bolt that was drawn; the next is a jam
_STABLE_BLOCKS = const(2)
_STABLE_MS = const(50)  # feedback switch
_OUT_QUARTERS = const(200)  # 50 ms, of a switch that flaps

# A pair without a row changes nothing; tests/tables lists each of them.
# fmt: off
TABLE = bytes([
    # state    event       next       drive
    UNLOCKED,  LOCK,       LOCKING,   LOCK_DRIVE,
    UNLOCKED,  BOLT_IN,    LOCKED,    LOCK_REST,     # started with a plug still locked
    UNLOCKED,  RETRY,      UNLOCKING, UNLOCK_DRIVE,  # the bolt may be half way
    UNLOCKED,  GIVE_UP,    JAMMED,    LOCK_REST,     # drawn, it comes in again and again
    LOCKING,   PULSE_OVER, LOCKING,   LOCK_REST,
    LOCKING,   BOLT_IN,    LOCKED,    LOCK_REST,
    LOCKING,   RETRY,      LOCKING,   LOCK_DRIVE,  # REQ-LCK-01
    LOCKING,   GIVE_UP,    JAMMED,    UNLOCK_DRIVE,  # half in: draw it, the plug must come out
    LOCKING,   UNLOCK,     UNLOCKING, UNLOCK_DRIVE,
    LOCKED,    UNLOCK,     UNLOCKING, UNLOCK_DRIVE,
    LOCKED,    BOLT_OUT,   UNLOCKED,  LOCK_REST,     # REQ-LCK-03
    UNLOCKING, PULSE_OVER, UNLOCKING, LOCK_REST,
    UNLOCKING, BOLT_OUT,   UNLOCKED,  LOCK_REST,
    UNLOCKING, RETRY,      UNLOCKING, UNLOCK_DRIVE,
    UNLOCKING, GIVE_UP,    JAMMED,    LOCK_REST,
    JAMMED,    PULSE_OVER, JAMMED,    LOCK_REST,
    JAMMED,    RESET,      UNLOCKED,  LOCK_REST,     # unplugged, or a person asked
])
# fmt: on
ROW_BYTES = const(4)
IN_MOTION = (LOCKING, UNLOCKING)  # made here once: building a tuple in the tick allocates
READY = (LOCKED, NO_LOCK)


class Lock:
    """The bolt of one socket. After each call, drive the motor from ``drive``."""

    def __init__(self, is_socket: int) -> None:
        self.state = UNLOCKED if is_socket else NO_LOCK
        self.drive = LOCK_REST
        self.is_lost = False  # left LOCKED by itself, and is not back yet or did so too often
        self.is_uncharged = False  # has waited too long for the energy of one unlocking
        self._bolt = Level(NO)
        self._pulse_ms = 0
        self._try_ms = 0
        self._tries = 0  # since it was last in
        self._losses = 0  # in this plug-in
        self._returns = 0  # came in by itself although the plug may go, since it was driven in
        self._out = [0]  # quarters of a ms of a bolt that is not in although LOCKED
        self._uncharged_ms = 0
        self._is_reset_due = False  # asked for while the bolt was under way

    def feed(self, event: int) -> bool:
        """Apply ``event``; return True if there is a row for it."""
        for row in range(0, len(TABLE), ROW_BYTES):
            if TABLE[row] == self.state and TABLE[row + 1] == event:
                self.state = TABLE[row + 2]
                self.drive = TABLE[row + 3]
                self._note(event, self.drive)
                return True
        return False

    def tick(
        self,
        elapsed_ms: int,
        wanted: int,
        may_draw: bool,
        bolt: int,
        is_charged: bool = True,
        is_empty: bool = False,
    ) -> bool:
        """Take the feedback and what is wanted; ``may_draw``: the contactor is proven open.

        ``is_charged``: enough energy is stored to unlock when the mains fails (REQ-LCK-04);
        ``is_empty``: no plug is in the socket. A feedback that says "not in" does not say "out":
        while a plug stays that may go, the bolt is drawn as often as it would be driven in.
        """
        self._bolt.tick(elapsed_ms, bolt)
        self._await_energy(elapsed_ms, wanted, is_charged)
        self._pulse_ms = max(0, self._pulse_ms - elapsed_ms)
        self._try_ms = min(_RETRY_MS, self._try_ms + elapsed_ms)
        if self.drive != LOCK_REST:
            return self._pulse_ms == 0 and self.feed(PULSE_OVER)
        if self.state in IN_MOTION:
            event = self._event_in_motion(wanted, may_draw, is_charged)
        else:
            event = self._event_at_rest(elapsed_ms, wanted, may_draw, is_charged, is_empty)
        if event == BOLT_OUT and self.state == LOCKED and wanted != FREE:
            self._losses = min(self._losses + 1, _LOSSES_MAX)
            self.is_lost = True
        if event == BOLT_IN and self.state == UNLOCKED and wanted == FREE:
            self._returns += 1
        return event != _NOTHING and self.feed(event)

    def reset(self, is_anew: bool = True) -> bool:
        """Start anew after a jam or losses; called once, when the plug is out or a person asks.

        A bolt that is not yet drawn then, or a motor that still runs, is seen to later. Not
        ``is_anew``: nobody is there, and what is over is no fault; but how often it was counts.
        """
        self.is_lost = False
        self._losses = 0
        if is_anew:
            self._returns = 0
        self._is_reset_due = self.state != UNLOCKED
        return self.drive == LOCK_REST and self.feed(RESET)

    def forgive(self) -> bool:
        """Start anew for a person, if a loss stays; return False if none does."""
        if self._losses < _LOSSES_MAX:
            return False
        self.reset()
        return True

    def is_ready(self) -> bool:
        """Tell whether the plug is held as far as this board can hold it."""
        return self.state in READY

    def is_over(self) -> bool:
        """Tell whether a fault is none without a car: a loss, or a jam that came out."""
        return self.is_lost or (self.state == JAMMED and self._is_steadily(NO))

    def _note(self, event: int, drive: int) -> None:
        if drive != LOCK_REST:
            self._pulse_ms = _PULSE_MS
            self._try_ms = 0
            self._tries = self._tries + 1 if event == RETRY else 1
        if event == LOCK:
            self._returns = 0
        if self.state == LOCKED:
            self._out[0] = 0
            self.is_lost = self._losses >= _LOSSES_MAX
            self._tries = 0
        if self.state == UNLOCKED:
            self._is_reset_due = False

    def _await_energy(self, elapsed_ms: int, wanted: int, is_charged: bool) -> None:
        is_out = self.state == UNLOCKED or self.state == LOCKING
        is_waiting = is_out and wanted == HELD and not is_charged
        self._uncharged_ms = min(self._uncharged_ms + elapsed_ms, _CHARGE_MS) if is_waiting else 0
        self.is_uncharged = self._uncharged_ms >= _CHARGE_MS

    def _is_steadily(self, level: int) -> bool:
        return self._bolt.value == level and self._bolt.is_held(_STABLE_BLOCKS, _STABLE_MS)

    def _event_in_motion(self, wanted: int, may_draw: bool, is_charged: bool) -> int:
        is_locking = self.state == LOCKING
        if self._is_steadily(YES if is_locking else NO):
            return BOLT_IN if is_locking else BOLT_OUT
        if is_locking and wanted == FREE and may_draw:
            return UNLOCK
        if self._tries >= _TRIES:
            is_over = self._try_ms >= _FEEDBACK_MS and may_draw
            return GIVE_UP if is_over else _NOTHING
        is_due = self._try_ms >= _RETRY_MS and (is_charged if is_locking else may_draw)
        return RETRY if is_due else _NOTHING

    def _event_at_rest(
        self, elapsed_ms: int, wanted: int, may_draw: bool, is_charged: bool, is_empty: bool
    ) -> int:
        if self.state == LOCKED:
            flaps = leak(self._out, 0, elapsed_ms, self._bolt.value == NO, _OUT_QUARTERS)
            if flaps or self._is_steadily(NO):
                return BOLT_OUT
            return UNLOCK if wanted == FREE and may_draw else _NOTHING
        if self.state == UNLOCKED:
            if self._is_steadily(YES):
                is_given_up = wanted == FREE and self._returns >= _RETURNS_MAX
                return GIVE_UP if is_given_up else BOLT_IN
            if wanted == HELD:
                may_drive = is_charged and self._losses < _LOSSES_MAX
                return LOCK if may_drive else _NOTHING
            if wanted != FREE or not may_draw or not self._is_steadily(NO):
                return _NOTHING
            is_due = not is_empty and self._try_ms >= _RETRY_MS and self._tries < _TRIES
            return RETRY if is_due or self._tries == 0 else _NOTHING
        return RESET if self.state == JAMMED and self._is_reset_due else _NOTHING
