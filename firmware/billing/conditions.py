"""Conditions: whether a price holds at a moment, and when that may change next (2.1, 2.96, 2.97).

Local time rules, also where it shifts (I12.FR.37): what ended at 2:30 holds again when the clock
goes back to 2:00. A bound is inclusive below and exclusive above. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import ceil

from ampkeeper.firmware.tariff import Conditions, Price, Span, Tariff

DAY_MINUTES = 24 * 60
MINUTE_MS = 60_000
SECOND_MS = 1_000
EVSE_KIND = "AC"  # this station has no other


@dataclass(frozen=True, slots=True)
class Payment:
    """How somebody pays who pays at once; empty: he does not, or nobody said."""

    brand: str = ""
    recognition: str = ""


NO_PAYMENT = Payment()


@dataclass(frozen=True, slots=True)
class Moment:
    """All that conditions ask for; None: the meter does not say."""

    local: datetime
    energy_wh: int = 0
    power_w: float | None = None
    current_a: float | None = None
    lasting_ms: int = 0
    charging_ms: int = 0
    idle_ms: int = 0
    payment: Payment = NO_PAYMENT


def first(price: Price, moment: Moment) -> int | None:
    """The number of the price that counts: the first that holds (I12.FR.34); None: it is free."""
    for number, element in enumerate(price.elements):
        if element.conditions is None or holds(element.conditions, moment):
            return number
    return None


def holds(asked: Conditions, moment: Moment) -> bool:
    """True if all that is asked for is so."""
    return (
        _is_time(asked, moment.local)
        and asked.evse_kind in (None, EVSE_KIND)
        and asked.brand in (None, moment.payment.brand)
        and asked.recognition in (None, moment.payment.recognition)
        and asked.energy_wh.holds(moment.energy_wh)
        and asked.power_w.holds(moment.power_w)
        and asked.current_a.holds(moment.current_a)
        and asked.lasting_s.holds(_seconds(moment.lasting_ms))
        and asked.charging_s.holds(_seconds(moment.charging_ms))
        and asked.idle_s.holds(_seconds(moment.idle_ms))
    )


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a tariff's prices may change: by the clock, at so many ms, at so many Wh."""

    by_clock: bool
    lasting_ms: tuple[int, ...]
    charging_ms: tuple[int, ...]
    idle_ms: tuple[int, ...]
    energy_wh: tuple[int, ...]
    asks_power: bool
    asks_current: bool


def bounds_of(tariff: Tariff) -> Bounds:
    """The bounds of all prices of a tariff."""
    asked = [
        element.conditions
        for price in tariff.prices.values()
        for element in price.elements
        if element.conditions is not None
    ]
    return Bounds(
        by_clock=any(_has_time(one) for one in asked),
        lasting_ms=_ends((one.lasting_s for one in asked), SECOND_MS),
        charging_ms=_ends((one.charging_s for one in asked), SECOND_MS),
        idle_ms=_ends((one.idle_s for one in asked), SECOND_MS),
        energy_wh=_ends((one.energy_wh for one in asked), 1),
        asks_power=any(one.power_w != Span() for one in asked),
        asks_current=any(one.current_a != Span() for one in asked),
    )


def until(ends: Iterable[int], value: int) -> int | None:
    """How far it is from ``value`` to the next of ``ends``; None: all are behind."""
    return min((end - value for end in ends if end > value), default=None)


def _is_time(asked: Conditions, local: datetime) -> bool:
    today = local.date()
    if asked.from_date is not None and today < asked.from_date:
        return False
    if asked.to_date is not None and today >= asked.to_date:
        return False
    if asked.days and today.weekday() not in asked.days:
        return False
    begin, end = asked.from_minute or 0, asked.to_minute or DAY_MINUTES  # 00:00: the day's end
    minute = local.hour * 60 + local.minute
    if end <= begin:  # over midnight
        return minute >= begin or minute < end
    return begin <= minute < end


def _has_time(asked: Conditions) -> bool:
    said = (asked.from_minute, asked.to_minute, asked.from_date, asked.to_date)
    return bool(asked.days) or any(one is not None for one in said)


def _ends(spans: Iterable[Span], scale: int) -> tuple[int, ...]:
    """The first whole number at which each bound is reached."""
    ends = {end for span in spans for end in (span.least, span.most) if end is not None}
    return tuple(sorted(ceil(end * scale) for end in ends))


def _seconds(ms: int) -> Decimal:
    return Decimal(ms) / SECOND_MS
