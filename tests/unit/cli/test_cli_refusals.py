"""The command line refuses in words: what, which value, what is allowed; never a traceback."""

import errno
import os
import socket
from pathlib import Path

import pytest

from ampkeeper.firmware.faces.cli import main
from ampkeeper.firmware.faces.cli import run as runner
from ampkeeper.firmware.faces.cli.devices import require_device
from ampkeeper.firmware.faces.cli.errors import RefusedError
from ampkeeper.firmware.faces.cli.start import Start
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.store import STORE_FILE
from tests.unit.config.files import SMALLEST

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "charger.toml"
    file.write_text(SMALLEST)
    return file


def ending(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let a board end like this."""

    def start(board: str, what: Start) -> int:
        raise error

    monkeypatch.setattr(runner, "start", start)


def test_a_station_without_its_books_says_so_in_one_line(
    config: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = StoreError("s/ampkeeper.db: damaged: file is not a database")
    ending(monkeypatch, ExceptionGroup("tasks", [ExceptionGroup("station", [damaged])]))
    assert main(["run", "--config", str(config)]) == 1
    assert capsys.readouterr().err == f"ampkeeper: {damaged}\n"


def test_a_bug_is_not_hidden_behind_a_damaged_file(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending(monkeypatch, ExceptionGroup("tasks", [StoreError("damaged"), ValueError("a bug")]))
    with pytest.raises(ExceptionGroup):
        main(["run", "--config", str(config)])


def test_what_the_system_refuses_is_named_with_its_file(
    config: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/var/lib/ampkeeper")
    ending(monkeypatch, refused)
    assert main(["run", "--config", str(config)]) == 1
    assert capsys.readouterr().err == "ampkeeper: /var/lib/ampkeeper: Permission denied\n"


def test_damaged_books_end_the_emulated_board_in_one_line(
    config: Path, tmp_path: Path, capsys: Captured
) -> None:
    (tmp_path / STORE_FILE).write_bytes(b"not a database at all, " * 100)
    assert main(["emulate", "--config", str(config), "--state", str(tmp_path)]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == f"ampkeeper: {tmp_path / STORE_FILE}: damaged: file is not a database"


@pytest.mark.parametrize("host", ["127.0.0.1", "256.1.1.1"])
def test_a_control_address_that_cannot_be_had_is_named(
    config: Path, tmp_path: Path, capsys: Captured, host: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"{host}:{taken.getsockname()[1]}"
        words = ["--config", str(config), "--state", str(tmp_path), "--control", address]
        assert main(["emulate", *words]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"ampkeeper: control API at {address}: ")
    assert "[Errno" not in said


def test_an_evse_without_a_fault_to_clear_is_wrong_usage(capsys: Captured) -> None:
    assert main(["faults", "--evse", "1"]) == 2
    assert "--evse: goes with --clear" in capsys.readouterr().err


@pytest.mark.parametrize("line", ["0", "-3", "x", "1.5"])
def test_a_line_that_cannot_be_is_refused_with_what_is_allowed(capsys: Captured, line: str) -> None:
    assert main(["pilot", "where", "--", line]) == 2
    assert f"{line!r}: must be a whole number, 1 to " in capsys.readouterr().err


def test_a_device_that_may_not_be_used_is_named_with_its_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_device("/dev/null")
    require_device("tcp://meter")
    with pytest.raises(RefusedError, match="/dev/nope: cannot be opened: No such file"):
        require_device("/dev/nope")
    with pytest.raises(RefusedError, match="it is no device, such as /dev/tty"):
        require_device(str(tmp_path))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(RefusedError, match=r"/dev/null: .*Permission denied; its group is \w+"):
        require_device("/dev/null")


@pytest.mark.parametrize(
    "words", ["pilot flash", "pilot where", "meter read", "why", "config", "security"]
)
def test_help_says_what_a_command_is_for_and_keeps_its_capitals(
    capsys: Captured, words: str
) -> None:
    assert main([*words.split(), "--help"]) == 0
    help_text = capsys.readouterr().out
    assert "exit codes:\n  0  done" in help_text
    if words == "why":
        assert "Which limit binds at each EVSE, and since when." in help_text
