"""Trust: whose images are believed, and how that changes: root rotation and revocation.

A statement names the roots and the revoked certificates anew. It is signed by a root that was
believed before, and by each new one, so that neither a stolen release key nor a mistake can
take a station over or lock it out. An image carries it; it is kept when that image is good.
After The Update Framework, section 5.3 (root rotation, fast-forward recovery). Pure.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding

from ampkeeper.firmware.update.keys import fingerprint, sign, why_not_by
from ampkeeper.firmware.update.manifest import (
    COUNTER_MAX,
    DIGEST,
    TRUST_CHARS_MAX,
    canonical,
    read_object,
    refused,
)
from ampkeeper.firmware.update.refused import Ground, ImageRefused

ROOTS_MAX = 4
REVOKED_MAX = 256
SERIAL_MAX = 2**31 - 1
PEM_CHARS_MAX = 5_500
PREFIX = b"ampkeeper trust 1\n"
BODY_KEYS = {"counter_floor", "revoked", "roots", "serial"}


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom a station believes. ``serial`` 0: what it was made with, and only rises.

    ``roots`` are PEM; ``revoked`` fingerprints of certificates, roots or below. ``counter_floor``
    None, or the security counter from which a statement lets it begin again.
    """

    roots: tuple[str, ...]
    revoked: frozenset[str] = frozenset()
    serial: int = 0
    counter_floor: int | None = None

    def certificates(self) -> tuple[x509.Certificate, ...]:
        """The roots that are not revoked."""
        found = tuple(x509.load_pem_x509_certificate(pem.encode("ascii")) for pem in self.roots)
        return tuple(one for one in found if fingerprint(one) not in self.revoked)

    def after(self, statement: str) -> "Trust":
        """Whom it believes with ``statement``; itself where that is not newer, or empty.

        Raises ImageRefused for one that is malformed, or not signed by those who must.
        """
        if not statement:
            return self
        body, signatures = _read(statement)
        new = _trust_of(body)
        if new.serial <= self.serial:
            return self
        digest = _digest(body)
        before = {fingerprint(one): one for one in self.certificates()}
        own = {fingerprint(one): one for one in new.certificates()}
        signed = {
            name
            for name, raw in signatures.items()
            if name in before | own
            and not why_not_by((before | own)[name].public_key(), raw, digest)
        }
        if not signed & before.keys():
            raise _no_signer("trust: no root that is believed has signed the change")
        unsigned = own.keys() - before.keys() - signed
        if unsigned:
            raise _no_signer(f"trust: new root {min(unsigned)[:16]} has not signed the change")
        return new

    def to_text(self) -> str:
        """As it is kept on the station."""
        return canonical(_body(self)).decode("ascii")


def trust_of(text: str) -> Trust:
    """What ``to_text`` wrote; raises ImageRefused for anything else."""
    if len(text) > TRUST_CHARS_MAX:
        raise refused(f"trust of {len(text)} characters; at most {TRUST_CHARS_MAX}")
    return _trust_of(read_object(text.encode("ascii", "replace"), "trust", BODY_KEYS))


def statement_of(trust: Trust, signers: Sequence[tuple[str, PrivateKeyTypes]]) -> str:
    """The statement for ``trust``, signed by each (root as PEM, its key)."""
    body = _body(trust)
    digest = _digest(body)
    signatures = {}
    for pem, key in signers:
        name = fingerprint(x509.load_pem_x509_certificate(pem.encode("ascii")))
        signatures[name] = base64.b64encode(sign(key, digest)).decode("ascii")
    return canonical({"body": body, "signatures": signatures}).decode("ascii")


def stated(statement: str) -> Trust:
    """What a statement says, whoever signed it; raises ImageRefused for a malformed one."""
    return _trust_of(_read(statement)[0])


def one_pem(text: object, what: str) -> x509.Certificate:
    """The one certificate that ``text`` is, written in its one form; raises ImageRefused."""
    if not isinstance(text, str) or len(text) > PEM_CHARS_MAX:
        raise refused(f"{what}: a certificate of at most {PEM_CHARS_MAX} characters is due")
    try:
        found = x509.load_pem_x509_certificate(text.encode("ascii", "replace"))
        written = found.public_bytes(Encoding.PEM).decode("ascii")
        _ = (found.subject, found.issuer, found.extensions, found.public_key())
    except Exception as error:  # cryptography raises many kinds for what it cannot read
        raise refused(f"{what}: no certificate ({type(error).__name__})") from error
    if written != text:
        raise refused(f"{what}: a certificate that is not written as PEM is by default")
    return found


def raw_of(text: object, what: str) -> bytes:
    """What base64 text stands for, written in its one form; raises ImageRefused."""
    try:
        raw = base64.b64decode(str(text), validate=True)
    except (ValueError, binascii.Error) as error:
        raise refused(f"{what}: no base64") from error
    if base64.b64encode(raw).decode("ascii") != text:
        raise refused(f"{what}: base64 that is not written in its one form")
    return raw


def _read(statement: str) -> tuple[dict[str, Any], Mapping[str, bytes]]:
    raw = statement.encode("ascii", "replace")
    told = read_object(raw, "trust", {"body", "signatures"})
    body, signatures = told["body"], told["signatures"]
    if not isinstance(body, dict) or set(body) != BODY_KEYS:
        raise refused(f"trust: body has {', '.join(sorted(BODY_KEYS))}")
    if not isinstance(signatures, dict) or len(signatures) > 2 * ROOTS_MAX:
        raise refused(f"trust: at most {2 * ROOTS_MAX} signatures")
    return body, {name: raw_of(text, "trust") for name, text in signatures.items()}


def _trust_of(body: dict[str, Any]) -> Trust:
    roots, revoked = body["roots"], body["revoked"]
    if not isinstance(roots, list) or not 1 <= len(roots) <= ROOTS_MAX:
        raise refused(f"trust: 1 to {ROOTS_MAX} roots are due")
    for pem in roots:
        one_pem(pem, "trust")
    if not isinstance(revoked, list) or len(revoked) > REVOKED_MAX:
        raise refused(f"trust: at most {REVOKED_MAX} revoked certificates")
    if any(not isinstance(one, str) or DIGEST.fullmatch(one) is None for one in revoked):
        raise refused("trust: revoked certificates are named by SHA-256 in lower-case hex")
    if revoked != sorted(set(revoked)):
        raise refused("trust: revoked certificates are sorted, and none twice")
    floor = body["counter_floor"]
    if floor is not None:
        floor = _whole(floor, "counter_floor", 1, COUNTER_MAX)
    serial = _whole(body["serial"], "serial", 0, SERIAL_MAX)
    trust = Trust(tuple(roots), frozenset(revoked), serial, floor)
    if not trust.certificates():
        raise refused("trust: all its roots are revoked")
    return trust


def _whole(value: object, what: str, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise refused(f"trust: {what} {str(value)[:30]}; allowed are {least} to {most}")
    return value


def _body(trust: Trust) -> dict[str, Any]:
    return {
        "counter_floor": trust.counter_floor,
        "revoked": sorted(trust.revoked),
        "roots": list(trust.roots),
        "serial": trust.serial,
    }


def _digest(body: dict[str, Any]) -> bytes:
    return hashlib.sha256(PREFIX + canonical(body)).digest()


def _no_signer(text: str) -> ImageRefused:
    return ImageRefused(Ground.SIGNER, text)
