"""Registration: what may be said to the central system, and how it is answered, and when.

One table decides both. Whether a reconnect needs a new BootNotification, and how a version
refuses calls while it is rejected, are decided outside the table: by ``Registration.connect``
and by the charge point.
"""

from dataclasses import dataclass

OFFLINE, BOOTING, PENDING, REJECTED, ACCEPTED = range(5)  # states
STATES = ("OFFLINE", "BOOTING", "PENDING", "REJECTED", "ACCEPTED")

(
    CONNECTED,  # the first time, or with a version that was not registered yet
    CONNECTED_KNOWN,  # registered before, nothing of the BootNotification has changed
    CONNECTED_PENDING,  # told to wait before the link was lost, and the wait is not over
    CONNECTED_REJECTED,
    LOST,
    ANSWER_ACCEPTED,
    ANSWER_PENDING,
    ANSWER_REJECTED,
    NO_ANSWER,  # an error, a time-out, or something that is no answer
    RETRY_DUE,  # the interval is over, or a trigger asks for it now
) = range(10)
EVENTS = (
    "CONNECTED",
    "CONNECTED_KNOWN",
    "CONNECTED_PENDING",
    "CONNECTED_REJECTED",
    "LOST",
    "ANSWER_ACCEPTED",
    "ANSWER_PENDING",
    "ANSWER_REJECTED",
    "NO_ANSWER",
    "RETRY_DUE",
)

SAY_NOTHING, SAY_BOOT, SAY_ASKED, SAY_ALL = range(4)  # what we may send
REFUSE, ANSWER_SOME, ANSWER_ALL = range(3)  # calls; ANSWER_SOME: remote start and stop refused

# fmt: off
TABLE = (
    # state     event               next      we send      we answer
    (OFFLINE,  CONNECTED,          BOOTING,  SAY_BOOT,    ANSWER_SOME),
    (OFFLINE,  CONNECTED_KNOWN,    ACCEPTED, SAY_ALL,     ANSWER_ALL),   # J 5.4: no new Boot
    (OFFLINE,  CONNECTED_PENDING,  PENDING,  SAY_ASKED,   ANSWER_SOME),
    (OFFLINE,  CONNECTED_REJECTED, REJECTED, SAY_NOTHING, REFUSE),
    (BOOTING,  ANSWER_ACCEPTED,    ACCEPTED, SAY_ALL,     ANSWER_ALL),
    (BOOTING,  ANSWER_PENDING,     PENDING,  SAY_ASKED,   ANSWER_SOME),  # B02.FR.02, FR.05
    (BOOTING,  ANSWER_REJECTED,    REJECTED, SAY_NOTHING, REFUSE),       # 1.6 4.2, B03.FR.08
    (BOOTING,  NO_ANSWER,          BOOTING,  SAY_BOOT,    ANSWER_SOME),
    (BOOTING,  RETRY_DUE,          BOOTING,  SAY_BOOT,    ANSWER_SOME),
    (BOOTING,  LOST,               OFFLINE,  SAY_NOTHING, REFUSE),
    (PENDING,  RETRY_DUE,          BOOTING,  SAY_BOOT,    ANSWER_SOME),
    (PENDING,  LOST,               OFFLINE,  SAY_NOTHING, REFUSE),
    (REJECTED, RETRY_DUE,          BOOTING,  SAY_BOOT,    ANSWER_SOME),
    (REJECTED, LOST,               OFFLINE,  SAY_NOTHING, REFUSE),
    (ACCEPTED, LOST,               OFFLINE,  SAY_NOTHING, REFUSE),
)
# fmt: on
CONNECTS = (CONNECTED, CONNECTED_KNOWN, CONNECTED_PENDING, CONNECTED_REJECTED)
ANSWERS = (ANSWER_ACCEPTED, ANSWER_PENDING, ANSWER_REJECTED, NO_ANSWER)
IGNORED = frozenset(
    [(state, event) for state in (BOOTING, PENDING, REJECTED, ACCEPTED) for event in CONNECTS]
    + [(state, event) for state in (OFFLINE, PENDING, REJECTED, ACCEPTED) for event in ANSWERS]
    + [(OFFLINE, LOST), (OFFLINE, RETRY_DUE), (ACCEPTED, RETRY_DUE)]
)

