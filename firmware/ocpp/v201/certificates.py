"""Certificates in the words of OCPP 2.0.1: use cases A02, A03 and M03 to M05.

Roots of ISO 15118 are kept, listed and deleted like the others; the station has no certificate
of its own for it, so none of that type is asked for, and none is taken.
"""

from collections.abc import Callable

from ampkeeper.firmware.ocpp.dialect import Answer, Later, Payload, StationPort
from ampkeeper.firmware.ocpp.orders import certificate_hash, hash_payload
from ampkeeper.firmware.ocpp.v201.answers import status

USAGES = {
    "CSMSRootCertificate": "CentralSystemRoot",
    "ManufacturerRootCertificate": "ManufacturerRoot",
    "MORootCertificate": "MORoot",
    "V2GRootCertificate": "V2GRoot",
}
OWN = "ChargingStationCertificate"
INSTALLED = {"accepted": "Accepted", "rejected": "Rejected", "failed": "Failed"}
DELETED = {"accepted": "Accepted", "failed": "Failed", "not_found": "NotFound"}
CHAIN_CHARS_MAX = "SecurityCtrlr.MaxCertificateChainSize"

Handler = Callable[[Payload], Answer | Later]


class Certificates201:
    """The calls about certificates; ``triggers`` are those of TriggerMessage."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self.triggers: dict[str, Handler] = {"SignChargingStationCertificate": self._trigger}
        self.handlers: dict[str, Handler] = {
            "CertificateSigned": self._take_signed,
            "DeleteCertificate": self._delete,
            "GetInstalledCertificateIds": self._list,
            "InstallCertificate": self._install,
        }

    def _take_signed(self, payload: Payload) -> Answer:
        chain = payload["certificateChain"]
        if payload.get("certificateType", OWN) != OWN:
            return status("Rejected", "UnsupportedParam", "no other certificate was asked for")
        if len(chain) > int(self._station.variable(CHAIN_CHARS_MAX)):
            return status("Rejected", "TooLargeElement")  # A02.FR.16
        is_taken = self._station.security.take_signed(chain, allows_later=False)  # A02.FR.06
        return status("Accepted") if is_taken else status("Rejected", "InvalidCertificate")

    def _install(self, payload: Payload) -> Answer:
        usage = USAGES[payload["certificateType"]]
        word = self._station.security.install(usage, payload["certificate"])
        return status(INSTALLED[word], "InvalidCertificate" if word == "rejected" else "")

    def _delete(self, payload: Payload) -> Answer:
        wanted = certificate_hash(payload["certificateHashData"])
        return status(DELETED[self._station.security.delete(wanted)])

    def _list(self, payload: Payload) -> Answer:
        """Without a type, those of all types (M03)."""
        chains = [
            {"certificateType": name, "certificateHashData": hash_payload(found)}
            for name in payload.get("certificateType", USAGES)
            if name in USAGES
            for found in self._station.security.installed(USAGES[name])
        ]
        if not chains:
            return status("NotFound")  # M03.FR.02
        return Answer({"status": "Accepted", "certificateHashDataChain": chains})

    def _trigger(self, payload: Payload) -> Answer:
        """The answer first, then a new key and its request (A02.FR.02)."""
        security = self._station.security
        if not security.can_ask_signature():
            return status("Rejected", "NotEnabled")
        return Answer({"status": "Accepted"}, then=security.ask_signature)
