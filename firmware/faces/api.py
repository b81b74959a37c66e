"""The read model: a charger as every face shows it, as one value in no OCPP version's words.

The station makes it (``station/overview.py``), the faces show it; ``shape`` is what JSON gets, and
``schema_of`` describes that to programs. What a face may ask for beside it are the verbs of the
local door, by one ``Ask``. Times are ISO 8601 UTC; None means that nobody can tell, never zero.
Each field says what it is, and its unit.
"""

import dataclasses
import types
import typing
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

Ask = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]
"""Asks the station by a verb; ``LocalRefusedError`` says no, with a sentence for the person."""

KINDS: dict[Any, str] = {str: "string", bool: "boolean", int: "integer", float: "number"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One phase of an EVSE, as its meter shows it."""

    name: Annotated[str, "L1, L2 or L3."]
    current_a: Annotated[float | None, "Current.", "A"]
    voltage_v: Annotated[float | None, "Voltage, line to neutral.", "V"]
    power_w: Annotated[float | None, "Active power.", "W"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """An entry of the ledger of limits: who allows at most how much, and why."""

    source: Annotated[str, "Who limits."]
    current_a: Annotated[float | None, "At most so much per phase.", "A"]
    phases: Annotated[int | None, "On at most so many phases."]
    reason: Annotated[str, "Why, in words."]
    since: Annotated[str, "From when on."]
    expires: Annotated[str | None, "Until then, unless it is said again."]
    falls_to_a: Annotated[float | None, "Then so much; null: it vanishes.", "A"]
    is_stale: Annotated[bool, "It has fallen, because its source is silent."]
    binds: Annotated[bool, "It is the one that decides."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a session costs."""

    text: Annotated[str, "The price in words; may be empty."]
    currency: Annotated[str | None, "ISO 4217."]
    total: Annotated[float | None, "As the central system told it last."]
    now: Annotated[float | None, "What the station has counted until now."]
    is_final: Annotated[bool, "The total changes no more."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A running or accepted session."""

    id: Annotated[str | None, "Its id; null before it began."]
    state: Annotated[str, "What it does: authorised, starting, charging, suspended_ev, ..."]
    token: Annotated[str | None, "The card or app that began it; null for who may not see it."]
    user: Annotated[str | None, "How who charges is called here; null for who may not see it."]
    started: Annotated[str | None, "When it began."]
    duration_s: Annotated[int | None, "How long it lasts.", "s"]
    energy_wh: Annotated[int, "Energy so far.", "Wh"]
    cost: Annotated[Cost | None, "What it costs, where people are shown that."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault that is there now."""

    name: Annotated[str, "Its name in the catalogue."]
    text: Annotated[str, "What happened and what to do, in plain words."]
    severity: Annotated[str, "high, medium or low."]
    clears: Annotated[str, "How it goes away."]
    since: Annotated[str, "Since when."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """By when the car has to have what."""

    by: Annotated[str, "Until then."]
    energy_wh: Annotated[int, "So much.", "Wh"]
    charged_wh: Annotated[int, "Of it, so much is in it.", "Wh"]
    latest_start: Annotated[str, "The latest that charging begins for it."]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCode:
    """A code to scan and pay by web; it changes all the time."""

    address: Annotated[str, "Where it leads."]
    size: Annotated[int, "Modules along a side, with the light ones around."]
    path: Annotated[str, "The dark modules as a path of SVG, one unit each."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evse:
    """One place to charge."""

    id: Annotated[int, "Its number."]
    status: Annotated[str, "What it does, as OCPP 1.6 calls it."]
    is_plugged: Annotated[bool | None, "A car is plugged in."]
    can_start: Annotated[bool, "A charge can be started here now."]
    can_stop: Annotated[bool, "There is a charge to stop here."]
    contactor: Annotated[str, "open, closed or unknown."]
    lock: Annotated[str, "locked, unlocked, none or unknown."]
    power_w: Annotated[float | None, "Active power to the car.", "W"]
    energy_wh: Annotated[int | None, "The meter's register.", "Wh"]
    phases: Annotated[tuple[Phase, ...], "The phases that are wired."]
    limit_a: Annotated[float | None, "The most per phase that may flow now.", "A"]
    limited_by: Annotated[str | None, "Who says so."]
    reason: Annotated[str, "Why, in words."]
    since: Annotated[str | None, "Since when."]
    limits: Annotated[tuple[Limit, ...], "All that limits, the one that decides first."]
    session: Annotated[Session | None, "What runs."]
    faults: Annotated[tuple[Fault, ...], "What is wrong."]
    charge_now: Annotated[bool, "This car charges whatever the mode says."]
    departure: Annotated[Departure | None, "By when it has to have what."]
    tariff: Annotated[str | None, "The price for who comes, in words; null: none is known."]
    waits_for: Annotated[str | None, "What has to happen next; null: energy flows, or is ended."]
    message: Annotated[str | None, "What the central system wants people to read here."]
    payment_code: Annotated[PaymentCode | None, "To pay here by web; null: nobody can now."]
    board: Annotated[str | None, "The pilot board and its software."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The way to the central system."""

    state: Annotated[str, "connected, connecting, waiting, off or none."]
    url: Annotated[str | None, "Where it is; null for who may not see it."]
    since: Annotated[str | None, "Since when it is up, or down."]
    registration: Annotated[str, "accepted, pending, rejected or none."]
    version: Annotated[str | None, "The version of OCPP that is spoken."]
    queued: Annotated[int, "Messages that it has yet to hear."]
    error: Annotated[str | None, "Why it is not there."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mains:
    """The meter between house and grid."""

    quality: Annotated[str, "good, silent, refused or wrong."]
    current_a: Annotated[tuple[float | None, ...] | None, "L1, L2, L3; import is positive.", "A"]
    power_w: Annotated[float | None, "Import is positive.", "W"]
    surplus_w: Annotated[float | None, "What is left of the sun.", "W"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a kWh costs now."""

    price: Annotated[float, "For one kWh."]
    currency: Annotated[str, "ISO 4217."]
    until: Annotated[str, "Until then."]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedCard:
    """A card that may not charge."""

    at: Annotated[str, "When it was held to the reader."]
    token: Annotated[str, "Its number, all but both ends masked."]
    evse_id: Annotated[int | None, "Where it would have charged; null: nowhere was free."]
    why: Annotated[str, "Why, in words."]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything, at one moment."""

    time: Annotated[str, "When this was so, by the station's clock."]
    vendor: Annotated[str, "Who made it."]
    model: Annotated[str, "What it is."]
    serial: Annotated[str, "Which one it is."]
    firmware: Annotated[str, "Its software."]
    update: Annotated[str, "What becomes of a software update; Idle: none is on its way."]
    link: Annotated[Link, "The central system."]
    mode: Annotated[str, "When to charge."]
    modes: Annotated[tuple[str, ...], "The modes there are."]
    mains: Annotated[Mains | None, "The mains; null: no meter there."]
    price: Annotated[Price | None, "What a kWh costs; null: not known."]
    site: Annotated[str | None, "The site it shares fuses with, in words."]
    refused_card: Annotated[RefusedCard | None, "A card that was just refused."]
    evses: Annotated[tuple[Evse, ...], "Where cars can charge."]


def shape(value: Any) -> dict[str, Any]:
    """A part of the read model as JSON has it."""
    found: dict[str, Any] = dataclasses.asdict(value)
    return found


def for_guest(state: State) -> State:
    """What somebody may see who may charge here, and no more: not who charges, not with whom."""
    evses = tuple(
        dataclasses.replace(evse, session=dataclasses.replace(evse.session, token=None, user=None))
        if evse.session is not None
        else evse
        for evse in state.evses
    )
    return dataclasses.replace(
        state, link=dataclasses.replace(state.link, url=None, error=None), evses=evses
    )


@cache
def schema_of(part: type) -> dict[str, Any]:
    """The JSON schema of a part, those within it by reference to their names."""
    properties = {}
    for name, hint in typing.get_type_hints(part, include_extras=True).items():
        inner, help, *unit = typing.get_args(hint)
        words = f"{help} Unit: {unit[0]}." if unit else help
        properties[name] = _schema(inner) | {"description": words}
    return {
        "type": "object",
        "description": (part.__doc__ or "").partition("\n")[0],
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def parts_of(whole: type) -> dict[str, type]:
    """Every part of the read model that ``whole`` holds, by name, itself included."""
    found: dict[str, type] = {}
    waiting: list[Any] = [whole]
    while waiting:
        one = waiting.pop()
        if dataclasses.is_dataclass(one) and isinstance(one, type) and one.__name__ not in found:
            found[one.__name__] = one
            waiting += typing.get_type_hints(one).values()
        waiting += typing.get_args(one)
    return found


def _schema(hint: Any) -> dict[str, Any]:
    if isinstance(hint, types.UnionType):
        inner = next(one for one in typing.get_args(hint) if one is not types.NoneType)
        return {"anyOf": [_plain(inner), {"type": "null"}]}
    return _plain(hint)


def _plain(hint: Any) -> dict[str, Any]:
    if typing.get_origin(hint) is tuple:
        inner = typing.get_args(hint)[0]
        options = typing.get_args(inner) if isinstance(inner, types.UnionType) else (inner,)
        items = [{"type": "null"} if one is types.NoneType else _leaf(one) for one in options]
        return {"type": "array", "items": items[0] if len(items) == 1 else {"anyOf": items}}
    return _leaf(hint)


def _leaf(hint: Any) -> dict[str, Any]:
    if hint in KINDS:
        return {"type": KINDS[hint]}
    return {"$ref": f"#/components/schemas/{hint.__name__}"}
