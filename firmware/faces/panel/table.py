"""What lamp and buzzer do in every state and at every moment: one table.

White: free, or it is your turn. Blue: a session. Orange: cannot be used. No red and green, which
one man in twelve does not tell apart; and within a color every state has a pattern of its own, so
that nothing is told by color alone (Okabe and Ito, Color Universal Design: redundant coding).
"""

from collections.abc import Mapping
from typing import NamedTuple

# states: what holds until something else does
AVAILABLE, OFFLINE, OCCUPIED, AUTHORISED, STARTING = range(5)
CHARGING, CAR_WAITS, CHARGER_WAITS, STOPPING, FINISHED = range(5, 10)
FAULTED, UNAVAILABLE, RESTARTING = range(10, 13)
# moments: what is shown for a while, then the state again
SEEN, ACCEPTED, REFUSED, STOPPED, WITHDRAWN, PRESSED = range(13, 19)
NAMES = (
    "available", "offline", "occupied", "authorised", "starting",
    "charging", "car_waits", "charger_waits", "stopping", "finished",
    "faulted", "unavailable", "restarting",
    "seen", "accepted", "refused", "stopped", "withdrawn", "pressed",
)  # fmt: skip
FIRST_MOMENT = SEEN

# Parts of a hundred of red, green and blue.
COLORS: Mapping[str, tuple[int, int, int]] = {
    "off": (0, 0, 0),
    "white": (100, 100, 100),
    "blue": (0, 20, 100),
    "orange": (100, 35, 0),
    "red": (100, 0, 0),
    "green": (0, 100, 0),
    "yellow": (100, 80, 0),
    "cyan": (0, 100, 100),
    "magenta": (100, 0, 100),
}
# Milliseconds on, off, on, off ... and again from the start. Nothing flashes more than three
# times in a second (WCAG 2.3.1: seizures).
PATTERNS: Mapping[str, tuple[int, ...]] = {
    "steady": (),
    "wink": (2_700, 300),
    "slow": (1_000, 1_000),
    "fast": (250, 250),
    "flash": (300, 2_700),
    "double": (250, 250, 250, 2_250),
}
# Milliseconds on, off, on ... once.
SOUNDS: Mapping[str, tuple[int, ...]] = {
    "silent": (),
    "tick": (60,),
    "once": (150,),
    "twice": (150, 150, 150),
    "long": (800,),
    "alarm": (500, 300, 500, 300, 500),
}


class Look(NamedTuple):
    """What lamp and buzzer do."""

    color: str
    pattern: str
    sound: str  # when it begins


# fmt: off
TABLE = (
    # what          color     pattern   sound     ms      what it says
    (AVAILABLE,     "white",  "steady", "silent", 0,      "free"),
    (OFFLINE,       "white",  "flash",  "silent", 0,      "free, but the central system is away"),
    (OCCUPIED,      "white",  "slow",   "silent", 0,      "car there: hold your card"),
    (AUTHORISED,    "white",  "double", "silent", 0,      "card accepted: plug in"),
    (STARTING,      "blue",   "slow",   "silent", 0,      "the charge begins"),
    (CHARGING,      "blue",   "wink",   "silent", 0,      "charging"),
    (CAR_WAITS,     "blue",   "steady", "silent", 0,      "the car takes nothing now, or is full"),
    (CHARGER_WAITS, "blue",   "flash",  "silent", 0,      "the charger gives nothing: a limit"),
    (STOPPING,      "blue",   "fast",   "silent", 0,      "the charge ends"),
    (FINISHED,      "blue",   "double", "silent", 0,      "ended: unplug"),
    (FAULTED,       "orange", "fast",   "alarm",  0,      "a fault: the app says which"),
    (UNAVAILABLE,   "orange", "flash",  "silent", 0,      "out of service"),
    (RESTARTING,    "orange", "slow",   "silent", 0,      "restarts, after a reset or an update"),
    (SEEN,          "white",  "fast",   "tick",   31_000, "a card was read and is asked about"),
    (ACCEPTED,      "blue",   "steady", "twice",  2_000,  "card accepted"),
    (REFUSED,       "orange", "fast",   "long",   3_000,  "card refused"),
    (STOPPED,       "blue",   "fast",   "twice",  2_000,  "card accepted: it ends the charge"),
    (WITHDRAWN,     "white",  "flash",  "once",   2_000,  "the same card took its acceptance back"),
    (PRESSED,       "white",  "fast",   "once",   300,    "the button was heard"),
)
# fmt: on
LOOKS = {row[0]: Look(*row[1:4]) for row in TABLE}
LASTS_MS = {row[0]: row[4] for row in TABLE if row[4]}
SAYS = {row[0]: row[5] for row in TABLE}

# What the station calls it, and what is shown; the first column that fits wins in ``panel.py``.
SESSIONS: Mapping[str, int] = {
    "authorised": AUTHORISED,
    "starting": STARTING,
    "charging": CHARGING,
    "suspended_ev": CAR_WAITS,
    "suspended_evse": CHARGER_WAITS,
    "stopping": STOPPING,
}
STATUSES: Mapping[str, int] = {
    "Available": AVAILABLE,
    "Preparing": OCCUPIED,
    "Charging": CHARGING,
    "SuspendedEV": CAR_WAITS,
    "SuspendedEVSE": CHARGER_WAITS,
    "Finishing": FINISHED,
    "Reserved": UNAVAILABLE,
    "Unavailable": UNAVAILABLE,
    "Faulted": FAULTED,
}
NOTICES: Mapping[str, int] = {
    "tag": SEEN,
    "tag_accepted": ACCEPTED,
    "tag_refused": REFUSED,
    "tag_stops": STOPPED,
    "authorisation_withdrawn": WITHDRAWN,
    "button": PRESSED,
}


def check_look(name: str, value: object) -> str | None:
    """Return what is wrong with one key of ``[panel.states]``, or None."""
    if name not in NAMES:
        return f"no such state; known: {', '.join(NAMES)}"
    words = value.split() if isinstance(value, str) else []
    if len(words) not in (2, 3):
        return 'must be "COLOR PATTERN" or "COLOR PATTERN SOUND", such as "blue slow twice"'
    for word, kind, known in zip(words, Look._fields, (COLORS, PATTERNS, SOUNDS), strict=False):
        if word not in known:
            return f"{word} is no {kind}; known: {', '.join(known)}"
    return None


def looks_of(states: Mapping[str, object]) -> dict[int, Look]:
    """The table with what the configuration changes; ``states`` are checked."""
    looks = dict(LOOKS)
    for name, value in states.items():
        code = NAMES.index(name)
        words = str(value).split()
        looks[code] = Look(*words, *LOOKS[code][len(words) :])
    return looks
