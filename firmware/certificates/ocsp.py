"""OCSP: whose status is to be asked, and what a response says (RFC 6960; OCPP 2.x M06 and M07).

A response is matched with its question and looked at for its age. Its signature is for the car to
judge, to whom it is handed as it came: the station trusts nobody more for it.
"""

import base64
import binascii
from collections.abc import Iterable, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from ampkeeper.firmware.certificates import checks
from ampkeeper.firmware.certificates.hash_data import ALGORITHMS, hash_data
from ampkeeper.firmware.certificates.values import CertificateRefused, HashData, Question, Response

RESPONSE_CHARS_MAX = 18_000  # GetCertificateStatusResponse.ocspResult of 2.1
URL_CHARS_MAX = 512  # responderURL of 2.0.1; 2.1 has room for more
URLS_MAX = 5  # CertificateStatusRequestInfoType.urls


def questions(
    chain: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], takes_lists: bool = False
) -> tuple[Question, ...]:
    """Whom of a chain can be asked about; ``takes_lists``: by a revocation list, too."""
    asked = (question_of(chain, place, roots, takes_lists) for place in range(len(chain)))
    return tuple(each for each in asked if each is not None)


def question_of(
    chain: Sequence[x509.Certificate],
    place: int,
    roots: Sequence[x509.Certificate],
    takes_lists: bool = False,
) -> Question | None:
    """How to ask about one of a chain; None: it is a root, says no place, or its issuer is unknown.

    A responder is asked rather than a revocation list.
    """
    one = chain[place]
    issuer = _issuer(one, (*chain[place + 1 :], *roots))
    if issuer is None:
        return None
    urls = responders(one)
    lists = revocation_lists(one) if takes_lists and not urls else ()
    if not urls and not lists:
        return None
    return Question(hash_data(one, issuer), urls or lists, is_ocsp=bool(urls))


def responders(certificate: x509.Certificate) -> tuple[str, ...]:
    """Where its status can be asked for: authorityInfoAccess."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    except x509.ExtensionNotFound:
        return ()
    places = (
        each for each in access.value if each.access_method == AuthorityInformationAccessOID.OCSP
    )
    return _urls(each.access_location for each in places)


def revocation_lists(certificate: x509.Certificate) -> tuple[str, ...]:
    """Where lists of revoked certificates are: cRLDistributionPoints."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints)
    except x509.ExtensionNotFound:
        return ()
    return _urls(name for point in points.value for name in point.full_name or ())


def read_response(text: str, question: Question, now: datetime) -> Response:
    """The OCSP response that answers ``question`` now, from base64; raises CertificateRefused."""
    if len(text) > RESPONSE_CHARS_MAX:
        raise CertificateRefused(f"{len(text)} characters; allowed: at most {RESPONSE_CHARS_MAX}")
    try:
        der = base64.b64decode("".join(text.split()), validate=True)
        loaded = ocsp.load_der_ocsp_response(der)
        if loaded.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise CertificateRefused(f"the responder says {loaded.response_status.name}")
        found = next((each for each in loaded.responses if _answers(each, question.hashes)), None)
        if found is None:
            raise CertificateRefused("it is about another certificate")
        next_update = found.next_update_utc
        is_good = found.certificate_status is ocsp.OCSPCertStatus.GOOD
    except (binascii.Error, ValueError, UnsupportedAlgorithm) as error:
        if isinstance(error, CertificateRefused):
            raise
        raise CertificateRefused(f"no OCSP response: {str(error)[:120]}") from error
    if next_update is not None and next_update <= now:
        raise CertificateRefused(f"out of date since {next_update:%Y-%m-%d %H:%M}")
    return Response(der, is_good, next_update)


def _issuer(
    certificate: x509.Certificate, others: Sequence[x509.Certificate]
) -> x509.Certificate | None:
    if certificate.issuer == certificate.subject:
        return None
    for other in others:
        if other.subject == certificate.issuer and checks.is_issued_by(certificate, other):
            return other
    return None


def _urls(names: Iterable[x509.GeneralName]) -> tuple[str, ...]:
    urls = [str(each.value) for each in names if isinstance(each, x509.UniformResourceIdentifier)]
    return tuple(url for url in urls if 0 < len(url) <= URL_CHARS_MAX)[:URLS_MAX]


def _answers(said: ocsp.OCSPSingleResponse, asked: HashData) -> bool:
    """By the serial number, and by the issuer where both hash alike."""
    if format(said.serial_number, "x") != asked.folded().serial:
        return False
    if not isinstance(said.hash_algorithm, type(ALGORITHMS[asked.algorithm])):
        return True
    wanted = (asked.folded().issuer_name_hash, asked.folded().issuer_key_hash)
    return (said.issuer_name_hash.hex(), said.issuer_key_hash.hex()) == wanted
