"""Modbus on a real pty: however late a slave is, nothing said before a question is its answer."""

import asyncio
import struct

import pytest

from ampkeeper.board.emulated.bought.rtu import framed
from ampkeeper.board.emulated.twin_line import PtyLine
from ampkeeper.hal.errors import TransientError
from ampkeeper.hal.linux.modbus import serial_bus
from ampkeeper.hal.linux.modbus_units import Request, Units

T = 0.08  # s, time-out on the bus under test
BLOCKS = ((4, 0, 36), (4, 52, 24), (3, 0xFC00, 2), (3, 0xFC02, 1))
LATE = 2.4  # time-outs: later than the rest, and than another two
ROUNDS = 4


class LateSlave:
    """Answers in order; what it says is the number of the question that it answers."""

    def __init__(self) -> None:
        self.late_s = 0.0
        self.count = 0
        self.line = PtyLine(self._heard)
        self._free_s = 0.0

    def _heard(self, question: bytes) -> None:
        unit, function, _, count = struct.unpack(">BBHH", question[:6])
        self.count += 1
        body = bytes((unit, function, 2 * count)) + struct.pack(">H", self.count) * count
        loop = asyncio.get_running_loop()
        self._free_s = max(self._free_s, loop.time() + self.late_s)
        loop.call_at(self._free_s, self.line.write, framed(body))


async def test_an_answer_to_a_question_of_before_is_not_taken_for_a_new_one() -> None:
    slave = LateSlave()
    bus = serial_bus(slave.line.open(), timeout_s=T)
    await bus.open()
    for block in BLOCKS:
        await bus.read_registers(1, *block)
    slave.late_s = LATE * T
    for block in BLOCKS * ROUNDS:
        asked = slave.count
        try:
            words = await bus.read_registers(1, *block)
        except TransientError:
            continue
        assert words[0] > asked, "this was said before the question"
    slave.late_s = 0.0
    await asyncio.sleep(LATE * T)
    assert (await bus.read_registers(1, *BLOCKS[0]))[0] == slave.count
    bus.close()
    slave.line.close()


@pytest.mark.parametrize("asked", range(4))
def test_a_unit_that_owes_everything_is_asked_first_what_it_has_owed_for_longest(
    asked: int,
) -> None:
    units = Units("line", T)
    requests = [Request(1, *block) for block in BLOCKS]
    for request in requests:
        units.on_answer(request)
    for number, request in enumerate(requests):
        units.on_silence(request, float(number))
    assert units.drain(requests[asked]) == (requests[0] if asked else None)
    units.on_silence(requests[0], 9.0)
    assert units.drain(requests[asked]) == (requests[1] if asked != 1 else None)
