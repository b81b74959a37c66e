"""The session of one EVSE, from plug to unplug: one table.

Energy may flow in the states of ``RUNNING`` but the last, from BEGIN (car there, token accepted,
meter fresh) to END (contactor open, meter read). A transaction runs as long at least; ``points``
says when it begins and ends. The right-hand side is complete: whether ring 1 may energise,
whether the plug is held, and what the central system is told.
"""

from ampkeeper.firmware.facts import ConnectorState as Is

# states
IDLE, PLUGGED, AUTHORISED, WAITING, STARTING = range(5)
EVSE_WAITS, EV_WAITS, CHARGING, STOPPING, FINISHED, DETACHED = range(5, 11)
STATES = (
    "IDLE",
    "PLUGGED",
    "AUTHORISED",
    "WAITING",
    "STARTING",
    "EVSE_WAITS",
    "EV_WAITS",
    "CHARGING",
    "STOPPING",
    "FINISHED",
    "DETACHED",
)
# events
PLUG, UNPLUG, ACCEPT, REVOKE, BEGIN, LATE, HOLD, OFFER, DRAW, STOP, END, RESUME, DETACH = range(13)
EVENTS = (
    "PLUG",
    "UNPLUG",
    "ACCEPT",
    "REVOKE",
    "BEGIN",
    "LATE",
    "HOLD",
    "OFFER",
    "DRAW",
    "STOP",
    "END",
    "RESUME",
    "DETACH",
)

# fmt: off
TABLE = (
    # state      event   next        permit locked told
    (IDLE,       PLUG,   PLUGGED,    0, 0, Is.PREPARING),
    (IDLE,       ACCEPT, AUTHORISED, 0, 0, Is.PREPARING),
    (IDLE,       RESUME, EVSE_WAITS, 1, 1, Is.SUSPENDED_EVSE),  # after a power cut
    (PLUGGED,    UNPLUG, IDLE,       0, 0, Is.AVAILABLE),
    (PLUGGED,    ACCEPT, WAITING,    0, 1, Is.PREPARING),
    (PLUGGED,    LATE,   FINISHED,   0, 0, Is.FINISHING),       # no card in time: errata 3.20, B6
    (AUTHORISED, PLUG,   WAITING,    0, 1, Is.PREPARING),
    (AUTHORISED, REVOKE, IDLE,       0, 0, Is.AVAILABLE),       # nobody plugged in, or card again
    (WAITING,    UNPLUG, IDLE,       0, 0, Is.AVAILABLE),
    (WAITING,    REVOKE, PLUGGED,    0, 0, Is.PREPARING),
    (WAITING,    DETACH, DETACHED,   0, 0, Is.AVAILABLE),       # unplugged, but still accepted
    (WAITING,    BEGIN,  STARTING,   1, 1, Is.PREPARING),
    (STARTING,   DRAW,   CHARGING,   1, 1, Is.CHARGING),
    (STARTING,   LATE,   EVSE_WAITS, 1, 1, Is.SUSPENDED_EVSE),  # no energy after START_MS
    (STARTING,   UNPLUG, STOPPING,   0, 0, Is.FINISHING),
    (STARTING,   STOP,   STOPPING,   0, 1, Is.FINISHING),
    (STARTING,   DETACH, DETACHED,   0, 0, Is.AVAILABLE),
    (EVSE_WAITS, OFFER,  EV_WAITS,   1, 1, Is.SUSPENDED_EV),
    (EVSE_WAITS, DRAW,   CHARGING,   1, 1, Is.CHARGING),
    (EVSE_WAITS, UNPLUG, STOPPING,   0, 0, Is.FINISHING),
    (EVSE_WAITS, STOP,   STOPPING,   0, 1, Is.FINISHING),
    (EVSE_WAITS, DETACH, DETACHED,   0, 0, Is.AVAILABLE),
    (EV_WAITS,   HOLD,   EVSE_WAITS, 1, 1, Is.SUSPENDED_EVSE),  # OCPP 1.6 §4.9: EVSE wins
    (EV_WAITS,   DRAW,   CHARGING,   1, 1, Is.CHARGING),
    (EV_WAITS,   UNPLUG, STOPPING,   0, 0, Is.FINISHING),
    (EV_WAITS,   STOP,   STOPPING,   0, 1, Is.FINISHING),
    (EV_WAITS,   DETACH, DETACHED,   0, 0, Is.AVAILABLE),
    (CHARGING,   HOLD,   EVSE_WAITS, 1, 1, Is.SUSPENDED_EVSE),
    (CHARGING,   OFFER,  EV_WAITS,   1, 1, Is.SUSPENDED_EV),
    (CHARGING,   UNPLUG, STOPPING,   0, 0, Is.FINISHING),
    (CHARGING,   STOP,   STOPPING,   0, 1, Is.FINISHING),
    (CHARGING,   DETACH, DETACHED,   0, 0, Is.AVAILABLE),
    (STOPPING,   END,    FINISHED,   0, 0, Is.FINISHING),
    (FINISHED,   UNPLUG, IDLE,       0, 0, Is.AVAILABLE),
    (FINISHED,   ACCEPT, WAITING,    0, 1, Is.PREPARING),       # again without replugging
    (DETACHED,   PLUG,   WAITING,    0, 1, Is.PREPARING),
    (DETACHED,   REVOKE, IDLE,       0, 0, Is.AVAILABLE),
)
# fmt: on

