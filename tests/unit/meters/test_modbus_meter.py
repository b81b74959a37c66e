"""Modbus meter: who it proves to be, and when a reading is one reading."""

import pytest

from ampkeeper.board.emulated.meter_twin import MeterImage, register_image
from ampkeeper.hal.errors import AbsentError, TransientError, WrongDeviceError
from ampkeeper.hal.fake import FakeClock, MemoryModbusBus
from ampkeeper.hal.meters.map_file import load_map
from ampkeeper.hal.meters.modbus_meter import ModbusMeter
from ampkeeper.hal.ports import MeterReading
from tests.unit.meters.test_registers import FILE


class Bench:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.image: MeterImage = register_image(lambda: MeterReading(0.0, 12_345))
        self.answer_s = 0.0
        self.bus = MemoryModbusBus(self._slowly)
        self.meter = ModbusMeter(self.bus, 1, load_map(FILE), self.clock)

    def _slowly(self, unit: int, function: int, address: int, count: int) -> tuple[int, ...]:
        self.clock.pass_s(self.answer_s)
        return self.image(unit, function, address, count)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize("code", [0x0070, 0x0000])
async def test_both_codes_of_the_part_are_accepted(bench: Bench, code: int) -> None:
    bench.image.code = code
    assert (await bench.meter.open()).serial == "21000001"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (0x0089, "SDM72D-M V2"),
        (0x0079, "SDM630MCT V2"),
        (0x0088, "SDM630MCT-40mA"),
        (0x0020, "SDM120"),
        (0x1234, "an unknown part"),
    ],
)
async def test_another_part_is_named(bench: Bench, code: int, name: str) -> None:
    bench.image.code = code
    with pytest.raises(WrongDeviceError, match=f"is {name}; SDM630 has 0x0070, 0x0000"):
        await bench.meter.open()


async def test_a_meter_swapped_behind_a_failure_is_found_out(bench: Bench) -> None:
    await bench.meter.open()
    bench.image.fault = "silent"
    with pytest.raises(TransientError):
        await bench.meter.read()
    bench.image.fault = "ok"
    bench.image.serial = 99
    for _ in range(2):
        with pytest.raises(WrongDeviceError, match="serial number is 99, was 21000001"):
            await bench.meter.read()
    assert (await bench.meter.open()).serial == "99"
    assert (await bench.meter.read()).energy_wh == 12_345


async def test_a_reading_is_never_younger_than_it_says(bench: Bench) -> None:
    await bench.meter.open()
    bench.clock.pass_s(100)
    bench.answer_s = 0.25
    assert (await bench.meter.read()).taken_s == 100.0


async def test_a_reading_spread_over_four_seconds_is_none(bench: Bench) -> None:
    await bench.meter.open()
    bench.answer_s = 2.0
    with pytest.raises(TransientError, match=r"took 4\.0 s"):
        await bench.meter.read()


async def test_a_bus_that_is_not_there_is_absent(bench: Bench) -> None:
    bench.bus.fail(AbsentError("pulled out"))
    with pytest.raises(AbsentError, match="pulled out"):
        await bench.meter.open()
