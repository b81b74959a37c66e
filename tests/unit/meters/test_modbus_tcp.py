"""Modbus TCP and serial servers: the same driver, behind a host that goes and comes back."""

import asyncio
import struct
from collections.abc import Callable
from contextlib import suppress

import pytest

from ampkeeper.board.emulated.bought.rtu import Slave
from ampkeeper.board.emulated.meter_models import MODELS
from ampkeeper.board.emulated.meter_twin import MeterImage, MeterTwin
from ampkeeper.hal.errors import HalError, TransientError
from ampkeeper.hal.linux.modbus import BusBook, PymodbusBus, tcp_bus
from ampkeeper.hal.meters.make import shipped
from ampkeeper.hal.meters.modbus_meter import ModbusMeter
from tests.contract.test_meters_contract import SHOWN, RealClock

T = 0.15
LIMIT_S = 8.0  # ends a wait that should be over soon


def bus_at(port: str) -> PymodbusBus:
    number = int(port.rpartition(":")[2])
    return tcp_bus("127.0.0.1", number, timeout_s=T)


async def test_two_meters_behind_one_gateway_are_read_in_turn() -> None:
    twin = MeterTwin(lambda: SHOWN, 1, model=MODELS["em24"])
    twin.add(MeterImage(lambda: SHOWN, unit=2, model=MODELS["abb_b23"]))
    port = await twin.start_tcp()
    book = BusBook()
    bus = book.bus(port)
    meters = [
        ModbusMeter(bus, unit, shipped(name), RealClock())
        for unit, name in ((1, "em24"), (2, "abb_b23"))
    ]
    for meter in meters:
        await meter.open()
    readings = await asyncio.gather(*(meter.read() for meter in meters * 3))
    assert {reading.energy_wh for reading in readings} == {12_300}
    book.close()
    await twin.stop()


async def test_a_gateway_that_answers_with_old_numbers_is_not_believed() -> None:
    """Every answer is that to the request before, with its number."""
    answers: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request = await reader.readexactly(12)
                count = request[11]
                body = bytes((request[6], request[7], 2 * count)) + request[8:10] * count
                answers.append(request[:4] + len(body).to_bytes(2) + body)
                writer.write(answers[-2] if len(answers) > 1 else b"")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    bus = tcp_bus("127.0.0.1", server.sockets[0].getsockname()[1], timeout_s=T)
    await bus.open()
    for address, count in ((0, 2), (10, 3), (0, 2)):
        with pytest.raises(TransientError):
            await bus.read_registers(1, 3, address, count)
    bus.close()
    server.close()
    await asyncio.sleep(T)  # for the connection to end


async def test_a_gateway_that_goes_and_comes_back_is_read_again(
    record_property: Callable[[str, object], None],
) -> None:
    first, second = MeterTwin(lambda: SHOWN), MeterTwin(lambda: SHOWN)
    port = await first.start_tcp()
    bus = bus_at(port)
    meter = ModbusMeter(bus, 1, shipped("sdm630"), RealClock())
    await meter.open()
    await meter.read()
    await first.stop()
    with pytest.raises(HalError):
        await meter.read()
    await second.start_tcp(int(port.rpartition(":")[2]))
    loop = asyncio.get_running_loop()
    start_s = loop.time()
    while loop.time() - start_s < LIMIT_S:
        try:
            await meter.open()
            await meter.read()
            break
        except HalError:
            await asyncio.sleep(T / 10)
    took_s = loop.time() - start_s
    bus.close()
    await second.stop()
    record_property("covered", f"gateway back: {took_s:.2f} s to the next reading")
    assert took_s < LIMIT_S / 2


