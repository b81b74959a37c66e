"""The demonstration deletes nothing of anybody else's, and says in one line what is wrong."""

import sys
from pathlib import Path

import pytest

from ampkeeper.board.emulated.demo.__main__ import LOG, main

Captured = pytest.CaptureFixture[str]


def ran(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["make run", *words])
    return main()


def test_a_folder_of_somebody_elses_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    (tmp_path / "letters.txt").write_text("dear")
    assert ran(monkeypatch, "--state", str(tmp_path)) == 1
    assert f"--state {tmp_path}: must be an empty folder" in capsys.readouterr().err
    assert (tmp_path / "letters.txt").read_text() == "dear"


@pytest.mark.process
def test_a_charger_that_does_not_start_is_quoted_and_its_folder_used_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    words = ("--state", str(tmp_path), "--speed", "0")
    for _ in range(2):
        assert ran(monkeypatch, *words) == 1
        said = capsys.readouterr().err
        assert f"did not start; {tmp_path / LOG} ends: " in said
        assert "--speed: '0.0': must be a number, 0.1 to 1000" in said


def test_a_place_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    (tmp_path / "file").touch()
    assert ran(monkeypatch, "--state", str(tmp_path / "file" / "state")) == 1
    assert capsys.readouterr().err == f"make run: {tmp_path}/file/state: Not a directory\n"
