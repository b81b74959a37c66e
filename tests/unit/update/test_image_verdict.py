"""Images: what is taken, and for which reason everything else is not."""

import hashlib
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from ampkeeper.firmware.update.ceremony import KeyPair, new_root, new_signer
from ampkeeper.firmware.update.envelope import Head, read_head, read_payloads, sealed
from ampkeeper.firmware.update.keys import fingerprint, sign
from ampkeeper.firmware.update.refused import Ground, ImageRefused
from ampkeeper.firmware.update.trust import Trust, statement_of, trust_of
from ampkeeper.firmware.update.verdict import Target, check, check_signer
from tests.support.releases import DAY, NOW, PILOT_FILE, STATION_FILE, ReleaseMaker, draft

MAKER = ReleaseMaker()
OTHER = ReleaseMaker("Other")


def read(image: bytes) -> Head:
    return read_head(io.BytesIO(image))


def ground_of(head: Head, target: Target, now: datetime = NOW) -> Ground:
    with pytest.raises(ImageRefused) as caught:
        check(head, target, now)
    assert "\n" not in str(caught.value)
    return caught.value.ground


def unpacked(image: bytes) -> dict[str, bytes]:
    file = io.BytesIO(image)
    found: dict[str, bytes] = {}
    head = read_head(file)
    for _ in read_payloads(
        file, head, lambda one, raw: found.update({one.kind: found.get(one.kind, b"") + raw})
    ):
        pass
    return found


def test_an_image_of_its_maker_is_taken_and_unpacked():
    image = MAKER.image()
    head = read(image)
    assert check(head, MAKER.target(), NOW) == MAKER.trust
    assert head.manifest == draft()
    assert head.bytes_total == len(image)
    assert unpacked(image) == {"station": STATION_FILE, "pilot": PILOT_FILE}


def test_the_same_input_makes_the_same_manifest():
    assert draft().to_bytes() == draft().to_bytes()
    assert read(MAKER.image()).digest == read(MAKER.image()).digest


def test_an_image_of_somebody_else_is_refused():
    assert ground_of(read(OTHER.image()), MAKER.target()) is Ground.SIGNER


def test_a_signer_with_the_name_of_ours_below_another_root_is_refused():
    root = new_root("Maker Root", NOW - 100 * DAY)
    signer = new_signer(root, "Maker Release", NOW - DAY)
    assert ground_of(read(MAKER.image(signer=signer)), MAKER.target()) is Ground.SIGNER


def test_a_root_signs_no_image_itself():
    assert ground_of(read(MAKER.image(signer=MAKER.root)), MAKER.target()) is Ground.SIGNER


def below_our_root(**changes: x509.ExtensionType | None) -> KeyPair:
    """A release key with other extensions; None leaves one out."""
    right = MAKER.signer.certificate
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateBuilder(
        right.issuer, right.subject, key.public_key(), right.serial_number + 1,
        right.not_valid_before_utc, right.not_valid_after_utc,
    )  # fmt: skip
    usual = {type(one.value).__name__: one.value for one in right.extensions}
    assert changes.keys() <= usual.keys()
    for value in (usual | changes).values():
        builder = builder if value is None else builder.add_extension(value, critical=True)
    return KeyPair(builder.sign(MAKER.root.key, hashes.SHA384()), key)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ExtendedKeyUsage": x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])},
         "not codeSigning"),
        ({"ExtendedKeyUsage": None}, "required extension"),
        ({"BasicConstraints": x509.BasicConstraints(ca=True, path_length=0)}, "a CA"),
        ({"KeyUsage": x509.KeyUsage(False, False, True, False, False, False, False, False, False)},
         "not digitalSignature"),
        ({"KeyUsage": None}, "required extension"),
    ],
)  # fmt: skip
def test_a_certificate_below_our_root_that_signs_no_code_is_refused(
    changes: dict[str, x509.ExtensionType | None], words: str
):
    check(read(MAKER.image(signer=below_our_root())), MAKER.target(), NOW)
    with pytest.raises(ImageRefused, match=words) as caught:
        check(read(MAKER.image(signer=below_our_root(**changes))), MAKER.target(), NOW)
    assert caught.value.ground is Ground.SIGNER


