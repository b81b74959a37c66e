"""Receipt: what a person gets who paid, or a list of charges, as lines; and as HTML. Pure.

The lines are made once, so that HTML and PDF cannot differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from ampkeeper.firmware.billing.charge_log import Charge, kwh, money, sums, total_of
from ampkeeper.firmware.tariff import CHARGING, ENERGY, FIXED, IDLE, RESERVED, RESERVED_FIXED

NAMES = {
    ENERGY: "Energy",
    CHARGING: "Charging time",
    IDLE: "Time without charging",
    FIXED: "Session",
    RESERVED: "Reservation time",
    RESERVED_FIXED: "Reservation",
}
NOT_SIGNED = "Not a measurement under calibration law, unless signed values of the meter prove it."
MINUTE_S, HOUR_S = 60, 3_600


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes; every text may be empty."""

    name: str = ""
    address: tuple[str, ...] = ()
    tax_id: str = ""
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row: what, how much of it, for how much; a strong one is a sum."""

    what: str
    amount: str = ""
    price: str = ""
    is_strong: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """One document in its lines; ``date`` is when it was made."""

    letterhead: Letterhead
    title: str
    date: str
    facts: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()


def receipt(charge: Charge, letterhead: Letterhead, station: str, now: datetime) -> Paper:
    """The receipt of one charge."""
    facts = [
        ("Session", charge.session),
        ("Charging station", f"{station}, EVSE {charge.evse_id}"),
        ("Begin", _when(charge.started)),
        ("End", _when(charge.ended)),
        ("Meter at begin", kwh(charge.begin_wh)),
        ("Meter at end", kwh(charge.end_wh)),
    ]
    if charge.user:
        facts.insert(1, ("Card or account", charge.user))
    if charge.tariff:
        facts.append(("Tariff", charge.tariff))
    return Paper(
        letterhead, "Receipt", _when(now), tuple(facts), tuple(_lines(charge)), (NOT_SIGNED,)
    )


def statement(
    charges: Sequence[Charge], letterhead: Letterhead, station: str, span: str, now: datetime
) -> Paper:
    """The list of charges, with a sum for each user and month."""
    lines = [
        Line(
            f"{_when(one.started)}  {one.user or 'no card'}  {_duration(one.duration_s)}",
            kwh(one.energy_wh),
            _price(one),
        )
        for one in charges
    ]
    for row in sums(charges):
        count = f"{row['charges']} charge{'s' if row['charges'] != 1 else ''}"
        what = f"{row['month']}  {row['user'] or 'no card'}  {count}"
        price = "" if row["total"] is None else f"{row['total']} {row['currency']}"
        lines.append(Line(what, kwh(row["energy_wh"]), price, is_strong=True))
    for currency in sorted({one.currency for one in charges if one.currency}):
        own = [one for one in charges if one.currency == currency]
        taken_wh = sum(one.energy_wh for one in own)
        price = f"{total_of(own):f} {currency}"
        lines.append(Line("All", kwh(taken_wh), price, is_strong=True))
    facts = (("Charging station", station), ("Charges", str(len(charges))), ("Of", span))
    return Paper(letterhead, "Charge log", _when(now), facts, tuple(lines), (NOT_SIGNED,))


def to_html(paper: Paper) -> str:
    """One page without anything from elsewhere; every text is escaped."""
    head = paper.letterhead
    sender = "".join(f"<div>{escape(text)}</div>" for text in (head.name, *head.address) if text)
    facts = "".join(f"<dt>{escape(one)}</dt><dd>{escape(two)}</dd>" for one, two in paper.facts)
    rows = "".join(_row(line) for line in paper.lines)
    ends = [*paper.notes, f"Tax number {head.tax_id}" if head.tax_id else "", head.footer]
    notes = "".join(f"<p>{escape(text)}</p>" for text in ends if text)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(paper.title)}</title><style>{STYLE}</style></head>\n"
        f"<body><header>{sender}</header><h1>{escape(paper.title)}</h1>"
        f"<p>{escape(paper.date)}</p><dl>{facts}</dl>\n"
        f"<table><tbody>{rows}</tbody></table>\n<footer>{notes}</footer></body></html>\n"
    )


STYLE = (
    "body{font:14px sans-serif;max-width:46em;margin:2em auto;padding:0 1em}"
    "header{text-align:right}dl{display:grid;grid-template-columns:12em 1fr;gap:.2em}"
    "dd{margin:0;overflow-wrap:anywhere}table{width:100%;border-collapse:collapse}"
    "td{padding:.3em;border-top:1px solid #999}td+td{text-align:right;white-space:nowrap}"
    ".sum{font-weight:bold}footer{margin-top:2em;font-size:smaller;overflow-wrap:anywhere}"
)


def _row(line: Line) -> str:
    kind = ' class="sum"' if line.is_strong else ""
    cells = "".join(f"<td>{escape(one)}</td>" for one in (line.what, line.amount, line.price))
    return f"<tr{kind}>{cells}</tr>\n"


def _lines(charge: Charge) -> list[Line]:
    known = money(charge)
    if known is None:
        return [Line("Energy", kwh(charge.energy_wh)), Line("No price is known", is_strong=True)]
    currency = charge.currency
    lines = [
        Line(NAMES[part], _used(part, charge), f"{amount:f} {currency}")
        for part, amount in known.parts.items()
    ]
    if not known.parts:
        lines = [Line("Energy", kwh(charge.energy_wh))]
    lines.append(Line("Total", "", f"{known.total:f} {currency}", is_strong=True))
    if known.tax:
        lines.append(Line("of which tax", "", f"{known.tax:f} {currency}"))
        lines.append(Line("without tax", "", f"{known.net:f} {currency}"))
    return lines


def _used(part: str, charge: Charge) -> str:
    if part == ENERGY:
        return kwh(charge.used.get(part, charge.energy_wh))
    if part in (FIXED, RESERVED_FIXED):
        return "1"
    return _duration(charge.used[part]) if part in charge.used else ""


def _price(charge: Charge) -> str:
    known = money(charge)
    return "" if known is None else f"{known.total:f} {charge.currency}"


def _when(at: datetime) -> str:
    """With its distance to UTC; the minutes of that only where there are any."""
    clock, offset = at.strftime("%Y-%m-%d %H:%M:%S UTC"), at.strftime("%z")
    if offset == "+0000":
        return clock
    return clock + offset[:3] + (f":{offset[3:]}" if offset[3:] != "00" else "")


def _duration(seconds: int) -> str:
    hours, rest = divmod(seconds, HOUR_S)
    return f"{hours}:{rest // MINUTE_S:02d}:{rest % MINUTE_S:02d} h"
