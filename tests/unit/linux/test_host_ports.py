"""Ports of what hangs on a Pi: a configuration with one that cannot be its part's is refused."""

from pathlib import Path

import pytest

from ampkeeper.board.host.keys import ReaderSettings
from ampkeeper.board.host.parts import part_problems
from ampkeeper.hal.fake import FakeClock
from ampkeeper.hal.meters.make import MeterSettings
from ampkeeper.hal.readers.make import KINDS, Options

NO_READER = ReaderSettings("none", "/dev/serial0", Options())


def problems(meter: MeterSettings, reader: ReaderSettings) -> list[str]:
    return [str(each) for each in part_problems("evse_din", meter, reader, FakeClock())]


@pytest.mark.parametrize(
    ("kind", "port", "words"),
    [
        ("mfrc522", "/dev/serial0", "must be an SPI device such as /dev/spidev0.0"),
        ("mfrc522", "usb:09d8:0420", "must be an SPI device such as /dev/spidev0.0"),
        ("pn532_i2c", "/dev/serial0", "must be an I2C bus such as /dev/i2c-1"),
        ("pn532", "/dev/i2c-1", "must be a serial port such as /dev/serial0, or usb:VVVV:PPPP"),
        ("wedge", "/dev/serial0", "must be an input device such as /dev/input/by-id/"),
        ("text", "/dev/input/by-id/x", "must be a serial port such as /dev/serial0"),
        ("twn4", "ttyACM0", "must be a serial port such as /dev/serial0"),
        ("wedge", "", "must be an input device such as /dev/input/by-id/"),
    ],
)
def test_a_port_of_another_sort_than_the_readers_is_refused(
    kind: str, port: str, words: str
) -> None:
    (problem,) = problems(MeterSettings(), ReaderSettings(kind, port, Options()))
    assert problem.startswith("board evse_din: board.reader.port")
    assert words in problem


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_of_the_owners_own_is_any_readers(kind: str) -> None:
    assert problems(MeterSettings(), ReaderSettings(kind, "/dev/card-reader", Options())) == []


@pytest.mark.parametrize("kind", ["pn532", "rdm6300", "twn4", "wedge", "text"])
def test_a_part_by_its_usb_numbers_is_a_readers(kind: str) -> None:
    assert problems(MeterSettings(), ReaderSettings(kind, "usb:09d8:0420", Options())) == []


def test_a_reader_on_the_meters_line_is_refused_by_whatever_path(tmp_path: Path) -> None:
    (tmp_path / "port").touch()
    (tmp_path / "link").symlink_to("port")
    meter = MeterSettings(port=str(tmp_path / "port"))
    reader = ReaderSettings("rdm6300", str(tmp_path / "link"), Options())
    (problem,) = problems(meter, reader)
    assert f"board.reader.port = {tmp_path / 'link'}: is the meter's line" in problem


@pytest.mark.parametrize("port", ["", "ttyUSB0", "usb:1a86:7523", "/dev/i2c-1", "/dev/spidev0.0"])
def test_a_port_that_no_meter_can_hang_on_is_refused(port: str) -> None:
    (problem,) = problems(MeterSettings(port=port), NO_READER)
    assert problem.startswith("board evse_din: board.meter.port")
    assert "must be a serial port such as /dev/ttyUSB0, or tcp://host:port" in problem


@pytest.mark.parametrize("port", ["/dev/ttyUSB0", "/dev/serial/by-id/x", "tcp://meter", "/dev/m"])
def test_a_port_that_a_meter_can_hang_on_is_taken(port: str) -> None:
    assert problems(MeterSettings(port=port), NO_READER) == []
