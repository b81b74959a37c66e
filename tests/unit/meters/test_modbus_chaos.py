"""Chaos: three units, every fault by chance, many seeds; never a word of another register or unit.

Register ``a`` of unit ``u`` holds ``1000 * u + a``; for what is old see ``test_modbus_stale.py``.
``AMPKEEPER_MODBUS_SEEDS`` tries more than the usual few.
"""

import asyncio
import os
import random
import struct

import pytest

from ampkeeper.board.emulated.bought.rtu import framed
from ampkeeper.board.emulated.twin_line import PtyLine
from ampkeeper.hal.errors import HalError
from ampkeeper.hal.linux.modbus import PymodbusBus, serial_bus
from ampkeeper.hal.linux.modbus_units import REST_MAX

T = 0.05  # s, time-out on the bus
SEEDS = int(os.environ.get("AMPKEEPER_MODBUS_SEEDS", "4"))
UNITS = (1, 2, 3)
READS = ((4, 0, 36), (4, 52, 24), (3, 100, 2), (3, 200, 1))
ROUNDS = 5
RECOVERY_ROUNDS = 4 + REST_MAX * len(UNITS) // 2  # of two time-outs and more: all rests end


class Line:
    """Slaves out of their minds: late, twice, cut, noisy, for one another, to older questions."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.is_mad = True
        self.line = PtyLine(self._heard)
        self._asked: list[bytes] = []

    def _heard(self, data: bytes) -> None:
        self._asked = [*self._asked[-4:], data[:8]]
        if not self.is_mad:
            self.line.write(answer(data[:8]))
            return
        loop = asyncio.get_running_loop()
        for delay_s, sent in self._said(data[:8]):
            loop.call_later(delay_s, self.line.write, sent)

    def _said(self, question: bytes) -> list[tuple[float, bytes]]:
        chance = self.chance
        asked = question if chance.random() < 0.7 else chance.choice(self._asked)
        right = answer(asked)
        what = chance.random()
        if what < 0.1:
            return []
        spoiled = right
        if what < 0.2:
            spoiled = right[: chance.randrange(len(right))]
        elif what < 0.3:
            spoiled = chance.randbytes(chance.randrange(1, 12)) + right
        elif what < 0.35:
            spoiled = framed(bytes((asked[0], asked[1] | 0x80, chance.choice((2, 4, 6)))))
        elif what < 0.4:
            spoiled = question + right
        first_s = chance.choice((0.0, 0.0, 0.0, 0.5, 1.3, 2.4)) * T
        again = [(first_s + chance.random() * 2 * T, right)] if chance.random() < 0.25 else []
        return [(first_s, spoiled), *again]


def answer(question: bytes) -> bytes:
    unit, function, address, count = struct.unpack(">BBHH", question[:6])
    words = [(1_000 * unit + address + at) & 0xFFFF for at in range(count)]
    return framed(bytes((unit, function, 2 * count)) + struct.pack(f">{count}H", *words))


async def poll(bus: PymodbusBus, unit: int, rounds: int) -> int:
    """Ask everything so often; a wrong word fails the test."""
    right = 0
    for function, address, count in READS * rounds:
        try:
            words = await bus.read_registers(unit, function, address, count)
        except HalError:
            await asyncio.sleep(T / 5)
            continue
        assert words == tuple(1_000 * unit + address + at for at in range(count))
        right += 1
    return right


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_no_word_is_ever_another_registers_or_another_units(seed: int) -> None:
    far = Line(seed)
    bus = serial_bus(far.line.open(), timeout_s=T)
    await bus.open()
    await asyncio.gather(*(poll(bus, unit, ROUNDS) for unit in UNITS))
    far.is_mad = False
    all_right = [len(READS)] * len(UNITS)
    counts = [0]
    for _ in range(RECOVERY_ROUNDS):
        if counts == all_right:
            break
        await asyncio.sleep(2 * T)
        counts = await asyncio.gather(*(poll(bus, unit, 1) for unit in UNITS))
    assert counts == all_right
    bus.close()
    far.line.close()
