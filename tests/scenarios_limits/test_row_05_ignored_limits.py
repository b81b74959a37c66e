"""Row 5: a limit of the central system is ignored, told otherwise than it is, or 0 A is for ever.

Here what is set is offered on the pilot, drawn by the car, told as Current.Offered and answered
in a composite schedule, all the same; and after a pause the charge goes on.
"""

from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from tests.support.virtual import Charger

from .wishes import SOON_S, clear_default, drawing, drawn_a, set_default

VERSIONS = ("1.6", "2.0.1")
KEYS = {
    "ocpp__keys__MeterValueSampleInterval": "5",
    "ocpp__keys__MeterValuesSampledData": '"Current.Offered,Current.Import"',
}
VARIABLES = {
    'ocpp__variables__"SampledDataCtrlr.TxUpdatedInterval"': "5",
    'ocpp__variables__"SampledDataCtrlr.TxUpdatedMeasurands"': '"Current.Offered,Current.Import"',
}


def charger(folder: Path, version: str) -> Charger:
    return Charger(folder, version, **(KEYS if version == "1.6" else VARIABLES))


def duty_a(made: Charger) -> float:
    """What the pilot says, by IEC 61851-1 Table A.8: up to 51 A, 0.6 A for each percent."""
    status = made.app.station.evses[1].status
    assert status is not None
    return status.duty_ticks / 62.5 * 0.06


def offered_a(made: Charger) -> float | None:
    """The newest Current.Offered that the central system was told."""
    told = [
        float(sample["value"])
        for frame in made.watched.record.frames
        for sample in _samples(frame.parts)
        if sample.get("measurand") == "Current.Offered"
    ]
    return told[-1] if told else None


def _samples(part: Any) -> list[dict[str, Any]]:
    """All sampled values in a message, however deep."""
    found, left = [], [part]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            found += one.get("sampledValue", [])
            left += one.values()
        elif isinstance(one, list):
            left += reversed(one)
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("current_a", [6.0, 7.3, 13.0])
def test_what_is_set_is_offered_drawn_and_told(
    tmp_path: Path, version: str, current_a: float
) -> None:
    made = charger(tmp_path, version)

    async def play() -> tuple[float, Any]:
        async with made.running():
            await made.charge()
            assert await set_default(made, current_a) == "Accepted"
            await drawing(made, current_a)
            await made.until(lambda: offered_a(made) == current_a, 30.0)
            name, place = ("connectorId", 1) if made.is_16 else ("evseId", 1)
            asked = {name: place, "duration": 60, "chargingRateUnit": "A"}
            _, _, told = await made.csms.call("AK0001", "GetCompositeSchedule", asked)
            schedule = told["chargingSchedule" if made.is_16 else "schedule"]
            return duty_a(made), schedule["chargingSchedulePeriod"]

    pilot_a, periods = run_virtual(play())
    assert pilot_a == pytest.approx(current_a, abs=0.06)
    assert [period["limit"] for period in periods] == [current_a]


@pytest.mark.parametrize("version", VERSIONS)
def test_after_0_a_the_same_transaction_goes_on(tmp_path: Path, version: str) -> None:
    made = charger(tmp_path, version)

    async def play() -> None:
        async with made.running():
            await made.charge()
            await drawing(made, 16.0)
            for current_a in (0.0, 10.0, 0.0):
                assert await set_default(made, current_a) == "Accepted"
                told = "Charging" if current_a else "SuspendedEVSE"
                await made.until(lambda told=told: made.status() == told, SOON_S)
                await drawing(made, current_a)
            await clear_default(made)
            await drawing(made, 16.0)
            assert made.status() == "Charging"

    run_virtual(play())
    assert len(made.told) == 1


@pytest.mark.parametrize("version", VERSIONS)
def test_a_pause_set_before_the_car_comes_holds_and_its_end_lets_it_charge(
    tmp_path: Path, version: str
) -> None:
    made = charger(tmp_path, version)

    async def play() -> float:
        async with made.running():
            await made.until(lambda: made.status() == "Available" and made.registered)
            assert await set_default(made, 0.0) == "Accepted"
            made.plug(max_a=16.0, phases=3, cable_a=20)
            made.swipe()
            await made.until(lambda: made.status() == "SuspendedEVSE", 60.0)
            before_a = drawn_a(made)
            assert await set_default(made, 11.0) == "Accepted"
            await drawing(made, 11.0)
            return before_a

    assert run_virtual(play()) == 0.0
