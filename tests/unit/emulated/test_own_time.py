"""Where time runs at another speed, a central system's time is of no use."""

from dataclasses import replace
from pathlib import Path

import pytest

from ampkeeper.board.emulated.main import _with_own_time
from ampkeeper.firmware.config.load import load

CHARGER = Path(__file__).parents[3] / "docs" / "charger.toml"


@pytest.mark.parametrize("kept", [{}, {"ClockCtrlr.TimeSource": "Heartbeat"}])
def test_the_station_keeps_its_own_time_unless_the_file_says_otherwise(
    kept: dict[str, str],
) -> None:
    config = load(CHARGER)
    config = replace(config, ocpp=replace(config.ocpp, variables=kept))
    found = _with_own_time(config).ocpp.variables["ClockCtrlr.TimeSource"]
    assert found == kept.get("ClockCtrlr.TimeSource", "NTP")
