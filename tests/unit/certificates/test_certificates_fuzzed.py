"""Damaged certificates by the hundred: each is taken or refused, and nothing else happens.

``AMPKEEPER_FUZZ_CERTIFICATES`` says how many; 3,000 take a second.
"""

import base64
import os
import random

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from ampkeeper.firmware.certificates.book import CertificateBook
from ampkeeper.firmware.certificates.keys import make_request
from ampkeeper.firmware.certificates.values import ROOTS, CertificateRefused, Usage
from tests.support.pki import NOON, Authority

COUNT = int(os.environ.get("AMPKEEPER_FUZZ_CERTIFICATES", "1000"))

pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")


def pem(der: bytes) -> str:
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n"


def damaged(der: bytes, chance: random.Random) -> bytes:
    """A few bytes changed, lost or added."""
    found = bytearray(der)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        place = chance.randrange(len(found))
        match chance.randrange(10):
            case 0:
                del found[place : place + chance.randrange(1, 5)]
            case 1:
                found[place:place] = chance.randbytes(chance.randrange(1, 5))
            case 2:
                found[place] ^= 1 << chance.randrange(8)
            case _:
                found[place] = chance.randrange(256)
    return bytes(found)


def test_nothing_that_is_damaged_raises_anything_but_a_refusal(
    request: pytest.FixtureRequest,
) -> None:
    chance = random.Random(request.config.getoption("--seed"))
    top = Authority()
    sub, asked = top.below("Sub"), make_request("AK-0001", "Operator")
    leaf = sub.sign(asked.csr)
    ders = [
        each.public_bytes(Encoding.DER)
        for each in (leaf.certificate, sub.certificate, top.certificate)
    ]
    book = CertificateBook()
    book.apply(book.install(Usage.CENTRAL_SYSTEM_ROOT, top.pem, NOON))
    refused = 0
    for _ in range(COUNT):
        parts = [damaged(each, chance) if chance.random() < 0.5 else each for each in ders]
        try:
            if chance.random() < 0.5:
                change = book.install(chance.choice(ROOTS), pem(chance.choice(parts)), NOON)
            else:
                text = pem(parts[0]) + pem(parts[1])
                change = book.take_signed(text, asked.private_key, "AK-0001", "Operator", NOON)
            taken = CertificateBook()
            taken.apply(change)
            assert [taken.hashes(usage, "SHA256") for usage in Usage]
        except CertificateRefused:
            refused += 1
    assert 0 < refused < COUNT
