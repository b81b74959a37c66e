"""Damaged images: every byte, every length, every field, and what chance makes; none is taken."""

import io
import json
import os
import random

import pytest

from ampkeeper.firmware.update.envelope import HEADER, read_head, read_payloads
from ampkeeper.firmware.update.manifest import manifest_of
from ampkeeper.firmware.update.refused import ImageRefused
from ampkeeper.firmware.update.trust import Trust, statement_of
from ampkeeper.firmware.update.verdict import check
from tests.support.releases import NOW, ReleaseMaker, draft

MAKER = ReleaseMaker()
TARGET = MAKER.target()
_CHANGED = Trust((MAKER.root.pem,), serial=1)
IMAGE = MAKER.image(draft(trust=statement_of(_CHANGED, [(MAKER.root.pem, MAKER.root.key)])))
MUTANTS = int(os.environ.get("AMPKEEPER_IMAGE_MUTANTS", "5500"))
FLIPS = (0x01, 0x20, 0x80) if "AMPKEEPER_IMAGE_MUTANTS" in os.environ else (0x01,)
ODD = (None, True, -1, 0, 2**31, 2**63, 1.5, "", "x" * 40_000, "\x00", [], [[]], {}, {"a": 1})


def is_taken(image: bytes) -> bool:
    """True if an image would be installed; ImageRefused is the only way of saying no."""
    try:
        install(image)
    except ImageRefused:
        return False
    return True


def install(image: bytes) -> None:
    file = io.BytesIO(image)
    head = read_head(file)
    check(head, TARGET, NOW)
    for _ in read_payloads(file, head, lambda payload, raw: None):
        pass


def test_the_whole_image_is_taken():
    assert is_taken(IMAGE)


def test_no_image_with_a_changed_byte_is_taken():
    taken = []
    for place in range(len(IMAGE)):
        for flip in FLIPS:
            image = bytearray(IMAGE)
            image[place] ^= flip
            if is_taken(bytes(image)):
                taken.append((place, flip))
    assert taken == []


def test_no_image_that_was_cut_is_taken():
    assert [size for size in range(len(IMAGE)) if is_taken(IMAGE[:size])] == []


def test_no_image_that_goes_on_is_taken():
    assert not any(is_taken(IMAGE + bytes(size)) for size in (1, 2, 511, 4096))


def test_no_image_that_chance_made_is_taken():
    chance = random.Random(20261123)
    for _ in range(MUTANTS):
        image = bytearray(IMAGE)
        for _ in range(chance.randint(1, 8)):
            at = chance.randrange(len(image))
            size = chance.choice((1, 1, 2, 4, 64))
            kind = chance.randrange(4)
            if kind == 0:
                image[at : at + size] = chance.randbytes(size)
            elif kind == 1:
                del image[at : at + size]
            elif kind == 2:
                image[at:at] = image[at : at + size]
            else:
                other = chance.randrange(len(image))
                image[at : at + size] = image[other : other + size]
        assert bytes(image) == IMAGE or not is_taken(bytes(image))


@pytest.mark.parametrize("key", sorted(json.loads(draft().to_bytes())))
def test_no_field_of_a_manifest_can_be_odd_or_altered(key: str):
    told = json.loads(draft().to_bytes())
    for odd in ODD:
        if odd == told[key] or (key in ("notes", "trust") and odd in ("", "\x00")):
            continue
        raw = written({**told, key: odd})
        with pytest.raises(ImageRefused):
            manifest_of(raw)
    with pytest.raises(ImageRefused, match=key):
        manifest_of(written({name: told[name] for name in told if name != key}))


@pytest.mark.parametrize("key", ["bytes", "kind", "sha256", "version"])
def test_no_field_of_a_payload_can_be_odd(key: str):
    told = json.loads(draft().to_bytes())
    for odd in ODD:
        payload = {**told["payloads"][0], key: odd}
        with pytest.raises(ImageRefused):
            manifest_of(written({**told, "payloads": [payload]}))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 2}, "format 2; this software knows 1"),
        ({"created": "2026-13-01T00:00:00Z"}, "is no time"),
        ({"not_after": "2020-01-01T00:00:00Z"}, "not after created"),
        ({"boards": ["b", "a"]}, "sorted"),
        ({"boards": ["../../etc"]}, "not of the form"),
        ({"counter": 0}, "allowed are 1 to"),
        ({"version": "1.0; rm -rf /"}, "not of the form"),
        ({"colour": "red"}, "missing or unknown: 'colour'"),
    ],
)
def test_a_refusal_names_field_and_what_is_allowed(change: dict[str, object], words: str):
    with pytest.raises(ImageRefused, match=words):
        manifest_of(written({**json.loads(draft().to_bytes()), **change}))


def test_a_manifest_that_is_written_otherwise_is_refused():
    told = json.loads(draft().to_bytes())
    for raw in (
        json.dumps(told).encode(),
        draft().to_bytes() + b"\n",
        draft().to_bytes().replace(b'"counter":7', b'"counter":7,"counter":7'),
        draft().to_bytes().replace(b'"counter":7', b'"counter":07'),
        b"[" * 60_000,
        b'"\xff"',
    ):
        with pytest.raises(ImageRefused):
            manifest_of(raw)


@pytest.mark.parametrize("part", ["manifest", "seal"])
def test_what_nests_deeply_is_refused_and_ends_nothing(part: str):
    """Some depths can be read and not written again, which ones depends on who calls."""
    for levels in (*range(5, 1_000), 20_000):
        nest = b"[" * levels + b"]" * levels
        manifest = draft().to_bytes()
        seal = b'{"chain":%s,"signature":""}' % nest
        if part == "manifest":
            manifest, seal = manifest.replace(b'"counter":7', b'"counter":' + nest), b"{}"
        head = HEADER.pack(b"\x89AKI\r\n\x1a\n", 1, 0, len(manifest), len(seal))
        with pytest.raises(ImageRefused):
            read_head(io.BytesIO(head + manifest + seal))


@pytest.mark.parametrize("sizes", [(2**32 - 1, 10), (10, 2**32 - 1), (0, 10)])
def test_lengths_are_judged_before_anything_is_read(sizes: tuple[int, int]):
    class Endless(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            assert size is not None
            assert 0 <= size <= 65_536
            return super().read(size)

    head = HEADER.pack(b"\x89AKI\r\n\x1a\n", 1, 0, *sizes)
    with pytest.raises(ImageRefused, match="at most"):
        read_head(Endless(head + bytes(100)))


def written(told: dict[str, object]) -> bytes:
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
