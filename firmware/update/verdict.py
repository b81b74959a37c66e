"""Verdict: may this image be installed here and now? Said from its head alone. Pure.

Signer and signature first, since nothing else of the manifest counts before; then the board, the
security counter and the dates. Paths are judged by ``cryptography``'s ``x509.verification``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from ampkeeper.firmware.update.development import why_not_in_release
from ampkeeper.firmware.update.envelope import CHAIN_MAX, Head
from ampkeeper.firmware.update.keys import fingerprint, why_not_by
from ampkeeper.firmware.update.refused import Ground, ImageRefused
from ampkeeper.firmware.update.trust import Trust

TIME = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Target:
    """The station that an image is for. ``counter_min``: the highest that ran here and was good.

    ``is_release``: its software believes no root for development.
    """

    board: str
    counter_min: int
    trust: Trust
    is_release: bool = False


def check(head: Head, target: Target, now: datetime) -> Trust:
    """Raise ImageRefused unless the image may be installed; return whom to believe once it is good.

    An image with the counter of what runs may be installed again.
    """
    manifest = head.manifest
    if now < manifest.created:
        raise ImageRefused(
            Ground.CLOCK,
            f"it is {now:%Y-%m-%d} here, and the image was made on {manifest.created:%Y-%m-%d}:"
            " without the right time nobody can tell whether its signer is valid",
        )
    trust = check_signer(head, target.trust, now, is_release=target.is_release)
    _check_start(head, trust)
    check_board(head, target.board)
    is_anew = trust.serial > target.trust.serial and trust.counter_floor is not None
    counter_min = trust.counter_floor if is_anew and trust.counter_floor else target.counter_min
    if manifest.counter < counter_min:
        raise ImageRefused(
            Ground.OLDER,
            f"security counter {manifest.counter}; what ran here before has {counter_min}",
        )
    if now > manifest.not_after:
        raise ImageRefused(
            Ground.EXPIRED, f"to be installed until {manifest.not_after:%Y-%m-%d}; too late"
        )
    return trust


def check_signer(head: Head, trust: Trust, at: datetime, *, is_release: bool = False) -> Trust:
    """Raise ImageRefused unless somebody who is believed at that time has signed the manifest.

    Returns whom to believe with what the manifest says of that.
    """
    believed = trust.after(head.manifest.trust)
    roots = believed.certificates()
    reason = why_not_in_release(roots) if is_release else ""
    if reason:
        raise _no_signer(reason)
    _check_revoked(head.chain, believed)
    _check_path(head.chain, roots, at)
    reason = why_not_by(head.chain[0].public_key(), head.signature, head.digest)
    if reason:
        raise ImageRefused(Ground.SIGNATURE, f"the manifest was changed, or is {reason}")
    return believed


def check_age(chain: Sequence[x509.Certificate], created: datetime) -> None:
    """Raise ImageRefused for a certificate that is younger than the image that it signs.

    At each start the signer is judged as of the day on which the image was made, since by then
    his certificate may have expired; so what does not hold on that day would never start.
    """
    for one in chain:
        if created < one.not_valid_before_utc:
            raise _no_signer(
                f"the certificate {_name(one)!r} is valid from {one.not_valid_before_utc:{TIME}},"
                f" and the image was made before, at {created:{TIME}}"
            )


def check_board(head: Head, board: str) -> None:
    """Raise ImageRefused if the image is for other hardware."""
    if board not in head.manifest.boards:
        known = ", ".join(head.manifest.boards)
        raise ImageRefused(Ground.BOARD, f"it is for {known[:200]}; this board is {board}")


def _check_revoked(chain: Sequence[x509.Certificate], trust: Trust) -> None:
    for one in chain:
        if fingerprint(one) in trust.revoked:
            raise _no_signer(f"the certificate {_name(one)!r} was revoked")


def _check_start(head: Head, trust: Trust) -> None:
    """Raise ImageRefused for what would be installed, and never start: see ``check_age``."""
    created, roots = head.manifest.created, trust.certificates()
    check_age(head.chain, created)
    try:
        _check_path(head.chain, roots, created)
    except ImageRefused:
        issuer = head.chain[-1].issuer
        check_age([root for root in roots if root.subject == issuer], created)
        raise


def _check_path(
    chain: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], at: datetime
) -> None:
    leaf = chain[0]
    for one, issuer in pairwise(chain):
        if one.issuer != issuer.subject:
            raise _no_signer(
                f"{_name(issuer)!r} stands behind {_name(one)!r}, and did not issue it"
            )
    builder = PolicyBuilder().store(Store(list(roots))).time(at).max_chain_depth(CHAIN_MAX)
    builder = builder.extension_policies(ee_policy=_signer(), ca_policy=_authority())
    try:
        found = builder.build_client_verifier().verify(leaf, list(chain[1:]))
    except (VerificationError, UnsupportedAlgorithm, ValueError) as error:
        raise _no_signer(_reason(leaf, at, error)) from error
    if len(found.chain) != len(chain) + 1:
        raise _no_signer("the seal has certificates that are not on the way to its root")


def _signer() -> ExtensionPolicy:
    """Of a release key: no CA, made to sign code."""
    policy = ExtensionPolicy.permit_all()
    policy = policy.may_be_present(x509.BasicConstraints, Criticality.AGNOSTIC, _is_no_authority)
    policy = policy.require_present(x509.KeyUsage, Criticality.AGNOSTIC, _can_sign)
    return policy.require_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _is_for_code)


def _authority() -> ExtensionPolicy:
    return ExtensionPolicy.permit_all().require_present(
        x509.BasicConstraints, Criticality.AGNOSTIC, None
    )


def _is_no_authority(
    policy: Policy, certificate: x509.Certificate, found: x509.BasicConstraints | None
) -> None:
    if found is not None and found.ca:
        raise ValueError("it is a CA, and signs no images")


def _can_sign(policy: Policy, certificate: x509.Certificate, found: x509.KeyUsage) -> None:
    if not found.digital_signature:
        raise ValueError("its key usage is not digitalSignature")


def _is_for_code(
    policy: Policy, certificate: x509.Certificate, found: x509.ExtendedKeyUsage
) -> None:
    if ExtendedKeyUsageOID.CODE_SIGNING not in found:
        raise ValueError("its extended key usage is not codeSigning")


def _reason(leaf: x509.Certificate, at: datetime, error: Exception) -> str:
    """What is wrong in words, the validity first: a verifier only says that no path was found."""
    if at > leaf.not_valid_after_utc:
        return f"the signer's certificate expired on {leaf.not_valid_after_utc:%Y-%m-%d}"
    if at < leaf.not_valid_before_utc:
        return f"the signer's certificate is valid only from {leaf.not_valid_before_utc:%Y-%m-%d}"
    return f"the signer does not lead to a root that is believed: {str(error)[:120]}"


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()[:60]


def _no_signer(text: str) -> ImageRefused:
    return ImageRefused(Ground.SIGNER, text)
