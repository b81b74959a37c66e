"""OCSP: who is asked about, which responses answer, and how long each is kept."""

import base64
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp

from ampkeeper.firmware.certificates.ocsp import question_of, questions, read_response
from ampkeeper.firmware.certificates.statuses import KEPT_MAX, Status, Statuses, read_status
from ampkeeper.firmware.certificates.values import CertificateRefused, HashData, Question
from tests.support.pki import NOON, Authority, Issued, ocsp_response, subject

ASK_AT = "http://ocsp.example/"
WEEK = timedelta(days=7)


def chain() -> tuple[Authority, Authority, Issued]:
    """A V2G root, a CA below it, and a certificate of a station; both say whom to ask."""
    top = Authority("V2G root")
    below = top.below("V2G sub-CA", responder=ASK_AT)
    return top, below, below.issue(subject("SECC-1"), responder=ASK_AT)


def asked_for(issued: Issued, top: Authority) -> tuple[Question, ...]:
    return questions((issued.certificate, *issued.issuers), (top.certificate,))


def test_the_certificate_and_each_ca_below_the_root_are_asked_about() -> None:
    """M06.FR.06, FR.07."""
    top, below, issued = chain()
    found = asked_for(issued, top)
    assert [each.urls for each in found] == [(ASK_AT,), (ASK_AT,)]
    request = ocsp.OCSPRequestBuilder()
    own = request.add_certificate(issued.certificate, below.certificate, hashes.SHA256()).build()
    assert found[0].hashes.issuer_key_hash == own.issuer_key_hash.hex()
    assert found[0].hashes.serial == format(issued.certificate.serial_number, "x")


def test_a_root_in_the_chain_is_nobodys_business() -> None:
    top, below, issued = chain()
    with_root = (issued.certificate, below.certificate, top.certificate)
    assert len(questions(with_root, ())) == 2


def test_who_names_no_responder_is_not_asked_about() -> None:
    top = Authority("V2G root")
    issued = top.issue(subject("SECC-1"), list_at="http://crl.example/")
    assert asked_for(issued, top) == ()
    (listed,) = questions((issued.certificate,), (top.certificate,), takes_lists=True)
    assert (listed.urls, listed.is_ocsp) == (("http://crl.example/",), False)


def test_who_has_no_known_issuer_is_not_asked_about() -> None:
    top, _, issued = chain()
    assert question_of((issued.certificate,), 0, (top.certificate,)) is None


def test_a_responder_that_is_too_long_to_name_is_none() -> None:
    top = Authority("V2G root")
    issued = top.issue(subject("SECC-1"), responder="http://" + "a" * 512)
    assert asked_for(issued, top) == ()


@pytest.mark.parametrize("is_good", [True, False])
@pytest.mark.parametrize("hashed_with", [hashes.SHA256(), hashes.SHA1()])
def test_a_response_is_read(is_good: bool, hashed_with: hashes.HashAlgorithm) -> None:
    """M06.FR.08, FR.09; a responder may hash otherwise than it was asked."""
    top, below, issued = chain()
    text = ocsp_response(issued.certificate, below, is_good=is_good, hashed_with=hashed_with)
    found = read_response(text, asked_for(issued, top)[0], NOON)
    assert found.is_good is is_good
    assert found.next_update == NOON + timedelta(days=3)
    assert found.der == base64.b64decode(text)


def test_a_response_for_another_is_refused() -> None:
    top, below, issued = chain()
    about_ca = ocsp_response(below.certificate, top)
    with pytest.raises(CertificateRefused, match="another"):
        read_response(about_ca, asked_for(issued, top)[0], NOON)
    other = Authority("Other root")
    by_other = ocsp_response(issued.certificate, other)
    with pytest.raises(CertificateRefused, match="another"):
        read_response(by_other, asked_for(issued, top)[0], NOON)


def test_a_response_that_is_over_is_refused() -> None:
    top, below, issued = chain()
    text = ocsp_response(issued.certificate, below, NOON - WEEK)
    with pytest.raises(CertificateRefused, match="out of date"):
        read_response(text, asked_for(issued, top)[0], NOON)


def test_a_responder_that_cannot_answer_is_refused() -> None:
    top, _, issued = chain()
    made = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    from cryptography.hazmat.primitives.serialization import Encoding

    text = base64.b64encode(made.public_bytes(Encoding.DER)).decode()
    with pytest.raises(CertificateRefused, match="TRY_LATER"):
        read_response(text, asked_for(issued, top)[0], NOON)


@pytest.mark.parametrize("text", ["", "%%%", "AAAA", "é", "A" * 18_001, "MAA="])
def test_what_is_no_response_is_refused(text: str) -> None:
    top, _, issued = chain()
    with pytest.raises(CertificateRefused):
        read_response(text, asked_for(issued, top)[0], NOON)


# what is kept


def question(number: int) -> Question:
    return Question(HashData("SHA256", "aa", "bb", format(number, "x")), (ASK_AT,))


def status(number: int, next_update: timedelta | None = timedelta(days=2)) -> Status:
    until = None if next_update is None else NOON + next_update
    return Status(question(number).hashes, "text", NOON, until)


@pytest.mark.parametrize(
    ("lasts", "after"),
    [
        (timedelta(days=2), timedelta(days=1.5)),
        (timedelta(days=30), timedelta(days=6)),
        (None, timedelta(days=5.25)),
        (timedelta(seconds=10), timedelta(minutes=15)),
    ],
)
def test_a_status_is_asked_for_anew_before_its_time_is_over(
    lasts: timedelta | None, after: timedelta
) -> None:
    """M06.FR.10: in a week at the latest, with time for a second try."""
    kept = Statuses()
    kept.keep(0, status(1, lasts))
    assert kept.due([question(1)], NOON + after - timedelta(seconds=1)) == []
    assert kept.due([question(1)], NOON + after) == [question(1)]


def test_a_status_holds_until_its_responder_would_say_more() -> None:
    kept = Statuses()
    kept.keep(0, status(1))
    assert kept.of(question(1), NOON + timedelta(days=2, seconds=-1)) == status(1)
    assert kept.of(question(1), NOON + timedelta(days=2)) is None
    assert kept.of(question(2), NOON) is None


def test_a_status_survives_as_text() -> None:
    for each in (status(255), status(1, None)):
        assert read_status(each.to_text()) == each


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"hashes": 1}', '{"hashes": ["a"]}', "[" * 9])
def test_what_is_no_status_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_status(text)


def test_a_new_status_takes_the_place_of_the_old_one() -> None:
    kept = Statuses()
    kept.keep(0, status(1))
    assert kept.place_of(status(2)) == 1
    assert kept.place_of(status(1, WEEK)) == 0


def test_more_than_fit_are_not_kept() -> None:
    kept = Statuses()
    for number in range(KEPT_MAX):
        place = kept.place_of(status(number))
        assert place == number
        kept.keep(place, status(number))
    assert kept.place_of(status(KEPT_MAX)) is None
    assert kept.place_of(status(3)) == 3


def test_what_nobody_asks_for_any_more_is_stale() -> None:
    kept = Statuses()
    kept.keep(0, status(1))
    kept.keep(1, status(2))
    assert kept.stale([question(2)]) == [0]
    kept.drop(0)
    assert kept.stale([]) == [1]
