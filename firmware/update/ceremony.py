"""Ceremony: the maker's root and the keys under it that sign releases. Never on a station.

EC P-384 for the root, P-256 below: `SECURITY.md` says who holds which. Time is an argument.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ampkeeper.firmware.update.development import UNIT

DAY = timedelta(days=1)
ROOT_YEARS, SIGNER_YEARS = 20, 2
DAYS_A_YEAR = 366  # never shorter than it says


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        """The certificate."""
        return self.certificate.public_bytes(Encoding.PEM).decode("ascii")

    def key_pem(self, passphrase: str = "") -> str:
        """The private key in PKCS #8, encrypted if there is a passphrase."""
        how = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
        raw = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)
        return raw.decode("ascii")


def new_root(
    name: str, now: datetime, years: int = ROOT_YEARS, *, is_development: bool = False
) -> KeyPair:
    """A root that images lead to; it signs signers and changes of trust, nothing else.

    One for development is believed by no release.
    """
    key = ec.generate_private_key(ec.SECP384R1())
    owner = _named(name, UNIT if is_development else "")
    builder = _begun(owner, owner, key.public_key(), now, years)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
    builder = builder.add_extension(_usage(is_authority=True), critical=True)
    return KeyPair(builder.sign(key, hashes.SHA384()), key)


def new_signer(root: KeyPair, name: str, now: datetime, years: int = SIGNER_YEARS) -> KeyPair:
    """A release key under ``root``."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = root.certificate.subject
    builder = _begun(_named(name), issuer, key.public_key(), now, years)
    builder = builder.add_extension(
        x509.BasicConstraints(ca=False, path_length=None), critical=True
    )
    builder = builder.add_extension(_usage(is_authority=False), critical=True)
    builder = builder.add_extension(
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=True
    )
    return KeyPair(builder.sign(root.key, hashes.SHA384()), key)


def _begun(
    owner: x509.Name,
    issuer: x509.Name,
    key: CertificatePublicKeyTypes,
    now: datetime,
    years: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(owner)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)  # a clock that is slow by less believes it at once
        .not_valid_after(now + years * DAYS_A_YEAR * DAY)
    )


def _named(name: str, unit: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit)] if unit else []
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,  # a root signs changes of trust
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )
