"""Attacks on updates, one named test each, against the installer that a station has.

The classes are those of The Update Framework (section 1.5.2) and Uptane (section 4), and known
weaknesses of chargers. What needs a line or a whole station is tried elsewhere: endless and slow
servers in ``test_hostile_downloads.py``, hostile central systems in ``test_hostile_updates.py``.
"""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from ampkeeper.firmware.update.ceremony import KeyPair, new_root, new_signer
from ampkeeper.firmware.update.envelope import HEADER, drafted, payload_of, write_image
from ampkeeper.firmware.update.folders import Folders, Machine
from ampkeeper.firmware.update.keys import fingerprint
from ampkeeper.firmware.update.manifest import COUNTER_MAX, PILOT, STATION, Manifest
from ampkeeper.firmware.update.refused import Ground, ImageRefused
from ampkeeper.firmware.update.slots import FACTORY
from ampkeeper.firmware.update.trust import Trust, statement_of
from tests.support.crash_disk import CrashDisk
from tests.support.releases import DAY, NOW, ReleaseMaker, draft
from tests.unit.update.test_folders import APPLICATION, archive_of, contents, quiet

MAKER = ReleaseMaker()
STRANGER = ReleaseMaker("Stranger")
PARTS = {STATION: APPLICATION, PILOT: b"pilot 1.5.0"}
HUGE = 1 << 40


def manifest(parts: dict[str, bytes] | None = None, **changes: object) -> Manifest:
    told = tuple(
        payload_of(kind, "1.5.0", io.BytesIO(raw)) for kind, raw in (parts or PARTS).items()
    )
    return replace(draft(payloads=told, counter=5), **changes)  # type: ignore[arg-type]


def image(
    maker: ReleaseMaker = MAKER,
    parts: dict[str, bytes] | None = None,
    signer: KeyPair | None = None,
    **changes: object,
) -> bytes:
    head = maker.head(manifest(parts, **changes), signer)
    return whole(head, parts or PARTS)


def whole(head: bytes, parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    for _ in write_image(file, head, (io.BytesIO(raw) for raw in parts.values())):
        pass
    return file.getvalue()


class Machinery:
    """A station in the field: what it came with has counter 4."""

    def __init__(self, disk: CrashDisk | None = None) -> None:
        self.disk = disk or CrashDisk()
        self.slots = Folders(self.disk, Machine("emulated", 4, MAKER.trust))

    def install(self, raw: bytes, now: datetime = NOW) -> None:
        """Install, try, confirm."""
        self.slots.install(io.BytesIO(raw), now, quiet)
        assert self.slots.start() in ("a", "b")
        self.slots.confirm()

    def refuses(self, raw: bytes | io.BytesIO, now: datetime = NOW) -> Ground:
        """Nothing that counts changes: the record, and what starts."""
        file = io.BytesIO(raw) if isinstance(raw, bytes) else raw
        record, before = self.slots.record(), self.slots.start()
        with pytest.raises(ImageRefused) as caught:
            self.slots.install(file, now, quiet)
        assert str(caught.value).strip(), "one sentence that says why"
        assert self.slots.record() == record
        assert self.slots.start() == before
        return caught.value.ground


@pytest.fixture
def machine() -> Machinery:
    return Machinery()


# The Update Framework


def test_arbitrary_software_is_refused_signed_by_nobody_or_by_anybody(machine: Machinery):
    assert machine.refuses(b"#!/bin/sh\nreboot\n") is Ground.FORMAT
    assert machine.refuses(whole(drafted(manifest()), PARTS)) is Ground.SIGNATURE
    assert machine.refuses(image(STRANGER)) is Ground.SIGNER


def test_rollback_to_an_older_counter_is_refused_now_and_after_a_restart(machine: Machinery):
    old = image(counter=5)
    machine.install(image(counter=6))
    assert machine.refuses(old) is Ground.OLDER
    again = Machinery()
    again.disk, again.slots = (
        machine.disk,
        Folders(machine.disk, Machine("emulated", 4, MAKER.trust)),
    )
    assert again.refuses(old) is Ground.OLDER


def test_rollback_under_a_newer_version_is_refused(machine: Machinery):
    """A replayed older image with another name: only the counter counts."""
    machine.install(image(counter=6, version="1.6.0"))
    assert machine.refuses(image(counter=5, version="9.9.9")) is Ground.OLDER


def test_rollback_by_a_slot_put_back_on_the_disk_does_not_start(machine: Machinery):
    machine.install(image(counter=5))
    kept = {name: raw for name, raw in contents(machine.disk).items() if name.startswith("a/")}
    machine.install(image(counter=6))
    machine.install(image(counter=7))  # into "a" again
    for name, raw in kept.items():
        machine.disk.create(name)
        machine.disk.append(name, raw)
    assert machine.slots.start() != "a"


def test_fast_forward_by_a_stolen_release_key_is_undone_by_the_root_alone(machine: Machinery):
    machine.install(image(counter=COUNTER_MAX))
    assert machine.refuses(image(counter=6)) is Ground.OLDER
    thief = fingerprint(MAKER.signer.certificate)
    again = Trust((MAKER.root.pem,), frozenset((thief,)), serial=1, counter_floor=6)
    by_thief = statement_of(again, [(MAKER.signer.pem, MAKER.signer.key)])
    assert machine.refuses(image(counter=6, trust=by_thief)) is Ground.SIGNER
    by_root = statement_of(again, [(MAKER.root.pem, MAKER.root.key)])
    fresh = new_signer(MAKER.root, "Fresh", NOW - DAY)
    machine.install(image(counter=6, trust=by_root, signer=fresh))
    assert machine.slots.record().counter_min == 6


@pytest.mark.parametrize(
    ("now", "ground"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), Ground.CLOCK),
        (NOW - 30 * DAY, Ground.CLOCK),
        (NOW + 91 * DAY, Ground.EXPIRED),
        (datetime(2038, 1, 20, tzinfo=UTC), Ground.SIGNER),
    ],
)
def test_freeze_an_image_that_is_too_old_or_a_clock_that_is_wrong_installs_nothing(
    machine: Machinery, now: datetime, ground: Ground
):
    assert machine.refuses(image(), now) is ground


