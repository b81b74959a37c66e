"""The contract of the Modbus bus: fake, serial line, Modbus TCP, a host's serial line, and a lease.

The far side is a slave by hand on a pty or a socket; only the fake is asked without frames.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import pytest

from ampkeeper.board.emulated.bought.rtu import ILLEGAL_ADDRESS, Slave, framed
from ampkeeper.board.emulated.twin_line import PtyLine
from ampkeeper.board.host.lease import SharedBus
from ampkeeper.hal.errors import AbsentError, TransientError, WrongDeviceError
from ampkeeper.hal.fake import MemoryModbusBus
from ampkeeper.hal.linux.modbus import serial_bus, tcp_bus
from ampkeeper.hal.ports import ModbusBus

HOLDING, INPUT = 3, 4
UNIT, OTHER, NOBODY = 1, 2, 9
SIZE = 100  # registers of each function
TIMEOUT_S = 0.1
HEAD_BYTES = 6  # of Modbus TCP, before the unit


class Registers:
    """One unit: holding register ``a`` holds a, input register ``a`` a thousand more."""

    def __init__(self, base: int) -> None:
        self.holding = [base + address for address in range(SIZE)]
        self.input = [base + 1_000 + address for address in range(SIZE)]

    def read(self, function: int, address: int, count: int) -> tuple[int, ...] | int:
        table = self.holding if function == HOLDING else self.input
        if address + count > SIZE:
            return ILLEGAL_ADDRESS
        return tuple(table[address : address + count])

    def write(self, address: int, values: tuple[int, ...]) -> int:
        if address + len(values) > SIZE:
            return ILLEGAL_ADDRESS
        self.holding[address : address + len(values)] = values
        return 0


@dataclass
class Bench:
    """A bus that is not open yet; ``lose`` takes the line away."""

    bus: ModbusBus
    lose: Callable[[], None]
    units: dict[int, Registers] = field(default_factory=dict)


def devices() -> dict[int, Registers]:
    return {UNIT: Registers(0), OTHER: Registers(10_000)}


@asynccontextmanager
async def memory() -> AsyncIterator[Bench]:
    units = devices()

    def read(unit: int, function: int, address: int, count: int) -> tuple[int, ...]:
        return checked(units[unit].read(function, address, count) if unit in units else None)

    def write(unit: int, address: int, values: tuple[int, ...]) -> None:
        checked((units[unit].write(address, values) or ()) if unit in units else None)

    def checked(answer: tuple[int, ...] | int | None) -> tuple[int, ...]:
        if answer is None:
            raise TransientError("no answer")
        if isinstance(answer, int):
            raise WrongDeviceError(f"exception {answer}")
        return answer

    bus = MemoryModbusBus(read, TIMEOUT_S, write)
    yield Bench(bus, partial(bus.fail, AbsentError("gone")), units)


@asynccontextmanager
async def serial(is_leased: bool) -> AsyncIterator[Bench]:
    units = devices()
    slave = Slave(units)

    def hear(data: bytes) -> None:
        for answer in slave.feed(data):
            line.write(answer)

    line = PtyLine(hear)
    bus = serial_bus(line.open(), timeout_s=TIMEOUT_S)
    yield Bench(SharedBus(bus).lease() if is_leased else bus, line.close, units)
    bus.close()
    line.close()


@asynccontextmanager
async def hosted(is_rtu: bool) -> AsyncIterator[Bench]:
    units = devices()
    slave = Slave(units)
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        while data := await reader.read(256):
            head, body = (b"", data) if is_rtu else (data[:HEAD_BYTES], data[HEAD_BYTES:])
            for answer in slave.feed(body if is_rtu else framed(body)):
                said = answer if is_rtu else answer[:-2]
                length = b"" if is_rtu else len(said).to_bytes(2)
                writer.write(head[:4] + length + said)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)

    def lose() -> None:
        server.close()
        for writer in writers:
            writer.close()

    bus = tcp_bus("127.0.0.1", server.sockets[0].getsockname()[1], is_rtu, TIMEOUT_S)
    yield Bench(bus, lose, units)
    bus.close()
    lose()
    await asyncio.sleep(0)


MAKERS: dict[str, Callable[[], AbstractAsyncContextManager[Bench]]] = {
    "memory": memory,
    "serial": partial(serial, is_leased=False),
    "lease": partial(serial, is_leased=True),
    "tcp": partial(hosted, is_rtu=False),
    "rtu+tcp": partial(hosted, is_rtu=True),
}


@pytest.fixture(params=MAKERS)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with MAKERS[request.param]() as made:
        yield made


async def test_registers_are_read_by_either_function(bench: Bench) -> None:
    await bench.bus.open()
    assert await bench.bus.read_registers(UNIT, HOLDING, 7, 3) == (7, 8, 9)
    assert await bench.bus.read_registers(UNIT, INPUT, 20, 2) == (1_020, 1_021)
    assert await bench.bus.read_registers(OTHER, INPUT, 0, 1) == (11_000,)


async def test_what_is_written_is_read_back(bench: Bench) -> None:
    await bench.bus.open()
    await bench.bus.write_register(UNIT, 5, 0xFFFF)
    await bench.bus.write_registers(UNIT, 6, (1, 0, 3), attempts=1)
    assert await bench.bus.read_registers(UNIT, HOLDING, 4, 6) == (4, 0xFFFF, 1, 0, 3, 9)
    assert bench.units[OTHER].holding[5] == 10_005


async def test_what_a_unit_refuses_is_no_answer_and_the_next_is(bench: Bench) -> None:
    await bench.bus.open()
    with pytest.raises(WrongDeviceError, match="exception 2"):
        await bench.bus.read_registers(UNIT, HOLDING, SIZE - 1, 2)
    with pytest.raises(WrongDeviceError, match="exception 2"):
        await bench.bus.write_register(UNIT, SIZE, 1)
    assert await bench.bus.read_registers(UNIT, HOLDING, SIZE - 1, 1) == (SIZE - 1,)


async def test_a_unit_that_is_not_there_costs_itself_only(bench: Bench) -> None:
    await bench.bus.open()
    with pytest.raises(TransientError):
        await bench.bus.read_registers(NOBODY, HOLDING, 0, 2)
    with pytest.raises(TransientError):
        await bench.bus.write_register(NOBODY, 0, 1, attempts=1)
    assert await bench.bus.read_registers(UNIT, HOLDING, 0, 2) == (0, 1)


async def test_all_who_ask_at_once_get_their_own(bench: Bench) -> None:
    await bench.bus.open()
    asked = [(unit, count) for unit in (UNIT, OTHER) for count in range(1, 7)]
    answers = await asyncio.gather(
        *(bench.bus.read_registers(unit, INPUT, 10 * count, count) for unit, count in asked)
    )
    for (unit, count), answer in zip(asked, answers, strict=True):
        assert answer == bench.units[unit].read(INPUT, 10 * count, count)


async def test_who_gives_up_leaves_no_answer_to_the_next(bench: Bench) -> None:
    await bench.bus.open()
    given_up = asyncio.ensure_future(bench.bus.read_registers(UNIT, HOLDING, 40, 2))
    await asyncio.sleep(0)
    given_up.cancel()
    assert await bench.bus.read_registers(UNIT, HOLDING, 3, 1) == (3,)
    assert await bench.bus.read_registers(OTHER, HOLDING, 40, 2) == (10_040, 10_041)


async def test_before_it_is_open_and_after_it_is_closed_it_is_absent(bench: Bench) -> None:
    for _ in range(2):
        with pytest.raises(AbsentError):
            await bench.bus.read_registers(UNIT, HOLDING, 0, 1)
        await bench.bus.open()
        await bench.bus.open()
        assert await bench.bus.read_registers(UNIT, HOLDING, 0, 1) == (0,)
        bench.bus.close()
        bench.bus.close()
    with pytest.raises(AbsentError):
        await bench.bus.write_register(UNIT, 0, 1)


async def test_a_line_that_is_not_there_cannot_be_opened(bench: Bench) -> None:
    await bench.bus.open()
    bench.bus.close()
    bench.lose()
    with pytest.raises(AbsentError):
        await bench.bus.open()
