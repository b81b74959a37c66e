"""Modbus on a real pty: whatever the slave does, no value is another register's."""

import asyncio
import random
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pymodbus.client import AsyncModbusSerialClient
from pymodbus.exceptions import ModbusIOException

from ampkeeper.hal.errors import AbsentError, TransientError, WrongDeviceError
from ampkeeper.hal.linux.modbus import WAITING_MAX, BusBook, PymodbusBus, serial_bus
from tests.unit.meters.slave import Answers, Slave, answer_to, prompt, refusal_of

T = 0.08  # s, time-out on the bus under test
LONG_T = 0.4  # s, where a busy machine must not be taken for a late slave
BLOCKS = ((4, 0, 36), (4, 52, 24), (3, 0xFC00, 2), (3, 0xFC02, 1))


@asynccontextmanager
async def line(slave: Slave, timeout_s: float = T) -> AsyncIterator[PymodbusBus]:
    bus = serial_bus(slave.line.open(), timeout_s=timeout_s)
    try:
        await bus.open()
        yield bus
    finally:
        bus.close()
        slave.close()


async def ask(bus: PymodbusBus, function: int, address: int, count: int) -> bool:
    """True for the right answer, False for none; a wrong one fails the test."""
    try:
        values = await bus.read_registers(1, function, address, count)
    except TransientError:
        return False
    assert values == tuple(range(address, address + count))
    return True


async def ask_all(bus: PymodbusBus, rounds: int = 1) -> list[bool]:
    return [await ask(bus, *block) for _ in range(rounds) for block in BLOCKS]


async def test_a_prompt_slave_is_read_without_waiting() -> None:
    slave = Slave()
    async with line(slave, LONG_T) as bus:
        assert await ask_all(bus)
        start_s = asyncio.get_running_loop().time()
        assert all(await ask_all(bus, rounds=5))
        assert asyncio.get_running_loop().time() - start_s < 5 * LONG_T
        assert len(slave.requests) == 24


async def test_bare_pymodbus_takes_a_late_answer_for_the_next_register() -> None:
    """The hazard is real: without our guards this slave's answers are shifted."""

    def late_once(request: bytes, number: int) -> Answers:
        return [(1.4 * LONG_T if number == 0 else 0.7 * LONG_T, answer_to(request))]

    slave = Slave(late_once)
    client = AsyncModbusSerialClient(slave.line.open(), timeout=LONG_T, retries=0)
    await client.connect()
    with pytest.raises(ModbusIOException, match="No response"):
        await client.read_input_registers(0, count=2, device_id=1)
    shifted = await client.read_input_registers(70, count=2, device_id=1)
    assert tuple(shifted.registers) == (0, 1)
    client.close()
    slave.close()


async def test_an_answer_after_the_time_out_is_nobody_elses() -> None:
    def late_once(request: bytes, number: int) -> Answers:
        return [(1.4 * T if number == 0 else 0.7 * T, answer_to(request))]

    slave = Slave(late_once)
    async with line(slave) as bus:
        assert all(await ask_all(bus, rounds=2))


async def test_a_slave_that_is_always_late_never_gives_a_wrong_value() -> None:
    slave = Slave(lambda request, number: [(1.5 * T, answer_to(request))])
    async with line(slave) as bus:
        await ask_all(bus)
        slave.plan = prompt
        await asyncio.wait_for(ask_all(bus), 10)
        assert all(await ask_all(bus))


@pytest.mark.parametrize("second_after", [0.0, 0.3, 0.9, 1.5])
async def test_an_answer_that_comes_twice_counts_once(second_after: float) -> None:
    def twice(request: bytes, number: int) -> Answers:
        return [(0.0, answer_to(request)), (second_after * T, answer_to(request))]

    slave = Slave(twice)
    async with line(slave) as bus:
        assert any(await ask_all(bus, rounds=2))
        slave.plan = prompt
        await ask_all(bus)
        assert all(await ask_all(bus))


async def test_the_answer_to_the_question_before_is_refused() -> None:
    def one_behind(request: bytes, number: int) -> Answers:
        return [(0.0, answer_to(slave.requests[number - 1]))] if number else []

    slave = Slave(one_behind)
    async with line(slave) as bus:
        await ask_all(bus, rounds=2)


async def test_the_answer_of_another_unit_is_refused() -> None:
    def other_unit(request: bytes, number: int) -> Answers:
        return [(0.0, answer_to(b"\x07" + request[1:]))]

    slave = Slave(other_unit)
    async with line(slave) as bus:
        assert not await ask(bus, 4, 0, 36)


async def test_a_caller_that_gives_up_leaves_its_answer_to_nobody() -> None:
    slave = Slave(lambda request, number: [(0.6 * T, answer_to(request))])
    async with line(slave) as bus:
        assert await ask(bus, 4, 0, 36)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(ask(bus, 4, 52, 24), 0.2 * T)
        assert await ask(bus, 3, 0xFC00, 2)


