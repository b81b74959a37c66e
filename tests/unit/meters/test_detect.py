"""Detection: each meter is found where it is, as what it is, and the evidence says why."""

from collections.abc import Mapping

import pytest

from ampkeeper.board.emulated.meter_models import MODELS
from ampkeeper.board.emulated.meter_twin import MeterImage, MeterTwin
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.fake import FakeClock
from ampkeeper.hal.linux.modbus import PymodbusBus, serial_bus
from ampkeeper.hal.meters.detect import LINES, UNITS, Found, Line, detect
from ampkeeper.hal.meters.make import names, shipped
from ampkeeper.hal.ports import MeterReading
from tests.contract.test_meters_contract import SHOWN

T = 0.06
MAPS = {name: shipped(name) for name in names()}
ALIKE = {"em340": ("em340", "em540"), "em540": ("em340", "em540")}


async def found_on(
    twins: Mapping[Line, MeterTwin], units: tuple[int, ...] = (1, 33)
) -> tuple[tuple[Found, ...], list[str]]:
    """Detect on a port whose far end is another one for each line setting."""
    paths = {line: await twin.start() for line, twin in twins.items()}
    steps: list[str] = []

    def make(line: Line) -> PymodbusBus:
        return serial_bus(paths[line], timeout_s=T)

    found = await detect(make, tuple(twins), units, MAPS, FakeClock(), steps.append)
    for twin in twins.values():
        await twin.stop()
    return found, steps


@pytest.mark.parametrize("name", names())
async def test_a_meter_is_found_and_named(name: str) -> None:
    found, _ = await found_on({LINES[0]: MeterTwin(lambda: SHOWN, 33, model=MODELS[name])})
    assert [one.unit for one in found] == [33]
    assert found[0].maps == ALIKE.get(name, (name,))
    registers = MAPS[name]
    if registers.serial is not None:
        assert "serial number 21000001" in found[0].evidence
    if registers.code is not None and registers.code.allowed:
        assert "its own code says so" in found[0].evidence
    if name != "sdm72v1":
        assert "49.90 Hz" in found[0].evidence


async def test_all_units_of_the_first_line_that_answers_are_found() -> None:
    silent = MeterTwin(lambda: None, 1)
    twin = MeterTwin(lambda: SHOWN, 1, model=MODELS["em24"])
    twin.add(MeterImage(lambda: SHOWN, unit=33, model=MODELS["wm3m4c"]))
    other = MeterTwin(lambda: SHOWN, 1)
    found, steps = await found_on(dict(zip(LINES, (silent, twin, other), strict=False)))
    assert [(one.line, one.unit, one.maps) for one in found] == [
        (LINES[1], 1, ("em24",)),
        (LINES[1], 33, ("wm3m4c",)),
    ]
    assert steps == [f"{line}, unit {unit}" for line in LINES[:2] for unit in (1, 33)]


async def test_a_device_that_is_no_meter_of_ours_is_there_without_a_name() -> None:
    twin = MeterTwin(lambda: MeterReading(0.0, 1), 1, model=MODELS["sdm630"])
    twin.image.code = 0x0079  # SDM630MCT V2: no map is for it
    found, _ = await found_on({LINES[0]: twin})
    assert found[0].maps == ()
    assert found[0].reading is None


async def test_an_empty_line_has_nothing() -> None:
    assert await found_on({LINES[0]: MeterTwin(lambda: None, 1)}) == (
        (),
        [f"{LINES[0]}, unit {unit}" for unit in (1, 33)],
    )


async def test_a_port_that_is_not_there_is_said_at_once() -> None:
    def make(line: Line) -> PymodbusBus:
        return serial_bus("/dev/there-is-no-such-port", timeout_s=T)

    with pytest.raises(AbsentError, match="cannot be opened"):
        await detect(make, LINES, UNITS, MAPS, FakeClock(), lambda step: None)
