"""Meter twin: an SDM630's answers to the byte, live values, and each of its faults."""

import asyncio
import struct
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from ampkeeper.board.emulated.meter_models import MODELS, registers
from ampkeeper.board.emulated.meter_twin import FAULTS, MeterImage, MeterTwin
from ampkeeper.hal.errors import TransientError, WrongDeviceError
from ampkeeper.hal.linux.stream import SerialStream
from ampkeeper.hal.ports import MeterReading
from tests.unit.meters.slave import crc

SHOWN = MeterReading(0.0, 12_345, 11_040.0, voltage_v=(230.0, 230.0, 230.0), frequency_hz=50.0)
ENERGY = (1, 4, 0x48, 2)


def _kwh(words: tuple[int, ...]) -> float:
    kwh: float = struct.unpack(">f", struct.pack(">2H", *words))[0]
    return kwh


LIMIT_S = 5.0  # ends a wait that should be over at once


class World:
    def __init__(self) -> None:
        self.reading: MeterReading | None = SHOWN

    def __call__(self) -> MeterReading | None:
        return self.reading

    def charge(self, energy_wh: int) -> None:
        assert self.reading is not None
        self.reading = replace(self.reading, energy_wh=self.reading.energy_wh + energy_wh)


class Wire:
    """A master that sends bytes and sees bytes."""

    def __init__(self, twin: MeterTwin, stream: SerialStream) -> None:
        self.twin = twin
        self._stream = stream

    async def ask(self, request: str, size: int) -> bytes:
        self._stream.write(bytes.fromhex(request))
        answer = b""
        async with asyncio.timeout(LIMIT_S):
            while len(answer) < size:
                answer += await self._stream.read()
        return answer


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    twin = MeterTwin(World())
    stream = SerialStream(await twin.start())
    await stream.open()
    yield Wire(twin, stream)
    stream.close()
    await twin.stop()
    await twin.stop()


async def test_the_answer_of_the_data_sheet_comes_over_the_wire(wire: Wire) -> None:
    answer = await wire.ask("01 04 00 00 00 06 70 08", 17)
    assert answer.hex(" ") == "01 04 0c 43 66 00 00 43 66 00 00 43 66 00 00 c7 bd"


async def test_what_it_does_not_have_is_an_illegal_address(wire: Wire) -> None:
    body = bytes.fromhex("01 04 0F 00 00 02")
    answer = await wire.ask((body + crc(body)).hex(), 5)
    assert answer[:3].hex() == "018402"


async def test_a_request_for_another_unit_stays_without_an_answer(wire: Wire) -> None:
    body = bytes.fromhex("02 04 00 00 00 06")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(wire.ask((body + crc(body)).hex(), 1), 0.1)
    assert len(await wire.ask("01 04 00 00 00 06 70 08", 17)) == 17


async def test_answers_can_come_twice_with_noise_and_cut(wire: Wire) -> None:
    wire.twin.copies = 2
    wire.twin.noise = b"\xff"
    wire.twin.cut_count = 2
    wire.twin.delay_s = 0.01
    answer = await wire.ask("01 04 00 00 00 06 70 08", 32)
    assert answer == 2 * bytes.fromhex("ff01040c436600004366000043660000")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def image(world: World) -> MeterImage:
    return MeterImage(world)


def test_values_are_those_of_the_moment(image: MeterImage, world: World) -> None:
    before = image(*ENERGY)
    world.charge(1000)
    assert image(*ENERGY) != before


def test_a_frozen_meter_shows_what_it_showed(image: MeterImage, world: World) -> None:
    before = image(*ENERGY)
    image.fault = "frozen"
    world.charge(1000)
    assert image(*ENERGY) == before
    image.fault = "ok"
    assert image(*ENERGY) != before


def test_a_meter_that_runs_backwards_falls_as_energy_flows(image: MeterImage, world: World) -> None:
    image.fault = "backwards"
    first = image(*ENERGY)
    world.charge(1000)
    second = image(*ENERGY)
    assert first == (0x4145, 0x5C29)  # 12.335 kWh, 10 Wh less than before
    assert second < first


def test_a_meter_that_runs_backwards_through_zero_rolls_over(
    image: MeterImage, world: World
) -> None:
    image.fault = "backwards"
    world.charge(100_000)
    assert 99_000.0 < _kwh(image(*ENERGY)) < 100_000.0
    world.charge(1_000)
    assert 99_000.0 < _kwh(image(*ENERGY)) < 99_912.0


def test_a_meter_out_of_its_wits_says_nan_everywhere(image: MeterImage) -> None:
    image.fault = "nan"
    assert image(1, 4, 0, 18) == (0x7FC0, 0) * 9


@pytest.mark.parametrize("is_dead", [True, False])
def test_a_silent_meter_does_not_answer(image: MeterImage, world: World, is_dead: bool) -> None:
    if is_dead:
        image.fault = "silent"
    else:
        world.reading = None
    with pytest.raises(TransientError, match="no answer"):
        image(*ENERGY)


def test_only_what_the_part_has_can_be_read(image: MeterImage) -> None:
    image.serial = 0x12345678
    assert image(1, 3, 0xFC00, 3) == (0x1234, 0x5678, 0x0070)
    for address, count in ((0xFC01, 3), (0xFBFF, 1)):
        with pytest.raises(WrongDeviceError, match="illegal data address"):
            image(1, 3, address, count)
    with pytest.raises(WrongDeviceError):
        image(1, 4, 0x015F, 2)


def test_a_fault_that_there_is_not_is_refused(image: MeterImage) -> None:
    with pytest.raises(ValueError, match="'sleepy', allowed are ok, silent, nan, frozen, backw"):
        image.fault = "sleepy"
    assert image.fault == "ok"
    plain = {"ok", "silent", "nan", "frozen", "backwards"}
    assert set(FAULTS) == plain | {"dropping", "negative"}


@pytest.mark.parametrize("name", MODELS)
def test_blocks_made_in_one_go_are_the_registers_one_by_one(name: str) -> None:
    model = MODELS[name]
    now = replace(
        SHOWN,
        current_a=(1.5, None, 3.25),
        power_phase_w=(-10.0, 20.0, None),
        power_factor=-0.5,
        energy_export_wh=123_456,
    )
    image, placed = MeterImage(lambda: now, model=model), registers(model, now)
    areas = [area for area in model.areas if area[0] != 1]  # there a text says who it is
    for first, last in areas:
        for address in range(first, last, 3):
            count = min(model.count_max, 7, last + 1 - address)
            right = tuple(placed.get(at, 0) for at in range(address, address + count))
            assert image.read(model.functions[0], address, count) == right, (address, count)


def test_no_more_is_given_in_one_answer_than_the_part_gives(image: MeterImage) -> None:
    with pytest.raises(WrongDeviceError, match="illegal data value"):
        image(1, 4, 0, 81)
