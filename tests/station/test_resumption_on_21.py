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
