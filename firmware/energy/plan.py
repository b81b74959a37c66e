"""Plan: what the owner wants, and what sun, hours, prices and a departure make of it now. Pure.

One mode holds for the station; whoever set it last. "Charge now" skips it for one session, and a
departure that can only be met by charging now wins over what else is waited for. Limits that
hours of a schedule set hold in every mode. What the central system allows stands above all of
it: the least binds, and the ledger says which that is.
"""

from dataclasses import dataclass

from ampkeeper.firmware.energy.schedules import Window
from ampkeeper.firmware.energy.surplus import WAITS, Sunny

NOW, SURPLUS, MIN_SURPLUS = "now", "surplus", "min+surplus"
SCHEDULE, PRICE, OFF = "schedule", "price", "off"
MODES = (NOW, SURPLUS, MIN_SURPLUS, SCHEDULE, PRICE, OFF)
SUNNY_MODES = (SURPLUS, MIN_SURPLUS)


@dataclass(frozen=True, slots=True)
class Hold:
    """One limit that follows from the plan: whose it is, at most how much, and why."""

    source: str
    current_a: float
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the plan of one EVSE looks at, at one moment.

    ``window``, ``limit``: the hours that are open now, for charging and as a limit. ``price``:
    what prices make of it, in mode price. ``due``: in words, why a target has to be charged for
    now; "": it has not.
    """

    mode: str
    current_a_max: float
    is_skipped: bool = False
    due: str = ""
    sun: Sunny | None = None
    minimum_a: float = 6.0
    window: Window | None = None
    opens: str = ""
    limit: Window | None = None
    price: Hold | None = None


def holds(now: Situation) -> tuple[Hold, ...]:
    """What limits this EVSE by the plan; an entry at full current says why it does not wait."""
    if now.is_skipped:
        return (Hold("mode", now.current_a_max, "charge now, for this session"),)
    found = []
    if now.limit is not None:
        limit_a = now.limit.current_a
        limit_a = now.current_a_max if limit_a is None else limit_a
        words = f"hours of {now.limit.name}, {now.limit.words()}"
        found.append(Hold("hours", limit_a, words))
    if now.mode == OFF:
        found.append(Hold("mode", 0.0, "switched off by the owner"))
    elif now.due:
        found.append(Hold("departure", now.current_a_max, "needed by the departure", now.due))
    elif now.mode in SUNNY_MODES:
        found.append(_by_sun(now))
    elif now.mode == SCHEDULE:
        found.append(_by_hours(now))
    elif now.mode == PRICE:
        found.append(now.price or Hold("price", 0.0, "no price is known"))
    return tuple(found)


def _by_sun(now: Situation) -> Hold:
    sun = now.sun or Sunny(0.0, WAITS, "there is no mains meter")
    if now.mode == MIN_SURPLUS and sun.current_a <= now.minimum_a:
        reason = f"the least of min+surplus, {sun.reason}"
        return Hold("surplus", now.minimum_a, reason, sun.detail)
    return Hold("surplus", sun.current_a, sun.reason, sun.detail)


def _by_hours(now: Situation) -> Hold:
    if now.window is None:
        return Hold("schedule", 0.0, "waits for its hours", now.opens or "there are none")
    window_a = now.window.current_a
    current_a = now.current_a_max if window_a is None else min(window_a, now.current_a_max)
    return Hold("schedule", current_a, f"{now.window.name}, {now.window.words()}")
