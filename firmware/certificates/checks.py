"""Checks: whether a root may be installed, and whether a chain leads to a trusted root.

Paths are judged by ``cryptography``'s ``x509.verification`` (A00.FR.307, A02.FR.06): signatures,
validity, who may sign, key sizes and algorithms (A00.FR.501 to 504). Time is an argument.
"""

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from ampkeeper.firmware.certificates.values import CertificateRefused

RSA_BITS_MIN = 2048  # A00.FR.502
EC_BITS_MIN = 224  # A00.FR.503
WEAK_HASHES = (hashes.MD5, hashes.SHA1)  # A00.FR.504
CHAIN_DEPTH_MAX = 8  # CAs between the certificate and its root


def check_root(certificate: x509.Certificate, now: datetime) -> None:
    """Raise CertificateRefused unless this may be trusted as a root from now on."""
    check_strength(certificate)
    if now < certificate.not_valid_before_utc:
        raise CertificateRefused(f"valid only from {certificate.not_valid_before_utc:%Y-%m-%d}")
    if now > certificate.not_valid_after_utc:
        raise CertificateRefused(f"expired on {certificate.not_valid_after_utc:%Y-%m-%d}")
    if not is_authority(certificate):
        raise CertificateRefused("it is no CA: basicConstraints must say so")
    if certificate.issuer == certificate.subject and not is_issued_by(certificate, certificate):
        raise CertificateRefused("it says that it signed itself, and did not")


def check_strength(certificate: x509.Certificate) -> None:
    """Raise CertificateRefused if key or signature are too weak."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < RSA_BITS_MIN:
            raise CertificateRefused(f"RSA key of {key.key_size} bits; at least {RSA_BITS_MIN}")
    elif isinstance(key, ec.EllipticCurvePublicKey):
        if key.key_size < EC_BITS_MIN:
            raise CertificateRefused(f"EC key of {key.key_size} bits; at least {EC_BITS_MIN}")
    else:
        raise CertificateRefused(f"key {type(key).__name__}; allowed: RSA or EC")
    try:
        signed_with = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm as error:
        raise CertificateRefused(f"signature: {error}") from error
    if isinstance(signed_with, WEAK_HASHES):
        raise CertificateRefused(f"signed with {signed_with.name}; at least SHA-256")


def check_path(
    chain: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], now: datetime
) -> None:
    """Raise CertificateRefused unless ``chain``, its first certificate, leads to a root now."""
    if not roots:
        raise CertificateRefused("no root is installed that could have signed it")
    leaf, others = chain[0], list(chain[1:])
    check_strength(leaf)
    builder = PolicyBuilder().store(Store(list(roots))).time(now).max_chain_depth(CHAIN_DEPTH_MAX)
    builder = builder.extension_policies(ee_policy=_leaf_policy(), ca_policy=_authority_policy())
    try:
        builder.build_client_verifier().verify(leaf, others)
    except (VerificationError, UnsupportedAlgorithm, ValueError) as error:
        raise CertificateRefused(_reason(leaf, now, error)) from error


def is_authority(certificate: x509.Certificate) -> bool:
    """True if basicConstraints say that it may sign others, and keyUsage does not forbid it."""
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return False
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    except x509.ExtensionNotFound:
        return constraints.value.ca
    return constraints.value.ca and usage.value.key_cert_sign


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """True if ``issuer`` signed it."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def subject_values(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> list[str]:
    """What the subject says under ``oid``."""
    return [str(each.value) for each in certificate.subject.get_attributes_for_oid(oid)]


def check_owner(certificate: x509.Certificate, serial: str, organization: str) -> None:
    """Raise CertificateRefused unless the subject names this station and its operator.

    A00.FR.405, FR.511: CN is the serial number; FR.404, FR.509: O is CpoName, once that is set.
    """
    names = subject_values(certificate, NameOID.COMMON_NAME)
    if serial not in names:
        raise CertificateRefused(f"its CN is {', '.join(names)[:80]!r}; must be {serial!r}")
    owners = subject_values(certificate, NameOID.ORGANIZATION_NAME)
    if organization and organization not in owners:
        raise CertificateRefused(f"its O is {', '.join(owners)[:80]!r}; must be {organization!r}")


def _leaf_policy() -> ExtensionPolicy:
    """Any extension, but not a CA: the whitepaper asks for no SAN and no extended key usage."""
    return ExtensionPolicy.permit_all().may_be_present(
        x509.BasicConstraints, Criticality.AGNOSTIC, _is_no_authority
    )


def _authority_policy() -> ExtensionPolicy:
    """basicConstraints must be there; all else as its makers like."""
    return ExtensionPolicy.permit_all().require_present(
        x509.BasicConstraints, Criticality.AGNOSTIC, None
    )


def _is_no_authority(
    policy: Policy, certificate: x509.Certificate, found: x509.BasicConstraints | None
) -> None:
    if found is not None and found.ca:
        raise ValueError("it is a CA, not a certificate of somebody")


def _reason(leaf: x509.Certificate, now: datetime, error: Exception) -> str:
    """What is wrong in words, the validity first: a verifier only says that no path was found."""
    if now > leaf.not_valid_after_utc:
        return f"expired on {leaf.not_valid_after_utc:%Y-%m-%d}"
    if now < leaf.not_valid_before_utc:
        return f"valid only from {leaf.not_valid_before_utc:%Y-%m-%d}"
    return f"no valid path to a root: {str(error)[:120]}"
