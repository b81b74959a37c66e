"""A station's security for dialects to talk to: answers as it is told, and remembers."""

from ampkeeper.firmware.ocpp.ports.security import CertificateHash

HASH = CertificateHash("SHA256", "ab" * 32, "cd" * 32, "fff")


class FakeSecurity:
    """``SecurityPort``."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.found: tuple[CertificateHash, ...] = ()
        self.installs = "accepted"
        self.deletes = "accepted"
        self.takes = True
        self.knows_operator = True
        self.signing_problem = ""
        self.locked = ""

    def why_locked(self) -> str:
        return self.locked

    def installed(self, usage: str) -> tuple[CertificateHash, ...]:
        self.asked.append(("installed", usage))
        return self.found

    def install(self, usage: str, pem: str) -> str:
        self.asked.append(("install", usage, pem))
        return self.installs

    def delete(self, wanted: CertificateHash) -> str:
        self.asked.append(("delete", wanted))
        return self.deletes

    def take_signed(self, pem: str, allows_later: bool = True) -> bool:
        self.asked.append(("signed", pem))
        return self.takes

    def can_ask_signature(self) -> bool:
        return self.knows_operator

    def ask_signature(self) -> None:
        self.asked.append(("ask",))

    def check_signing(self, pem: str) -> str:
        return self.signing_problem


class FakeSecc:
    """``SeccPort``: nobody speaks ISO 15118, unless a test says so."""

    def __init__(self) -> None:
        self.is_there = False
        self.knows_operator = True
        self.takes = True
        self.found: tuple[tuple[CertificateHash, ...], ...] = ()
        self.asked: list[tuple[object, ...]] = []

    def can_ask_signature(self) -> bool:
        return self.knows_operator

    def ask_signature(self) -> None:
        self.asked.append(("ask",))

    def take_signed(self, pem: str) -> bool:
        self.asked.append(("signed", pem))
        return self.takes

    def chains(self) -> tuple[tuple[CertificateHash, ...], ...]:
        return self.found
