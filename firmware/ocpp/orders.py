"""Orders that OCPP 1.6 with its whitepaper and 2.0.1 word alike: hash data, updates, logs."""

from ampkeeper.firmware.ocpp.dialect import Payload
from ampkeeper.firmware.ocpp.ports.security import CertificateHash
from ampkeeper.firmware.ocpp.ports.transfer import LogOrder, UpdateOrder
from ampkeeper.firmware.ocpp.wire import read_time


def certificate_hash(asked: Payload) -> CertificateHash:
    """CertificateHashDataType."""
    return CertificateHash(
        asked["hashAlgorithm"],
        asked["issuerNameHash"],
        asked["issuerKeyHash"],
        asked["serialNumber"],
    )


def hash_payload(found: CertificateHash) -> Payload:
    """CertificateHashDataType."""
    return {
        "hashAlgorithm": found.algorithm,
        "issuerNameHash": found.issuer_name_hash,
        "issuerKeyHash": found.issuer_key_hash,
        "serialNumber": found.serial,
    }


def update_order(payload: Payload) -> UpdateOrder | None:
    """SignedUpdateFirmware of 1.6, UpdateFirmware of 2.0.1; None if a time is none."""
    asked = payload["firmware"]
    fetch_at = read_time(asked["retrieveDateTime"])
    install_at = read_time(asked.get("installDateTime"))
    if fetch_at is None or (install_at is None and "installDateTime" in asked):
        return None
    return UpdateOrder(
        location=asked["location"],
        retries=number(payload, "retries"),
        interval_s=number(payload, "retryInterval"),
        fetch_at=fetch_at,
        install_at=install_at,
        request_id=int(payload["requestId"]),
        certificate=asked.get("signingCertificate", ""),
        signature=asked.get("signature", ""),
    )


def log_order(
    payload: Payload,
    location: str,
    kind: str,
    oldest_name: str = "oldestTimestamp",
    latest_name: str = "latestTimestamp",
) -> LogOrder | None:
    """A log that is asked for; None if a time is none, or the first comes after the last."""
    oldest, latest = read_time(payload.get(oldest_name)), read_time(payload.get(latest_name))
    if (oldest is None and oldest_name in payload) or (latest is None and latest_name in payload):
        return None
    if oldest is not None and latest is not None and oldest > latest:
        return None
    return LogOrder(
        kind=kind,
        location=location,
        retries=number(payload, "retries"),
        interval_s=number(payload, "retryInterval"),
        oldest=oldest,
        latest=latest,
        request_id=number(payload, "requestId"),
    )


def number(payload: Payload, name: str) -> int | None:
    """A whole number that may be missing."""
    found = payload.get(name)
    return None if found is None else int(found)
