"""Logs in the words of OCPP 1.6: section 5.9, and the security whitepaper's N01."""

from collections.abc import Callable

from ampkeeper.firmware.ocpp.dialect import Answer, Call, Later, Payload, StationPort
from ampkeeper.firmware.ocpp.orders import log_order
from ampkeeper.firmware.ocpp.ports.transfer import (
    DIAGNOSTICS,
    IDLE,
    SECURITY,
    TransferStatus,
)
from ampkeeper.firmware.ocpp.wire import triggered, words

KINDS = {"DiagnosticsLog": DIAGNOSTICS, "SecurityLog": SECURITY}
ANSWERS = {"accepted": "Accepted", "canceled": "AcceptedCanceled", "rejected": "Rejected"}
DIAGNOSTICS_STATUSES = words("Idle Uploaded Uploading")  # section 7.24; all else is UploadFailed
LOG_STATUSES = words(  # whitepaper 6.19; what 2.0.1 has besides is said by GetLog's answer
    "BadMessage Idle NotSupportedOperation PermissionDenied Uploaded UploadFailure Uploading"
)

Handler = Callable[[Payload], Answer | Later]


class Logs16:
    """The calls about logs; ``triggers`` of TriggerMessage, ``extended`` of the other one."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self.handlers: dict[str, Handler] = {
            "GetDiagnostics": self._get_diagnostics,
            "GetLog": self._get_log,
        }
        self.triggers: dict[str, Handler] = {"DiagnosticsStatusNotification": self._trigger}
        self.extended: dict[str, Handler] = {"LogStatusNotification": self._trigger_extended}

    def _get_diagnostics(self, payload: Payload) -> Answer:
        """Without a file name nothing will be sent (6.26)."""
        order = log_order(payload, payload["location"], DIAGNOSTICS, "startTime", "stopTime")
        if order is None:
            return Answer(error="PropertyConstraintViolation", description="a time that is none")
        word, name = self._station.transfers.order_log(order)
        return Answer({} if word == "rejected" else {"fileName": name})

    def _get_log(self, payload: Payload) -> Answer:
        asked = payload | payload["log"]
        kind = KINDS[payload["logType"]]
        order = log_order(asked, asked["remoteLocation"], kind)
        if order is None:
            return Answer({"status": "Rejected"})
        word, name = self._station.transfers.order_log(order)
        filename = {} if word == "rejected" else {"filename": name}
        return Answer({"status": ANSWERS[word]} | filename)

    def _trigger(self, payload: Payload) -> Answer:
        """Of GetDiagnostics: Idle unless such a one is being sent (4.4)."""
        status = self._station.transfers.log_status()
        return triggered(
            diagnostics_status(IDLE if status.request_id is not None else status.status)
        )

    def _trigger_extended(self, payload: Payload) -> Answer:
        """Of GetLog (N01.FR.12)."""
        status = self._station.transfers.log_status()
        word = status if status.request_id is not None else TransferStatus(status.area, IDLE)
        return triggered(_log_status(word))


def log_status(status: TransferStatus) -> Call | None:
    """The message for a status; None where 1.6 has no word for it."""
    if status.request_id is None:
        return diagnostics_status(status.status)
    return _log_status(status) if status.status in LOG_STATUSES else None


def diagnostics_status(word: str) -> Call:
    """DiagnosticsStatusNotification, which does not say why an upload failed."""
    status = word if word in DIAGNOSTICS_STATUSES else "UploadFailed"
    return Call("DiagnosticsStatusNotification", {"status": status})


def _log_status(status: TransferStatus) -> Call:
    payload: Payload = {"status": status.status}
    if status.request_id is not None:
        payload["requestId"] = status.request_id
    return Call("LogStatusNotification", payload)
