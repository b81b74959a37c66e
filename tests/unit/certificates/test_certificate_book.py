"""The certificate book: what is taken, refused, replaced and deleted."""

import hashlib
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.certificates.book import ROOTS_MAX, CertificateBook
from ampkeeper.firmware.certificates.reading import fingerprint, read_chain
from ampkeeper.firmware.certificates.values import (
    CertificateInUse,
    CertificateRefused,
    Change,
    HashData,
    Record,
    StoreFull,
    Usage,
)
from tests.support.pki import NOON, YEAR, Authority, Issued, root

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


# roots


def test_a_root_is_taken_once() -> None:
    book, made = CertificateBook(), root()
    change = install(book, made.pem)
    assert [record.usage for record in change.keep] == [CENTRAL]
    assert install(book, made.pem) == Change()
    assert book.roots(CENTRAL) == (made.certificate,)
    assert book.trusted_pem() == made.pem
    assert book.roots(MAKER) == ()
    assert book.has_valid_root(NOON)
    assert not book.has_valid_root(NOON + 2 * YEAR)


def test_what_was_kept_is_taken_up_again_and_what_is_broken_is_named() -> None:
    made = root()
    change = CertificateBook().install(CENTRAL, made.pem, NOON)
    book = CertificateBook()
    wrong = book.load([*change.keep, Record("f00", MAKER, "rubbish")])
    assert names(book) == [fingerprint(made.certificate)]
    assert len(wrong) == 1
    assert "f00" in wrong[0]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"ends": -timedelta(days=1)}, "expired on 2026-11-21"),
        ({"starts": timedelta(days=1)}, "valid only from 2026-11-23"),
        ({"is_ca": False}, "no CA"),
        ({"signed_by": ec.generate_private_key(ec.SECP256R1())}, "did not"),
        ({"key": rsa.generate_private_key(65537, 1024)}, "1024 bits"),
        ({"key": ec.generate_private_key(ec.SECP192R1())}, "192 bits"),
    ],
    ids=["expired", "not yet valid", "no CA", "forged", "weak RSA", "weak EC"],
)
def test_a_bad_root_is_refused(options: dict[str, object], reason: str) -> None:
    with pytest.raises(CertificateRefused, match=reason):
        CertificateBook().install(CENTRAL, root(**options).pem, NOON)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rubbish",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\n\ud800\n-----END CERTIFICATE-----\n",
        "x" * 5_501,
        "-----BEGIN CERTIFICATE-----" * 150,
    ],
)
def test_garbage_is_refused(text: str) -> None:
    with pytest.raises(CertificateRefused):
        CertificateBook().install(CENTRAL, text, NOON)


def test_two_roots_at_once_are_refused() -> None:
    with pytest.raises(CertificateRefused, match="one root"):
        CertificateBook().install(CENTRAL, root().pem + root().pem, NOON)


