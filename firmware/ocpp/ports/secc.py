"""SECC: what a dialect asks of the station's certificates for cars, and what is said for a car.

There is something of it only where a board speaks ISO 15118 and has given its name.
"""

from dataclasses import dataclass
from typing import Protocol

from ampkeeper.firmware.ocpp.ports.security import CertificateHash


@dataclass(frozen=True, slots=True)
class SignForCars:
    """Have a key signed by which the station shows itself to cars (A02.FR.13).

    ``root``: of the V2G root that is to sign, where one is installed (2.1 A02.FR.27).
    """

    csr: str
    root: CertificateHash | None = None


@dataclass(frozen=True, slots=True)
class AskStatus:
    """Ask a responder for the OCSP response that a car will want to see (M06)."""

    hashes: CertificateHash
    responder_url: str


@dataclass(frozen=True, slots=True)
class AskContract:
    """A car wants a contract certificate (M01, M02).

    ``action``: "Install" or "Update"; ``exi``: its request, in base64, at most 5,600 characters,
    with 2.1 11,000. ``chains_max`` and ``emaids`` are words of ISO 15118-20, which only 2.1 can
    say: with them 2.0.1 has no word for it.
    """

    schema: str
    action: str
    exi: str
    chains_max: int | None = None
    emaids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChainQuestion:
    """One certificate of a car, and the places to ask at: responders, or revocation lists."""

    hashes: CertificateHash
    urls: tuple[str, ...]
    is_ocsp: bool


@dataclass(frozen=True, slots=True)
class AskChain:
    """Ask whether certificates of a car are revoked: 1 to 4 (2.1 M07)."""

    questions: tuple[ChainQuestion, ...]


CarWord = SignForCars | AskStatus | AskContract | AskChain


class SeccPort(Protocol):
    """Part of ``StationPort``."""

    @property
    def is_there(self) -> bool:
        """True if a board speaks ISO 15118."""

    def can_ask_signature(self) -> bool:
        """True if a key could be made and signed: the operator's name is known."""

    def ask_signature(self) -> None:
        """Make a new key pair and ask the central system to have it signed."""

    def take_signed(self, pem: str) -> bool:
        """Take the certificate that was asked for; False: it is not valid, and is discarded."""

    def chains(self) -> tuple[tuple[CertificateHash, ...], ...]:
        """Each certificate for cars, and then the CAs below its root (M03.FR.05)."""
