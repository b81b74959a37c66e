"""The twin's end of a serial line: what becomes of its path when it ends."""

import os

import pytest

from ampkeeper.board.emulated.twin_line import PtyLine
from ampkeeper.hal.linux.stream import PtyStream


def ignore(data: bytes) -> None:
    pass


async def test_the_path_of_a_line_that_ended_is_given_to_no_other() -> None:
    line = PtyLine(ignore)
    path = line.open()
    line.close()
    later = [PtyStream() for _ in range(3)]
    assert path not in {one.path for one in later}
    with pytest.raises(FileNotFoundError):
        os.open(path, os.O_RDWR | os.O_NOCTTY)


async def test_a_line_that_begins_again_has_another_path() -> None:
    line = PtyLine(ignore)
    before = line.open()
    line.close()
    assert line.open() != before
    line.close()


async def test_lines_leave_no_file_open() -> None:
    before = set(os.listdir("/proc/self/fd"))
    line = PtyLine(ignore)
    for _ in range(3):
        line.open()
        line.close()
    del line
    assert set(os.listdir("/proc/self/fd")) == before
