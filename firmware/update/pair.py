"""Pair: may station and pilot board charge together, and if not, what makes them match? One table.

The station's slot decides what its pilot board has to run; the board follows, whichever way the
station moves. The board is confirmed after the station, since a confirmed board never runs
anything older. While the two do not match no permit is given. Pure: asked anew after each step,
so that it does not matter which step a cut of the power has left.
"""

from ampkeeper.hal.link.flash import FIXED as FIXED_PROGRAM
from ampkeeper.hal.link.flash import FLASHING, TRYING

# what the station wants
ANYTHING, TRIED, SETTLED = range(3)
STATIONS = (
    "ANYTHING",  # its software brought no image for the board
    "TRIED",  # a certain image; its own software is on trial
    "SETTLED",  # a certain image; its own software is good
)
# what the board is
SAME, SAME_ON_TRIAL, OTHER, OTHER_ON_TRIAL, STOPPED, FIXED = range(6)
BOARDS = (
    "SAME",
    "SAME_ON_TRIAL",
    "OTHER",
    "OTHER_ON_TRIAL",
    "STOPPED",  # it waits to be flashed, no ring 1 runs
    "FIXED",  # it cannot be flashed over the link
)
# steps
CHARGE, MEND, KEEP, TAKE_BACK, LEAVE, REFUSE = range(6)
STEPS = (
    "CHARGE",  # they match: permits may be given
    "MEND",  # make it run what is wanted: by flashing, or from its other slot
    "KEEP",  # confirm what it has on trial; permits may be given until it can be done
    "TAKE_BACK",  # what it has on trial is not wanted
    "LEAVE",  # let it start
    "REFUSE",  # nothing helps: no permit
)

# fmt: off
TABLE = (
    # station   board           step
    (ANYTHING,  SAME,           CHARGE),
    (ANYTHING,  SAME_ON_TRIAL,  TAKE_BACK),  # of a station that went back
    (ANYTHING,  OTHER,          CHARGE),
    (ANYTHING,  OTHER_ON_TRIAL, TAKE_BACK),
    (ANYTHING,  STOPPED,        LEAVE),
    (ANYTHING,  FIXED,          CHARGE),
    (TRIED,     SAME,           CHARGE),
    (TRIED,     SAME_ON_TRIAL,  CHARGE),     # both on trial together
    (TRIED,     OTHER,          MEND),
    (TRIED,     OTHER_ON_TRIAL, MEND),
    (TRIED,     STOPPED,        MEND),
    (TRIED,     FIXED,          REFUSE),
    (SETTLED,   SAME,           CHARGE),
    (SETTLED,   SAME_ON_TRIAL,  KEEP),
    (SETTLED,   OTHER,          MEND),
    (SETTLED,   OTHER_ON_TRIAL, MEND),
    (SETTLED,   STOPPED,        MEND),
    (SETTLED,   FIXED,          REFUSE),
)
# fmt: on
ALLOWS = (CHARGE, KEEP)


def station_side(wanted_id: int, is_on_trial: bool) -> int:
    """What the station wants, as a word of the table; ``wanted_id`` 0: anything."""
    if not wanted_id:
        return ANYTHING
    return TRIED if is_on_trial else SETTLED


def board_side(protocol: int, program: int, wanted_id: int) -> int:
    """What the board is, as a word of the table, by what its IDENTITY says."""
    if protocol == FLASHING:
        return STOPPED
    image_id, state = program >> 2, program & 3
    if state == FIXED_PROGRAM:
        return FIXED
    is_same = wanted_id != 0 and image_id == wanted_id
    if state == TRYING:
        return SAME_ON_TRIAL if is_same else OTHER_ON_TRIAL
    return SAME if is_same else OTHER


def step_of(station: int, board: int) -> int:
    """What to do next."""
    return STEP_BY_SIDES[station, board]


def why_not(step: int, board: int) -> str:
    """Why nothing is charged, in one sentence; empty if it may be."""
    if step in ALLOWS:
        return ""
    return WORDS[board]


STEP_BY_SIDES = {(station, board): step for station, board, step in TABLE}
WORDS = (
    "the pilot board runs what is wanted",
    "the pilot board has an image on trial that this station does not want",
    "the pilot board runs another version than this station",
    "the pilot board has another image on trial",
    "the pilot board waits to be flashed",
    "the pilot board runs another version, and cannot be flashed over the link; use USB",
)
