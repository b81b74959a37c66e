"""One bus, many devices: writing, sharing, a fair turn for each, and none stalls the others."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ampkeeper.board.emulated.bought.rtu import Slave, framed
from ampkeeper.board.emulated.meter_models import MODELS
from ampkeeper.board.emulated.meter_twin import MeterImage, MeterTwin
from ampkeeper.board.emulated.twin_line import PtyLine
from ampkeeper.hal.errors import AbsentError, HalError, TransientError, WrongDeviceError
from ampkeeper.hal.linux.by_id import lasting_name
from ampkeeper.hal.linux.modbus import BusBook, PymodbusBus, serial_bus
from ampkeeper.hal.linux.modbus_units import REST_MAX
from ampkeeper.hal.meters.make import shipped
from ampkeeper.hal.meters.modbus_meter import ModbusMeter
from ampkeeper.hal.ports import MeterReading
from tests.contract.test_meters_contract import SHOWN, RealClock

T = 0.08  # s, time-out on the bus under test
LONG_T = 0.4  # s, where a busy machine must not be taken for a late slave


class Board:
    """A device that is written to; it counts how often."""

    def __init__(self) -> None:
        self.words = dict.fromkeys(range(1000, 1010), 0)
        self.written: list[tuple[int, tuple[int, ...]]] = []

    def read(self, function: int, address: int, count: int) -> tuple[int, ...] | int:
        span = range(address, address + count)
        return tuple(self.words[at] for at in span) if span[-1] in self.words else 2

    def write(self, address: int, values: tuple[int, ...]) -> int:
        if address not in self.words:
            return 2
        self.written.append((address, values))
        self.words.update(enumerate(values, address))
        return 0


class BoardLine:
    """The board on a pty; ``spoil`` makes of an answer what the line carries."""

    def __init__(self, spoil: Callable[[bytes], bytes] = bytes) -> None:
        self.board = Board()
        self.spoil = spoil
        self._slave = Slave({1: self.board})
        self.line = PtyLine(self._heard)

    def _heard(self, data: bytes) -> None:
        for answer in self._slave.feed(data):
            self.line.write(self.spoil(answer))


@asynccontextmanager
async def on(line: PtyLine, timeout_s: float = LONG_T) -> AsyncIterator[PymodbusBus]:
    bus = serial_bus(line.open(), timeout_s=timeout_s)
    try:
        await bus.open()
        yield bus
    finally:
        bus.close()
        line.close()


async def test_registers_are_written_one_or_many() -> None:
    far = BoardLine()
    async with on(far.line) as bus:
        await bus.write_register(1, 1000, 1600)
        await bus.write_registers(1, 1002, (7, 0xFFFF))
        assert await bus.read_registers(1, 3, 1000, 4) == (1600, 0, 7, 0xFFFF)
        assert far.board.written == [(1000, (1600,)), (1002, (7, 0xFFFF))]
        with pytest.raises(WrongDeviceError, match="illegal data address"):
            await bus.write_register(1, 2000, 1)
        with pytest.raises(ValueError, match="each must be 0 to 65535"):
            await bus.write_register(1, 1000, 65_536)
        with pytest.raises(ValueError, match="need 1 to 123"):
            await bus.write_registers(1, 1000, [0] * 124)


async def test_the_printed_frames_of_a_write_are_sent() -> None:
    heard: list[bytes] = []
    line = PtyLine(heard.append)
    async with on(line, T) as bus:
        for write in (
            bus.write_registers(1, 1000, (16,), attempts=1),
            bus.write_registers(1, 1000, (1600,), attempts=1),
        ):
            with pytest.raises(TransientError):
                await write
    assert heard == [
        bytes.fromhex("01 10 03 E8 00 01 02 00 10 83 B4"),
        bytes.fromhex("01 10 03 E8 00 01 02 06 40 80 28"),
    ]


async def test_a_write_is_done_when_it_is_answered_with_the_same_values() -> None:
    other = framed(bytes.fromhex("01 06 03 E8 00 05"))
    far = BoardLine(lambda answer: other)
    async with on(far.line, T) as bus:
        with pytest.raises(TransientError):
            await bus.write_register(1, 1000, 6)
        assert len(far.board.written) == 2


async def test_a_command_that_must_not_come_twice_is_sent_once() -> None:
    far = BoardLine(lambda answer: b"")
    async with on(far.line, T) as bus:
        with pytest.raises(TransientError):
            await bus.write_register(1, 1004, 2, attempts=1)
    assert far.board.written == [(1004, (2,))]


async def test_an_adapter_that_hears_itself_is_no_other_master() -> None:
    echo: list[PtyLine] = []
    board = Board()
    slave = Slave({1: board})

    def heard(data: bytes) -> None:
        for answer in slave.feed(data):
            echo[0].write(data + answer)

    echo.append(PtyLine(heard))
    async with on(echo[0]) as bus:
        assert await bus.read_registers(1, 3, 1000, 2) == (0, 0)
        await bus.write_register(1, 1000, 9)
        await bus.write_registers(1, 1001, (8,))
        assert await bus.read_registers(1, 3, 1000, 2) == (9, 8)


@pytest.mark.parametrize("before", ["an echo", "noise"])
async def test_the_longest_answer_is_found_behind_whatever_comes_first(before: str) -> None:
    line: list[PtyLine] = []
    board = Board()
    board.words = dict.fromkeys(range(1000, 1125), 7)
    slave = Slave({1: board})

    def heard(data: bytes) -> None:
        for answer in slave.feed(data):
            line[0].write((data if before == "an echo" else b"\x55" * 200) + answer)

    line.append(PtyLine(heard))
    async with on(line[0]) as bus:
        assert await bus.read_registers(1, 3, 1000, 125) == (7,) * 125


async def test_an_echo_alone_is_no_answer_to_a_write() -> None:
    echo: list[PtyLine] = []
    slave = Slave({1: Board()})

    def heard(data: bytes) -> None:
        answers = slave.feed(data) if data[1] == 3 else []
        echo[0].write(data + b"".join(answers))

    echo.append(PtyLine(heard))
    async with on(echo[0], T) as bus:
        await bus.read_registers(1, 3, 1000, 2)
        with pytest.raises(TransientError):
            await bus.write_register(1, 1000, 9)


async def test_another_master_on_the_line_is_noticed_and_nothing_of_it_believed() -> None:
    """It asks the same meter for as many registers elsewhere, just as we wait for ours."""
    theirs = framed(bytes.fromhex("01 03 03 E8 00 02"))
    line: list[PtyLine] = []

    def heard(data: bytes) -> None:
        line[0].write(theirs + framed(bytes.fromhex("01 03 04 00 63 00 63")))

    line.append(PtyLine(heard))
    async with on(line[0], T) as bus:
        with pytest.raises(TransientError, match="another master uses the line"):
            await bus.read_registers(1, 3, 1004, 2)


def twin_of_two(second: str = "sdm630") -> MeterTwin:
    twin = MeterTwin(lambda: SHOWN, 1)
    far = MeterReading(0.0, 77_700, voltage_v=(211.0, 212.0, 213.0), power_phase_w=(1.0, 2.0, 3.0))
    twin.add(MeterImage(lambda: far, 99, 2, MODELS[second]))
    return twin


@pytest.mark.parametrize("second", ["sdm630", "em24"])
@pytest.mark.parametrize("lateness", [1.2, 2.6])
async def test_late_and_doubled_answers_are_never_taken_for_another_meters(
    second: str, lateness: float
) -> None:
    """Each third answer of either meter comes late and once more, into the other one's turn."""
    twin = twin_of_two(second)
    count = 0

    def spoil(answer: bytes) -> list[tuple[float, bytes]]:
        nonlocal count
        count += 1
        late = lateness * T
        return [(late, answer), (late + 0.5 * T, answer)] if count % 3 == 0 else [(0.0, answer)]

    bus = serial_bus(await twin.start(), timeout_s=T)
    meters = [ModbusMeter(bus, unit, shipped(name), RealClock())
              for unit, name in ((1, "sdm630"), (2, second))]  # fmt: skip
    right = {0: 230.0, 1: 212.0}
    taken = [0, 0]

    async def poll(which: int) -> None:
        for _ in range(3):
            try:
                await meters[which].open()
                reading = await meters[which].read()
            except (TransientError, AbsentError):
                continue
            taken[which] += 1
            assert reading.voltage_v[1] == pytest.approx(right[which])
            assert reading.energy_wh == (12_300, 77_700)[which]

    twin.spoil = spoil
    await asyncio.gather(poll(0), poll(1))
    twin.spoil = None
    await asyncio.gather(poll(0), poll(1))
    assert min(taken) > 0
    bus.close()
    await twin.stop()