def test_a_signature_by_another_key_than_the_certificates_is_refused():
    head = sealed(draft(), (MAKER.signer.certificate,), OTHER.signer.key)
    assert ground_of(read(head), MAKER.target()) is Ground.SIGNATURE


def test_an_expired_signer_is_refused_and_the_reason_says_when():
    head = read(MAKER.image(draft(not_after=NOW + 4000 * DAY)))
    with pytest.raises(ImageRefused, match="expired on 2028") as caught:
        check(head, MAKER.target(), NOW + 1000 * DAY)
    assert caught.value.ground is Ground.SIGNER


def test_what_was_installed_in_time_may_still_start_later():
    head = read(MAKER.image())
    assert check_signer(head, MAKER.trust, head.manifest.created) == MAKER.trust


def test_a_signer_younger_than_his_image_is_refused_since_it_would_never_start():
    young = new_signer(MAKER.root, "Maker Release", NOW)
    at = young.certificate.not_valid_before_utc
    head = read(MAKER.image(draft(created=at - timedelta(seconds=1)), young))
    with pytest.raises(ImageRefused, match=r"CN=Maker Release.* was made before") as caught:
        check(head, MAKER.target(), NOW)
    assert caught.value.ground is Ground.SIGNER
    of_the_day = read(MAKER.image(draft(created=at), young))
    assert check(of_the_day, MAKER.target(), NOW) == MAKER.trust
    assert check_signer(of_the_day, MAKER.trust, at) == MAKER.trust, "and it starts"


def test_a_root_younger_than_the_image_is_refused():
    maker = ReleaseMaker()
    maker.root = new_root("Maker Root", NOW)
    maker.signer = new_signer(maker.root, "Maker Release", NOW - 100 * DAY)
    head = read(maker.image(draft(created=NOW - 2 * DAY)))
    with pytest.raises(ImageRefused, match=r"CN=Maker Root.* was made before") as caught:
        check(head, maker.target(), NOW)
    assert caught.value.ground is Ground.SIGNER


def test_a_clock_at_1970_is_told_as_such():
    head = read(MAKER.image())
    assert ground_of(head, MAKER.target(), datetime(1970, 1, 1, tzinfo=UTC)) is Ground.CLOCK


def test_an_image_for_another_board_is_refused():
    assert ground_of(read(MAKER.image()), MAKER.target(board="evse-din")) is Ground.BOARD


def test_an_older_counter_is_refused_and_the_same_one_is_not():
    head = read(MAKER.image())
    assert ground_of(head, MAKER.target(counter_min=8)) is Ground.OLDER
    assert check(head, MAKER.target(counter_min=7), NOW) == MAKER.trust


def test_an_image_that_is_too_old_to_install_is_refused():
    assert ground_of(read(MAKER.image()), MAKER.target(), NOW + 91 * DAY) is Ground.EXPIRED


def test_a_payload_that_was_swapped_is_refused():
    image = MAKER.image().replace(PILOT_FILE, PILOT_FILE[::-1])
    with pytest.raises(ImageRefused, match="pilot: its bytes") as caught:
        unpacked(image)
    assert caught.value.ground is Ground.CONTENT


def test_a_file_that_goes_on_is_refused_at_its_declared_end():
    with pytest.raises(ImageRefused, match="longer than"):
        unpacked(MAKER.image() + b"x")


# who is believed


def rotated(*signers: KeyPair, **changes: object) -> str:
    """A statement that puts OTHER's root in the place of ours."""
    new = replace(Trust((OTHER.root.pem,), serial=1), **changes)  # type: ignore[arg-type]
    return statement_of(new, [(one.pem, one.key) for one in signers])


def test_a_new_root_that_both_roots_signed_takes_over():
    statement = rotated(MAKER.root, OTHER.root)
    head = read(OTHER.image(draft(trust=statement)))
    trust = check(head, MAKER.target(), NOW)
    assert trust == Trust((OTHER.root.pem,), serial=1)
    assert trust_of(trust.to_text()) == trust
    later = MAKER.target(trust=trust)
    assert ground_of(read(MAKER.image()), later) is Ground.SIGNER


@pytest.mark.parametrize("signers", [(), (MAKER.root,), (OTHER.root,), (MAKER.signer, OTHER.root)])
def test_a_change_of_roots_needs_the_old_one_and_the_new_one(signers: tuple[KeyPair, ...]):
    head = read(OTHER.image(draft(trust=rotated(*signers))))
    assert ground_of(head, MAKER.target()) is Ground.SIGNER


