"""Seal: the most that the installer lets flow, as a statement that his key has signed.

Whoever has not the key can neither make one nor use an old one again: a statement names the
station it is for, and a number that only rises. Ed25519 (RFC 8032), by ``cryptography``.
"""

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from ampkeeper.firmware.limits.ledger import CURRENT_A_MAX, CURRENT_A_MIN

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

DOMAIN = "ampkeeper-seal-1"  # so that a signature is good for nothing else
EVSES_MAX = 8
EACH = 0  # the "EVSE" that means each of them
COUNTER_MAX = 2**31 - 1
SIGNATURE_BYTES = 64
TEXT_CHARS_MAX = 4_096
KINDS = {"serial": str, "evse_id": int, "max_a": int | float, "counter": int, "signature": str}


class SealRefused(ValueError):
    """A seal or a key that is none; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Seal:
    """``evse_id`` takes at most ``max_a`` per phase; ``signature`` in hexadecimal digits."""

    serial: str
    evse_id: int
    max_a: float
    counter: int
    signature: str = ""

    def statement(self) -> bytes:
        """What is signed: one line for each field."""
        max_ma = round(self.max_a * 1_000)
        rows = (DOMAIN, self.serial, str(self.evse_id), f"{max_ma} mA", str(self.counter))
        return "\n".join(rows).encode()

    def problem(self) -> str:
        """What no seal may be; empty: nothing."""
        if not 0 <= self.evse_id <= EVSES_MAX:
            return f"EVSE {self.evse_id}: 0 (each) to {EVSES_MAX}"
        if not CURRENT_A_MIN <= self.max_a <= CURRENT_A_MAX:
            return f"{self.max_a} A: {CURRENT_A_MIN:g} to {CURRENT_A_MAX:g} A per phase"
        if not 1 <= self.counter <= COUNTER_MAX:
            return f"number {self.counter}: 1 to {COUNTER_MAX}"
        if "\n" in self.serial:
            return "a serial number is one line"
        return ""

    def to_text(self) -> str:
        """As the store keeps it."""
        return json.dumps(asdict(self))


def seal_of(text: str) -> Seal:
    """What ``to_text`` wrote, or somebody sent; SealRefused for anything else."""
    if len(text) > TEXT_CHARS_MAX:
        raise SealRefused(f"not a seal: {len(text)} characters")
    try:
        values = json.loads(text)
        seal = Seal(**values)
    except (TypeError, ValueError, RecursionError) as error:
        raise SealRefused(f"not a seal: {text[:80]!r}") from error
    for name, kind in KINDS.items():
        value = getattr(seal, name)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise SealRefused(f"not a seal: {name} is {value!r}"[:200])
    if problem := seal.problem():
        raise SealRefused(f"not a seal: {problem}")
    return seal


def public_key_of(pem: bytes) -> "Ed25519PublicKey":
    """The installer's key; SealRefused if it is none."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # few stations have a seal
        Ed25519PublicKey,
    )
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem)
    except ValueError as error:
        raise SealRefused("the installer's key is no public key in PEM") from error
    if not isinstance(key, Ed25519PublicKey):
        raise SealRefused("the installer's key is none of Ed25519")
    return key


def check(seal: Seal, key: "Ed25519PublicKey", serial: str, above: int) -> None:
    """Raise SealRefused unless it is the key's, for this station, and newer than ``above``."""
    from cryptography.exceptions import InvalidSignature

    if seal.serial != serial:
        raise SealRefused(f"the seal is for {seal.serial!r}, this station is {serial!r}")
    try:
        key.verify(bytes.fromhex(seal.signature), seal.statement())
    except (InvalidSignature, ValueError) as error:
        raise SealRefused("the seal was not made with the installer's key") from error
    if seal.counter <= above:
        raise SealRefused(f"the seal has number {seal.counter}, it must be above {above}")