EVENT_OF_STATUS = {
    "accepted": ANSWER_ACCEPTED,
    "pending": ANSWER_PENDING,
    "rejected": ANSWER_REJECTED,
}
DOUBLINGS_MAX = 16
SYSTEMS_MAX = 16  # whose word to wait is kept; of more the oldest is forgotten


@dataclass(frozen=True, slots=True)
class BootBackoff:
    """How long to wait where the central system names no interval: doubling."""

    first_s: float
    max_s: float


class Registration:
    """Where we stand with the central system, and when to boot next."""

    def __init__(self) -> None:
        self.state = OFFLINE
        self.may_send = SAY_NOTHING
        self.answering = REFUSE
        self.boot_due_s = 0.0  # while BOOTING: when to send; PENDING, REJECTED: when to ask again
        self._system = ""  # which central system this is about, connected or not
        self._registered_as: tuple[str, str] | None = None  # the system and the subprotocol
        self._held: dict[str, tuple[int, float]] = {}  # state and when to ask, by system
        self._failures = 0

    def feed(self, event: int) -> bool:
        """Apply ``event``; True if a row applied."""
        for state, on, next_state, may_send, answering in TABLE:
            if state == self.state and on == event:
                self.state = next_state
                self.may_send = may_send
                self.answering = answering
                return True
        return False

    def connect(self, subprotocol: str, now_s: float, system: str = "") -> None:
        """A connection is open: is there anything to register?

        Another central system than the last one has to hear of us, even if it knew us before
        (2.0.1 B10.FR.10); but one that told us to wait is left in peace until then.
        """
        if system != self._system:
            self._system = system
            self._registered_as = None
            self._failures = 0
        held, due_s = self._held.pop(system, (OFFLINE, 0.0))
        if self._registered_as == (system, subprotocol):
            self.feed(CONNECTED_KNOWN)
        elif held == PENDING and now_s < due_s:
            self.feed(CONNECTED_PENDING)
            self.boot_due_s = due_s
        elif held == REJECTED and now_s < due_s:
            self.feed(CONNECTED_REJECTED)
            self.boot_due_s = due_s
        else:
            self.feed(CONNECTED)
            self.boot_due_s = now_s

    def lose(self) -> None:
        """The connection is gone."""
        if self.state in (PENDING, REJECTED):
            self._held[self._system] = (self.state, self.boot_due_s)
            if len(self._held) > SYSTEMS_MAX:
                del self._held[next(iter(self._held))]
        self.feed(LOST)

    def retry(self, now_s: float) -> None:
        """Ask again now: the interval is over, or a trigger says so."""
        if self.feed(RETRY_DUE):
            self.boot_due_s = now_s

    def tick(self, now_s: float) -> None:
        """End an interval that is over."""
        if self.state in (PENDING, REJECTED) and now_s >= self.boot_due_s:
            self.retry(now_s)

    def take_answer(
        self, status: str, interval_s: float, subprotocol: str, now_s: float, backoff: BootBackoff
    ) -> None:
        """Apply "accepted", "pending", "rejected", or "none" for an error or silence."""
        self.feed(EVENT_OF_STATUS.get(status, NO_ANSWER))
        if self.state == ACCEPTED:
            self._registered_as = (self._system, subprotocol)
            self._failures = 0
            return
        self._registered_as = None
        if interval_s > 0:
            self._failures = 0
            self.boot_due_s = now_s + interval_s
            return
        wait_s = min(backoff.first_s * 2.0 ** min(self._failures, DOUBLINGS_MAX), backoff.max_s)
        self._failures += 1
        self.boot_due_s = now_s + wait_s
