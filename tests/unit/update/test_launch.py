"""What the launcher says to the software that it starts, and what the factory's file may be."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ampkeeper.firmware.update.factory import machine_of, to_text
from ampkeeper.firmware.update.folders import Machine
from ampkeeper.firmware.update.launch import Launched, command, environment_of, launched_of
from ampkeeper.firmware.update.slots import FACTORY, A
from ampkeeper.firmware.update.unpacked import cached_name, compiled
from tests.support.releases import ReleaseMaker

MACHINE = Machine("emulated", 3, ReleaseMaker().trust)


@pytest.mark.parametrize("launched", [Launched(A, "1.5.0"), Launched(FACTORY)])
def test_what_is_started_learns_its_slot(launched: Launched):
    environment = environment_of({"LANG": "C"}, launched, "/state/slots/a/app")
    assert launched_of(environment) == launched
    assert environment["LANG"] == "C"


def test_its_own_modules_come_first_and_nothing_is_written_beside_them():
    environment = environment_of({"PYTHONPATH": "/more"}, Launched(A, "1"), "/slots/a/app")
    assert environment["PYTHONPATH"] == "/slots/a/app:/more"
    assert environment["PYTHONDONTWRITEBYTECODE"] == "1"


@pytest.mark.parametrize("is_clean", [True, False])
def test_python_takes_nothing_compiled_that_is_not_what_it_was(tmp_path: Path, is_clean: bool):
    source = b"y = 2"
    cached = tmp_path / cached_name("part.py")
    cached.parent.mkdir()
    (tmp_path / "part.py").write_bytes(source)
    other = compiled(b"y = 3", "part.py")
    cached.write_bytes(other[:8] + compiled(source, "part.py")[8:16] + other[16:])
    launched = Launched(A, "1", is_clean=is_clean)
    done = subprocess.run(
        [sys.executable, "-P", "-S", "-c", "import part; print(part.y)"],
        env=environment_of({}, launched, str(tmp_path)),
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == (b"3\n" if is_clean else b"2\n")
    assert list(cached.parent.iterdir()) == [cached]


def test_the_factory_s_software_finds_its_own_modules():
    environment = environment_of({}, Launched(FACTORY), "/slots/factory/app")
    assert "PYTHONPATH" not in environment


def test_another_launcher_s_words_are_not_passed_on():
    before = {"AMPKEEPER_SLOT": "b", "AMPKEEPER_SLOT_VERSION": "9"}
    assert launched_of(environment_of(before, Launched(FACTORY), "")) == Launched(FACTORY)


@pytest.mark.parametrize("place", ["", "c", "../a"])
def test_a_slot_that_there_is_not_is_none(place: str):
    assert launched_of({"AMPKEEPER_SLOT": place, "AMPKEEPER_SLOT_VERSION": "1"}) == Launched()


def test_nothing_of_the_folder_that_it_is_started_in_is_imported():
    assert command("python", ["run"])[:3] == ["python", "-P", "-m"]


def test_the_factory_s_file_is_read_as_it_was_written():
    assert machine_of(to_text(MACHINE)) == MACHINE


@pytest.mark.parametrize(
    "change",
    [
        {"board": "Emulated board"},
        {"board": None},
        {"counter": -1},
        {"counter": True},
        {"counter": 1.5},
        {"roots": []},
        {"roots": "PEM"},
        {"roots": ["no certificate"]},
        {"roots": [None]},
        {"form": "ampkeeper factory 2"},
        {"more": 1},
    ],
)
def test_a_factory_s_file_that_says_something_else_is_refused(change: dict[str, object]):
    told = json.loads(to_text(MACHINE)) | change
    with pytest.raises(ValueError, match=r"factory|trust"):
        machine_of(json.dumps(told))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 60_000, " " * 70_000])
def test_what_is_no_factory_s_file_is_refused(text: str):
    with pytest.raises(ValueError, match="factory"):
        machine_of(text)
