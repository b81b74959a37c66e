"""Updates in the words of OCPP 1.6: section 5.19, and the security whitepaper's L01.

UpdateFirmware's answer has no status, so what is wrong with its address is told as DownloadFailed.
Where the whitepaper is in force the station refuses it (L01.FR.20).
"""

from collections.abc import Callable

from ampkeeper.firmware.ocpp.dialect import Answer, Call, Follow, Later, Payload, StationPort
from ampkeeper.firmware.ocpp.orders import number, update_order
from ampkeeper.firmware.ocpp.ports.transfer import IDLE, TransferStatus, UpdateOrder
from ampkeeper.firmware.ocpp.wire import read_time, triggered, words

UNSIGNED_STATUSES = words(  # section 7.25; the others came with the whitepaper
    "Downloaded DownloadFailed Downloading Idle InstallationFailed Installing Installed"
)
UNSIGNED_WORDS = {  # of failures that section 7.25 does not tell apart
    "InvalidSignature": "InstallationFailed",
    "InstallVerificationFailed": "InstallationFailed",
}
ANSWERS = {
    "accepted": "Accepted",
    "canceled": "AcceptedCanceled",
    "rejected": "Rejected",
    "invalid_certificate": "InvalidCertificate",
    "revoked_certificate": "RevokedCertificate",
}
TRIGGER = "FirmwareStatusNotification"

Handler = Callable[[Payload], Answer | Later]


class Firmware16:
    """The calls about updates; ``triggers`` of TriggerMessage, ``extended`` of the other one."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self.handlers: dict[str, Handler] = {
            "UpdateFirmware": self._update,
            "SignedUpdateFirmware": self._update_signed,
        }
        self.triggers: dict[str, Handler] = {TRIGGER: self._trigger}
        self.extended: dict[str, Handler] = {TRIGGER: self._trigger_extended}

    def _update(self, payload: Payload) -> Answer:
        if not self._station.transfers.takes_unsigned():
            return Answer(error="NotSupported", description="send SignedUpdateFirmware")
        fetch_at = read_time(payload["retrieveDate"])
        if fetch_at is None:
            return Answer(error="PropertyConstraintViolation", description="retrieveDate: no time")
        order = UpdateOrder(
            location=payload["location"],
            retries=number(payload, "retries"),
            interval_s=number(payload, "retryInterval"),
            fetch_at=fetch_at,
        )
        was_updating = self._station.transfers.is_updating()
        if self._station.transfers.order_update(order) != "rejected" or was_updating:
            return Answer()
        failed = unsigned_status("DownloadFailed")
        return Answer(follow=(Follow("report", calls=(failed,)),))

    def _update_signed(self, payload: Payload) -> Answer:
        order = update_order(payload)
        if order is None:
            return _status("Rejected")
        return _status(ANSWERS[self._station.transfers.order_update(order)])

    def _trigger(self, payload: Payload) -> Answer:
        """Of the message without a signature: Idle whenever no such update runs (5.19, 7.25)."""
        transfers = self._station.transfers
        status = transfers.update_status()
        is_its_own = transfers.is_updating() and status.request_id is None
        word = status.status if is_its_own and status.status in UNSIGNED_STATUSES else IDLE
        return triggered(unsigned_status(word))

    def _trigger_extended(self, payload: Payload) -> Answer:
        """Of the signed one (L01.FR.28, FR.29)."""
        status = self._station.transfers.update_status()
        return triggered(signed_status(status))


def update_status(status: TransferStatus) -> Call | None:
    """The message for a status; None where 1.6 has no word for it."""
    if status.request_id is not None:
        return signed_status(status)
    word = UNSIGNED_WORDS.get(status.status, status.status)
    return unsigned_status(word) if word in UNSIGNED_STATUSES else None


def signed_status(status: TransferStatus) -> Call:
    """SignedFirmwareStatusNotification; no request belongs to Idle (L01.FR.21)."""
    payload: Payload = {"status": status.status}
    if status.request_id is not None and status.status != IDLE:
        payload["requestId"] = status.request_id
    return Call("SignedFirmwareStatusNotification", payload)


def unsigned_status(word: str) -> Call:
    """FirmwareStatusNotification."""
    return Call("FirmwareStatusNotification", {"status": word})


def _status(status: str) -> Answer:
    return Answer({"status": status})
