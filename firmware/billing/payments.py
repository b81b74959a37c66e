"""Payments: what becomes of money that a payment terminal holds for a session, as one table.

A row is written down before the terminal is asked for what stands at its end, and stays open
until the terminal has said that it was done. So money that is held is claimed or given back,
whatever the power does. Pure.
"""

from dataclasses import dataclass
from decimal import Decimal

from ampkeeper.firmware.billing.charge_log import Charge, coin, money

ASKING, HELD, SETTLING, CLAIMING, RETURNING, PAID, RETURNED, DECLINED, UNPAID = range(9)
STATES = (
    "ASKING",
    "HELD",
    "SETTLING",
    "CLAIMING",
    "RETURNING",
    "PAID",
    "RETURNED",
    "DECLINED",
    "UNPAID",
)
GRANTED, NO, UNSURE, UNUSED, OVER, COSTS, FREE, DONE, NEVER = range(9)
EVENTS = ("GRANTED", "NO", "UNSURE", "UNUSED", "OVER", "COSTS", "FREE", "DONE", "NEVER")
NOTHING, HOLD, READ, CAPTURE, RELEASE = range(5)
ASKED = ("nothing", "hold", "read the books", "capture", "release")

# fmt: off
TABLE = (
    # state      event    next       asked
    (ASKING,     GRANTED, HELD,      NOTHING),
    (ASKING,     NO,      DECLINED,  NOTHING),
    (ASKING,     UNSURE,  RETURNING, RELEASE),  # power or line went: nobody knows what is held
    (HELD,       UNUSED,  RETURNING, RELEASE),  # no session came of it
    (HELD,       OVER,    SETTLING,  READ),
    (SETTLING,   COSTS,   CLAIMING,  CAPTURE),
    (SETTLING,   FREE,    RETURNING, RELEASE),
    (CLAIMING,   DONE,    PAID,      NOTHING),
    (CLAIMING,   NEVER,   UNPAID,    NOTHING),  # somebody has to look
    (RETURNING,  DONE,    RETURNED,  NOTHING),
    (RETURNING,  NEVER,   RETURNED,  NOTHING),  # nothing is held by this name
)
IGNORED = {  # answers that come late, or twice
    ASKING:    (UNUSED, OVER, COSTS, FREE, DONE, NEVER),
    HELD:      (GRANTED, NO, UNSURE, COSTS, FREE, DONE, NEVER),
    SETTLING:  (GRANTED, NO, UNSURE, UNUSED, OVER, DONE, NEVER),
    CLAIMING:  (GRANTED, NO, UNSURE, UNUSED, OVER, COSTS, FREE),
    RETURNING: (GRANTED, NO, UNSURE, UNUSED, OVER, COSTS, FREE),
    PAID:      tuple(range(len(EVENTS))),
    RETURNED:  tuple(range(len(EVENTS))),
    DECLINED:  tuple(range(len(EVENTS))),
    UNPAID:    tuple(range(len(EVENTS))),
}
# fmt: on
OPEN = (ASKING, HELD, SETTLING, CLAIMING, RETURNING)
ASKED_IN = {ASKING: HOLD} | {then: asked for _, _, then, asked in TABLE}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a session that is over is paid with; ``why`` says why not all of it."""

    event: int
    amount: int = 0
    why: str = ""


def next_state(state: int, event: int) -> int | None:
    """Where an event leads; None: it changes nothing."""
    for before, on, then, _ in TABLE:
        if before == state and on == event:
            return then
    return None


def coins(amount: Decimal, currency: str) -> int:
    """An amount in the smallest coins of its currency; what is less than one is left out."""
    return int(amount / coin(currency))


def claim(charge: Charge, held: int, currency: str) -> Claim:
    """What is taken of ``held`` coins for a session.

    Never more than is held, and never by a guess: without a price all goes back.
    """
    known = money(charge)
    if known is None:
        return Claim(FREE, why="no price is known")
    if charge.currency != currency:
        return Claim(FREE, why=f"it costs {charge.currency}, and {currency} is held")
    due = coins(known.total, currency)
    if due <= 0:
        return Claim(FREE)
    return Claim(COSTS, min(due, held), "more than is held" if due > held else "")
