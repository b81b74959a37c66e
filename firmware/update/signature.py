"""Signature: was this file signed with the key of this certificate? RSA-PSS or ECDSA, SHA-256.

Whitepaper L01.FR.04 names RSA-PSS and ECSchnorr; the errata of 2.0.1 put ECDSA for the latter.
RSA with PKCS #1 v1.5 padding is refused. Whether the certificate itself is to be believed is for
the certificate store to say, before an order is accepted (L01.FR.23).
"""

import base64
import binascii
import re

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from ampkeeper.firmware.update.keys import why_not_by

CERTIFICATE_CHARS_MAX = 12_000  # the standard's 5,500 as PEM, or DER in hexadecimal
SIGNATURE_CHARS_MAX = 4_000  # the standard's 800
HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")


def pem_of(text: str) -> str | None:
    """The certificate as PEM; None if it is none.

    The first edition of the whitepaper had DER in hexadecimal, the third has PEM.
    """
    if len(text) > CERTIFICATE_CHARS_MAX:
        return None
    bare = text.strip()
    try:
        if bare.startswith("-----BEGIN"):
            found = x509.load_pem_x509_certificate(bare.encode("ascii"))
        elif HEXADECIMAL.fullmatch(bare):
            found = x509.load_der_x509_certificate(bytes.fromhex(bare))
        else:
            found = x509.load_der_x509_certificate(base64.b64decode(bare, validate=True))
        return found.public_bytes(serialization.Encoding.PEM).decode("ascii")
    except (ValueError, UnsupportedAlgorithm):
        return None


def why_not(digest: bytes, certificate: str, signature: str) -> str:
    """Empty if ``signature`` is that of a file with this SHA-256 digest; else why it is not."""
    if len(signature) > SIGNATURE_CHARS_MAX:
        return f"a signature of {len(signature)} characters"
    try:
        raw = base64.b64decode(re.sub(r"\s+", "", signature), validate=True)
        key = x509.load_pem_x509_certificate(certificate.encode("ascii")).public_key()
    except (ValueError, binascii.Error, UnsupportedAlgorithm) as error:
        return f"unreadable: {type(error).__name__}"
    return why_not_by(key, raw, digest)
