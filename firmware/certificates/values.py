"""Values: what certificates are for, what is kept of them, and how they are refused.

Free of ``cryptography``, which costs a station 9 MB: one without certificates never loads it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

SHA256 = "SHA256"


class CertificateRefused(ValueError):
    """A certificate that cannot be taken; the message names what is wrong and what is allowed."""


class StoreFull(CertificateRefused):
    """As many roots as fit are installed."""


class CertificateInUse(CertificateRefused):
    """A certificate that cannot be deleted."""


class Usage(StrEnum):
    """What a certificate is for, in words of no OCPP version."""

    CENTRAL_SYSTEM_ROOT = "CentralSystemRoot"
    MANUFACTURER_ROOT = "ManufacturerRoot"
    V2G_ROOT = "V2GRoot"  # of ISO 15118: kept and told, for whoever speaks it
    MO_ROOT = "MORoot"  # of mobility operators, whose contracts cars bring
    STATION = "Station"
    V2G_STATION = "V2GStation"  # of ISO 15118: what the station shows to cars


OWN = (Usage.STATION, Usage.V2G_STATION)
ROOTS = (Usage.CENTRAL_SYSTEM_ROOT, Usage.MANUFACTURER_ROOT, Usage.V2G_ROOT, Usage.MO_ROOT)


@dataclass(frozen=True, slots=True)
class Record:
    """A certificate as it is kept. ``pem`` of the station's own begins with its own, then CAs.

    ``fingerprint`` is the SHA-256 of the first certificate, in hex.
    """

    fingerprint: str
    usage: Usage
    pem: str
    private_key: str | None = None  # PEM, of the station's own only

    def __repr__(self) -> str:
        return f"Record({self.usage}, {self.fingerprint})"


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be kept from now on, and what not any more (fingerprints)."""

    keep: tuple[Record, ...] = ()
    drop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HashData:
    """CertificateHashDataType: how OCPP names an installed certificate."""

    algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial: str

    def folded(self) -> "HashData":
        """As it is compared: no case, no leading zeroes in the serial number."""
        return HashData(
            self.algorithm,
            self.issuer_name_hash.casefold(),
            self.issuer_key_hash.casefold(),
            self.serial.casefold().lstrip("0") or "0",
        )


@dataclass(frozen=True, slots=True)
class Question:
    """Whose status is asked, and where: OCSP responders, or the places of revocation lists."""

    hashes: HashData
    urls: tuple[str, ...]
    is_ocsp: bool = True


@dataclass(frozen=True, slots=True)
class Response:
    """An OCSP response that was read. ``next_update`` None: its responder does not say."""

    der: bytes
    is_good: bool
    next_update: datetime | None


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """A new key and what asks to sign it, both PEM."""

    private_key: str
    csr: str

    def __repr__(self) -> str:
        return "KeyRequest(...)"