async def test_a_bus_closed_in_mid_call_does_not_hand_the_answer_to_the_next_owner() -> None:
    slave = Slave(lambda request, number: [(0.7 * T, answer_to(request))])
    async with line(slave) as bus:
        assert await ask(bus, 4, 0, 36)
        call = asyncio.ensure_future(ask(bus, 4, 52, 24))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        bus.close()
        await bus.open()
        assert await ask(bus, 3, 0xFC00, 2)
        await call  # asks again, on the line as it is now


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_slave_out_of_its_mind_never_gives_a_wrong_value(seed: int) -> None:
    chance = random.Random(seed)

    def anything(request: bytes, number: int) -> Answers:
        asked = slave.requests[max(0, number - chance.choice((0, 0, 0, 0, 1, 2)))]
        right = answer_to(asked)
        broken = chance.choice((right, right, right, right[:-3], b"\x00\xff" + right, b""))
        first_s = chance.choice((0.0, 0.0, 0.5, 1.2)) * T
        again = [(first_s + chance.random() * 2 * T, right)] if chance.random() < 0.3 else []
        return [(first_s, broken), *again]

    slave = Slave(anything)
    async with line(slave) as bus:
        await ask_all(bus, rounds=2)
        slave.plan = prompt
        await ask_all(bus)
        assert all(await ask_all(bus))


@pytest.mark.parametrize("spoiled", ["crc", "cut", "noise"])
async def test_a_spoiled_answer_costs_one_attempt(spoiled: str) -> None:
    def once(request: bytes, number: int) -> Answers:
        right = answer_to(request)
        bad = {"crc": right[:-1] + b"\x00", "cut": right[:-5], "noise": b"\x01\x04\x48\xff"}
        return [(0.0, bad[spoiled] if number == 0 else right)]

    slave = Slave(once)
    async with line(slave, LONG_T) as bus:
        assert await ask(bus, 4, 0, 36)
        assert len(slave.requests) == 2


async def test_chatter_nobody_asked_for_delays_the_next_question() -> None:
    slave = Slave()
    async with line(slave, LONG_T) as bus:
        assert await ask(bus, 4, 0, 36)
        slave.line.write(answer_to(b"\x01\x04\x00\x34\x00\x18"))
        await asyncio.sleep(0.1 * LONG_T)
        start_s = asyncio.get_running_loop().time()
        assert await ask(bus, 4, 52, 24)
        assert asyncio.get_running_loop().time() - start_s >= 0.7 * LONG_T


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        (1, WrongDeviceError, r"illegal function \(exception 1\)"),
        (2, WrongDeviceError, r"illegal data address \(exception 2\)"),
        (4, TransientError, r"device failure \(exception 4\)"),
        (6, TransientError, r"device busy \(exception 6\)"),
        (99, TransientError, r"unknown exception \(exception 99\)"),
    ],
)
async def test_an_exception_response_is_said_in_words(
    code: int, error: type[Exception], words: str
) -> None:
    slave = Slave(lambda request, number: [(0.0, refusal_of(request, code))])
    async with line(slave) as bus:
        with pytest.raises(error, match=words):
            await bus.read_registers(1, 4, 0, 36)


async def test_how_long_an_answer_was_waited_for_is_told_without_idle_digits() -> None:
    slave = Slave(lambda request, number: [])
    async with line(slave, T + 1e-9) as bus:
        with pytest.raises(TransientError, match=rf"unit 1 gave no answer in {T:.2f} s$"):
            await bus.read_registers(1, 4, 0, 36)


async def test_one_shape_belongs_to_one_address() -> None:
    slave = Slave()
    async with line(slave) as bus:
        assert await ask(bus, 4, 0, 36)
        with pytest.raises(ValueError, match="36 registers are read at 0x0000 already"):
            await bus.read_registers(1, 4, 40, 36)
        assert await ask(bus, 3, 40, 36)
        with pytest.raises(ValueError, match="need 1 to 125"):
            await bus.read_registers(1, 4, 0, 126)
        with pytest.raises(ValueError, match="unit 0"):
            await bus.read_registers(0, 4, 0, 1)


async def test_a_full_queue_refuses_the_next_caller() -> None:
    slave = Slave(lambda request, number: [])
    async with line(slave) as bus:
        calls = [asyncio.ensure_future(ask(bus, 4, 0, 36)) for _ in range(WAITING_MAX)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        with pytest.raises(TransientError, match="waiting already"):
            await bus.read_registers(1, 4, 0, 36)
        slave.plan = prompt
        assert all(await asyncio.gather(*calls))


async def test_a_port_that_is_not_there_is_absent() -> None:
    bus = serial_bus("/dev/there-is-no-such-port", timeout_s=T)
    with pytest.raises(AbsentError, match="cannot be opened"):
        await bus.open()
    with pytest.raises(AbsentError, match="not connected"):
        await bus.read_registers(1, 4, 0, 36)
    bus.close()
    bus.close()


async def test_a_line_pulled_out_while_it_is_set_up_is_absent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def pulled_out(*_: object) -> None:
        raise termios.error(5, "Input/output error")

    slave = Slave()
    async with line(slave) as bus:
        bus.close()
        with monkeypatch.context() as patch:
            patch.setattr(termios, "tcsetattr", pulled_out)
            with pytest.raises(AbsentError, match="cannot be opened"):
                await bus.open()
        await bus.open()
        assert await ask(bus, 4, 0, 36)


async def test_a_host_whose_name_cannot_be_is_absent() -> None:
    bus = BusBook().bus("tcp://meter..local")
    with pytest.raises(AbsentError, match="cannot be opened"):
        await bus.open()


async def test_a_line_that_vanishes_is_absent() -> None:
    slave = Slave()
    async with line(slave) as bus:
        assert await ask(bus, 4, 0, 36)
        slave.line.close()
        with pytest.raises((AbsentError, TransientError)):
            await bus.read_registers(1, 4, 0, 36)
        with pytest.raises(AbsentError):
            await bus.read_registers(1, 4, 0, 36)
