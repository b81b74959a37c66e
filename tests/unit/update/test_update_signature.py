"""Signatures of files: the two good kinds, and everything that is none."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import NameOID

from ampkeeper.firmware.update.signature import pem_of, why_not

FILE = b"software" * 1000
DIGEST = hashlib.sha256(FILE).digest()
PSS = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signer")])
RSA_KEY = rsa.generate_private_key(65537, 2048)
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def certificate(key: object) -> x509.Certificate:
    now = datetime.now(UTC)
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(NAME)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, algorithm)
    )


def pem(key: object) -> str:
    return certificate(key).public_bytes(serialization.Encoding.PEM).decode()


def text(signature: bytes) -> str:
    return base64.b64encode(signature).decode()


RSA_SIGNED = text(RSA_KEY.sign(FILE, PSS, hashes.SHA256()))
EC_SIGNED = text(EC_KEY.sign(FILE, ec.ECDSA(hashes.SHA256())))


def test_rsa_pss_is_good_with_any_length_of_salt() -> None:
    assert why_not(DIGEST, pem(RSA_KEY), RSA_SIGNED) == ""
    longest = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH)
    signed = RSA_KEY.sign(FILE, longest, hashes.SHA256())
    assert why_not(DIGEST, pem(RSA_KEY), text(signed)) == ""


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()])
def test_ecdsa_is_good(curve: ec.EllipticCurve) -> None:
    key = ec.generate_private_key(curve)
    signed = key.sign(FILE, ec.ECDSA(hashes.SHA256()))
    assert why_not(DIGEST, pem(key), text(signed)) == ""


def test_base64_may_be_broken_into_lines() -> None:
    broken = "\r\n".join(RSA_SIGNED[at : at + 64] for at in range(0, len(RSA_SIGNED), 64))
    assert why_not(DIGEST, pem(RSA_KEY), broken) == ""


def test_every_flipped_bit_of_the_file_is_found() -> None:
    for bit in range(256):
        flipped = bytearray(DIGEST)
        flipped[bit // 8] ^= 1 << bit % 8
        assert why_not(bytes(flipped), pem(EC_KEY), EC_SIGNED)


@pytest.mark.parametrize(
    ("key", "signature"),
    [
        (RSA_KEY, text(RSA_KEY.sign(FILE, padding.PKCS1v15(), hashes.SHA256()))),
        (RSA_KEY, text(RSA_KEY.sign(FILE, PSS, hashes.SHA1()))),
        (RSA_KEY, text(rsa.generate_private_key(65537, 2048).sign(FILE, PSS, hashes.SHA256()))),
        (EC_KEY, text(OTHER_KEY.sign(FILE, ec.ECDSA(hashes.SHA256())))),
        (RSA_KEY, EC_SIGNED),
        (EC_KEY, RSA_SIGNED),
        (EC_KEY, ""),
        (EC_KEY, "!!!"),
        (EC_KEY, "A" * 5000),
        (EC_KEY, text(b"\x30\x00")),
        (EC_KEY, text(bytes(64))),
        (rsa.generate_private_key(65537, 1024), RSA_SIGNED),
        (ed25519.Ed25519PrivateKey.generate(), EC_SIGNED),
    ],
    ids=(
        "old padding", "old hash", "RSA of another", "EC of another", "EC under RSA",
        "RSA under EC", "empty", "no base64", "long", "empty sequence", "zeros", "short key",
        "other curve",
    ),
)  # fmt: skip
def test_what_is_no_signature_is_refused(key: object, signature: str) -> None:
    assert why_not(DIGEST, pem(key), signature)


def test_a_certificate_is_read_as_pem_as_hexadecimal_and_as_base64() -> None:
    der = certificate(EC_KEY).public_bytes(serialization.Encoding.DER)
    for form in (der.hex(), der.hex().upper(), text(der)):
        found = pem_of(form)
        assert found is not None
        assert why_not(DIGEST, found, EC_SIGNED) == ""
    good = pem(EC_KEY)
    assert pem_of(f"\n{good}") == good


@pytest.mark.parametrize(
    "bad", ["", "0", "abc", "-----BEGIN CERTIFICATE-----", "ä", "A" * 20_000, "00" * 500]
)
def test_what_is_no_certificate_is_none(bad: str) -> None:
    assert pem_of(bad) is None
    assert why_not(DIGEST, bad, EC_SIGNED)
