"""Tariff reading: TariffType of OCPP 2.1, schema-checked, into a tariff or a refusal.

What the schema leaves open is checked here: times, dates, amounts, and how much there may be of
each (I07.FR.02, FR.05).
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from ampkeeper.firmware.ocpp.dialect import Payload
from ampkeeper.firmware.ocpp.money import AMOUNT_MAX, amount_of
from ampkeeper.firmware.ocpp.wire import good_time
from ampkeeper.firmware.tariff import (
    CHARGING,
    ENERGY,
    FIXED,
    IDLE,
    RESERVED,
    RESERVED_FIXED,
    Amount,
    Conditions,
    Element,
    Price,
    Span,
    Tariff,
    Tax,
)

FIELDS = {  # of TariffType: the part, and the name of its price
    "fixedFee": (FIXED, "priceFixed"),
    "energy": (ENERGY, "priceKwh"),
    "chargingTime": (CHARGING, "priceMinute"),
    "idleTime": (IDLE, "priceMinute"),
    "reservationTime": (RESERVED, "priceMinute"),
    "reservationFixed": (RESERVED_FIXED, "priceFixed"),
}
SPANS = {  # of Conditions: what TariffConditionsType calls its bounds
    "energy_wh": "Energy",
    "current_a": "Current",
    "power_w": "Power",
    "lasting_s": "Time",
    "charging_s": "ChargingTime",
    "idle_s": "IdleTime",
}
NAMES = {"evseKind": "evse_kind", "paymentBrand": "brand", "paymentRecognition": "recognition"}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TIME = re.compile(r"(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9])")
DATE = re.compile(r"[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
PERCENT_MAX = 1_000
STACKS_MAX = 9
CURRENCY = re.compile(r"[A-Z]{3}")
CHARS_MAX = 16_000  # of a tariff in the books
TOO_MANY, REJECTED = "TooManyElements", "Rejected"
INVALID = "InvalidValue"


class BadTariffError(ValueError):
    """Why a tariff is refused: the status of the answer, and the code of its reason."""

    def __init__(self, status: str, reason: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.reason = reason


def read_tariff(asked: Payload, elements_max: int, language: str = "") -> Tariff:
    """The tariff; raise BadTariffError."""
    parts = {part: (asked[name], price) for name, (part, price) in FIELDS.items() if name in asked}
    most = max((len(part["prices"]) for part, _ in parts.values()), default=0)
    if most > elements_max:
        raise BadTariffError(TOO_MANY, "", f"{most} prices of a part: at most {elements_max}")
    if CURRENCY.fullmatch(asked["currency"]) is None:
        raise _bad(f"currency {asked['currency']!r}: three capital letters are needed")
    valid_from = asked.get("validFrom")
    tariff = Tariff(
        id=asked["tariffId"],
        currency=asked["currency"],
        prices={part: _price(said, name) for part, (said, name) in parts.items()},
        least=_bound(asked.get("minCost", {})),
        most=_bound(asked.get("maxCost", {})),
        valid_from_s=None if valid_from is None else int(good_time(valid_from).timestamp()),
        text=_text(asked.get("description", ()), language),
    )
    chars = len(json.dumps(tariff.to_json(), ensure_ascii=False))
    if chars > CHARS_MAX:
        raise BadTariffError(TOO_MANY, "", f"{chars} characters in the books: at most {CHARS_MAX}")
    return tariff


def _price(said: Payload, name: str) -> Price:
    elements = tuple(
        Element(_money(one[name]), _conditions(one.get("conditions"))) for one in said["prices"]
    )
    return Price(elements, _taxes(said.get("taxRates", ())))


def _conditions(said: Payload | None) -> Conditions | None:
    """None where nothing is asked for: the price always holds."""
    found: dict[str, Any] = {
        ours: Span(_number(said.get(f"min{name}")), _number(said.get(f"max{name}")))
        for ours, name in SPANS.items()
        if said and (f"min{name}" in said or f"max{name}" in said)
    }
    if said is None:
        return None
    found |= {ours: said[name] for name, ours in NAMES.items() if name in said}
    for ours, name in (("from_minute", "startTimeOfDay"), ("to_minute", "endTimeOfDay")):
        if name in said:
            found[ours] = _minute(said[name])
    for ours, name in (("from_date", "validFromDate"), ("to_date", "validToDate")):
        if name in said:
            found[ours] = _date(said[name])
    if "dayOfWeek" in said:
        found["days"] = frozenset(DAYS.index(day) for day in said["dayOfWeek"])
    return Conditions(**found) if found else None


def _taxes(said: Sequence[Payload]) -> tuple[Tax, ...]:
    return tuple(Tax(one["type"], _percent(one["tax"]), _stack(one)) for one in said)


def _percent(number: float) -> Decimal:
    percent = amount_of(number)
    if percent is None or not 0 <= percent <= PERCENT_MAX:
        raise _bad(f"tax {number}: 0 to {PERCENT_MAX} % are allowed")
    return percent


def _stack(said: Payload) -> int:
    stack = int(said.get("stack", 0))
    if stack > STACKS_MAX:
        raise _bad(f"stack {stack}: at most {STACKS_MAX}")
    return stack


def _money(number: float) -> Decimal:
    amount = amount_of(number)
    if amount is None:
        raise _bad(f"price {number}: at most {AMOUNT_MAX}")
    return amount


def _number(number: float | None) -> Decimal | None:
    return None if number is None else _money(number)


def _bound(said: Mapping[str, Any]) -> Amount:
    return Amount(_number(said.get("exclTax")), _number(said.get("inclTax")))


def _minute(text: str) -> int:
    found = TIME.fullmatch(text)
    if found is None:
        raise _bad(f"time of day {text!r:.20}: hh:mm is needed")
    return int(found["hour"]) * 60 + int(found["minute"])


def _date(text: str) -> date:
    try:
        if DATE.fullmatch(text) is not None:
            return date.fromisoformat(text)
    except ValueError:
        pass  # the 30th of February
    raise _bad(f"date {text!r:.20}: yyyy-mm-dd is needed")


def _text(described: Sequence[Payload], language: str) -> str:
    """In the language of the station where there is one, else the first."""
    chosen = [one for one in described if one.get("language") == language] or described
    return str(chosen[0]["content"]) if chosen else ""


def _bad(text: str) -> BadTariffError:
    return BadTariffError(REJECTED, INVALID, text)
