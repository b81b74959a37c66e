"""Reading: PEM text from outside into certificates, or a refusal that says what is wrong.

The whitepaper sends certificates as PEM (A00.FR.507) of bounded length. Nothing here raises
anything but ``CertificateRefused``, whatever the text is.
"""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from ampkeeper.firmware.certificates.values import CertificateRefused

CHAIN_COUNT_MAX = 10  # certificates in one text; a chain that is used has two to four
BUNDLE_COUNT_MAX = 1_000  # in a file of roots; a system has some 150
BUNDLE_CHARS_MAX = 65_536  # of one of them
BEGIN = "-----BEGIN CERTIFICATE-----"


def read_chain(text: str, chars_max: int) -> tuple[x509.Certificate, ...]:
    """The certificates in ``text``; raises CertificateRefused."""
    if len(text) > chars_max:
        raise CertificateRefused(f"{len(text)} characters; allowed: at most {chars_max}")
    count = text.count(BEGIN)
    if not 1 <= count <= CHAIN_COUNT_MAX:
        raise CertificateRefused(f"{count} PEM certificates; allowed: 1 to {CHAIN_COUNT_MAX}")
    try:
        chain = tuple(x509.load_pem_x509_certificates(text.encode("utf-8", "replace")))
        for certificate in chain:  # parsed late: whatever cannot be read must be found here
            _ = (certificate.subject, certificate.issuer, certificate.extensions)
            _ = (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
            _ = (certificate.serial_number, certificate.public_key())
    except Exception as error:
        raise CertificateRefused(f"no certificate: {_short(error)}") from error
    return chain


def read_bundle(text: str) -> tuple[x509.Certificate, ...]:
    """The certificates of a file that people made, as far as they can be read."""
    found: list[x509.Certificate] = []
    for block in text.split(BEGIN)[1 : BUNDLE_COUNT_MAX + 1]:
        try:
            found += read_chain(BEGIN + block, BUNDLE_CHARS_MAX)
        except CertificateRefused:
            continue  # of hundreds of roots some are always odd
    return tuple(found)


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate, in lower-case hex."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def to_pem(chain: tuple[x509.Certificate, ...]) -> str:
    """The certificates as PEM text, in their order."""
    return "".join(one.public_bytes(Encoding.PEM).decode("ascii") for one in chain)


def name_of(certificate: x509.Certificate) -> str:
    """The subject as people read it, for logs; at most 100 characters."""
    try:
        return certificate.subject.rfc4514_string()[:100]
    except ValueError:
        return "an unreadable name"


def _short(error: Exception) -> str:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return text[:120]
