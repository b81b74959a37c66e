"""Cost details: what a transaction cost in the words of OCPP 2.1, CostDetailsType (I12)."""

from collections.abc import Sequence
from typing import Any

from ampkeeper.firmware.ocpp.dialect import Payload
from ampkeeper.firmware.ocpp.money import number_of
from ampkeeper.firmware.ocpp.wire import timestamp_s
from ampkeeper.firmware.statement import Period, Statement
from ampkeeper.firmware.tariff import Amount, Tax

SECOND_MS = 1_000
REASON_CHARS_MAX = 500
TAXES_MAX = 5


def cost_details(cost: Statement) -> Payload:
    """CostDetailsType; periods go with the end only (I12.FR.02, errata 2025-09)."""
    parts: Payload = {
        name: _price(amount) | _taxes(cost.taxes.get(name, ()))
        for name, amount in cost.parts.items()
    }
    total = {"currency": cost.currency, "typeOfCost": cost.kind, "total": _price(cost.total)}
    usage = cost.usage
    used = {
        "energy": usage.energy_wh,
        "chargingTime": usage.charging_s,
        "idleTime": usage.idle_s,
    }
    if usage.reserved_s is not None:
        used["reservationTime"] = usage.reserved_s
    details: Payload = {"totalCost": total | parts, "totalUsage": used}
    if cost.periods:
        details["chargingPeriods"] = [_period(one) for one in cost.periods]
    if cost.failure:
        details |= {"failureToCalculate": True, "failureReason": cost.failure[:REASON_CHARS_MAX]}
    return details


def _price(amount: Amount) -> Payload:
    """PriceType: only what is said."""
    pairs = {"exclTax": amount.without_tax, "inclTax": amount.with_tax}
    return {name: number_of(one) for name, one in pairs.items() if one is not None}


def _taxes(taxes: Sequence[Tax]) -> Payload:
    rows = [{"type": tax.kind, "tax": number_of(tax.percent), "stack": tax.stack} for tax in taxes]
    return {"taxRates": rows[:TAXES_MAX]} if rows else {}


def _period(period: Period) -> Payload:
    """ChargingPeriodType; the schema spells IdleTIme so."""
    volumes: dict[str, Any] = {"Energy": period.energy_wh}
    if period.charging_ms:
        volumes["ChargingTime"] = period.charging_ms / SECOND_MS
    if period.idle_ms:
        volumes["IdleTIme"] = period.idle_ms / SECOND_MS
    for name, seen in (("Power", period.power_w), ("Current", period.current_a)):
        if seen is not None:
            volumes |= {f"Min{name}": seen[0], f"Max{name}": seen[1]}
    return {
        "tariffId": period.tariff_id,
        "startPeriod": timestamp_s(period.begins_ms // SECOND_MS),
        "dimensions": [{"type": name, "volume": volume} for name, volume in volumes.items()],
    }
