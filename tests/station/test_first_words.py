"""What a station says first after a start: what is there, not what it has yet to look at."""

from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from tests.support.rig import CAR
from tests.support.virtual import Charger


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_connector_with_a_car_is_never_told_as_free_after_a_restart(
    tmp_path: Path, version: str
) -> None:
    """B01.FR.05: with its current state."""
    made = Charger(tmp_path / "charger", version)
    name = "status" if version == "1.6" else "connectorStatus"

    async def story() -> None:
        async with made.running():
            await made.until(lambda: made.registered)
            made.plug(**CAR)
            await made.until(lambda: made.status() == "Preparing")
        mark = len(made.watched.record.calls("StatusNotification"))
        async with made.running():
            await made.until(lambda: made.registered)
            await made.until(lambda: made.status() == "Preparing")
            said = made.watched.record.calls("StatusNotification")[mark:]
            told = [each[name] for each in said if each.get("connectorId", 1) == 1]
            assert told[:1] == ["Preparing" if version == "1.6" else "Occupied"]

    run_virtual(story())
