"""ISO/IEC 14443-3 type A: check bytes, commands and the cascade of a UID."""

import pytest

from ampkeeper.hal.readers import iso14443
from ampkeeper.hal.readers.iso14443 import CardError


@pytest.mark.parametrize(
    ("data", "check"),
    [("0000", "a01e"), ("1234", "26cf"), ("5000", "57cd"), ("08", "b6dd"), ("04", "da17")],
)
def test_the_crc_is_that_of_the_standards_annex(data: str, check: str) -> None:
    assert iso14443.crc_a(bytes.fromhex(data)).hex() == check


def test_commands_are_those_of_the_standard() -> None:
    assert iso14443.find_frame(0, b"", 0).hex() == "9320"
    assert iso14443.find_frame(1, b"", 0).hex() == "9520"
    assert iso14443.find_frame(2, b"\x5a\x01", 9).hex() == "97315a01"
    level = bytes.fromhex("04a224b133")
    assert iso14443.select_frame(0, level)[:7].hex() == "937004a224b133"
    assert iso14443.checked_level(level).hex() == "04a224b1"


@pytest.mark.parametrize("answer", ["", "04a224b1", "04a224b134", "04a224b13300"])
def test_a_level_whose_check_byte_is_wrong_is_refused(answer: str) -> None:
    with pytest.raises(CardError):
        iso14443.checked_level(bytes.fromhex(answer))


@pytest.mark.parametrize("answer", ["", "08", "08b6dc", "08b6dd00"])
def test_a_sak_without_its_crc_is_refused(answer: str) -> None:
    with pytest.raises(CardError, match="wrong CRC"):
        iso14443.checked_sak(bytes.fromhex(answer))


def test_the_sak_says_whether_there_is_more() -> None:
    assert iso14443.uid_part(0, bytes.fromhex("04a224b1"), 0x08)[0].hex() == "04a224b1"
    assert iso14443.uid_part(0, bytes.fromhex("88041122"), 0x04) == (b"\x04\x11\x22", True)
    assert iso14443.uid_part(0, bytes.fromhex("88776655"), 0x08) == (b"\x88\x77\x66\x55", False)
    with pytest.raises(CardError, match="more or not"):
        iso14443.uid_part(0, bytes.fromhex("04a224b1"), 0x04)
    with pytest.raises(CardError, match="three levels"):
        iso14443.uid_part(2, bytes.fromhex("88041122"), 0x04)
