"""OCMF keys: make them, sign with them, check with them. ``cryptography`` is imported when asked.

Keys are hex of DER: PKCS 8 the private one, SubjectPublicKeyInfo the public one, as the
transparency software reads it.
"""

from base64 import b64decode
from typing import TYPE_CHECKING

from ampkeeper.firmware.billing.ocmf import OcmfRefused, Record

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

CURVES = {
    "ECDSA-secp192r1-SHA256": "SECP192R1",
    "ECDSA-secp256k1-SHA256": "SECP256K1",
    "ECDSA-secp256r1-SHA256": "SECP256R1",
    "ECDSA-brainpool256r1-SHA256": "BrainpoolP256R1",
    "ECDSA-secp384r1-SHA256": "SECP384R1",
    "ECDSA-brainpool384r1-SHA256": "BrainpoolP384R1",
}  # OCMF's name: that of ``cryptography``, which has no secp192k1
ALSO = {"ECDSA-brainpoolP256r1-SHA256": "ECDSA-brainpool256r1-SHA256"}  # as some meters write
DEFAULT = "ECDSA-secp256r1-SHA256"
KEY_CHARS_MAX = 2_000


def make_key(algorithm: str = DEFAULT) -> str:
    """A new private key: a secret of the station."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    made = ec.generate_private_key(_curve(algorithm))
    return made.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()).hex()


def public_key(key: str) -> str:
    """The public one; OcmfRefused if ``key`` is none."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = _private(key).public_key()
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo).hex()


def algorithm_of(key: str) -> str:
    """OCMF's name for what a private key signs by; OcmfRefused if it is none."""
    return _name_of(_private(key).curve)


def algorithm_of_public(key: str) -> str:
    """The same for a public key."""
    return _name_of(_public(key).curve)


def sign(payload: str, key: str) -> Record:
    """The record of this payload; OcmfRefused if ``key`` is none."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    signature = _private(key).sign(payload.encode(), ec.ECDSA(hashes.SHA256()))
    return Record(payload, algorithm_of(key), signature.hex())


def check(record: Record, trusted_key: str) -> None:
    """Raise OcmfRefused unless whoever has this public key's private one signed the record."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    trusted, curve = _public(trusted_key), _curve(record.algorithm)
    if trusted.curve.name.lower() != curve.name.lower():
        raise OcmfRefused(f"signed by {record.algorithm}, but the key is on {trusted.curve.name}")
    try:
        trusted.verify(_signature(record), record.payload.encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise OcmfRefused("the signature is not of this record: changed, or another key") from error


def _name_of(found: "ec.EllipticCurve") -> str:
    curve = found.name.lower()
    names = {_curve(name).name.lower(): name for name in CURVES}
    if curve not in names:
        raise OcmfRefused(f"a key on {curve}: allowed are {', '.join(CURVES)}")
    return names[curve]


def _signature(record: Record) -> bytes:
    try:
        if record.encoding == "hex":
            return bytes.fromhex(record.signature)
        if record.encoding == "base64":
            return b64decode(record.signature, validate=True)
    except ValueError as error:
        raise OcmfRefused(f"signature: SD is no {record.encoding}: {error}"[:200]) from error
    raise OcmfRefused(f"signature: SE {record.encoding[:40]!r}: allowed are hex and base64")


def _curve(algorithm: str) -> "ec.EllipticCurve":
    from cryptography.hazmat.primitives.asymmetric import ec

    algorithm = ALSO.get(algorithm, algorithm)
    if algorithm not in CURVES:
        raise OcmfRefused(f"algorithm {algorithm[:60]!r}: allowed are {', '.join(CURVES)}")
    curve = getattr(ec, CURVES[algorithm])()
    assert isinstance(curve, ec.EllipticCurve), "the names are of curves"
    return curve


def _private(key: str) -> "ec.EllipticCurvePrivateKey":
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    try:
        found = load_der_private_key(bytes.fromhex(key), None)
    except (TypeError, ValueError) as error:
        raise OcmfRefused("the station's key for records cannot be read") from error
    if not isinstance(found, ec.EllipticCurvePrivateKey):
        raise OcmfRefused("the station's key for records is on no elliptic curve")
    return found


def _public(key: str) -> "ec.EllipticCurvePublicKey":
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    text = "".join(key.split())[:KEY_CHARS_MAX]
    try:
        found = load_der_public_key(bytes.fromhex(text))
    except (UnsupportedAlgorithm, TypeError, ValueError) as error:
        raise OcmfRefused(f"key {text[:40]!r}: must be hex of a public key as DER") from error
    if not isinstance(found, ec.EllipticCurvePublicKey):
        raise OcmfRefused(f"key {text[:40]!r}: must be one on an elliptic curve")
    return found
