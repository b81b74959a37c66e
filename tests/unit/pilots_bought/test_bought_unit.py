"""systemd's unit for a bought board: the guard has its time, whoever ends the station."""

from pathlib import Path

from ampkeeper.board.host import fronted, guard

UNIT = Path(fronted.__file__).parent / "systemd" / "ampkeeper.service"


def settings() -> dict[str, str]:
    lines = UNIT.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def test_the_guard_is_not_killed_before_it_has_given_up() -> None:
    unit = settings()
    assert unit["KillMode"] == "control-group"  # "mixed" kills it when the station has ended
    assert float(unit["TimeoutStopSec"]) > fronted.REST_S + guard.LAST_S
    assert unit.get("SendSIGHUP", "no") == "no"
    assert "SendSIGKILL" not in unit


def test_a_station_that_ended_comes_back() -> None:
    unit = settings()
    assert (unit["Restart"], unit["StartLimitIntervalSec"]) == ("always", "0")
