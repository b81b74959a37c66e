"""The emulated board's installer: power may go at any moment, and something always runs."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ampkeeper.board.emulated.installer import FILE, EmulatedInstaller, image_of
from ampkeeper.firmware.update.installer import InstallError, NoInstaller


def quiet(permille: int) -> None:
    """Nobody watches."""


def installed(folder: Path, image: bytes, progress: Callable[[int], None] = quiet) -> bool:
    file = folder / "image"
    file.write_bytes(image)
    return EmulatedInstaller(folder).install(file, progress)


def test_what_is_installed_runs_after_the_next_start_and_says_so_once(tmp_path: Path) -> None:
    seen: list[int] = []
    assert installed(tmp_path, image_of("2.0.0"), seen.append)
    assert seen == [500, 1000]
    after = EmulatedInstaller(tmp_path)
    assert (after.version(), after.outcome()) == ("2.0.0", "")
    again = EmulatedInstaller(tmp_path)  # the power went before it was booked
    assert again.outcome() == ""
    again.forget()
    assert EmulatedInstaller(tmp_path).outcome() is None
    assert EmulatedInstaller(tmp_path).version() == "2.0.0"


def test_what_does_not_start_leaves_what_ran(tmp_path: Path) -> None:
    installed(tmp_path, image_of("2.0.0"))
    EmulatedInstaller(tmp_path).forget()
    installed(tmp_path, image_of("3.0.0", starts=False))
    after = EmulatedInstaller(tmp_path)
    assert after.version() == "2.0.0"
    assert after.outcome() == "the new software did not start"


def test_a_new_board_runs_what_the_configuration_says(tmp_path: Path) -> None:
    new = EmulatedInstaller(tmp_path)
    assert (new.version(), new.outcome()) == ("", None)


@pytest.mark.parametrize(
    "image",
    [
        b"",
        b"junk",
        b"AMPKEEPER EMULATED IMAGE\n",
        b"AMPKEEPER EMULATED IMAGE\nnot json\n",
        b"AMPKEEPER EMULATED IMAGE\n[1]\n",
        b"AMPKEEPER EMULATED IMAGE\n{}\n",
        b'AMPKEEPER EMULATED IMAGE\n{"version": 7}\n',
        b'AMPKEEPER EMULATED IMAGE\n{"version": ""}\n',
        image_of("x" * 51),
        b"AMPKEEPER EMULATED IMAGE\n" + b"[" * 4000 + b"\n",
    ],
)
def test_what_is_no_image_changes_nothing(tmp_path: Path, image: bytes) -> None:
    with pytest.raises(InstallError):
        installed(tmp_path, image)
    assert EmulatedInstaller(tmp_path).version() == ""
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_a_file_that_cannot_be_read_is_a_new_board(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    assert EmulatedInstaller(tmp_path).version() == ""


def test_a_write_that_was_cut_off_leaves_the_file_before(tmp_path: Path) -> None:
    installed(tmp_path, image_of("2.0.0"))
    (tmp_path / FILE).with_suffix(".new").write_text('{"runs": "9')
    assert EmulatedInstaller(tmp_path).version() == "2.0.0"
    assert json.loads((tmp_path / FILE).read_text())["runs"] == "2.0.0"


def test_a_board_without_an_installer_says_so(tmp_path: Path) -> None:
    none = NoInstaller()
    with pytest.raises(InstallError, match="no installer"):
        none.install(tmp_path, quiet)
    assert (none.version(), none.outcome(), none.needs_idle) == ("", None, False)
    none.forget()
