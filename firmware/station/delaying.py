"""Delaying: what the plan of an EVSE wants takes effect after a random delay, where there is one.

Starts are delayed whatever they waited for, but for the grid operator's cap, which is a response
of its own and has its own delay. Of changes while charging only those of the plan are: by hours, a
price, a departure or a mode. The sun is each roof's own, less by hand is meant at once, and limits
of others protect something or were delayed by them. Pure.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ampkeeper.firmware.limits.ledger import Entry
from ampkeeper.firmware.station.grid import SOURCE as GRID
from ampkeeper.firmware.station.ring_one import least_a
from ampkeeper.firmware.station.seat import Seat

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse

PLANNED = ("mode", "surplus", "schedule", "price", "departure", "delay")
SUN = "surplus"
BEGINS = "random delay, so that not all chargers begin at once"
RISES = "random delay, so that not all chargers charge more at once"
FALLS = "random delay, then"


def follow(evse: "Evse", seat: Seat, is_wanting: bool, is_by_hand: bool, now_s: float) -> None:
    """Find what of the plan is in force, and how long a start still waits."""
    least = min(seat.holds, key=lambda hold: hold.current_a, default=None)
    wanted_a = least.current_a if least is not None else evse.rules.current_a_max
    is_by_sun = least is not None and least.source == SUN
    is_at_once = seat.is_skipped or is_by_sun or (is_by_hand and wanted_a < seat.rate_a)
    is_flowing = seat.is_flowing and is_wanting
    seat.rate_a = seat.delay.rate_a(wanted_a, is_flowing, is_at_once, now_s)
    others = (one.current_a for one in evse.ledger.entries() if one.source not in (*PLANNED, GRID))
    may_charge = is_wanting and min(seat.rate_a, *others) >= least_a(evse)
    left_s = seat.delay.left_s(may_charge, seat.is_skipped, now_s)
    seat.is_flowing = may_charge and left_s == 0.0
    seat.delayed_until_s = now_s + left_s if left_s > 0.0 else None


def entries(evse: "Evse", seat: Seat, now: datetime, now_s: float) -> Iterator[Entry]:
    """What the plan says of this EVSE, each as far as it is in force."""
    phases, changes_at_s = evse.rules.phases, seat.delay.changes_at_s
    for hold in seat.holds:
        left_w = seat.left_w if hold.source == SUN else None  # by it phases are chosen
        words = (hold.reason, now)
        entry = Entry(
            hold.source, hold.current_a, phases, *words, detail=hold.detail, power_w=left_w
        )
        if changes_at_s is not None and hold.source != SUN and hold.current_a < seat.rate_a:
            entry = replace(
                entry,
                current_a=seat.rate_a,
                reason=f"{FALLS}: {hold.reason}",
                expires=_wall(changes_at_s, now, now_s),
                fallback_a=hold.current_a,
            )
        yield entry
    if seat.delayed_until_s is not None:
        yield Entry("delay", 0.0, phases, BEGINS, now, _wall(seat.delayed_until_s, now, now_s))
    elif changes_at_s is not None and all(one.current_a > seat.rate_a for one in seat.holds):
        yield Entry("delay", seat.rate_a, phases, RISES, now, _wall(changes_at_s, now, now_s))


def _wall(at_s: float, now: datetime, now_s: float) -> datetime:
    return now + timedelta(seconds=max(0.0, at_s - now_s))
