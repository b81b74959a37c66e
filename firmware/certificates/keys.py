"""Keys: the station's key pair and the request to sign it (A02.FR.02, FR.03, FR.13).

An EC key on P-256. The private half is handed to whoever keeps it and goes nowhere else
(A02.FR.05).
"""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from ampkeeper.firmware.certificates.values import CertificateRefused, KeyRequest

NAME_CHARS_MAX = 64  # of CN and O: X.520 upper bounds, which the library holds us to


def make_request(serial: str, organization: str) -> KeyRequest:
    """A new key pair and its CSR: O is ``organization``, CN is ``serial``."""
    if not serial or len(serial) > NAME_CHARS_MAX:
        raise CertificateRefused(f"serial {serial!r}: 1 to {NAME_CHARS_MAX} characters")
    if not organization or len(organization) > NAME_CHARS_MAX:
        raise CertificateRefused(
            f"CpoName of {len(organization)} characters; 1 to {NAME_CHARS_MAX} are allowed"
        )
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, serial),
        ]
    )
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    signed = request.sign(key, hashes.SHA256())
    return KeyRequest(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii"),
        signed.public_bytes(Encoding.PEM).decode("ascii"),
    )


def read_private_key(pem: str) -> PrivateKeyTypes:
    """A private key from its PEM; raises CertificateRefused."""
    try:
        return load_pem_private_key(pem.encode("utf-8", "replace"), None)
    except (ValueError, TypeError) as error:
        raise CertificateRefused("no private key in PEM without a password") from error


def is_key_of(certificate: x509.Certificate, private_key: PrivateKeyTypes) -> bool:
    """True if the certificate is for this key."""
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return certificate.public_key().public_bytes(*form) == private_key.public_key().public_bytes(
        *form
    )
