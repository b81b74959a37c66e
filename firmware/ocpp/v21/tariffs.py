"""Tariffs in the words of OCPP 2.1: I07 to I11.

Whatever the standard's TariffType says is worked out, within the limits that the settings tell.
"""

from collections.abc import Callable

from ampkeeper.firmware.ocpp.declared import tariffs as keys
from ampkeeper.firmware.ocpp.declared.prices import LANGUAGE
from ampkeeper.firmware.ocpp.dialect import Answer, Later, Payload, StationPort
from ampkeeper.firmware.ocpp.ports.tariffs import Assigned
from ampkeeper.firmware.ocpp.v21.tariff_reading import BadTariffError, read_tariff
from ampkeeper.firmware.ocpp.v201.answers import status
from ampkeeper.firmware.ocpp.wire import timestamp_s
from ampkeeper.firmware.tariff import Tariff

SET_ANSWERS = {
    "accepted": ("Accepted", ""),
    "duplicate": ("DuplicateTariffId", ""),
    "full": ("Rejected", "OutOfStorage"),
    "rejected": ("Rejected", ""),
}
CHANGE_ANSWERS = {
    "accepted": ("Accepted", ""),
    "no_transaction": ("TxNotFound", ""),
    "other_currency": ("NoCurrencyChange", ""),
    "rejected": ("Rejected", ""),
}

Handler = Callable[[Payload], Answer | Later]


class Tariffs21:
    """The calls of block I that 2.1 added."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        handlers: dict[str, Handler] = {
            "ChangeTransactionTariff": self._change,
            "ClearTariffs": self._clear,
            "GetTariffs": self._get,
            "SetDefaultTariff": self._set,
        }
        self.handlers: dict[str, Handler] = {
            name: self._where_enabled(handler) for name, handler in handlers.items()
        }

    def read(self, asked: Payload) -> Tariff:
        """A tariff within the limits of this station; raise BadTariffError."""
        variable = self._station.variable
        return read_tariff(asked, int(variable(keys.ELEMENTS_MAX)), str(variable(LANGUAGE)))

    def _where_enabled(self, handler: Handler) -> Handler:
        """Nothing is known of tariffs where they are switched off (I07.FR.01, I11.FR.01)."""

        def handle(payload: Payload) -> Answer | Later:
            if not self._station.variable(keys.TARIFF):
                return Answer(error="NotSupported", description=f"{keys.TARIFF} is false")
            return handler(payload)

        return handle

    def _set(self, payload: Payload) -> Answer:
        evse_id = int(payload["evseId"])
        if not self._is_known(evse_id):
            return status("Rejected", "UnknownEvse")  # I07.FR.06
        try:
            tariff = self.read(payload["tariff"])
        except BadTariffError as error:
            return _refusal(error)
        return status(*SET_ANSWERS[self._station.tariffs.set_default(evse_id, tariff)])

    def _change(self, payload: Payload) -> Answer:
        if not self._station.variable(keys.COST):  # I11.FR.01: nothing is worked out here
            return Answer(error="NotSupported", description=f"{keys.COST} is false")
        try:
            tariff = self.read(payload["tariff"])
        except BadTariffError as error:
            return _refusal(error)
        word = self._station.tariffs.change(payload["transactionId"], tariff)
        return status(*CHANGE_ANSWERS[word])

    def _get(self, payload: Payload) -> Answer:
        evse_id = int(payload["evseId"])
        if not self._is_known(evse_id):
            return status("Rejected", "UnknownEvse")
        rows = [_assignment(one) for one in self._station.tariffs.assigned(evse_id)]
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


def _refusal(error: BadTariffError) -> Answer:
    return status(error.status, error.reason, str(error) if error.reason else "")


def _assignment(found: Assigned) -> Payload:
    """TariffAssignmentType (I09.FR.04 to FR.07)."""
    kind = "DriverTariff" if found.is_driver else "DefaultTariff"
    row: Payload = {"tariffId": found.tariff.id, "tariffKind": kind}
    if found.evse_ids:
        row["evseIds"] = [*found.evse_ids]
    if found.tokens:
        row["idTokens"] = [*found.tokens]
    at_s = found.tariff.valid_from_s
    return row if at_s is None else row | {"validFrom": timestamp_s(at_s)}
