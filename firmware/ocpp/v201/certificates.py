"""Certificates in the words of OCPP 2.0.1: use cases A02, A03 and M03 to M05.

Roots of ISO 15118 are kept, listed and deleted like the others. A certificate to show to cars is
asked for, taken and listed only where a board speaks ISO 15118.
"""

from collections.abc import Callable

from ampkeeper.firmware.ocpp.dialect import Answer, Later, Payload, StationPort
from ampkeeper.firmware.ocpp.orders import certificate_hash, hash_payload
from ampkeeper.firmware.ocpp.ports.security import CertificateHash
from ampkeeper.firmware.ocpp.v201.answers import status
from ampkeeper.firmware.ocpp.v201.cars import FOR_CARS

USAGES = {
    "CSMSRootCertificate": "CentralSystemRoot",
    "ManufacturerRootCertificate": "ManufacturerRoot",
    "MORootCertificate": "MORoot",
    "V2GRootCertificate": "V2GRoot",
}
OWN = "ChargingStationCertificate"
CHAIN = "V2GCertificateChain"
CHILDREN_MAX = 4  # childCertificateHashData
INSTALLED = {  # status, and its reason code
    "accepted": ("Accepted", ""),
    "rejected": ("Rejected", "InvalidCertificate"),
    "full": ("Rejected", "OutOfStorage"),
    "failed": ("Failed", "InternalError"),
}
LOCKED = "NotEnabled"
DELETED = {"accepted": "Accepted", "failed": "Failed", "not_found": "NotFound"}
CHAIN_CHARS_MAX = "SecurityCtrlr.MaxCertificateChainSize"

Handler = Callable[[Payload], Answer | Later]


class Certificates201:
    """The calls about certificates; ``triggers`` are those of TriggerMessage."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self.triggers: dict[str, Handler] = {
            "SignChargingStationCertificate": self._trigger,
            "SignV2GCertificate": self._trigger_for_cars,
        }
        self.handlers: dict[str, Handler] = {
            "CertificateSigned": self._take_signed,
            "DeleteCertificate": self._delete,
            "GetInstalledCertificateIds": self._list,
            "InstallCertificate": self._install,
        }

    def _take_signed(self, payload: Payload) -> Answer:
        chain = payload["certificateChain"]
        kind, secc = payload.get("certificateType", OWN), self._station.secc
        if kind != OWN and not (kind == FOR_CARS and secc.is_there):
            return status("Rejected", "UnsupportedParam", "no other certificate was asked for")
        if why := self._station.security.why_locked():
            return status("Rejected", LOCKED, why)
        if len(chain) > int(self._station.variable(CHAIN_CHARS_MAX)):
            return status("Rejected", "TooLargeElement")  # A02.FR.16
        if kind == FOR_CARS:
            is_taken = secc.take_signed(chain)
        else:  # A02.FR.06
            is_taken = self._station.security.take_signed(chain, allows_later=False)
        return status("Accepted") if is_taken else status("Rejected", "InvalidCertificate")

    def _install(self, payload: Payload) -> Answer:
        if why := self._station.security.why_locked():
            return status("Rejected", LOCKED, why)
        usage = USAGES[payload["certificateType"]]
        return status(*INSTALLED[self._station.security.install(usage, payload["certificate"])])

    def _delete(self, payload: Payload) -> Answer:
        if why := self._station.security.why_locked():
            return status("Failed", LOCKED, why)
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
        if CHAIN in payload.get("certificateType", (CHAIN,)):
            chains += [_chain_row(chain) for chain in self._station.secc.chains()]
        if not chains:
            return status("NotFound")  # M03.FR.02
        return Answer({"status": "Accepted", "certificateHashDataChain": chains})

    def _trigger_for_cars(self, payload: Payload) -> Answer:
        secc = self._station.secc
        if not secc.is_there:
            return status("NotImplemented")
        if not secc.can_ask_signature():
            return self._cannot_ask()
        return Answer({"status": "Accepted"}, then=secc.ask_signature)

    def _trigger(self, payload: Payload) -> Answer:
        """The answer first, then a new key and its request (A02.FR.02)."""
        security = self._station.security
        if not security.can_ask_signature():
            return self._cannot_ask()
        return Answer({"status": "Accepted"}, then=security.ask_signature)

    def _cannot_ask(self) -> Answer:
        if why := self._station.security.why_locked():
            return status("Rejected", LOCKED, why)
        return status("Rejected", "MissingDevModelInfo", "SecurityCtrlr.OrganizationName is empty")


def _chain_row(chain: tuple[CertificateHash, ...]) -> Payload:
    """M03.FR.05: the CAs are children of the certificate."""
    row: Payload = {"certificateType": CHAIN, "certificateHashData": hash_payload(chain[0])}
    if len(chain) > 1:
        row["childCertificateHashData"] = [hash_payload(each) for each in chain[1:]][:CHILDREN_MAX]
    return row
