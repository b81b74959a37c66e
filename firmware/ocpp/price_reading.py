"""Price reading: the JSON of the California pricing whitepaper, into values or refusals.

The same objects come as a DataTransfer's text in 1.6 and as custom data in 2.x. Fields that are
not known are left alone; those that are known must be what they say.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from ampkeeper.firmware.facts import ConnectorState
from ampkeeper.firmware.ocpp import inner_json
from ampkeeper.firmware.ocpp.money import AMOUNT_MAX, amount_of
from ampkeeper.firmware.prices import (
    ChargingPrice,
    DefaultPrice,
    FinalCost,
    IdlePrice,
    NextPeriod,
    RunningCost,
    Triggers,
    UserPrice,
    WallClock,
)

TEXT_CHARS_MAX = 8192  # of one message
SHOWN_CHARS_MAX = 2000  # of a text for people
MINUTES_MAX = 10_000_000  # 19 years
WH_MAX = 10**15
YEARS = range(2000, 2200)  # of a time: with any offset and any wait it stays one
NUMBER = re.compile(r"-?[0-9]{1,19}")
STATES = ("Charging", "Idle")
NOBODY = "-"  # in place of a token

Json = dict[str, Any]
Found = TypeVar("Found")


class BadPriceError(inner_json.BadTextError):
    """What cannot be read, and why."""


def read_object(text: object) -> Json:
    """The JSON object in a text; raise BadTextError."""
    return inner_json.read_object(text, TEXT_CHARS_MAX)


def user_price(body: Json, language: str) -> UserPrice:
    """SetUserPrice."""
    return UserPrice(_text(body, "idToken", 1), shown_text(body, language))


def running_cost(body: Json, clock: WallClock) -> RunningCost:
    """RunningCost."""
    return RunningCost(
        csms_tx_id=tx_number(body),
        at=_time(body, "timestamp", clock),
        meter_wh=_whole(body, "meterValue", WH_MAX),
        cost=_money(body, "cost"),
        is_idle=STATES.index(_choice(body, "state", STATES)) == 1,
        charging=_maybe(body, "chargingPrice", _charging) or ChargingPrice(),
        idle=_maybe(body, "idlePrice", _idle),
        following=_maybe(body, "nextPeriod", lambda part: _period(part, clock)),
        triggers=_maybe(body, "triggerMeterValue", lambda part: _triggers(part, clock))
        or Triggers(),
    )


def final_cost(body: Json, language: str) -> FinalCost:
    """FinalCost."""
    qr_text = _text(body, "qrCodeText") if "qrCodeText" in body else ""
    return FinalCost(tx_number(body), _money(body, "cost"), shown_text(body, language), qr_text)


def default_price(text: str) -> DefaultPrice | None:
    """The value of the key DefaultPrice; None for what is none."""
    try:
        body = read_object(text)
        return DefaultPrice(
            _text(body, "priceText", 1),
            _text(body, "priceTextOffline") if "priceTextOffline" in body else "",
            _maybe(body, "chargingPrice", _charging),
        )
    except inner_json.BadTextError:
        return None


def price_text(text: str) -> str:
    """SetUserPrice, as the books keep what was told; to whom, the session knows."""
    return json.dumps({"idToken": NOBODY, "priceText": text}, ensure_ascii=False)


def running_text(cost: RunningCost) -> str:
    """RunningCost of a sum that came without prices."""
    return json.dumps(
        {
            "transactionId": cost.csms_tx_id,
            "timestamp": cost.at.isoformat(),
            "meterValue": cost.meter_wh,
            "cost": float(cost.cost),  # as it came, see ``money.py``
            "state": STATES[cost.is_idle],
        }
    )


def final_text(cost: FinalCost) -> str:
    """FinalCost of a sum that came without words."""
    told = {"transactionId": cost.csms_tx_id, "cost": float(cost.cost), "priceText": cost.text}
    return json.dumps(told, ensure_ascii=False)


def offset_of(text: str) -> timedelta | None:
    """An offset as "+02:00" or "-05:30"; None for what is none."""
    if len(text) != len("+00:00") or text[0] not in "+-" or text[3] != ":":
        return None
    hours, minutes = text[1:3], text[4:6]
    if not (hours + minutes).isascii() or not (hours + minutes).isdigit():
        return None
    if int(hours) > 14 or int(minutes) > 59:  # Kiribati is the farthest
        return None
    size = timedelta(hours=int(hours), minutes=int(minutes))
    return -size if text[0] == "-" else size


def time_of(text: str) -> datetime | None:
    """An ISO 8601 time, with an offset or without; None for what is none, or of another age."""
    try:
        found = datetime.fromisoformat(text) if "T" in text else None
    except ValueError:
        return None
    return found if found is not None and found.year in YEARS else None


def tx_number(body: Json) -> int:
    """The central system's number of a transaction; some write it as a text."""
    number = body.get("transactionId")
    if isinstance(number, str) and NUMBER.fullmatch(number):
        return int(number)
    if type(number) is not int or abs(number) >= 1 << 63:
        raise BadPriceError(f"transactionId {number!r:.50}: a number is needed")
    return number


