"""Receipt: what a person gets who paid, or a list of charges, as lines; and as HTML. Pure.

The lines are made once, so that HTML and PDF cannot differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from ampkeeper.firmware.billing.charge_log import Charge, money, sums, total_of
from ampkeeper.firmware.billing.words import Words, words_of
from ampkeeper.firmware.tariff import ENERGY, FIXED, RESERVED_FIXED

MINUTE_S, HOUR_S = 60, 3_600


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes, and in which of ``words.LANGUAGES``; every text may be empty."""

    name: str = ""
    address: tuple[str, ...] = ()
    tax_id: str = ""
    footer: str = ""
    language: str = "en"


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

    @property
    def ends(self) -> tuple[str, ...]:
        """What stands below the table."""
        head = self.letterhead
        tax_id = f"{words_of(head.language)['tax_id']} {head.tax_id}" if head.tax_id else ""
        return tuple(text for text in (*self.notes, tax_id, head.footer) if text)


def receipt(charge: Charge, letterhead: Letterhead, station: str, now: datetime) -> Paper:
    """The receipt of one charge."""
    words = words_of(letterhead.language)
    facts = [
        (words["session"], charge.session),
        (words["station"], f"{station}, {words['place']} {charge.evse_id}"),
        (words["begin"], words.when(charge.started)),
        (words["end"], words.when(charge.ended)),
        (words["meter_begin"], words.kwh(charge.begin_wh)),
        (words["meter_end"], words.kwh(charge.end_wh)),
    ]
    if charge.user:
        facts.insert(1, (words["card"], charge.user))
    if charge.tariff:
        facts.append((words["tariff"], charge.tariff))
    lines, notes = tuple(_lines(charge, words)), (words["not_signed"],)
    return Paper(letterhead, words["receipt"], words.when(now), tuple(facts), lines, notes)


def statement(
    charges: Sequence[Charge], letterhead: Letterhead, station: str, span: str, now: datetime
) -> Paper:
    """The list of charges, with a sum for each user and month; ``span`` empty: all there are."""
    words = words_of(letterhead.language)
    lines = [
        Line(
            f"{words.when(one.started)}  {one.user or words['no_card']}"
            f"  {_duration(one.duration_s)}",
            words.kwh(one.energy_wh),
            _price(one, words),
        )
        for one in charges
    ]
    for row in sums(charges):
        count = (
            f"{row['charges']} {words['charges_of_' + ('one' if row['charges'] == 1 else 'more')]}"
        )
        what = f"{row['month']}  {row['user'] or words['no_card']}  {count}"
        price = "" if row["total"] is None else f"{words.number(row['total'])} {row['currency']}"
        lines.append(Line(what, words.kwh(row["energy_wh"]), price, is_strong=True))
    for currency in sorted({one.currency for one in charges if one.currency}):
        own = [one for one in charges if one.currency == currency]
        taken_wh = sum(one.energy_wh for one in own)
        price = words.money(total_of(own), currency)
        lines.append(Line(words["all"], words.kwh(taken_wh), price, is_strong=True))
    facts = (
        (words["station"], station),
        (words["charges"], str(len(charges))),
        (words["of"], span or words["all_kept"]),
    )
    title, notes = words["charge_log"], (words["not_signed"],)
    return Paper(letterhead, title, words.when(now), facts, tuple(lines), notes)


def to_html(paper: Paper) -> str:
    """One page without anything from elsewhere; every text is escaped."""
    head = paper.letterhead
    sender = "".join(f"<div>{escape(text)}</div>" for text in (head.name, *head.address) if text)
    facts = "".join(f"<dt>{escape(one)}</dt><dd>{escape(two)}</dd>" for one, two in paper.facts)
    rows = "".join(_row(line) for line in paper.lines)
    notes = "".join(f"<p>{escape(text)}</p>" for text in paper.ends)
    return (
        f'<!doctype html>\n<html lang="{head.language}"><head><meta charset="utf-8">'
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


def _lines(charge: Charge, words: Words) -> list[Line]:
    known = money(charge)
    energy = Line(words[ENERGY], words.kwh(charge.energy_wh))
    if known is None:
        return [energy, Line(words["no_price"], is_strong=True)]
    currency = charge.currency
    lines = [
        Line(words[part], _used(part, charge, words), words.money(amount, currency))
        for part, amount in known.parts.items()
    ]
    if not known.parts:
        lines = [energy]
    lines.append(Line(words["total"], "", words.money(known.total, currency), is_strong=True))
    if known.tax:
        lines.append(Line(words["tax"], "", words.money(known.tax, currency)))
        lines.append(Line(words["net"], "", words.money(known.net, currency)))
    return lines


def _used(part: str, charge: Charge, words: Words) -> str:
    if part == ENERGY:
        return words.kwh(charge.used.get(part, charge.energy_wh))
    if part in (FIXED, RESERVED_FIXED):
        return "1"
    return _duration(charge.used[part]) if part in charge.used else ""


def _price(charge: Charge, words: Words) -> str:
    known = money(charge)
    return "" if known is None else words.money(known.total, charge.currency)


def _duration(seconds: int) -> str:
    hours, rest = divmod(seconds, HOUR_S)
    return f"{hours}:{rest // MINUTE_S:02d}:{rest % MINUTE_S:02d} h"
