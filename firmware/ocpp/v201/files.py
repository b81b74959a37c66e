"""Files that come and go in the words of OCPP 2.0.1: updates (L01, L02) and logs (N01).

A station that is no local controller publishes no firmware (L03, L04): not supported.
"""

from collections.abc import Callable

from ampkeeper.firmware.ocpp.dialect import Answer, Later, Payload, StationPort
from ampkeeper.firmware.ocpp.orders import log_order, update_order
from ampkeeper.firmware.ocpp.ports.transfer import DIAGNOSTICS, SECURITY
from ampkeeper.firmware.ocpp.v201.answers import status
from ampkeeper.firmware.ocpp.v201.transfers import transfer_status
from ampkeeper.firmware.ocpp.wire import triggered

KINDS = {"DiagnosticsLog": DIAGNOSTICS, "SecurityLog": SECURITY}
ANSWERS = {
    "accepted": "Accepted",
    "canceled": "AcceptedCanceled",
    "rejected": "Rejected",
    "invalid_certificate": "InvalidCertificate",
    "revoked_certificate": "RevokedCertificate",
}

Handler = Callable[[Payload], Answer | Later]


class Files201:
    """UpdateFirmware and GetLog; ``triggers`` are those of TriggerMessage."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self.handlers: dict[str, Handler] = {
            "GetLog": self._get_log,
            "UpdateFirmware": self._update,
        }
        self.triggers: dict[str, Handler] = {
            "FirmwareStatusNotification": self._trigger_update,
            "LogStatusNotification": self._trigger_log,
        }

    def _update(self, payload: Payload) -> Answer:
        """One without a signature is taken where that is allowed (L02)."""
        order, transfers = update_order(payload), self._station.transfers
        assert order is not None, "the schema looked at its times"
        is_signed = bool(order.certificate and order.signature)
        is_plain = not order.certificate and not order.signature
        if not is_signed and not (is_plain and transfers.takes_unsigned()):
            return status("InvalidCertificate", "MissingParam")  # L01.FR.11, FR.22
        return status(ANSWERS[transfers.order_update(order)])

    def _get_log(self, payload: Payload) -> Answer:
        asked = payload | payload["log"]
        order = log_order(asked, asked["remoteLocation"], KINDS[payload["logType"]])
        if order is None:
            return status("Rejected", "InvalidValue", "oldestTimestamp after latestTimestamp")
        word, name = self._station.transfers.order_log(order)
        filename = {} if word == "rejected" else {"filename": name}
        return Answer({"status": ANSWERS[word]} | filename)

    def _trigger_update(self, payload: Payload) -> Answer:
        """The status told last, Idle after Installed (F06.FR.16, L01.FR.25, FR.26)."""
        return triggered(transfer_status(self._station.transfers.update_status()))

    def _trigger_log(self, payload: Payload) -> Answer:
        """Uploading, or Idle (F06.FR.14, FR.15)."""
        return triggered(transfer_status(self._station.transfers.log_status()))
