"""Security events and requests to sign in the words of OCPP 2.0.1 (A02 to A04, appendix 1)."""

from ampkeeper.firmware.ocpp.dialect import Call, Payload
from ampkeeper.firmware.ocpp.wire import timestamp
from ampkeeper.firmware.security_events import (
    TECH_INFO_CHARS_MAX,
    SecurityEvent,
    SecurityEventKind,
)

NAMES = {
    SecurityEventKind.NOT_AUTHENTICATED: "FailedToAuthenticateAtCsms",
    SecurityEventKind.CENTRAL_SYSTEM_NOT_AUTHENTICATED: "CsmsFailedToAuthenticate",
    SecurityEventKind.INVALID_CENTRAL_SYSTEM_CERTIFICATE: "InvalidCsmsCertificate",
    SecurityEventKind.INVALID_STATION_CERTIFICATE: "InvalidChargingStationCertificate",
}


def security_event(event: SecurityEvent) -> Call:
    """SecurityEventNotification."""
    name = NAMES.get(event.kind, event.kind.value)
    payload: Payload = {"type": name, "timestamp": timestamp(event.at)}
    if event.tech_info:
        payload["techInfo"] = event.tech_info[:TECH_INFO_CHARS_MAX]
    return Call("SecurityEventNotification", payload)


def sign_certificate(csr: str) -> Call:
    """SignCertificate."""
    return Call("SignCertificate", {"csr": csr, "certificateType": "ChargingStationCertificate"})