async def test_a_serial_server_hands_on_the_bytes_of_its_line() -> None:
    image = MeterImage(lambda: SHOWN)
    slave = Slave({1: image})

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(512):
            for answer in slave.feed(data):
                writer.write(b"\xff" + answer)  # and a byte of the line's noise
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    book = BusBook()
    bus = book.bus(f"rtu+tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    meter = ModbusMeter(bus, 1, shipped("sdm630"), RealClock())
    assert (await meter.open()).serial == "21000001"
    assert (await meter.read()).energy_wh == 12_300
    book.close()
    server.close()
    await asyncio.sleep(T)  # for the connection to end


Plan = Callable[[list[bytes]], list[tuple[float, bytes]]]  # answers so far: what is sent when


def another_unit(answer: bytes) -> bytes:
    return answer[:6] + bytes([answer[6] ^ 1]) + answer[7:]


LATE: dict[str, Plan] = {
    "late": lambda answers: [(1.4 * T, answers[-1])],
    "later than two": lambda answers: [(2.7 * T, answers[-1])],
    "twice": lambda answers: [(0.0, answers[-1]), (0.3 * T, answers[-1])],
    "twice at once": lambda answers: [(0.0, 2 * answers[-1])],
    "twice, and late": lambda answers: [(0.8 * T, answers[-1]), (1.3 * T, answers[-1])],
    "the one before, and then": lambda answers: [(0.0, b"".join(answers[-2:]))],
    "the one before only": lambda answers: [(0.0, b"".join(answers[-2:-1]))],
    "another unit's": lambda answers: [(0.0, another_unit(answers[-1]))],
    "in pieces": lambda answers: [(0.0, answers[-1][:5]), (0.1 * T, answers[-1][5:])],
}
ANSWERED = ("twice", "twice at once", "twice, and late", "the one before, and then", "in pieces")


class Gateway:
    """Answers as ``plan`` says; register ``a`` of unit ``u`` holds 1000 times ``u`` and ``a``."""

    def __init__(self) -> None:
        self.plan: Plan = prompt
        self._answers: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request = await reader.readexactly(12)
                unit, function = request[6], request[7]
                address, count = struct.unpack(">2H", request[8:])
                words = range(1_000 * unit + address, 1_000 * unit + address + count)
                body = struct.pack(f">3B{count}H", unit, function, 2 * count, *words)
                self._answers.append(request[:4] + len(body).to_bytes(2) + body)
                for delay_s, data in self.plan(self._answers):
                    loop.call_later(delay_s, writer.write, data)
        writer.close()


def prompt(answers: list[bytes]) -> list[tuple[float, bytes]]:
    return [(0.0, answers[-1])]


async def right_answers(bus: PymodbusBus) -> list[bool]:
    """Ask two units for registers of one shape each; whether each answered, never wrongly."""
    got = []
    for unit, address, count in ((1, 0, 2), (2, 0, 2), (1, 70, 3), (2, 90, 3)):
        try:
            words = await bus.read_registers(unit, 4, address, count)
        except TransientError:
            got.append(False)
        else:
            assert words == tuple(range(1_000 * unit + address, 1_000 * unit + address + count))
            got.append(True)
    return got


@pytest.mark.parametrize("name", LATE)
async def test_a_gateway_late_twice_or_beside_the_question_never_gives_a_wrong_value(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    gateway = Gateway()
    server = await asyncio.start_server(gateway.serve, "127.0.0.1", 0)
    bus = tcp_bus("127.0.0.1", server.sockets[0].getsockname()[1], timeout_s=T)
    await bus.open()
    gateway.plan = LATE[name]
    meanwhile = [right for _ in range(2) for right in await right_answers(bus)]
    gateway.plan = prompt
    loop = asyncio.get_running_loop()
    start_s = loop.time()
    while not all(await right_answers(bus)):
        assert loop.time() - start_s < 50 * T
    took = (loop.time() - start_s) / T
    record_property(
        "covered", f"{name}: {sum(meanwhile)} of 8 right meanwhile, all after {took:.1f} time-outs"
    )
    assert all(meanwhile) == (name in ANSWERED)
    bus.close()
    server.close()
    await asyncio.sleep(T)  # for the connection to end