def test_a_release_key_alone_revokes_nobody():
    new = Trust((MAKER.root.pem,), frozenset({"0" * 64}), serial=1)
    statement = statement_of(new, [(MAKER.signer.pem, MAKER.signer.key)])
    assert ground_of(read(MAKER.image(draft(trust=statement))), MAKER.target()) is Ground.SIGNER


def test_a_revoked_release_key_signs_nothing_any_more():
    revoked = frozenset({fingerprint(MAKER.signer.certificate)})
    new = Trust((MAKER.root.pem,), revoked, serial=1)
    assert ground_of(read(MAKER.image()), MAKER.target(trust=new)) is Ground.SIGNER
    statement = statement_of(new, [(MAKER.root.pem, MAKER.root.key)])
    with_it = read(MAKER.image(draft(trust=statement)))
    assert ground_of(with_it, MAKER.target()) is Ground.SIGNER, "not even what revokes itself"


def test_an_older_statement_changes_nothing():
    held = Trust((MAKER.root.pem,), serial=3)
    head = read(MAKER.image(draft(trust=rotated(MAKER.root, OTHER.root))))
    assert check(head, MAKER.target(trust=held), NOW) == held


def test_only_a_root_lets_the_counter_begin_again():
    flooded = 2**31 - 1
    new = Trust((MAKER.root.pem,), serial=1, counter_floor=7)
    statement = statement_of(new, [(MAKER.root.pem, MAKER.root.key)])
    head = read(MAKER.image(draft(trust=statement)))
    assert check(head, MAKER.target(counter_min=flooded), NOW) == new
    again = MAKER.target(counter_min=8, trust=new)
    assert ground_of(head, again) is Ground.OLDER, "a statement resets the counter once"


def test_a_root_that_is_named_and_revoked_is_believed_no_more():
    revoked = frozenset({fingerprint(MAKER.root.certificate)})
    held = Trust((MAKER.root.pem, OTHER.root.pem), revoked, serial=1)
    assert ground_of(read(MAKER.image()), MAKER.target(trust=held)) is Ground.SIGNER
    check(read(OTHER.image()), MAKER.target(trust=held), NOW)
    back = statement_of(Trust((MAKER.root.pem,), serial=2), [(MAKER.root.pem, MAKER.root.key)])
    head = read(OTHER.image(draft(trust=back)))
    assert ground_of(head, MAKER.target(trust=held)) is Ground.SIGNER, "it takes nothing back"


def test_what_a_release_key_signed_elsewhere_signs_no_image():
    """The same bytes, signed as something else than an image."""
    raw = draft().to_bytes()
    right = read(MAKER.image())
    for elsewhere in (raw, b"ampkeeper trust 1\n" + raw):
        signature = sign(MAKER.signer.key, hashlib.sha256(elsewhere).digest())
        head = replace(right, signature=signature)
        assert ground_of(head, MAKER.target()) is Ground.SIGNATURE
    good = sign(MAKER.signer.key, hashlib.sha256(b"ampkeeper image 1\n" + raw).digest())
    check(replace(right, signature=good), MAKER.target(), NOW)


@pytest.mark.parametrize("is_young_first", [True, False])
def test_of_two_roots_of_one_name_the_one_counts_that_the_signer_leads_to(is_young_first: bool):
    """A root may be made anew under its name; which of them is named first says nothing."""
    young = new_root("Maker Root", NOW + DAY / 2)  # valid from half a day after the image was made
    roots = [young.pem, MAKER.root.pem] if is_young_first else [MAKER.root.pem, young.pem]
    trust = Trust(tuple(roots))
    assert check(read(MAKER.image()), MAKER.target(trust=trust), NOW) == trust
    of_young = new_signer(young, "Maker Release", NOW - 10 * DAY)
    head = read(MAKER.image(signer=of_young))
    with pytest.raises(ImageRefused, match=r"CN=Maker Root.* was made before") as caught:
        check(head, MAKER.target(trust=trust), NOW)
    assert caught.value.ground is Ground.SIGNER
    with pytest.raises(ImageRefused):
        check_signer(head, trust, head.manifest.created)
