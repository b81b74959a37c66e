"""The emulated board as a process: what its lamp shows is an event, and its state has no more."""

from pathlib import Path

import pytest

from tests.support.emulator import Emulator
from tests.support.rig import CONFIG

pytestmark = pytest.mark.process


def shown(charger: Emulator) -> list[str]:
    return charger.told("indicator", "shows")


@pytest.mark.parametrize(("speed", "is_shown"), [(1.0, True), (2.0, False)])
async def test_the_lamp_is_an_event_where_time_is_real(
    tmp_path: Path, speed: float, is_shown: bool
) -> None:
    config = CONFIG.format(url="ws://127.0.0.1:9/ocpp", version="2.0.1")
    charger = Emulator(tmp_path, config, speed=speed)
    await charger.start()
    try:
        await charger.network(False)
        await charger.car(plugged=True)
        await charger.until_status("Preparing")
        if is_shown:
            await charger.until("it is told", lambda evse: "occupied" in shown(charger))
        assert bool(shown(charger)) == is_shown
        evse = await charger.evse()
        assert "indicator" not in evse
    finally:
        await charger.end()
