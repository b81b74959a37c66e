"""systemd's units: least privilege as systemd itself rates it, and what the services need."""

import shutil
import subprocess
from pathlib import Path

import pytest

from ampkeeper.board.host import fronted
from ampkeeper.board.pi_peak.config_keys import KEYS

FOLDER = Path(fronted.__file__).parent / "systemd"
UNITS = ("ampkeeper.service", "ampkeeper-ring.service")
EXPOSED_MAX = 20  # tenths: "OK" ends at 4.9, 9.2 is a service without any of it


def settings(unit: str) -> dict[str, str]:
    """The last of each; a line that ends in a backslash goes on."""
    text = (FOLDER / unit).read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if "=" in line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_rates_each_unit_two_at_most(unit: str) -> None:
    words = ["systemd-analyze", "security", "--offline=yes", "--no-pager"]
    words += [f"--threshold={EXPOSED_MAX}", str(FOLDER / unit)]
    rated = subprocess.run(words, capture_output=True, text=True, check=False)
    assert rated.returncode == 0, rated.stdout + rated.stderr
    assert "Overall exposure level" in rated.stdout


@pytest.mark.parametrize("unit", UNITS)
def test_a_service_comes_back_for_ever_and_is_watched(unit: str) -> None:
    told = settings(unit)
    assert (told["Restart"], told["StartLimitIntervalSec"]) == ("always", "0")
    assert told["Type"] == "notify"
    assert 0 < float(told["WatchdogSec"]) <= 30


@pytest.mark.parametrize("unit", UNITS)
def test_a_service_is_nobody_who_could_take_more(unit: str) -> None:
    told = settings(unit)
    assert told["User"] == "ampkeeper"
    assert told["CapabilityBoundingSet"] == ""
    assert told["DevicePolicy"] == "closed"
    assert told["ProtectSystem"] == "strict"


def test_the_station_may_write_to_its_state_alone() -> None:
    told = settings("ampkeeper.service")
    assert told["StateDirectory"] == "ampkeeper"
    assert "--state /var/lib/ampkeeper " in told["ExecStart"]
    assert "ReadWritePaths" not in told


def test_ring_1_may_be_on_time_and_has_no_network() -> None:
    told = settings("ampkeeper-ring.service")
    assert told["LimitRTPRIO"] == "50"
    assert told["LimitMEMLOCK"] == "infinity"
    assert "RestrictRealtime" not in told
    assert "ProtectKernelTunables" not in told  # its PWM is below /sys
    assert told["PrivateNetwork"] == "yes"


def test_ring_1_has_the_time_to_end_a_charge() -> None:
    assert float(settings("ampkeeper-ring.service")["TimeoutStopSec"]) >= 8  # 6 s, then reserve


def test_station_and_ring_1_meet_at_one_socket() -> None:
    told = settings("ampkeeper-ring.service")
    assert "--socket /run/ampkeeper/ring.sock" in told["ExecStart"]
    assert told["RuntimeDirectory"] == "ampkeeper"
    assert "ring.socket" in KEYS