def shown_text(body: Json, language: str) -> str:
    """The text for people, in their language where it is told in that."""
    extra = body.get("priceTextExtra", ())
    for part in extra if isinstance(extra, list) else ():
        if isinstance(part, dict) and part.get("language") == language:
            return _text(part, "content")
    return _text(body, "priceText") if "priceText" in body else ""


def _charging(body: Json) -> ChargingPrice:
    names = ("kWhPrice", "hourPrice", "flatFee")
    return ChargingPrice(*(_money(body, name) if name in body else Decimal(0) for name in names))


def _idle(body: Json) -> IdlePrice:
    grace_min = _whole(body, "graceMinutes", MINUTES_MAX) if "graceMinutes" in body else 0
    return IdlePrice(grace_min, _money(body, "hourPrice") if "hourPrice" in body else Decimal(0))


def _period(body: Json, clock: WallClock) -> NextPeriod:
    charging = _maybe(body, "chargingPrice", _charging) or ChargingPrice()
    return NextPeriod(_time(body, "atTime", clock), charging, _maybe(body, "idlePrice", _idle))


def _triggers(body: Json, clock: WallClock) -> Triggers:
    states = body.get("atCPStatus", ())
    if isinstance(states, str):
        states = [states]
    if not isinstance(states, list | tuple) or not all(isinstance(each, str) for each in states):
        raise BadPriceError("atCPStatus: a list of statuses is needed")
    return Triggers(
        at=_time(body, "atTime", clock) if "atTime" in body else None,
        energy_wh=1000 * _money(body, "atEnergykWh") if "atEnergykWh" in body else None,
        power_w=1000 * _money(body, "atPowerkW") if "atPowerkW" in body else None,
        states=frozenset(states) & frozenset(ConnectorState),
    )


def _maybe(body: Json, name: str, read: Callable[[Json], Found]) -> Found | None:
    part = body.get(name)
    if part is None:
        return None
    if not isinstance(part, dict):
        raise BadPriceError(f"{name}: an object is needed")
    return read(part)


def _text(body: Json, name: str, least: int = 0) -> str:
    text = body.get(name)
    if not isinstance(text, str) or not least <= len(text) <= SHOWN_CHARS_MAX:
        raise BadPriceError(f"{name}: a text of {least} to {SHOWN_CHARS_MAX} characters is needed")
    return text


def _choice(body: Json, name: str, allowed: tuple[str, ...]) -> str:
    word = body.get(name)
    if word not in allowed:
        raise BadPriceError(f"{name} {word!r:.50}: one of {', '.join(allowed)} is needed")
    return str(word)


def _money(body: Json, name: str) -> Decimal:
    value: Any = body.get(name)
    amount = amount_of(value) if type(value) in (int, Decimal) else None
    if amount is None:
        raise BadPriceError(f"{name} {value!r:.50}: a number up to {AMOUNT_MAX} is needed")
    return amount


def _whole(body: Json, name: str, most: int) -> int:
    value: Any = body.get(name)
    is_number = type(value) in (int, Decimal)
    if not is_number or not 0 <= value <= most or value != int(value):
        raise BadPriceError(f"{name} {value!r:.50}: a whole number from 0 is needed")
    return int(value)


def _time(body: Json, name: str, clock: WallClock) -> datetime:
    text = body.get(name)
    at = time_of(text) if isinstance(text, str) else None
    if at is None:
        raise BadPriceError(f"{name} {text!r:.50}: a date and time is needed")
    return clock.instant(at)
