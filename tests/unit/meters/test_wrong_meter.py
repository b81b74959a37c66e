"""Wrong meter: a part that answers as another one is refused, and both are named."""

import pytest

from ampkeeper.board.emulated.meter_models import MODELS
from ampkeeper.board.emulated.meter_twin import MeterTwin
from ampkeeper.hal.errors import ImplausibleError, WrongDeviceError
from ampkeeper.hal.fake import FakeClock, MemoryModbusBus
from ampkeeper.hal.linux.modbus import BusBook
from ampkeeper.hal.linux.modbus_units import Request, Units
from ampkeeper.hal.meters.make import MeterSettings, make_meter, names, others, shipped
from ampkeeper.hal.meters.modbus_meter import ModbusMeter
from ampkeeper.hal.ports import MeterReading
from tests.contract.test_meters_contract import SHOWN

ALIKE = {"em340", "em540"}  # in every register that is read
CODED = ("sdm630", "sdm72v1", "sdm72v2", "wm3m4", "wm3m4c")
PAIRS = [
    (asked, there)
    for asked in names()
    for there in names()
    if asked != there and {asked, there} != ALIKE
]


@pytest.mark.parametrize(("asked", "there"), PAIRS)
async def test_another_meter_is_refused_and_both_are_named(asked: str, there: str) -> None:
    twin = MeterTwin(lambda: SHOWN, model=MODELS[there])
    units = Units("line", 1.0)

    def answer(unit: int, function: int, address: int, count: int) -> tuple[int, ...]:
        units.check(Request(unit, function, address, count))  # as on a line
        return twin.image(unit, function, address, count)

    meter = ModbusMeter(MemoryModbusBus(answer), 1, shipped(asked), FakeClock(), others())
    with pytest.raises(WrongDeviceError) as refused:
        await meter.open()
    text = str(refused.value)
    assert shipped(asked).model in text
    if there in CODED:
        assert MODELS[there].name in text, text


def test_a_meter_is_made_from_its_settings() -> None:
    book = BusBook()
    first = make_meter(MeterSettings("sdm72v2", "/dev/null0", 3), book, FakeClock())
    assert isinstance(first, ModbusMeter)
    with pytest.raises(ValueError, match="is used with 9600 baud 8N1, not with 19200 baud 8E1"):
        make_meter(MeterSettings("abb_b23", "/dev/null0", 4, 19_200, "E"), book, FakeClock())
    with pytest.raises(
        ValueError, match=r"map is 'sdm99': must be the path of a \.toml, or abb_b2"
    ):
        make_meter(MeterSettings("sdm99"), book, FakeClock())


@pytest.mark.parametrize("name", ["abb_b23", "iem3155", "wm3m4c"])
async def test_what_a_part_does_not_measure_is_none_and_never_zero(name: str) -> None:
    twin = MeterTwin(lambda: SHOWN, model=MODELS[name])
    bus = MemoryModbusBus(twin.image)
    meter = ModbusMeter(bus, 1, shipped(name), FakeClock())
    await meter.open()
    twin.image.hidden = ("v2", "i3", "p3", "f", "pf", "out")
    reading = await meter.read()
    assert reading.voltage_v == (pytest.approx(229.0), None, pytest.approx(231.0))
    assert reading.current_a[2] is None
    assert reading.power_phase_w[2] is None
    assert (reading.frequency_hz, reading.power_factor, reading.energy_export_wh) == (None,) * 3
    twin.image.hidden = ("in",)
    with pytest.raises(ImplausibleError, match="energy_wh is marked as not available"):
        await meter.read()


@pytest.mark.parametrize("name", ["em24", "em340", "em540"])
async def test_a_meter_that_knows_the_order_of_its_voltages_tells_it(name: str) -> None:
    twin = MeterTwin(lambda: SHOWN, model=MODELS[name])
    meter = ModbusMeter(MemoryModbusBus(twin.image), 1, shipped(name), FakeClock())
    await meter.open()
    assert (await meter.read()).is_rotation_right is True
    twin.image.is_rotation_right = False
    assert (await meter.read()).is_rotation_right is False


async def test_a_meter_that_does_not_know_says_nothing_of_rotation() -> None:
    twin = MeterTwin(lambda: MeterReading(0.0, 1))
    meter = ModbusMeter(MemoryModbusBus(twin.image), 1, shipped("sdm630"), FakeClock())
    await meter.open()
    assert (await meter.read()).is_rotation_right is None
