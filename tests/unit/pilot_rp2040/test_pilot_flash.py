"""Flash: refuses what does not fit, copies, verifies, greets, resets; and over a real terminal."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from pilot_ports import FakePort, PtyBoard

from ampkeeper.firmware.faces.cli import main, pilot
from ampkeeper.firmware.faces.cli.errors import RefusedError
from ampkeeper.firmware.faces.cli.pilot_flash import flash
from ampkeeper.firmware.faces.cli.pilot_link import greet
from ampkeeper.firmware.faces.cli.pilot_plan import MANIFEST, File
from ampkeeper.firmware.faces.cli.pilot_port import NO_MPREMOTE, Identity, MpremotePort
from ampkeeper.firmware.pilot import PilotBoard
from ampkeeper.firmware.safety.signals import Inputs, Settings

ROOT = Path(__file__).resolve().parents[3]
UNIX = Path(sys.executable).with_name("micropython")
WANTED = (
    File("ampkeeper/firmware/pilot.mpy", b"one"),
    File("ampkeeper/hal/link/device.mpy", b"two"),
    File("main.py", b"three"),
    File(MANIFEST, b"list"),
)


def put(port, wanted=WANTED):
    told = []
    answer = flash(port, wanted, lambda what, size: told.append((what, size)), told.append)
    return answer, told


def test_an_empty_board_is_filled_verified_greeted_and_reset():
    port = FakePort()
    answer, told = put(port)
    assert port.files == {file.path: file.data for file in WANTED}
    assert port.calls[-3:] == [("write", MANIFEST), ("run", ""), ("reset", "")]
    assert answer["files"] == 4
    assert answer["written"] == [file.path for file in WANTED]
    assert sum(size for size in told if isinstance(size, int)) == answer["bytes"] == 15
    json.dumps(answer)


def test_a_board_that_is_up_to_date_is_only_greeted_and_reset():
    port = FakePort()
    put(port)
    port.calls.clear()
    answer, _ = put(port)
    assert port.calls == [("run", ""), ("reset", "")]
    assert answer["written"] == []


@pytest.mark.parametrize(
    ("identity", "why"),
    [
        (Identity("micropython", (1, 23, 0), "rp2", 6), "1.23.0, must be 1.24"),
        (Identity("micropython", (1, 27, 0), "esp32", 6), "RP2040"),
        (Identity("circuitpython", (9, 0, 0), "rp2", 6), "circuitpython"),
        (Identity("micropython", (2, 0, 0), "rp2", 7), "mpy version 7"),
    ],
)
def test_a_board_that_cannot_run_it_is_refused_and_left_as_it_was(identity, why):
    port = FakePort()
    port.identity = identity
    with pytest.raises(RefusedError, match=why):
        put(port)
    assert port.calls == []


def test_bytes_that_change_on_the_way_are_found_and_the_board_is_not_started():
    port = FakePort()
    port.spoils = "main.py"
    with pytest.raises(RefusedError, match=r"something else: main\.py"):
        put(port)
    assert ("reset", "") not in port.calls


def test_a_board_of_another_protocol_is_refused():
    port = FakePort()
    port.board.link._identity.values["protocol"] += 1
    with pytest.raises(RefusedError, match="link protocol"):
        put(port)
    assert ("reset", "") not in port.calls


@pytest.mark.parametrize(("name", "version"), [("pilot_other", None), (None, "9.9.9")])
def test_a_board_of_another_kind_or_version_is_refused(name, version):
    port = FakePort()
    texts = port.board.link._identity.texts
    texts["board"] = name or texts["board"]
    texts["firmware_version"] = version or texts["firmware_version"]
    with pytest.raises(RefusedError, match="calls itself"):
        put(port)


def test_a_board_that_prints_nothing_sensible_is_refused():
    port = FakePort()
    port.run = lambda code: "Traceback (most recent call last):\n"
    with pytest.raises(RefusedError, match="does not answer"):
        put(port)


class LineToBoard:
    """A UART with a board at its other end."""

    def __init__(self, board):
        self.board = board
        self.inputs = Inputs()

    def write(self, data):
        self.board.feed(data)

    def read(self, size):
        self.board.tick(10, self.inputs)
        return bytes(self.board.to_send())


def test_a_board_is_greeted_over_its_uart():
    greet(LineToBoard(FakePort().board), greet_s=1.0)
    wrong = PilotBoard(Settings(), "pilot_rp2040", 1, "9.9.9")
    with pytest.raises(RefusedError, match="calls itself"):
        greet(LineToBoard(wrong), greet_s=1.0)


def test_a_uart_that_stays_silent_is_refused():
    class Dead:
        def write(self, data):
            return None

        def read(self, size):
            return b""

    with pytest.raises(RefusedError, match="does not answer"):
        greet(Dead(), greet_s=0.02)


def test_a_missing_mpremote_is_named(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "mpremote.transport_serial", None)
    monkeypatch.setitem(sys.modules, "mpremote.main", None)
    with pytest.raises(RefusedError, match="pip install"):
        MpremotePort("/dev/null").open()
    assert main(["pilot", "shell", "--port", "/dev/null"]) == 1
    assert "pip install" in capsys.readouterr().err


def test_the_mpremote_that_is_named_is_the_one_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (wanted,) = (each for each in project["optional-dependencies"]["pilot"] if "mpremote" in each)
    assert f"pip install '{wanted}'" in NO_MPREMOTE


def test_no_board_on_usb_is_said_with_what_to_do(monkeypatch, capsys):
    from serial.tools import list_ports

    monkeypatch.setattr(list_ports, "comports", list)
    assert main(["pilot", "flash"]) == 1
    assert "--port" in capsys.readouterr().err
    assert main(["pilot", "flash", "--json"]) == 1
    assert "--port" in json.loads(capsys.readouterr().out)["error"]


MACHINE = """\
mem32 = {0x40058014: 0}
class Pin:
    OUT = 1
    def __init__(self, gpio, mode, value):
        pass
def idle():
    pass
def freq(hz):
    raise SystemExit("clk_sys %d" % hz)
"""


def started_in(folder):
    """How far ``main.py`` comes on a chip that ends when its clock is set."""
    (folder / "machine.py").write_text(MACHINE)
    (folder / "rp2.py").write_text("")
    code = "import micropython\nmicropython.kbd_intr = print\n" if False else ""
    code += "import main\ntry:\n main.main()\nexcept SystemExit as end:\n print(end)\n"
    told = subprocess.run(
        [UNIX, "-X", "heapsize=192K", "-c", code],
        cwd=folder,
        env={"MICROPYPATH": "."},
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    return told.stdout.strip()


@pytest.mark.process
def test_a_real_micropython_is_flashed_over_a_terminal_and_answers():
    pytest.importorskip("mpremote")
    if not UNIX.exists():
        pytest.skip("no unix port of MicroPython here")
    board = PtyBoard(str(UNIX))
    try:
        first = pilot.flash_device(board.device, platform="linux")
        again = pilot.flash_device(board.device, platform="linux")
        (Path(board.folder.name) / "ampkeeper/image.mpy").write_bytes(b"broken")
        third = pilot.flash_device(board.device, platform="linux")
        assert started_in(Path(board.folder.name)) == "clk_sys 125000000"
    finally:
        board.close()
    assert len(first["written"]) == first["files"] == 4
    assert again["written"] == []
    assert third["written"] == ["ampkeeper/image.mpy", MANIFEST]
    print(pilot.told(first))
