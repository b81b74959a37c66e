"""Security: what a dialect asks of the station's certificates, keys and profile.

``usage`` is "CentralSystemRoot", "ManufacturerRoot", "V2GRoot" or "MORoot". What is promised is
written down before the answer leaves.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CertificateHash:
    """CertificateHashDataType: hex; ``algorithm`` "SHA256", "SHA384" or "SHA512"."""

    algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial: str


class SecurityPort(Protocol):
    """Part of ``StationPort``."""

    def why_locked(self) -> str:
        """Why certificates cannot be changed over this connection; empty: they can."""

    def installed(self, usage: str) -> tuple[CertificateHash, ...]:
        """The hash data of the roots that are installed for a use, by SHA-256."""

    def install(self, usage: str, pem: str) -> str:
        """Install a root: "accepted", "rejected" (not valid), "full" or "failed"."""

    def delete(self, wanted: CertificateHash) -> str:
        """Delete a root: "accepted", "failed" (it is in use, or not yours) or "not_found"."""

    def take_signed(self, pem: str, allows_later: bool = True) -> bool:
        """Take the certificate that was asked for; False: it is not valid, and is discarded.

        ``allows_later``: one that is valid only from a later day on is taken too.
        """

    def can_ask_signature(self) -> bool:
        """True if a key could be made and signed: the operator's name is known."""

    def ask_signature(self) -> None:
        """Make a new key pair and ask the central system to have it signed."""

    def check_signing(self, pem: str) -> str:
        """What is wrong with a firmware signing certificate: "", "InvalidCertificate" or
        "RevokedCertificate"."""
