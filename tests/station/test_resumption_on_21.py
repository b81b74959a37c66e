"""Interrupted transactions on OCPP 2.1: ImmediateAndResume, and a cut that was too long."""

from pathlib import Path
from typing import Any

from ampkeeper.board.emulated.virtual_time import run_virtual
from tests.support.rig import CARD, STATION
from tests.support.virtual import Charger


def test_a_reset_to_go_on_interrupts_and_resumes_the_same_transaction(tmp_path: Path) -> None:
    """B13.FR.03, FR.04, FR.21 to FR.23, FR.30."""
    made = Charger(tmp_path / "charger", "2.1")

    async def story() -> Any:
        async with made.running():
            await made.charge()
            answer = await made.csms.call(STATION, "Reset", {"type": "ImmediateAndResume"})
            made.watched.record.power_cut()
            await made.until(lambda: len(made.watched.record.calls("BootNotification")) == 2)
            await made.until(lambda: made.status() == "Charging", 60)
            await made.until(lambda: made.car.register.energy_wh > 60)
            made.swipe(CARD)
            await made.until(lambda: made.status() == "Finishing")
            await made.settle()
            return answer[2]

    assert run_virtual(story()) == {"status": "Accepted"}
    (told,) = made.check()
    made.check_bills([told])
    assert told.triggers.index("ResetCommand") < told.triggers.index("TxResumed")
    reset = told.told[told.triggers.index("TxResumed")]
    assert reset.payload["transactionInfo"]["chargingState"] == "SuspendedEVSE"
    assert told.reason == "Local"


def test_2_0_1_has_no_such_reset_and_other_words_for_what_goes_on(tmp_path: Path) -> None:
    made = Charger(tmp_path / "charger", "2.0.1")

    async def story() -> None:
        async with made.running():
            await made.charge()
        async with made.running():
            await made.until(lambda: made.status() == "Charging", 60)
            await made.until(lambda: made.car.register.energy_wh > 60)
            made.swipe(CARD)
            await made.until(lambda: made.status() == "Finishing")
            await made.settle()

    run_virtual(story())
    (told,) = made.check()
    assert "TxResumed" not in told.triggers


def test_where_a_power_cut_ends_all_the_central_system_is_told_so(tmp_path: Path) -> None:
    """E17, B13.FR.01: session.on_power_return = "end"."""
    made = Charger(tmp_path / "charger", "2.1", session__on_power_return='"end"')
    named = {"component": {"name": "TxCtrlr"}, "variable": {"name": "ResumptionTimeout"}}

    async def story() -> list[Any]:
        async with made.running():
            await made.until(lambda: made.registered)
            call = made.csms.call
            asked = {"getVariableData": [named]}
            (got,) = (await call(STATION, "GetVariables", asked))[2]["getVariableResult"]
            wanted = {"setVariableData": [named | {"attributeValue": "60"}]}
            (put,) = (await call(STATION, "SetVariables", wanted))[2]["setVariableResult"]
            reset = await call(STATION, "Reset", {"type": "ImmediateAndResume"})
            return [got["attributeValue"], put["attributeStatus"], reset[2]["status"]]

    assert run_virtual(story()) == ["0", "Rejected", "Rejected"]


def test_a_restart_without_its_central_system_keeps_to_the_version_spoken_last(
    tmp_path: Path,
) -> None:
    made = Charger(tmp_path / "charger", "1.6", ocpp__versions='["2.1", "1.6"]')

    async def story() -> list[str]:
        async with made.running():
            await made.until(lambda: made.app.station.version == "2.1" and made.registered)
            made.csms.versions = ("ocpp1.6",)
            made.csms.drop(STATION)
            await made.until(lambda: made.app.station.version == "1.6")
        made.csms.versions = ()
        async with made.running():
            await made.until(lambda: made.status() == "Available")
            return [made.app.station.version]

    assert run_virtual(story()) == ["1.6"]
