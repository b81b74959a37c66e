"""Make: each kind by its name, and what cannot be made is named."""

import pytest

from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.fake import FakeClock
from ampkeeper.hal.readers.form import HEX, Form
from ampkeeper.hal.readers.make import KINDS, Options, make_reader
from ampkeeper.hal.readers.mfrc522 import Mfrc522Reader
from ampkeeper.hal.readers.pn532 import Pn532Reader
from ampkeeper.hal.readers.rdm6300 import Rdm6300Reader
from ampkeeper.hal.readers.text import TextReader
from ampkeeper.hal.readers.twn4 import Twn4Reader
from ampkeeper.hal.readers.wedge import WedgeReader

MADE = {
    "pn532": Pn532Reader,
    "pn532_i2c": Pn532Reader,
    "mfrc522": Mfrc522Reader,
    "rdm6300": Rdm6300Reader,
    "twn4": Twn4Reader,
    "wedge": WedgeReader,
    "text": TextReader,
}


def test_every_kind_is_known_here() -> None:
    assert set(KINDS) == set(MADE)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_reader_that_is_not_there_is_absent_by_its_name(kind: str) -> None:
    options = Options(form=Form(HEX), has_crc=True, types="all")
    reader = make_reader(kind, "/nowhere/reader", FakeClock(), options)
    assert type(reader) is MADE[kind]
    with pytest.raises(AbsentError, match="/nowhere/reader"):
        await reader.open()
    reader.close()


@pytest.mark.parametrize("kind", ["pn532", "rdm6300", "twn4", "wedge", "text"])
async def test_a_usb_part_is_absent_by_its_numbers(kind: str) -> None:
    with pytest.raises(AbsentError, match="usb:09d8:fffe is not plugged in"):
        await make_reader(kind, "usb:09d8:fffe", FakeClock()).open()


@pytest.mark.parametrize(
    ("kind", "port", "baud", "words"),
    [
        ("nfc", "/dev/serial0", 0, "kind is 'nfc', allowed are pn532, pn532_i2c, mfrc522"),
        ("wedge", "/dev/input/event3", 0, "another device after the next start"),
        ("twn4", "usb:09d8", 0, "should be usb:VVVV:PPPP"),
        ("text", "/dev/serial0", 9_601, "9601 baud is not a termios speed"),
    ],
)
def test_what_cannot_be_made_is_refused(kind: str, port: str, baud: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make_reader(kind, port, FakeClock(), Options(baud=baud))
