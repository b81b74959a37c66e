"""Certificates and security events in the words of OCPP 1.6's security whitepaper (ed. 3)."""

from collections.abc import Callable

from ampkeeper.firmware.ocpp.dialect import Answer, Call, Later, Payload, StationPort
from ampkeeper.firmware.ocpp.orders import certificate_hash, hash_payload
from ampkeeper.firmware.ocpp.wire import timestamp
from ampkeeper.firmware.security_events import TECH_INFO_CHARS_MAX, SecurityEvent

USAGES = {
    "CentralSystemRootCertificate": "CentralSystemRoot",
    "ManufacturerRootCertificate": "ManufacturerRoot",
}
INSTALLED = {"accepted": "Accepted", "rejected": "Rejected", "full": "Rejected", "failed": "Failed"}
DELETED = {"accepted": "Accepted", "failed": "Failed", "not_found": "NotFound"}
SIGN = "SignChargePointCertificate"

Handler = Callable[[Payload], Answer | Later]


class Security16:
    """The calls of the whitepaper that are about certificates, and ExtendedTriggerMessage.

    ``trigger`` answers TriggerMessage; ``triggers`` are messages that only the extended one asks
    for, or that it means otherwise.
    """

    def __init__(self, station: StationPort, trigger: Handler) -> None:
        self._station = station
        self._trigger = trigger
        self.triggers: dict[str, Handler] = {SIGN: self._trigger_signing}
        self.handlers: dict[str, Handler] = {
            "CertificateSigned": self._take_signed,
            "DeleteCertificate": self._delete,
            "ExtendedTriggerMessage": self._trigger_extended,
            "GetInstalledCertificateIds": self._list,
            "InstallCertificate": self._install,
        }

    def _take_signed(self, payload: Payload) -> Answer:
        is_taken = self._station.security.take_signed(payload["certificateChain"])
        return _status("Accepted" if is_taken else "Rejected")

    def _install(self, payload: Payload) -> Answer:
        usage = USAGES[payload["certificateType"]]
        return _status(INSTALLED[self._station.security.install(usage, payload["certificate"])])

    def _delete(self, payload: Payload) -> Answer:
        wanted = certificate_hash(payload["certificateHashData"])
        return _status(DELETED[self._station.security.delete(wanted)])

    def _list(self, payload: Payload) -> Answer:
        found = self._station.security.installed(USAGES[payload["certificateType"]])
        if not found:
            return _status("NotFound")  # M03.FR.02
        rows = [hash_payload(one) for one in found]
        return Answer({"status": "Accepted", "certificateHashData": rows})

    def _trigger_extended(self, payload: Payload) -> Answer | Later:
        """As TriggerMessage, but connector 0 is no connector (5.5)."""
        if int(payload.get("connectorId", 1)) < 1:
            return _status("Rejected")
        return self.triggers.get(payload["requestedMessage"], self._trigger)(payload)

    def _trigger_signing(self, payload: Payload) -> Answer:
        """The answer first, then a new key and its request (A02.FR.02)."""
        security = self._station.security
        if not security.can_ask_signature():
            return _status("Rejected")
        return Answer({"status": "Accepted"}, then=security.ask_signature)


def security_event(event: SecurityEvent) -> Call:
    """SecurityEventNotification."""
    payload: Payload = {"type": event.kind.value, "timestamp": timestamp(event.at)}
    if event.tech_info:
        payload["techInfo"] = event.tech_info[:TECH_INFO_CHARS_MAX]
    return Call("SecurityEventNotification", payload)


def sign_certificate(csr: str) -> Call:
    """SignCertificate."""
    return Call("SignCertificate", {"csr": csr})


def _status(status: str) -> Answer:
    return Answer({"status": status})
