"""Charge log: closed sessions as people file them: as a table, for programs, in sums. Pure.

Money is told in the smallest coins of its currency. Parts are rounded so that they sum to the
total: the coins that are left over go to those parts that lost most.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Any

from ampkeeper.firmware.tariff import PARTS, Amount

DECIMALS = {"CLP": 0, "ISK": 0, "JPY": 0, "KRW": 0, "VND": 0, "BHD": 3, "KWD": 3, "TND": 3}
DECIMALS_USUAL = 2  # ISO 4217
WH_PER_KWH = 1_000
NOBODY = ""
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would take it as a formula
COLUMNS = (
    "session", "evse", "user", "started", "ended", "duration_s", "energy_wh", "begin_wh", "end_wh",
    "reason", "net", "tax", "total", "currency", "tariff",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Charge:
    """One closed session; times are aware. ``total`` None: nobody told or worked out a price.

    ``parts`` exactly, by the names of ``tariff.PARTS``; empty where only the total is known.
    ``is_settled``: nobody is going to tell another price. ``card`` is what it was begun with, also
    where ``user`` is the name of whose it was; no table has it.
    """

    session: str
    evse_id: int
    user: str
    started: datetime
    ended: datetime
    begin_wh: int
    end_wh: int
    reason: str
    currency: str = ""
    total: Amount | None = None
    parts: Mapping[str, Amount] = field(default_factory=dict)
    used: Mapping[str, int] = field(default_factory=dict)  # Wh, or seconds, by part
    tariff: str = ""
    is_settled: bool = False
    card: str = ""

    @property
    def is_owed(self) -> bool:
        """True if somebody is to have a receipt: he took energy, or has to pay."""
        return self.energy_wh > 0 or (self.total is not None and self.total.shown > 0)

    @property
    def energy_wh(self) -> int:
        """What was taken."""
        return self.end_wh - self.begin_wh

    @property
    def duration_s(self) -> int:
        """From begin to end by the station's clock; none where that was set back."""
        return max(0, round((self.ended - self.started).total_seconds()))


@dataclass(frozen=True, slots=True)
class Money:
    """Rounded amounts of one charge, which sum: net and tax to the total, and the parts too."""

    total: Decimal
    net: Decimal
    parts: Mapping[str, Decimal]

    @property
    def tax(self) -> Decimal:
        """What of it is tax."""
        return self.total - self.net


def is_of(charge: Charge, month: str, user: str) -> bool:
    """True if it began in a month as "2026-11", and is whose, by name or card; empty: any."""
    names = (charge.user.casefold(), charge.card.casefold())
    is_then = month in ("", charge.started.strftime("%Y-%m"))
    return is_then and (not user or user.casefold() in names)


def coin(currency: str) -> Decimal:
    """The smallest amount of a currency."""
    return Decimal(1).scaleb(-DECIMALS.get(currency, DECIMALS_USUAL))


def money(charge: Charge) -> Money | None:
    """What was to be paid; None: nothing is known."""
    if charge.total is None:
        return None
    step = coin(charge.currency)
    total = _rounded(charge.total.shown, step)
    without = charge.total.without_tax
    net = total if without is None else _rounded(without, step)
    exact = {part: charge.parts[part].shown for part in PARTS if part in charge.parts}
    return Money(total, net, shared(total, exact, step))


def shared(total: Decimal, exact: Mapping[str, Decimal], step: Decimal) -> dict[str, Decimal]:
    """The parts in whole coins, which sum to ``total``; each is less than a coin from exact."""
    if not exact:
        return {}
    found = {part: one.quantize(step, ROUND_FLOOR) for part, one in exact.items()}
    left = int((total - sum(found.values())) / step)
    by_loss = sorted(exact, key=lambda part: found[part] - exact[part])
    for part in by_loss[:left]:
        found[part] += step
    return found


def row_of(charge: Charge) -> dict[str, Any]:
    """One line, by ``COLUMNS``; amounts as text, so that no reader rounds them."""
    known = money(charge)
    return {
        "session": charge.session,
        "evse": charge.evse_id,
        "user": charge.user,
        "started": charge.started.isoformat(timespec="seconds"),
        "ended": charge.ended.isoformat(timespec="seconds"),
        "duration_s": charge.duration_s,
        "energy_wh": charge.energy_wh,
        "begin_wh": charge.begin_wh,
        "end_wh": charge.end_wh,
        "reason": charge.reason,
        "net": None if known is None else f"{known.net:f}",
        "tax": None if known is None else f"{known.tax:f}",
        "total": None if known is None else f"{known.total:f}",
        "currency": charge.currency or None,
        "tariff": charge.tariff,
    }


def to_csv(charges: Iterable[Charge]) -> str:
    """A table for spreadsheets; a text that one would take as a formula has an apostrophe."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for charge in charges:
        writer.writerow([_cell(value) for value in row_of(charge).values()])
    return file.getvalue()


def to_json(charges: Iterable[Charge]) -> str:
    """The same for programs, with the sums."""
    listed = list(charges)
    told = {"charges": [row_of(one) for one in listed], "sums": sums(listed)}
    return json.dumps(told, indent=1, ensure_ascii=False)


def sums(charges: Sequence[Charge]) -> list[dict[str, Any]]:
    """By user, month and currency: how often, how much, for how much. Months are local."""
    found: dict[tuple[str, str, str], list[Charge]] = {}
    for one in charges:
        key = (one.user, one.started.strftime("%Y-%m"), one.currency)
        found.setdefault(key, []).append(one)
    return [
        {
            "user": user,
            "month": month,
            "charges": len(rows),
            "energy_wh": sum(one.energy_wh for one in rows),
            "total": f"{total_of(rows):f}" if currency else None,
            "currency": currency or None,
        }
        for (user, month, currency), rows in sorted(found.items())
    ]


def total_of(charges: Iterable[Charge]) -> Decimal:
    """The sum of what each was rounded to, as somebody pays them one by one."""
    known = (money(one) for one in charges)
    return sum((one.total for one in known if one is not None), Decimal(0))


def kwh(energy_wh: int) -> str:
    """An energy for people, to the Wh."""
    return f"{Decimal(energy_wh) / WH_PER_KWH:.3f} kWh"


def _rounded(amount: Decimal, step: Decimal) -> Decimal:
    return amount.quantize(step, ROUND_HALF_EVEN)


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(DANGEROUS):
        return f"'{value}"
    return "" if value is None else value