def test_mix_and_match_of_two_genuine_images_is_refused(machine: Machinery):
    older = PARTS | {PILOT: b"pilot 1.4.9"}
    assert len(older[PILOT]) == len(PARTS[PILOT])
    head = MAKER.head(manifest())
    assert machine.refuses(whole(head, older)) is Ground.CONTENT
    swapped = MAKER.head(manifest(older))
    assert machine.refuses(whole(swapped, PARTS)) is Ground.CONTENT


def test_a_part_of_a_bundle_is_refused(machine: Machinery):
    """The pilot board's part is missing: station and board move together or not at all."""
    raw = image()
    assert machine.refuses(raw[: -len(PARTS[PILOT])]) is Ground.CONTENT
    assert machine.refuses(raw[: -len(PARTS[PILOT]) - len(APPLICATION)]) is Ground.CONTENT


def test_endless_data_is_read_no_further_than_declared(machine: Machinery):
    class Endless(io.BytesIO):
        """What comes behind the image never ends."""

        asked = 0

        def read(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert size >= 0, "all of it"
            self.asked += size
            found = super().read(size)
            return found + bytes(size - len(found))

    file = Endless(image())
    assert machine.refuses(file) is Ground.CONTENT
    assert file.asked < 2 * len(image())


def test_lengths_that_lie_are_bounded_before_anything_is_read(machine: Machinery):
    magic, form, zero, manifest_bytes, seal_bytes = HEADER.unpack(image()[: HEADER.size])
    for lie in (0, 65_537, 2**31, 2**32 - 1):
        for sizes in ((lie, seal_bytes), (manifest_bytes, lie)):
            raw = HEADER.pack(magic, form, zero, *sizes) + image()[HEADER.size :]
            assert machine.refuses(raw) in (Ground.FORMAT, Ground.SIGNATURE)


def test_wrong_software_for_another_board_is_refused(machine: Machinery):
    assert machine.refuses(image(boards=("pi-rp2040",))) is Ground.BOARD


def test_key_compromise_a_revoked_release_key_signs_nothing_any_more(machine: Machinery):
    stolen = MAKER.signer
    new = Trust((MAKER.root.pem,), frozenset((fingerprint(stolen.certificate),)), serial=1)
    statement = statement_of(new, [(MAKER.root.pem, MAKER.root.key)])
    fresh = new_signer(MAKER.root, "Fresh", NOW - DAY)
    assert machine.refuses(image(trust=statement)) is Ground.SIGNER  # by the stolen key itself
    machine.install(image(counter=6, trust=statement, signer=fresh))
    assert machine.refuses(image(counter=99)) is Ground.SIGNER
    machine.install(image(counter=7, signer=fresh))


def test_key_compromise_a_release_key_makes_nobody_believed(machine: Machinery):
    own = new_root("Thief", NOW - DAY)
    new = Trust((own.pem,), serial=1)
    for signers in (
        [(own.pem, own.key)],
        [(own.pem, own.key), (MAKER.signer.pem, MAKER.signer.key)],
    ):
        statement = statement_of(new, signers)
        assert machine.refuses(image(trust=statement)) is Ground.SIGNER


def test_key_compromise_a_root_is_replaced_and_the_old_one_signs_nothing_any_more(
    machine: Machinery,
):
    root = new_root("Second Root", NOW - DAY)
    signer = new_signer(root, "Second Release", NOW - DAY)
    new = Trust((root.pem,), frozenset((fingerprint(MAKER.root.certificate),)), serial=1)
    both = [(MAKER.root.pem, MAKER.root.key), (root.pem, root.key)]
    machine.install(image(counter=6, trust=statement_of(new, both), signer=signer))
    assert machine.refuses(image(counter=7)) is Ground.SIGNER
    machine.install(image(counter=7, signer=signer))


def test_a_change_of_trust_is_replayed_in_vain(machine: Machinery):
    stolen = fingerprint(MAKER.signer.certificate)
    fresh = new_signer(MAKER.root, "Fresh", NOW - DAY)
    root = [(MAKER.root.pem, MAKER.root.key)]
    before = statement_of(Trust((MAKER.root.pem,), serial=1), root)
    after = statement_of(Trust((MAKER.root.pem,), frozenset((stolen,)), serial=2), root)
    machine.install(image(counter=6, trust=after, signer=fresh))
    assert machine.refuses(image(counter=7, trust=before)) is Ground.SIGNER


# Known weaknesses of chargers


def test_a_signature_is_checked_to_its_last_bit(machine: Machinery):
    """CVE-2026-44104, CVE-2021-22708: sums and half-hearted checks."""
    head = MAKER.head(manifest())
    begins = head.index(b'"signature":"') + len(b'"signature":"')
    for place in range(begins, head.index(b'"', begins)):
        damaged = bytearray(head)
        damaged[place] = ord("A") if damaged[place] != ord("A") else ord("B")
        ground = machine.refuses(whole(bytes(damaged), PARTS))
        assert ground in (Ground.SIGNATURE, Ground.FORMAT)


def test_downgrade_of_the_pilot_board_alone_is_refused(machine: Machinery):
    """CVE-2025-8321: old signed software for one of two processors."""
    machine.install(image(counter=6))
    older = {STATION: APPLICATION, PILOT: b"pilot 1.4.9"}
    assert machine.refuses(image(parts=older, counter=5)) is Ground.OLDER


def test_a_certificate_that_is_not_for_code_signs_none(machine: Machinery):
    assert machine.refuses(image(signer=MAKER.root)) is Ground.SIGNER


def test_a_key_of_the_same_name_is_another_key(machine: Machinery):
    """Nothing is believed for what it is called."""
    double = new_root("Maker Root", NOW - 100 * DAY)
    signer = new_signer(double, "Maker Release", NOW - 10 * DAY)
    assert machine.refuses(image(signer=signer)) is Ground.SIGNER
    other = ec.generate_private_key(ec.SECP256R1())
    borrowed = KeyPair(MAKER.signer.certificate, other)
    assert machine.refuses(image(signer=borrowed)) is Ground.SIGNATURE


@pytest.mark.parametrize("version", ["1.5.0; reboot", "$(reboot)", "`id`", "../1.5", "1.5\n", ""])
def test_words_for_a_shell_are_no_version(version: str):
    """CVE-2026-7849, CVE-2025-22366: text that ends in a command line."""
    with pytest.raises(ImageRefused, match="version"):
        image(version=version)


# Files


def test_a_file_that_is_swapped_after_its_check_is_refused(machine: Machinery):
    """Check and use of two different files: the payloads stay, the manifest above them changes."""

    class Swapped(io.BytesIO):
        """Another head, signed as well, once the first was read."""

        heads = 0

        def seek(self, offset: int, whence: int = 0, /) -> int:
            place = super().seek(offset, whence)
            if place == 0 and self.heads == 0:
                self.heads = 1
                self.getbuffer()[: len(other)] = other
            return place

    first = MAKER.head(manifest(notes="one"))
    other = MAKER.head(manifest(notes="two"))
    assert len(first) == len(other)
    assert machine.refuses(Swapped(whole(first, PARTS))) is Ground.CONTENT
    assert "a/head" not in contents(machine.disk)


def test_payloads_that_are_swapped_after_the_check_of_the_head_are_refused(machine: Machinery):
    evil = archive_of({"main": b"import os"})
    head = MAKER.head(manifest())
    assert machine.refuses(whole(head, PARTS | {STATION: evil})) is Ground.CONTENT


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../../b", "..\\x"])
def test_a_name_that_leads_out_of_the_slot_is_refused(machine: Machinery, name: str):
    """Zip slip: the archive is signed, and its packer was tricked."""
    parts = PARTS | {STATION: archive_of({name: b"x"})}
    assert machine.refuses(image(parts=parts)) is Ground.CONTENT
    assert not [name for name in contents(machine.disk) if "passwd" in name]


@pytest.mark.parametrize(("counter", "starts"), [(4, FACTORY), (5, "")])
def test_software_that_is_changed_after_its_installation_does_not_start(
    machine: Machinery, counter: int, starts: str
):
    """Nor does older software in its place: what the machine came with has counter 4."""
    machine.install(image(counter=counter))
    machine.disk.create("a/app/main")
    machine.disk.append("a/app/main", b"import os")
    assert machine.slots.start() == starts


def test_an_image_is_held_for_as_long_as_its_maker_said(machine: Machinery):
    late = NOW + 90 * DAY + timedelta(seconds=1)
    assert machine.refuses(image(), late) is Ground.EXPIRED
    machine.install(image(), late - timedelta(seconds=1))