async def test_a_slave_two_time_outs_late_is_asked_something_else_first() -> None:
    """Its old answer would look like the new one: the values must be those of the new question."""
    answers: list[int] = [1]
    line: list[PtyLine] = []
    is_late = False

    def heard(data: bytes) -> None:
        nonlocal is_late
        loop = asyncio.get_running_loop()
        count = data[5]
        if count == 2 and is_late:  # once, long after its time
            is_late = False
            stale = framed(bytes((1, 3, 4, 0, answers[-1], 0, 0)))
            loop.call_later(2.15 * T, line[0].write, stale)
            return
        body = bytes((1, 3, 2 * count, 0, answers[-1])) + bytes(2 * count - 2)
        loop.call_later(0.3 * T, line[0].write, framed(body))

    line.append(PtyLine(heard))
    async with on(line[0], T) as bus:
        assert await bus.read_registers(1, 3, 7, 1) == (1,)
        assert await bus.read_registers(1, 3, 0, 2) == (1, 0)
        is_late = True
        answers.append(2)
        call = asyncio.ensure_future(bus.read_registers(1, 3, 0, 2))
        await asyncio.sleep(1.5 * T)
        answers.append(3)
        assert await call == (3, 0)


async def polled(bus: PymodbusBus, unit: int, for_s: float, shares: list[int]) -> None:
    """Ask as often as it answers."""
    loop = asyncio.get_running_loop()
    end_s = loop.time() + for_s
    while loop.time() < end_s:
        try:
            await bus.read_registers(unit, 4, 0, 36)
        except HalError:
            await asyncio.sleep(T / 8)  # as a feed does
        else:
            shares[unit] += 1


