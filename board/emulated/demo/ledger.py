"""The central system's books: each transaction once, however often its messages arrive.

1.6 repeats are recognised by the message id, which a station keeps over every resend; 2.0.1 by
transaction id and seqNo (E13). Energies are Wh.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

ENERGY = "Energy.Active.Import.Register"


@dataclass(slots=True)
class Booked:
    """One transaction as the central system knows it."""

    number: int
    station_id: str
    key: str  # 1.6: the number; 2.0.1: the station's id
    id_token: str
    start_wh: int | None = None
    stop_wh: int | None = None
    reason: str | None = None
    seq_nos: list[int] = field(default_factory=list)
    samples_wh: list[int] = field(default_factory=list)
    starts: int = 0
    stops: int = 0
    was_offline: bool = False


class CsmsBooks:
    """All transactions, and how many messages were repeats."""

    def __init__(self, status_of: Callable[[str], str]) -> None:
        self._status_of = status_of
        self.transactions: dict[str, Booked] = {}
        self.repeats = 0
        self.closed = asyncio.Event()  # set while no transaction runs
        self._answered: dict[str, dict[str, Any]] = {}
        self._numbers = 0

    def answers(
        self, version: str, station_id: str, message_id: str, action: str, payload: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Book a transaction message and say what to answer; None: it is not one."""
        key = f"{station_id}/{message_id}"
        if key in self._answered:
            self.repeats += 1
            return self._answered[key]
        answer = self._book(version, station_id, action, payload)
        if answer is not None:
            self._answered[key] = answer
        if all(booked.stops for booked in self.transactions.values()):
            self.closed.set()
        else:
            self.closed.clear()
        return answer

    def _book(
        self, version: str, station_id: str, action: str, payload: dict[str, Any]
    ) -> dict[str, Any] | None:
        match action:
            case "StartTransaction":
                return self._start16(station_id, payload)
            case "StopTransaction":
                return self._stop16(payload)
            case "MeterValues" if version == "ocpp1.6":
                booked = self.transactions.get(str(payload.get("transactionId")))
                if booked is not None:
                    booked.samples_wh += energies(payload["meterValue"])
                return {}
            case "TransactionEvent":
                return self._event201(station_id, payload)
            case _:
                return None

    def _start16(self, station_id: str, payload: dict[str, Any]) -> dict[str, Any]:
        booked = self._open(station_id, None, payload["idTag"])
        booked.start_wh = payload["meterStart"]
        booked.starts += 1
        status = self._status_of(payload["idTag"])
        return {"transactionId": booked.number, "idTagInfo": {"status": status}}

    def _stop16(self, payload: dict[str, Any]) -> dict[str, Any]:
        booked = self.transactions.get(str(payload["transactionId"]))
        if booked is not None:
            booked.stops += 1
            booked.stop_wh = payload["meterStop"]
            booked.reason = payload.get("reason", "Local")
        if "idTag" not in payload:
            return {}
        return {"idTagInfo": {"status": self._status_of(payload["idTag"])}}

    def _event201(self, station_id: str, payload: dict[str, Any]) -> dict[str, Any]:
        info = payload["transactionInfo"]
        key, seq_no = info["transactionId"], payload["seqNo"]
        booked = self.transactions.get(key)
        if booked is None:
            token = payload.get("idToken", {}).get("idToken", "")
            booked = self._open(station_id, key, token)
        if seq_no in booked.seq_nos:
            self.repeats += 1
            return {}
        booked.seq_nos.append(seq_no)
        booked.was_offline = booked.was_offline or payload.get("offline", False)
        self._note201(booked, payload)
        if "idToken" not in payload:
            return {}
        return {"idTokenInfo": {"status": self._status_of(payload["idToken"]["idToken"])}}

    def _note201(self, booked: Booked, payload: dict[str, Any]) -> None:
        values = payload.get("meterValue", [])
        match payload["eventType"]:
            case "Started":
                booked.starts += 1
                booked.start_wh = next(iter(energies(values, "Transaction.Begin")), None)
            case "Ended":
                booked.stops += 1
                booked.stop_wh = next(iter(energies(values, "Transaction.End")), None)
                booked.reason = payload["transactionInfo"].get("stoppedReason", "Local")
            case _:
                booked.samples_wh += energies(values)

    def _open(self, station_id: str, key: str | None, token: str) -> Booked:
        self._numbers += 1
        name = key if key is not None else str(self._numbers)
        booked = Booked(self._numbers, station_id, name, token)
        self.transactions[name] = booked
        return booked


def energies(meter_values: list[dict[str, Any]], context: str | None = None) -> list[int]:
    """The total energy registers in Wh; of one reading context, or of all."""
    found = []
    for meter_value in meter_values:
        for sample in meter_value["sampledValue"]:
            is_energy = sample.get("measurand", ENERGY) == ENERGY and "phase" not in sample
            if is_energy and context in (None, sample.get("context", "Sample.Periodic")):
                found.append(_wh(sample))
    return found


def _wh(sample: dict[str, Any]) -> int:
    unit = sample.get("unit") or sample.get("unitOfMeasure", {}).get("unit", "Wh")
    return round(float(sample["value"]) * (1000 if unit == "kWh" else 1))
