"""`ampkeeper image install` on a machine whose station does not run, and `image factory`."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.host.boot_lock import held
from ampkeeper.firmware.faces.cli import codes, image_install
from ampkeeper.firmware.faces.cli.errors import NotReachableError
from ampkeeper.firmware.faces.cli.run import run
from ampkeeper.firmware.update.factory import machine_of
from ampkeeper.firmware.update.folders import Folders
from ampkeeper.firmware.update.record import Record
from ampkeeper.firmware.update.slots import TRYING, A
from ampkeeper.hal.linux.files import FolderDisk
from tests.support.configs import FREE
from tests.support.images import BOARD, factory_file, image_of, release_keys

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """What every call is given: state and configuration."""
    file = tmp_path / "charger.toml"
    factory_file(tmp_path)
    file.write_text(FREE + '[update]\nfactory_file = "factory.json"\n')
    (tmp_path / "image").write_bytes(image_of("2.0.0"))
    return ["--state", str(tmp_path / "state"), "--config", str(file)]


def install(tmp_path: Path, words: list[str]) -> int:
    return run(["image", "install", str(tmp_path / "image"), *words])


def test_without_a_station_it_goes_straight_into_the_free_slot(
    tmp_path: Path, words: list[str], capsys: Captured
):
    assert install(tmp_path, words) == codes.OK
    assert "2.0.0 is installed, and on trial from the next start" in capsys.readouterr().out
    slots = Record(FolderDisk(tmp_path / "state" / "slots")).read()
    assert (slots.state, slots.new) == (TRYING, A)
    assert install(tmp_path, words) == codes.NO
    assert "still on trial" in capsys.readouterr().err


def test_nothing_is_installed_beside_what_the_launcher_started(
    tmp_path: Path, words: list[str], capsys: Captured
):
    handle = held(tmp_path / "state")
    assert install(tmp_path, words) == codes.NO
    assert "does not answer" in capsys.readouterr().err
    assert FolderDisk(tmp_path / "state" / "slots").names("") == []
    os.close(handle)
    assert install(tmp_path, words) == codes.OK


def test_the_launcher_starts_nothing_while_an_image_is_installed(
    tmp_path: Path, words: list[str], monkeypatch: pytest.MonkeyPatch
):
    fill, tried = Folders.install, []

    def install_and_try(*given: Any) -> Any:
        with pytest.raises(BlockingIOError):
            held(tmp_path / "state")
        tried.append(True)
        return fill(*given)

    monkeypatch.setattr(Folders, "install", install_and_try)
    assert install(tmp_path, words) == codes.OK
    assert tried
    os.close(held(tmp_path / "state"))


def test_what_was_changed_is_refused_with_the_reason(
    tmp_path: Path, words: list[str], capsys: Captured
):
    (tmp_path / "image").write_bytes(image_of("2.0.0").replace(b"2.0.0", b"2.0.1"))
    assert install(tmp_path, words) == codes.NO
    assert "the manifest was changed" in capsys.readouterr().err
    assert FolderDisk(tmp_path / "state" / "slots").names("") == []


def test_a_machine_that_believes_nobody_says_so(tmp_path: Path, words: list[str], capsys: Captured):
    (tmp_path / "charger.toml").write_text(FREE)
    assert install(tmp_path, words) == codes.NO
    assert "update.factory_file is not set" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(tmp_path: Path, words: list[str], capsys: Captured):
    (tmp_path / "image").unlink()
    assert install(tmp_path, words) == codes.NO
    assert f"{tmp_path / 'image'}: No such file" in capsys.readouterr().err


def test_status_needs_a_station(tmp_path: Path):
    assert run(["image", "status", "--state", str(tmp_path)]) == codes.NOT_REACHABLE


def test_what_a_machine_comes_with_is_written_and_read(tmp_path: Path):
    root, out = tmp_path / "root.pem", tmp_path / "factory.json"
    root.write_text(release_keys()[0].pem)
    told = ["--root", str(root), "--board", BOARD, "--counter", "3", "--out", str(out)]
    assert run(["image", "factory", *told]) == codes.OK
    machine = machine_of(out.read_text())
    assert (machine.board, machine.counter) == (BOARD, 3)
    assert machine.trust.roots == (release_keys()[0].pem,)


def test_a_root_that_is_none_is_not_written(tmp_path: Path, capsys: Captured):
    root, out = tmp_path / "root.pem", tmp_path / "factory.json"
    root.write_text("no certificate")
    told = ["--root", str(root), "--board", BOARD, "--counter", "3", "--out", str(out)]
    assert run(["image", "factory", *told]) == codes.NO
    assert "no certificate" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("words", [["run"], []])
def test_boot_wants_to_know_what_it_starts(tmp_path: Path, words: list[str], capsys: Captured):
    file = factory_file(tmp_path)
    given = ["boot", "--state", str(tmp_path), "--factory", str(file), "--", "status", *words]
    assert run(given) == codes.NO
    assert "run or emulate" in capsys.readouterr().err


class Station:
    """A station that answers one status after another, and then is gone."""

    def __init__(self, *states: tuple[str, int, str | None]) -> None:
        self.asked: list[dict[str, object]] = []
        self._states = list(states)

    def ask(self, state: Path, verb: str, **arguments: object) -> dict[str, object]:
        assert verb == "image"
        self.asked.append(arguments)
        if arguments["action"] == "install":
            return {"result": "taken"}
        if not self._states:
            raise NotReachableError("gone")
        name, percent, reason = self._states.pop(0)
        return {
            "state": name,
            "percent": percent,
            "reason": reason,
            "trial": "none",
            "version": None,
        }


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch):
    """Stand a station of these statuses behind the door."""

    def stand(*states: tuple[str, int, str | None]) -> Station:
        station = Station(*states)
        monkeypatch.setattr(image_install, "ask", station.ask)
        monkeypatch.setattr(image_install, "LOOK_S", 0.0)
        return station

    return stand


def test_a_station_that_runs_installs_it_and_is_watched_until_it_restarts(
    tmp_path: Path, words: list[str], capsys: Captured, said: Callable[..., Station]
):
    station = said(("taking", 0, None), ("installing", 40, None), ("restarting", 100, None))
    assert install(tmp_path, words) == codes.OK
    assert station.asked[0] == {"action": "install", "file": str(tmp_path / "image")}
    assert "the station restarts into it" in capsys.readouterr().out
    assert not (tmp_path / "state" / "slots").exists()


@pytest.mark.parametrize(
    ("states", "code", "text"),
    [
        ([("installing", 90, None)], codes.OK, "the station restarts into it"),  # and was faster
        ([("waiting", 0, None)], codes.OK, "when nobody charges"),
        ([("idle", 0, "it is for another board")], codes.NO, "it is for another board"),
        ([("idle", 0, None)], codes.NO, "did not install it"),
    ],
)
def test_how_it_ends_is_said(
    tmp_path: Path, words: list[str], capsys: Captured, said: Callable[..., Station],
    states: list[tuple[str, int, str | None]], code: int, text: str,
):  # fmt: skip
    said(*states)
    assert install(tmp_path, words) == code
    captured = capsys.readouterr()
    assert text in captured.out + captured.err


def test_status_shows_what_runs_and_why_it_ended(
    tmp_path: Path, capsys: Captured, said: Callable[..., Station]
):
    said(("idle", 0, "self-test failed: storage"))
    assert run(["image", "status", "--state", str(tmp_path)]) == codes.OK
    assert "update: idle, self-test failed: storage" in capsys.readouterr().out
