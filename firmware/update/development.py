"""Development: roots whose private keys everybody has, and which no release believes.

Such a root says so in its own name, so that it is known wherever it turns up: in what a machine
was made with, or in a change of trust. ``tools/development`` has the one for emulation and tests.
Pure: whether this is a release is asked by whoever reads the disk (``board/host/installing.py``).
"""

from collections.abc import Iterable

from cryptography import x509
from cryptography.x509.oid import NameOID

UNIT = "Development only, its keys are public"


def is_development(certificate: x509.Certificate) -> bool:
    """True for a root, or what is below one, that is for development only."""
    named = [*certificate.subject, *certificate.issuer]
    unit = NameOID.ORGANIZATIONAL_UNIT_NAME
    return any(one.oid == unit and one.value == UNIT for one in named)


def why_not_in_release(certificates: Iterable[x509.Certificate]) -> str:
    """Empty if a release may believe all of these; else why not."""
    if any(is_development(one) for one in certificates):
        return "a root for development, whose key everybody has; this software is a release"
    return ""
