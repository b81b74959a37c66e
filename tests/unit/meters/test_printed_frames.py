"""Printed frames: each frame of the makers' tables, as bytes, from both sides.

The bus sends the printed request, and the printed answer is the printed value; the twin gives the
printed answer to the printed request.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ampkeeper.board.emulated.bought.rtu import framed
from ampkeeper.board.emulated.meter_models import MODELS
from ampkeeper.board.emulated.meter_twin import MeterTwin
from ampkeeper.board.emulated.twin_line import PtyLine
from ampkeeper.hal.linux.modbus import serial_bus
from ampkeeper.hal.linux.modbus_sift import crc
from ampkeeper.hal.linux.stream import SerialStream
from ampkeeper.hal.meters.words import number
from ampkeeper.hal.ports import MeterReading

LONG_T = 0.4
SHOWN = MeterReading(
    0.0, 12_300, -1_234.5, voltage_v=(230.0, 230.0, 230.0), power_phase_w=(-411.5, -411.5, -411.5)
)


@dataclass(frozen=True)
class Frame:
    """A printed request, who is asked, and the values that the answer stands for."""

    model: str
    request: str
    kind: str
    is_high_first: bool
    values: tuple[float, ...]
    answer: str = ""  # where it is printed too, whole or its words only


FRAMES = (
    Frame(
        "sdm630", "01 04 00 00 00 06 70 08", "f32", True, (230.0, 230.0, 230.0),
        "01 04 0C 43 66 00 00 43 66 00 00 43 66 00 00 C7 BD",
    ),
    Frame("sdm630", "01 04 00 48 00 02 F1 DD", "f32", True, (12.3,)),
    Frame("abb_b23", "01 03 5B 00 00 06 D6 EC", "u32", True, (2300, 2300, 2300)),
    Frame("abb_b23", "01 03 5B 14 00 08 17 2C", "i32", True, (-123450, -41150, -41150, -41150)),
    Frame("abb_b23", "01 03 50 00 00 04 55 09", "u64", True, (1230,)),
    Frame("em340", "01 04 00 28 00 02 F1 C3", "i32", False, (-12345,), "CF C7 FF FF"),
    Frame("em340", "01 04 00 34 00 02 30 05", "i32", False, (123,)),
    Frame("iem3155", "01 03 0B D3 00 06 36 15", "f32", True, (230.0, 230.0, 230.0)),
    Frame("iem3155", "01 03 0C 83 00 04 B6 B1", "i64", True, (12300,)),
    Frame("wm3m4", "21 04 00 6B 00 06 06 B4", "t5", True, (230.0, 230.0, 230.0)),
    Frame("wm3m4", "21 03 1B 58 00 01 04 5D", "u16", True, (0,)),
)  # fmt: skip
BOTH = pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: f"{frame.model} {frame.request}")


def parts(frame: Frame) -> tuple[int, int, int, int]:
    data = bytes.fromhex(frame.request)
    return data[0], data[1], int.from_bytes(data[2:4]), int.from_bytes(data[4:6])


@BOTH
def test_the_check_sum_is_the_printed_one(frame: Frame) -> None:
    data = bytes.fromhex(frame.request)
    assert crc(data[:-2]) == data[-2:]
    assert framed(data[:-2]) == data


@BOTH
async def test_the_bus_asks_with_the_printed_frame_and_takes_the_answer(frame: Frame) -> None:
    unit, _, _, _ = parts(frame)
    twin = MeterTwin(lambda: SHOWN, unit, model=MODELS[frame.model])
    heard: list[bytes] = []
    near = PtyLine(lambda data: _relay(heard, data, twin, lambda: near))
    bus = serial_bus(near.open(), timeout_s=LONG_T)
    await bus.open()
    try:
        words = await bus.read_registers(*parts(frame))
    finally:
        bus.close()
        near.close()
    assert heard == [bytes.fromhex(frame.request)]
    size = len(words) // len(frame.values)
    spans = [words[at : at + size] for at in range(0, len(words), size)]
    values = [number(frame.kind, span, frame.is_high_first) for span in spans]
    assert values == pytest.approx(frame.values, rel=1e-7)


def _relay(heard: list[bytes], data: bytes, twin: MeterTwin, line: Callable[[], PtyLine]) -> None:
    """Between driver and meter, with an ear on what is asked."""
    heard.append(data)
    for answer in twin.answers(data):
        line().write(answer)


@pytest.mark.parametrize("frame", [frame for frame in FRAMES if frame.answer])
async def test_the_twin_answers_with_the_printed_frame(frame: Frame) -> None:
    twin = MeterTwin(lambda: SHOWN, parts(frame)[0], model=MODELS[frame.model])
    stream = SerialStream(await twin.start())
    await stream.open()
    stream.write(bytes.fromhex(frame.request))
    answer = b""
    async with asyncio.timeout(5):
        while len(answer) < 5 + 2 * parts(frame)[3]:
            answer += await stream.read()
    stream.close()
    await twin.stop()
    printed = bytes.fromhex(frame.answer)
    assert printed in (answer, answer[3:-2])


def test_the_printed_t6_is_its_value() -> None:
    assert number("t6", (0xFDFE, 0x1DC0)) == -123.456
