"""Tariffs and local cost in the words of OCPP 2.1: I07 and I09 to I12.

A tariff without conditions is taken: one price for each part. What this station cannot work out,
conditions and what a reservation costs, is refused with the standard's word.
"""

from collections.abc import Callable
from decimal import Decimal

from ampkeeper.firmware.ocpp.dialect import Answer, Later, Payload, StationPort
from ampkeeper.firmware.ocpp.v201.answers import status
from ampkeeper.firmware.ocpp.wire import good_time, timestamp_s
from ampkeeper.firmware.tariff import (
    CHARGING,
    ENERGY,
    FIXED,
    IDLE,
    Bill,
    Bound,
    Cost,
    Price,
    Tariff,
    Tax,
)

FIELDS = {  # of TariffType: the part, and the name of its price
    "fixedFee": (FIXED, "priceFixed"),
    "energy": (ENERGY, "priceKwh"),
    "chargingTime": (CHARGING, "priceMinute"),
    "idleTime": (IDLE, "priceMinute"),
}
RESERVATION = ("reservationTime", "reservationFixed")
ELEMENTS_MAX = "TariffCostCtrlr.MaxElements[Tariff]"
SET_ANSWERS = {
    "accepted": ("Accepted", ""),
    "duplicate": ("DuplicateTariffId", ""),
    "full": ("Rejected", "TooManyElements"),
    "rejected": ("Rejected", ""),
}
CHANGE_ANSWERS = {
    "accepted": ("Accepted", ""),
    "no_transaction": ("TxNotFound", ""),
    "other_currency": ("NoCurrencyChange", ""),
    "rejected": ("Rejected", ""),
}
DIGITS = 6

Handler = Callable[[Payload], Answer | Later]


class Tariffs21:
    """The calls of block I that 2.1 added."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self.handlers: dict[str, Handler] = {
            "ChangeTransactionTariff": self._change,
            "ClearTariffs": self._clear,
            "GetTariffs": self._get,
            "SetDefaultTariff": self._set,
        }

    def _set(self, payload: Payload) -> Answer:
        evse_id = int(payload["evseId"])
        if not self._is_known(evse_id):
            return status("Rejected", "UnknownEvse")  # I07.FR.06
        refusal = self._why_not(payload["tariff"])
        if refusal is not None:
            return refusal
        tariff = read_tariff(payload["tariff"])
        return status(*SET_ANSWERS[self._station.tariffs.set_default(evse_id, tariff)])

    def _change(self, payload: Payload) -> Answer:
        refusal = self._why_not(payload["tariff"])
        if refusal is not None:
            return refusal
        tariff = read_tariff(payload["tariff"])
        word = self._station.tariffs.change(payload["transactionId"], tariff)
        return status(*CHANGE_ANSWERS[word])

    def _get(self, payload: Payload) -> Answer:
        evse_id = int(payload["evseId"])
        if not self._is_known(evse_id):
            return status("Rejected", "UnknownEvse")
        rows = [
            {"tariffId": each.tariff.id, "tariffKind": "DefaultTariff", "evseIds": [*each.evse_ids]}
            | _valid_from(each.tariff)
            for each in self._station.tariffs.assigned(evse_id)
        ]
        if not rows:
            return status("NoTariff")  # I09.FR.03
        return Answer({"status": "Accepted", "tariffAssignments": rows})

    def _clear(self, payload: Payload) -> Answer:
        """Those that match all that is given (I10.FR.01 to FR.06)."""
        evse_id = int(payload.get("evseId", 0))
        asked = tuple(payload.get("tariffIds", ()))
        gone: tuple[str, ...] | None = ()
        if self._is_known(evse_id):
            gone = self._station.tariffs.clear(asked, evse_id)
        if gone is None:
            rows = [{"status": "Rejected"}]
        else:
            rows = [{"tariffId": each, "status": "Accepted"} for each in gone]
        return Answer({"clearTariffsResult": rows or [{"status": "NoTariff"}]})

    def _is_known(self, evse_id: int) -> bool:
        return evse_id in (0, *self._station.evse_ids())

    def _why_not(self, asked: Payload) -> Answer | None:
        """The refusal of a tariff that cannot be worked out here (I07.FR.02, FR.03)."""
        parts = [asked[name] for name in FIELDS if name in asked]
        prices = [price for part in parts for price in part["prices"]]
        most = max((len(part["prices"]) for part in parts), default=0)
        if any(price.get("conditions") for price in prices):
            return status("ConditionNotSupported")
        if most > int(self._station.variable(ELEMENTS_MAX)):
            return status("TooManyElements")
        for name in RESERVATION:
            if name in asked:
                return status("Rejected", "UnsupportedParam", f"{name} is not worked out here")
        return None


def read_tariff(asked: Payload) -> Tariff:
    """The tariff that a schema-checked TariffType without conditions says."""
    prices = {
        part: Price(_decimal(asked[name]["prices"][0][price]), _taxes(asked[name]))
        for name, (part, price) in FIELDS.items()
        if name in asked
    }
    valid_from = asked.get("validFrom")
    return Tariff(
        id=asked["tariffId"],
        currency=asked["currency"],
        prices=prices,
        least=_bound(asked.get("minCost", {})),
        most=_bound(asked.get("maxCost", {})),
        valid_from_s=None if valid_from is None else int(good_time(valid_from).timestamp()),
    )


def cost_details(bill: Bill) -> Payload:
    """CostDetailsType (I12)."""
    parts = {name: _cost(cost) for name, cost in bill.parts.items()}
    return {
        "totalCost": {
            "currency": bill.currency,
            "typeOfCost": bill.kind,
            "total": _cost(bill.total),
            **parts,
        },
        "totalUsage": {
            "energy": round(bill.usage.energy_wh / 1000, 3),  # kWh
            "chargingTime": round(bill.usage.charging_s),
            "idleTime": round(bill.usage.idle_s),
        },
    }


def _cost(cost: Cost) -> Payload:
    return {"exclTax": _number(cost.without_tax), "inclTax": _number(cost.with_tax)}


def _number(amount: Decimal) -> float:
    return float(round(amount, DIGITS))


def _decimal(number: float) -> Decimal:
    return Decimal(str(number))


def _bound(asked: Payload) -> Bound:
    without, taxed = asked.get("exclTax"), asked.get("inclTax")
    return Bound(
        None if without is None else _decimal(without), None if taxed is None else _decimal(taxed)
    )


def _taxes(part: Payload) -> tuple[Tax, ...]:
    return tuple(
        Tax(each["type"], _decimal(each["tax"]), int(each.get("stack", 0)))
        for each in part.get("taxRates", ())
    )


def _valid_from(tariff: Tariff) -> Payload:
    at_s = tariff.valid_from_s
    return {} if at_s is None else {"validFrom": timestamp_s(at_s)}