@given(st.data())
def test_no_damaged_certificate_raises_anything_but_a_refusal(data: st.DataObject) -> None:
    pem = bytearray(DAMAGED.pem.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        pem[data.draw(st.integers(0, len(pem) - 1))] = data.draw(st.integers(0, 255))
    text = pem.decode("utf-8", "replace")
    try:
        CertificateBook().install(CENTRAL, text, NOON)
    except CertificateRefused:
        return
    assert read_chain(text, 5_500)[0].subject == DAMAGED.certificate.subject


DAMAGED = root("Damaged")


def test_a_root_of_one_kind_is_not_taken_for_the_other() -> None:
    made = root()
    book = book_with(made)
    with pytest.raises(CertificateRefused, match="installed as CentralSystemRoot"):
        book.install(MAKER, made.pem, NOON)


def test_the_store_has_an_end_and_a_known_root_needs_no_room() -> None:
    key_roots = [root(f"Root {number}") for number in range(ROOTS_MAX)]
    book = book_with(*key_roots)
    with pytest.raises(StoreFull, match=f"{ROOTS_MAX} roots"):
        book.install(MAKER, root().pem, NOON)
    assert install(book, key_roots[0].pem) == Change()


def test_a_root_of_the_configuration_is_trusted_and_not_listed() -> None:
    made = root()
    book = CertificateBook(given_roots=made.pem)
    assert book.has_valid_root(NOON)
    assert book.roots(CENTRAL) == (made.certificate,)
    assert book.trusted_pem() == ""
    assert book.hashes(CENTRAL, "SHA256") == {}


def test_a_file_of_roots_is_taken_as_far_as_it_can_be_read() -> None:
    good = [root(f"Root {number}") for number in range(12)]
    text = "# roots\n" + "".join(each.pem for each in good[:6])
    text += "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    text += "".join(each.pem for each in good[6:])
    book = CertificateBook(given_roots=text)
    assert book.roots(CENTRAL) == tuple(each.certificate for each in good)
    assert CertificateBook(given_roots="rubbish").roots(CENTRAL) == ()


# the one root that replaces the other: AdditionalRootCertificateCheck


def test_a_new_root_must_be_signed_by_the_old_one() -> None:
    old = Authority("Old")
    book = book_with(old.issued, replaces_root=True)
    with pytest.raises(CertificateRefused, match="did not sign"):
        book.install(CENTRAL, root("Stranger").pem, NOON)
    new = old.below("New")
    install(book, new.pem)
    assert names(book) == [fingerprint(old.certificate), fingerprint(new.certificate)]


def test_a_root_of_the_configuration_is_an_old_one_too() -> None:
    old = Authority("Of the file")
    book = CertificateBook(replaces_root=True, given_roots=old.pem)
    with pytest.raises(CertificateRefused, match="did not sign"):
        book.install(CENTRAL, root("Stranger").pem, NOON)
    new = old.below("New")
    install(book, new.pem)
    assert names(book) == [fingerprint(new.certificate)]


def test_the_old_root_is_the_fall_back_until_the_new_one_has_verified_the_central_system() -> None:
    old = Authority("Old")
    new = old.below("New")
    book = book_with(old.issued, new.issued, replaces_root=True)
    assert book.after_connecting(["other", fingerprint(old.certificate)]) == Change()
    change = book.after_connecting([fingerprint(new.certificate)])
    assert change.drop == (fingerprint(old.certificate),)
    book.apply(change)
    assert names(book) == [fingerprint(new.certificate)]


def test_there_is_only_one_fall_back() -> None:
    first = Authority("First")
    second = first.below("Second")
    third = second.below("Third")
    book = book_with(first.issued, second.issued, third.issued, replaces_root=True)
    assert names(book) == [fingerprint(second.certificate), fingerprint(third.certificate)]


def test_the_first_root_needs_no_signer_and_the_check_leaves_the_makers_roots_alone() -> None:
    book = book_with(root(), replaces_root=True)
    install(book, root("Maker").pem, MAKER)
    install(book, root("Other maker").pem, MAKER)
    assert len(names(book, MAKER)) == 2


def test_without_the_check_roots_stand_side_by_side() -> None:
    book = book_with(root("A"), root("B"))
    assert len(names(book)) == 2
    assert book.after_connecting(names(book)) == Change()


# what OCPP sees


def test_the_hash_data_are_those_of_edition_3() -> None:
    made = root()
    book = book_with(made)
    ((found, name),) = book.hashes(CENTRAL, "SHA256").items()
    public = made.certificate.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    bits = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    assert name == fingerprint(made.certificate)
    assert found == HashData(
        "SHA256",
        hashlib.sha256(made.certificate.issuer.public_bytes()).hexdigest(),
        hashlib.sha256(bits).hexdigest(),
        f"{made.certificate.serial_number:x}",
    )
    assert found.issuer_name_hash == found.issuer_name_hash.lower()


def test_a_root_below_another_has_the_hash_of_its_issuers_key() -> None:
    old = Authority("Old")
    new = old.below("New")
    book = book_with(old.issued, new.issued)
    keys = {name: found.issuer_key_hash for found, name in book.hashes(CENTRAL, "SHA256").items()}
    assert keys[fingerprint(new.certificate)] == keys[fingerprint(old.certificate)]


@pytest.mark.parametrize("algorithm", ["SHA256", "SHA384", "SHA512"])
def test_a_root_is_deleted_by_its_hash_whatever_its_case(algorithm: str) -> None:
    book = book_with(root("A"), root("B"))
    found, name = next(iter(book.hashes(CENTRAL, algorithm).items()))
    shouted = HashData(
        algorithm,
        found.issuer_name_hash.upper(),
        found.issuer_key_hash.upper(),
        "00" + found.serial.upper(),
    )
    change = book.delete(shouted, in_use=())
    assert change is not None
    book.apply(change)
    assert name not in names(book)
    assert len(names(book)) == 1
    assert book.delete(shouted, in_use=()) is None


def test_what_nobody_knows_cannot_be_deleted() -> None:
    book = book_with(root())
    assert book.delete(HashData("SHA256", "00", "00", "1"), ()) is None
    assert book.delete(HashData("MD5", "00", "00", "1"), ()) is None


def test_the_root_under_the_connection_stays() -> None:
    used, idle = root("Used"), root("Idle")
    book = book_with(used, idle)
    by_name = {name: found for found, name in book.hashes(CENTRAL, "SHA256").items()}
    path = ["leaf", fingerprint(used.certificate)]
    with pytest.raises(CertificateInUse, match="rests on it"):
        book.delete(by_name[path[1]], path)
    assert book.delete(by_name[fingerprint(idle.certificate)], path) is not None
    with pytest.raises(CertificateInUse):
        book.delete(by_name[fingerprint(idle.certificate)], None)
