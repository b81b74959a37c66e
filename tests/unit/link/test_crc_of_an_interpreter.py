"""The CRC where the interpreter has none of its own, as MicroPython: the same sum, by table."""

import random
import runpy
import sys

import pytest

from ampkeeper.hal.link import frame


def test_an_interpreter_without_a_crc_computes_the_same_by_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "binascii", None)
    bare = runpy.run_path(frame.__file__)
    assert bare["crc16"] is bare["crc16_by_table"]
    assert bare["crc16"](b"123456789", 0, 9) == 0x29B1  # check value of CRC-16/CCITT-FALSE
    data = random.Random(1).randbytes(300)
    for start, end in ((0, 0), (0, 300), (1, 65), (299, 300)):
        assert bare["crc16"](data, start, end) == frame.crc16(data, start, end)
