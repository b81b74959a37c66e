"""The station's own certificates: requested, taken, refused, replaced; and those of firmware."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from ampkeeper.firmware.certificates.book import CHAIN_CHARS_MAX, OWN_MAX, CertificateBook
from ampkeeper.firmware.certificates.keys import make_request
from ampkeeper.firmware.certificates.reading import fingerprint, read_chain
from ampkeeper.firmware.certificates.values import (
    CertificateInUse,
    CertificateRefused,
    Change,
    Usage,
)
from tests.support.pki import NOON, YEAR, Authority, Issued, root, subject

CENTRAL, MAKER, OWN = Usage.CENTRAL_SYSTEM_ROOT, Usage.MANUFACTURER_ROOT, Usage.STATION
SERIAL, OPERATOR = "AK-0001", "Operator"


def install(book: CertificateBook, pem: str, usage: Usage = CENTRAL) -> Change:
    change = book.install(usage, pem, NOON)
    book.apply(change)
    return change


def names(book: CertificateBook, usage: Usage = CENTRAL) -> list[str]:
    return [each.record.fingerprint for each in book.entries(usage)]


def book_with(*roots: Issued, **options: bool) -> CertificateBook:
    book = CertificateBook(**options)
    for each in roots:
        install(book, each.pem)
    return book


# the station's own


def signed(
    book: CertificateBook, authority: Authority, **options: object
) -> tuple[str, str, Issued]:
    """(what a central system sends, our private key, what was issued)."""
    request = make_request(SERIAL, OPERATOR)
    issued = authority.sign(request.csr, **options)
    return issued.chain_pem, request.private_key, issued


def take(book: CertificateBook, pem: str, private_key: str) -> Change:
    change = book.take_signed(pem, private_key, SERIAL, OPERATOR, NOON)
    book.apply(change)
    return change


def test_a_request_names_operator_and_serial_number_and_is_signed() -> None:
    request = make_request(SERIAL, OPERATOR)
    csr = x509.load_pem_x509_csr(request.csr.encode())
    assert csr.is_signature_valid
    assert csr.subject == subject(SERIAL, OPERATOR)
    public = csr.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert public.curve.name == "secp256r1"
    assert make_request(SERIAL, OPERATOR).private_key != request.private_key
    assert "PRIVATE" not in repr(request)


@pytest.mark.parametrize(
    ("serial", "operator"), [("", "x"), ("x" * 65, "x"), ("x", ""), ("x", "y" * 65)]
)
def test_a_request_without_a_name_is_refused(serial: str, operator: str) -> None:
    with pytest.raises(CertificateRefused):
        make_request(serial, operator)


def test_a_signed_certificate_is_kept_with_its_key_and_its_authorities() -> None:
    top = Authority()
    book = book_with(top.issued)
    pem, key, issued = signed(book, top.below("Sub"))
    change = take(book, pem, key)
    assert change.keep[0].private_key == key
    assert change.keep[0].pem == pem
    assert [each.leaf for each in book.own(NOON)] == [issued.certificate]


def test_the_order_of_the_chain_does_not_matter() -> None:
    top = Authority()
    book = book_with(top.issued)
    sub = top.below("Sub")
    _, key, issued = signed(book, sub)
    take(book, top.pem + sub.pem + issued.pem, key)
    assert book.own(NOON)[0].leaf == issued.certificate


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"ends": -timedelta(days=1)}, "expired"),
        ({"name": subject("AK-0002")}, "its CN"),
        ({"name": subject(SERIAL, "Somebody")}, "its O"),
        ({"is_ca": True}, "path"),
    ],
    ids=["expired", "another station", "another operator", "a CA"],
)
def test_a_bad_certificate_is_refused(options: dict[str, object], reason: str) -> None:
    top = Authority()
    book = book_with(top.issued)
    pem, key, _ = signed(book, top, **options)
    with pytest.raises(CertificateRefused, match=reason):
        take(book, pem, key)


def test_a_certificate_of_a_stranger_is_refused() -> None:
    book = book_with(root("Ours"))
    pem, key, _ = signed(book, Authority("Stranger"))
    with pytest.raises(CertificateRefused, match="no valid path"):
        take(book, pem, key)
    with pytest.raises(CertificateRefused, match="no root"):
        take(CertificateBook(), pem, key)


def test_a_certificate_for_another_key_is_refused() -> None:
    top = Authority()
    book = book_with(top.issued)
    pem, _, _ = signed(book, top)
    with pytest.raises(CertificateRefused, match="key that was to be signed"):
        take(book, pem, make_request(SERIAL, OPERATOR).private_key)


def test_a_chain_that_is_too_long_is_refused() -> None:
    with pytest.raises(CertificateRefused, match=f"at most {CHAIN_CHARS_MAX}"):
        take(CertificateBook(), "x" * (CHAIN_CHARS_MAX + 1), "")


def test_a_certificate_of_tomorrow_is_used_from_tomorrow_on() -> None:
    top = Authority()
    book = book_with(top.issued)
    today, key, now = signed(book, top)
    take(book, today, key)
    later, key, tomorrow = signed(book, top, starts=timedelta(days=1))
    take(book, later, key)
    assert [each.leaf for each in book.own(NOON)] == [now.certificate]
    after = book.own(NOON + timedelta(days=2))
    assert [each.leaf for each in after] == [tomorrow.certificate, now.certificate]


def test_the_other_certificate_goes_when_one_was_accepted() -> None:
    top = Authority()
    book = book_with(top.issued)
    pem, key, old = signed(book, top, starts=-2 * YEAR)
    take(book, pem, key)
    pem, key, new = signed(book, top)
    take(book, pem, key)
    assert [each.leaf for each in book.own(NOON)] == [new.certificate, old.certificate]
    assert book.after_showing(fingerprint(old.certificate), NOON).drop == (
        fingerprint(new.certificate),
    )
    assert book.after_showing("unknown", NOON) == Change()
    change = book.after_showing(fingerprint(new.certificate), NOON)
    assert change.drop == (fingerprint(old.certificate),)


def test_one_that_is_valid_only_later_stays_where_that_is_allowed() -> None:
    top = Authority()
    book = book_with(top.issued)
    pem, key, now = signed(book, top)
    take(book, pem, key)
    later, key, _ = signed(book, top, starts=timedelta(days=1))
    with pytest.raises(CertificateRefused, match="valid only from"):
        book.take_signed(later, key, SERIAL, OPERATOR, NOON, allows_later=False)
    take(book, later, key)
    assert book.after_showing(fingerprint(now.certificate), NOON) == Change()


def test_an_expired_certificate_is_shown_when_there_is_no_other() -> None:
    """A00.FR.430."""
    top = Authority()
    book = book_with(top.issued)
    for days in (1, 3):
        pem, key, last = signed(book, top, ends=timedelta(days=days))
        take(book, pem, key)
    assert [each.leaf for each in book.showable(NOON)] == [each.leaf for each in book.own(NOON)]
    after = NOON + timedelta(days=9)
    assert book.own(after) == ()
    assert book.showable(after)[0].leaf == last.certificate


def test_own_certificates_do_not_pile_up() -> None:
    top = Authority()
    book = book_with(top.issued)
    for day in range(OWN_MAX + 3):
        pem, key, _ = signed(book, top, starts=-YEAR + timedelta(days=day))
        take(book, pem, key)
    assert len(names(book, OWN)) == OWN_MAX
    newest = book.own(NOON)[0].leaf.not_valid_before_utc
    assert newest == NOON - YEAR + timedelta(days=OWN_MAX + 2)


def test_the_stations_own_certificate_cannot_be_deleted() -> None:
    top = Authority()
    book = book_with(top.issued)
    pem, key, _ = signed(book, top)
    take(book, pem, key)
    (own,) = book.hashes(OWN, "SHA256")
    with pytest.raises(CertificateInUse, match="own certificate"):
        book.delete(own, ())


# firmware


def test_a_signing_certificate_is_checked_against_the_makers_roots_only() -> None:
    maker, operator = Authority("Maker"), Authority("Operator")
    book = book_with(operator.issued)
    good = maker.below("Signing CA").issue(subject("Firmware", "Maker"))
    assert book.check_signing(good.chain_pem, NOON) == "InvalidCertificate"
    install(book, maker.pem, MAKER)
    assert book.check_signing(good.chain_pem, NOON) == ""
    assert book.check_signing(good.chain_pem, NOON + 2 * YEAR) == "InvalidCertificate"
    assert book.check_signing(good.pem, NOON) == "InvalidCertificate"
    foreign = operator.issue(subject("Firmware", "Maker"))
    assert book.check_signing(foreign.pem, NOON) == "InvalidCertificate"
    assert book.check_signing("rubbish", NOON) == "InvalidCertificate"


def test_a_signing_certificate_that_the_maker_took_back_is_told_as_revoked() -> None:
    maker = Authority("Maker")
    signing = maker.below("Signing CA")
    good, other = (signing.issue(subject(name, "Maker")) for name in ("Firmware", "Other"))
    book = book_with()
    install(book, maker.pem, MAKER)
    path = [*read_chain(good.chain_pem, 10_000), *read_chain(maker.pem, 10_000)]
    assert len({fingerprint(one) for one in path}) == 3
    for one in path:
        revoked = {fingerprint(one)}
        assert book.check_signing(good.chain_pem, NOON, revoked) == "RevokedCertificate"
    leaf = {fingerprint(path[0])}
    assert book.check_signing(other.chain_pem, NOON, leaf) == ""
    assert book.check_signing(good.chain_pem, NOON + 2 * YEAR, leaf) == "InvalidCertificate"
