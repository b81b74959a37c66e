"""Doctor, looking: on folders as the kernel's and udev's, and the command as a whole."""

import json
import socket
from pathlib import Path

import pytest

from ampkeeper.board.host import fronted
from ampkeeper.board.host.doctor import probe
from ampkeeper.board.host.doctor.facts import Port, Rauc, Ring
from ampkeeper.board.host.doctor.rauc_probe import rauc_of
from ampkeeper.firmware.config import parse
from ampkeeper.firmware.faces.cli import main
from ampkeeper.firmware.faces.cli.start import checkers

CONFIG = """
[station]
vendor = "Ampkeeper"
model = "Pi"
serial = "AK-0001"
[board]
name = "{board}"
[board.meter]
port = "/dev/ttyUSB0"
[authorise]
mode = "free"
[[evse]]
id = 1
max_a = 16
phases = 3
socket = false
{more}
"""


def config(board: str = "pi_rp2040", more: str = ""):
    return parse(CONFIG.format(board=board, more=more), checkers=checkers())


def link(path: Path, to: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(to)


def put(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_port_is_found_with_the_name_that_it_keeps(tmp_path: Path) -> None:
    device = put(tmp_path / "dev/ttyUSB0")
    link(tmp_path / "dev/serial/by-id/usb-FTDI", device)
    pilot, meter = probe.ports_of(config(), tmp_path)
    assert pilot == Port("board.pilot.port", "/dev/serial0")
    assert (meter.key, meter.device, meter.is_ours) == ("board.meter.port", str(device), True)
    assert meter.lasting == str(tmp_path / "dev/serial/by-id/usb-FTDI")


def test_a_reader_that_is_not_there_has_no_port(tmp_path: Path) -> None:
    more = '[board.reader]\nkind = "pn532"\nport = "/dev/ttyS1"'
    names = [port.key for port in probe.ports_of(config(more=more), tmp_path)]
    assert "board.reader.port" in names
    assert "board.reader.port" not in [port.key for port in probe.ports_of(config(), tmp_path)]


def test_ring_1_is_looked_for_only_where_it_is_needed(tmp_path: Path) -> None:
    assert probe.ring_of(config("pi_rp2040"), tmp_path) is None
    assert probe.ring_of(config("pi_peak"), tmp_path) == Ring(is_running=False)
    put(tmp_path / "proc/1/cmdline", "python\0-m\0ampkeeper.board.pi_peak.ring\0")
    assert probe.ring_of(config("pi_peak"), tmp_path) == Ring(is_running=True)


SYSTEMD = Path(fronted.__file__).parent / "systemd"
WITH_RAUC = '[update]\ninstaller = "rauc"'
UNIT_PLACE = "usr/lib/systemd/system/ampkeeper.service"
DROP_IN_PLACE = "etc/systemd/system/ampkeeper.service.d/rauc.conf"
RULE_PLACE = "etc/polkit-1/rules.d/60-ampkeeper-reboot.rules"


def test_what_rauc_needs_is_looked_for_only_where_it_installs(tmp_path: Path) -> None:
    assert rauc_of(config(), tmp_path) is None
    assert rauc_of(config(more=WITH_RAUC), tmp_path) == Rauc(None, False)


def test_the_examples_of_the_package_are_what_rauc_needs(tmp_path: Path) -> None:
    put(tmp_path / UNIT_PLACE, (SYSTEMD / "ampkeeper.service").read_text())
    assert rauc_of(config(more=WITH_RAUC), tmp_path) == Rauc(False, False)
    put(tmp_path / DROP_IN_PLACE, (SYSTEMD / "rauc.conf").read_text())
    put(tmp_path / RULE_PLACE, (SYSTEMD / "60-ampkeeper-reboot.rules").read_text())
    assert rauc_of(config(more=WITH_RAUC), tmp_path) == Rauc(True, True)
    put(tmp_path / DROP_IN_PLACE.replace("rauc", "zz"), "[Unit]\nStartLimitIntervalSec=0\n")
    put(tmp_path / RULE_PLACE, "// org.freedesktop.login1.reboot of somebody else")
    assert rauc_of(config(more=WITH_RAUC), tmp_path) == Rauc(False, False)


def test_what_cannot_be_read_of_systemd_and_polkit_is_unknown(tmp_path: Path) -> None:
    put(tmp_path / UNIT_PLACE.rpartition("/")[0] / "ampkeeper.service.d", "no folder")
    put(tmp_path / RULE_PLACE.rpartition("/")[0], "no folder")
    assert rauc_of(config(more=WITH_RAUC), tmp_path) == Rauc(None, None)
    put(
        tmp_path / RULE_PLACE.replace("etc", "usr/share"), "ampkeeper org.freedesktop.login1.reboot"
    )
    assert rauc_of(config(more=WITH_RAUC), tmp_path) == Rauc(None, True)


@pytest.mark.parametrize(
    ("files", "is_set"), [([], None), (["x"], False), (["synchronized"], True)]
)
def test_the_clock_is_set_when_timesyncd_says_so(
    tmp_path: Path, files: list[str], is_set: bool | None
) -> None:
    for name in files:
        put(tmp_path / "run/systemd/timesync" / name)
    assert probe.is_clock_set(tmp_path) is is_set


def test_an_emmc_tells_the_worse_of_its_two_kinds_of_cells(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    number = state.stat().st_dev
    disk = tmp_path / "sys/block/mmcblk0"
    put(disk / "device/life_time", "0x01 0x03\n")
    put(disk / "mmcblk0p2/partition", "2\n")
    name = f"{probe.os.major(number)}:{probe.os.minor(number)}"
    link(tmp_path / "sys/dev/block" / name, disk / "mmcblk0p2")
    found = probe.storage_of(state, tmp_path)
    assert found is not None
    assert (found.device, found.life_percent) == ("mmcblk0", 30)


def test_a_medium_that_does_not_tell_its_life_is_unknown(tmp_path: Path) -> None:
    found = probe.storage_of(tmp_path, tmp_path)
    assert found is not None
    assert found.life_percent is None
    assert probe.storage_of(tmp_path / "nowhere", tmp_path) is None


def test_a_central_system_is_tried_by_one_connection() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        more = f'[ocpp]\nid = "A"\nurl = "ws://127.0.0.1:{server.getsockname()[1]}/x"'
        refused = probe.server_of(config(more=more))
        server.listen()
        taken = probe.server_of(config(more=more))
    assert refused is not None
    assert refused.problem == "Connection refused"
    assert taken is not None
    assert taken.problem == ""
    assert probe.server_of(config()) is None


def test_the_command_tells_all_of_it_and_ends_with_one_if_something_is_bad(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = put(tmp_path / "charger.toml", CONFIG.format(board="pi_rp2040", more=""))
    words = ["doctor", "--config", str(file), "--state", str(tmp_path / "state")]
    assert main([*words, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["grade"] == "bad"
    checks = {each["check"]: each for each in told["findings"]}
    assert checks["station"]["do"]
    assert checks["central system"]["grade"] == "well"
    assert main(words) == 1
    said = capsys.readouterr().out
    assert f"no station answers at {tmp_path / 'state'}" in said
    assert said.splitlines()[-1].endswith("to be mended")


def test_a_configuration_that_cannot_be_read_is_told_with_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["doctor", "--config", str(tmp_path / "none.toml"), "--state", str(tmp_path)]
    assert main([*words, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)["findings"]
    assert told[0]["check"] == "configuration"
    assert "none.toml" in told[0]["says"]
    assert "storage" in [each["check"] for each in told]