async def test_three_meters_share_the_line_evenly(
    record_property: Callable[[str, object], None],
) -> None:
    twin = MeterTwin(lambda: SHOWN, 1)
    for unit in (2, 3):
        twin.add(MeterImage(lambda: SHOWN, unit=unit))
    bus = serial_bus(await twin.start(), timeout_s=LONG_T)
    await bus.open()
    shares = [0] * 4
    await asyncio.gather(*(polled(bus, unit, 6 * T, shares) for unit in (1, 2, 3)))
    bus.close()
    await twin.stop()
    record_property("covered", f"reads of three meters on one line: {shares[1:]}")
    assert min(shares[1:]) >= 0.8 * max(shares[1:])


class WatchedTwin(MeterTwin):
    """Notes the unit of each request, in their order."""

    def __init__(self) -> None:
        super().__init__(lambda: SHOWN, 1)
        self.asked: list[int] = []

    def answers(self, data: bytes) -> list[bytes]:
        self.asked.append(data[0])
        return super().answers(data)


@pytest.mark.parametrize("dead", [(2,), (2, 3)])
async def test_dead_meters_leave_the_line_to_the_living(
    dead: tuple[int, ...], record_property: Callable[[str, object], None]
) -> None:
    """All dead ones together may hold the line for one part in eight, once they are known."""
    twin = WatchedTwin()
    bus = serial_bus(await twin.start(), timeout_s=T)
    await bus.open()
    loop = asyncio.get_running_loop()
    shares, ahead = [0] * 4, [0]  # requests to dead ones that a living one waited for
    start_s = loop.time()
    end_s = start_s + (2 + 4 * (REST_MAX + 1)) * T
    dead_polls = [asyncio.ensure_future(polled(bus, u, end_s - start_s, shares)) for u in dead]
    while loop.time() < end_s:
        before = len(twin.asked)
        await bus.read_registers(1, 4, 0, 36)
        ahead.append(sum(unit != 1 for unit in twin.asked[before:]))
        await asyncio.sleep(T / 20)
    await asyncio.gather(*dead_polls)
    took_s = loop.time() - start_s
    bus.close()
    await twin.stop()
    share = 1 - sum(unit != 1 for unit in twin.asked) * T / took_s
    record_property(
        "covered",
        f"{len(dead)} dead of {len(dead) + 1}: the living had {share:.0%} of the line, waited"
        f" for {max(ahead)} dead ones at most, {len(ahead)} reads",
    )
    assert max(ahead) <= len(dead)
    assert share > 0.7


