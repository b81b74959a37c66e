"""The mains meter on a real board: made as [mains] says, or refused with the key that is wrong."""

import pytest

from ampkeeper.board.host.parts import mains_meter, mains_problems
from ampkeeper.firmware.config import Config, parse
from ampkeeper.hal.fake import FakeClock
from ampkeeper.hal.linux.modbus import BusBook
from tests.unit.config.files import SMALLEST

METER = '[mains]\nsource = "meter"\n'


def read(text: str) -> Config:
    return parse(SMALLEST + text)


def test_without_a_meter_there_is_none() -> None:
    assert mains_meter(read(""), BusBook(), FakeClock()) is None
    assert list(mains_problems("pi", read(""), FakeClock(), "/dev/ttyUSB1")) == []


def test_a_meter_is_made_as_it_was_configured() -> None:
    config = read(METER + 'map = "em340"\nport = "/dev/ttyUSB3"\nunit = 7\n')
    assert mains_meter(config, BusBook(), FakeClock()) is not None
    assert list(mains_problems("pi", config, FakeClock(), "/dev/ttyUSB1")) == []


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ('map = "em999"\n', "mains.map", "em340"),
        ('port = "/dev/ttyUSB1"\n', "mains.port", "is the line of another part"),
    ],
)
def test_what_cannot_be_is_refused_with_its_key(text: str, key: str, words: str) -> None:
    found = mains_problems("pi", read(METER + text), FakeClock(), "/dev/ttyUSB1")
    told = [problem for problem in found if problem.key == key]
    assert len(told) == 1
    assert words in told[0].allowed