RUNNING = frozenset((STARTING, EVSE_WAITS, EV_WAITS, CHARGING, STOPPING))
"""States in which energy may flow, or is being ended; a transaction runs."""

# fmt: off
IGNORED = {
    # A report that confirms the state, or a request that came too early or too late.
    IDLE:       (UNPLUG, REVOKE, BEGIN, LATE, HOLD, OFFER, DRAW, STOP, END, DETACH),
    PLUGGED:    (PLUG, REVOKE, BEGIN, HOLD, OFFER, DRAW, STOP, END, RESUME, DETACH),
    AUTHORISED: (UNPLUG, ACCEPT, BEGIN, LATE, HOLD, OFFER, DRAW, STOP, END, RESUME, DETACH),
    WAITING:    (PLUG, ACCEPT, LATE, HOLD, OFFER, DRAW, STOP, END, RESUME),
    STARTING:   (PLUG, ACCEPT, REVOKE, BEGIN, HOLD, OFFER, END, RESUME),
    EVSE_WAITS: (PLUG, ACCEPT, REVOKE, BEGIN, LATE, HOLD, END, RESUME),
    EV_WAITS:   (PLUG, ACCEPT, REVOKE, BEGIN, LATE, OFFER, END, RESUME),
    CHARGING:   (PLUG, ACCEPT, REVOKE, BEGIN, LATE, DRAW, END, RESUME),
    # The reason is given; the books close when the contactor is open and the meter is read.
    STOPPING:   (
        PLUG, UNPLUG, ACCEPT, REVOKE, BEGIN, LATE, HOLD, OFFER, DRAW, STOP, RESUME, DETACH,
    ),
    FINISHED:   (PLUG, REVOKE, BEGIN, LATE, HOLD, OFFER, DRAW, STOP, END, RESUME, DETACH),
    DETACHED:   (UNPLUG, ACCEPT, BEGIN, LATE, HOLD, OFFER, DRAW, STOP, END, RESUME, DETACH),
}
# fmt: on


class SessionTable:
    """Where one EVSE is in ``TABLE``; ``permit``, ``locked`` and ``told`` are complete."""

    def __init__(self) -> None:
        self.state = IDLE
        self.is_permitted = False
        self.is_locked = False
        self.told = Is.AVAILABLE

    def feed(self, event: int) -> bool:
        """Apply ``event``; True if it moved the state."""
        for state, on, next_state, permit, locked, told in TABLE:
            if state == self.state and on == event:
                self.state = next_state
                self.is_permitted = permit == 1
                self.is_locked = locked == 1
                self.told = told
                return True
        return False

    @property
    def is_running(self) -> bool:
        """True while energy may flow, or is being ended."""
        return self.state in RUNNING