async def test_the_living_share_evenly_what_a_dead_meter_leaves(
    record_property: Callable[[str, object], None],
) -> None:
    twin = MeterTwin(lambda: SHOWN, 1)
    for unit in (2, 3):
        twin.add(MeterImage(lambda: SHOWN, unit=unit))
    bus = serial_bus(await twin.start(), timeout_s=T)
    await bus.open()
    shares = [0] * 5
    await asyncio.gather(*(polled(bus, unit, 30 * T, shares) for unit in (1, 2, 3, 4)))
    bus.close()
    await twin.stop()
    record_property("covered", f"reads of three meters beside a dead one: {shares[1:]}")
    assert shares[4] == 0
    assert min(shares[1:4]) >= 0.8 * max(shares[1:4])


async def test_a_unit_that_rests_is_told_of_and_comes_back() -> None:
    twin = MeterTwin(lambda: SHOWN, 1)
    bus = serial_bus(await twin.start(), timeout_s=T)
    await bus.open()
    await bus.read_registers(1, 4, 0, 36)
    with pytest.raises(TransientError, match="gave no answer in"):
        await bus.read_registers(2, 4, 0, 36)
    with pytest.raises(TransientError, match=r"rests for .* s, for others use the line"):
        await bus.read_registers(2, 4, 0, 36)
    twin.add(MeterImage(lambda: SHOWN, unit=2))
    loop = asyncio.get_running_loop()
    start_s = loop.time()
    shares = [0] * 4
    while not shares[2] and loop.time() - start_s < 5:
        await asyncio.gather(polled(bus, 1, T, shares), polled(bus, 2, T, shares))
    assert loop.time() - start_s < (REST_MAX + 4) * T
    bus.close()
    await twin.stop()


async def test_one_port_is_one_bus_and_other_settings_are_refused(tmp_path: Path) -> None:
    book = BusBook()
    (tmp_path / "tty0").touch()
    (tmp_path / "meter").symlink_to(tmp_path / "tty0")
    first = book.bus(str(tmp_path / "tty0"), 9600, "N")
    assert book.bus(str(tmp_path / "meter"), 9600, "N") is first
    assert book.bus(str(tmp_path / "tty1"), 19_200, "E") is not first
    with pytest.raises(ValueError, match="is used with 9600 baud 8N1, not with 9600 baud 8E1"):
        book.bus(str(tmp_path / "tty0"), 9600, "E")
    host = book.bus("tcp://meter.local")
    assert book.bus("tcp://meter.local", 115_200) is host
    assert book.bus("tcp://Meter.local:502") is host
    assert book.bus("rtu+tcp://meter.local:4196") is not host
    with pytest.raises(ValueError, match=r"is used with tcp, not with rtu\+tcp"):
        book.bus("rtu+tcp://meter.local:502")
    for wrong in ("tcp://", "tcp://host:0", "tcp://host:x", "http://host:80", "tcp://h:65536"):
        with pytest.raises(ValueError, match="must be tcp://host:port or rtu"):
            book.bus(wrong)
    book.close()
    book.close()


def test_a_device_is_known_by_the_name_that_lasts(tmp_path: Path) -> None:
    (tmp_path / "by-id").mkdir()
    (tmp_path / "ttyUSB0").touch()
    (tmp_path / "by-id" / "usb-adapter-A1").symlink_to(tmp_path / "ttyUSB0")
    assert lasting_name(str(tmp_path / "ttyUSB0"), tmp_path / "by-id").endswith("usb-adapter-A1")
    assert lasting_name(str(tmp_path / "ttyUSB1"), tmp_path / "by-id") == ""
    assert lasting_name(str(tmp_path / "ttyUSB0"), tmp_path / "none") == ""
