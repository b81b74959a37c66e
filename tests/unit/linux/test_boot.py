"""The launcher: it starts what lies in the slot that is due, and watches what is on trial.

What is started here is a few lines that say where they ran, in place of a station.
"""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ampkeeper.board.host import boot
from ampkeeper.firmware.faces.cli import codes
from ampkeeper.firmware.update.folders import Folders, Machine
from ampkeeper.firmware.update.launch import ENTRY, Launched, launched_of
from ampkeeper.firmware.update.slots import APP, DEAD, REVERTED, TRYING
from ampkeeper.firmware.update.trust import Trust
from ampkeeper.hal.linux.files import FolderDisk
from tests.support.images import BOARD, archive_of, factory_file, image_of, release_keys
from tests.support.releases import NOW

pytestmark = pytest.mark.process

NAMES = [ENTRY.removeprefix(f"{APP}/")]
PACKAGES = ["firmware/__init__.py", "firmware/faces/__init__.py", "firmware/faces/cli/__init__.py"]
SAYS = """
import os, pathlib, sys
state = pathlib.Path(sys.argv[sys.argv.index("--state") + 1])
with (state / "said").open("a") as file:
    print(os.environ["AMPKEEPER_SLOT"], os.environ.get("AMPKEEPER_SLOT_VERSION"), file=file)
"""
LONG_S = 600  # no test waits for it
STARTS = """
import pathlib, sys
from ampkeeper.board.host import boot
state, factory = map(pathlib.Path, sys.argv[1:3])
sys.exit(boot.main(state, factory, ["run"], sys.argv[3] == "True", 0.0))
"""


def application(code: str) -> bytes:
    files = {f"ampkeeper/{name}": b"" for name in PACKAGES}
    return archive_of(files | {NAMES[0]: (SAYS + code).encode()})


class Bench:
    """A machine with slots, and what was started on it."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self.factory_file = factory_file(folder)
        self.machine = Machine(BOARD, 1, Trust((release_keys()[0].pem,)))
        self.folders = Folders(FolderDisk(self.state / "slots"), self.machine)
        self.file = folder / "image"
        self.stick = folder / "stick"
        self.config_file = folder / "charger.toml"

    def install(self, version: str, code: str, is_good: bool = False, counter: int = 1) -> None:
        self.file.write_bytes(image_of(version, counter=counter, application=application(code)))
        with self.file.open("rb") as opened:
            self.folders.install(opened, NOW, lambda permille: None)
        if is_good:
            self.folders.confirm()

    def boot(self, is_again: bool = True, trial_s: float = 60.0) -> int:
        words = ["run", "--config", str(self.config_file)]
        return boot.main(self.state, self.factory_file, words, is_again, trial_s)

    @property
    def said(self) -> list[str]:
        file = self.state / "said"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(boot, "PAUSE_S", 0.0)
    return Bench(tmp_path)


def test_what_is_good_starts_and_its_end_is_the_end(bench: Bench):
    bench.install("2.0.0", "sys.exit(0)", is_good=True)
    assert bench.boot() == 0
    assert bench.said == ["a 2.0.0"]
    assert bench.folders.start() == "a", "nothing was written into the slot"


def test_what_python_made_and_cannot_be_dropped_is_not_what_runs(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    bench.install("2.0.0", "sys.exit(sys.pycache_prefix is not None)", is_good=True)
    assert bench.boot() == 0
    assert not capsys.readouterr().err
    monkeypatch.setattr(Folders, "is_clean", lambda self, place: place != "a")
    assert bench.boot() == 1
    assert "slot a: what was compiled is damaged" in capsys.readouterr().err


def test_what_asks_for_a_restart_is_started_again_from_what_is_due_then(bench: Bench):
    restart_once = "sys.exit(75 if len((state / 'said').read_text().splitlines()) < 3 else 0)"
    bench.install("2.0.0", restart_once, is_good=True)
    assert bench.boot() == 0
    assert bench.said == ["a 2.0.0"] * 3


def test_what_raises_at_its_start_is_tried_three_times_and_then_the_old_one_runs(bench: Bench):
    bench.install("2.0.0", "sys.exit(0)", is_good=True)
    bench.install("3.0.0", "raise ValueError")
    assert bench.boot() == 0
    assert bench.said == ["b 3.0.0"] * 3 + ["a 2.0.0"]
    slots = bench.folders.record()
    assert (slots.state, slots.reason) == (
        REVERTED,
        "it started 3 times and never said that it works",
    )


def test_what_hangs_on_trial_is_ended_and_sent_back(bench: Bench):
    bench.install("2.0.0", "sys.exit(0)", is_good=True)
    bench.install("3.0.0", "import time; time.sleep(600)")
    assert bench.boot(trial_s=1.0) == 0
    assert bench.said == ["b 3.0.0", "a 2.0.0"]
    assert "never said that it works" in bench.folders.record().reason


def test_a_service_manager_that_restarts_by_itself_is_not_forestalled(bench: Bench):
    bench.install("2.0.0", "sys.exit(3)")
    assert bench.boot(is_again=False) == 3
    assert bench.folders.record().state == TRYING
    assert bench.folders.record().starts_left == 2


def test_where_nothing_is_on_trial_it_becomes_what_it_starts(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    bench.install("2.0.0", "sys.exit(0)", is_good=True)
    became = []
    monkeypatch.setattr(boot.os, "execve", lambda *words: became.append(words) or sys.exit(0))
    with pytest.raises(SystemExit):
        bench.boot(is_again=False)
    ((python, words, environment),) = became
    assert (python, words[-2:]) == (sys.executable, ["--state", str(bench.state)])
    assert environment["AMPKEEPER_SLOT"] == "a"


def test_what_is_good_is_no_trial_where_the_start_of_one_cannot_be_counted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    bench.install("2.0.0", "sys.exit(0)", is_good=True)
    bench.install("3.0.0", "sys.exit(0)")
    monkeypatch.setattr(FolderDisk, "create", fails(errno.EROFS))
    became = []
    monkeypatch.setattr(boot.os, "execve", lambda *words: became.append(words) or sys.exit(0))
    with pytest.raises(SystemExit):
        bench.boot(is_again=False)
    assert became[0][2]["AMPKEEPER_SLOT"] == "a"
    assert bench.folders.record().state == TRYING


def test_what_hangs_is_ended_also_where_that_cannot_be_written_down(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    bench.install("2.0.0", "sys.exit(0)", is_good=True)
    bench.install("3.0.0", "import time; time.sleep(600)")
    monkeypatch.setattr(Folders, "reject", fails(errno.EIO))
    assert bench.boot(trial_s=0.5) == 0
    assert bench.said[-1] == "a 2.0.0"
    assert bench.folders.record().state == REVERTED


def fails(error: int) -> Callable[..., None]:
    def fail(*arguments: object) -> None:
        raise OSError(error, os.strerror(error))

    return fail


@pytest.mark.parametrize("is_good", [False, True])
def test_a_slot_without_an_entry_is_sent_back_or_starts_nothing(
    bench: Bench, capsys: pytest.CaptureFixture[str], is_good: bool
):
    bench.install("2.0.0", "sys.exit(0)", is_good=True)
    bench.file.write_bytes(image_of("3.0.0"))
    with bench.file.open("rb") as opened:
        bench.folders.install(opened, NOW, lambda permille: None)
    if is_good:
        bench.folders.confirm()
    assert bench.boot() == (codes.NO if is_good else 0)
    assert bench.said == ([] if is_good else ["a 2.0.0"])
    assert ("slot b has nothing" in capsys.readouterr().err) == is_good


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [("slots.json", "{", "slots: no JSON"), ("../../factory.json", "{", "factory: no JSON")],
)
def test_what_cannot_be_read_starts_nothing_and_says_so(
    bench: Bench, capsys: pytest.CaptureFixture[str], name: str, text: str, expected: str
):
    (bench.state / "slots" / name).resolve().write_text(text)
    assert bench.boot() == codes.NO
    assert expected in capsys.readouterr().err


def test_a_machine_that_takes_no_images_runs_what_it_was_made_with(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    bench.factory_file.unlink()
    became = []
    monkeypatch.setattr(boot.os, "execve", lambda *words: became.append(words) or sys.exit(0))
    with pytest.raises(SystemExit):
        bench.boot(is_again=False)
    assert launched_of(became[0][2]) == Launched()
    bench.install("2.0.0", "sys.exit(0)", is_good=True)
    assert bench.boot() == codes.NO, "who takes images does not lose whom to believe"


def test_the_handlers_of_signals_are_put_back(bench: Bench):
    before = signal.getsignal(signal.SIGTERM)
    bench.install("2.0.0", "sys.exit(0)", is_good=True)
    bench.boot()
    assert signal.getsignal(signal.SIGTERM) is before


# nothing that is sound


@pytest.fixture
def dead(bench: Bench) -> Bench:
    """What the machine came with is too old by now, and what is good lost a byte."""
    bench.install("2.0.0", "sys.exit(0)", is_good=True, counter=2)
    with (bench.state / "slots/a/station").open("ab") as file:
        file.write(b"x")
    bench.stick.mkdir()
    bench.config_file.write_text(f'[update]\nstick_folder = "{bench.stick}"\n')
    return bench


def brought(bench: Bench, version: str, counter: int = 2, damage: bytes = b"") -> None:
    image = image_of(version, counter=counter, application=application("sys.exit(0)"))
    (bench.stick / f"{version}.image").write_bytes(image + damage)


def test_where_nothing_is_sound_it_says_what_helps_and_that_helps(
    dead: Bench, capsys: pytest.CaptureFixture[str]
):
    assert dead.boot() == codes.NO
    assert "put an image into update.stick_folder" in capsys.readouterr().err
    assert dead.folders.record().state == DEAD
    brought(dead, "3.0.0")
    brought(dead, "4.0.0", counter=1)
    brought(dead, "5.0.0", damage=b"x")
    (dead.stick / "6.0.0.image").symlink_to(dead.file)
    assert dead.boot() == 0
    said = capsys.readouterr().err
    assert "4.0.0.image is not installed: security counter 1" in said
    assert "5.0.0.image is not installed: the file is longer" in said
    assert "6.0.0" not in said
    assert "3.0.0.image is installed: 3.0.0" in said
    assert dead.said == ["b 3.0.0"]
    assert dead.folders.record().state == TRYING


def test_what_is_sound_again_starts_again(dead: Bench):
    assert dead.boot() == codes.NO
    file = dead.state / "slots/a/station"
    file.write_bytes(file.read_bytes()[:-1])
    assert dead.boot() == 0
    assert dead.said == ["a 2.0.0"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[update]\nenabled = false\nstick_folder = '{stick}'",
        "[update]\nstick_folder = 'stick'",
        "[update]\nstick_folder = 1",
        "update = 1",
        "[",
    ],
)
def test_no_stick_is_looked_at_that_the_configuration_does_not_name(dead: Bench, text: str):
    dead.config_file.write_text(text.format(stick=dead.stick))
    brought(dead, "3.0.0")
    assert dead.boot() == codes.NO
    assert dead.said == []


# one at a time


def test_the_time_of_a_trial_is_that_of_who_installed_it_and_is_told(bench: Bench):
    bench.folders = Folders(FolderDisk(bench.state / "slots"), bench.machine, trial_s=2)
    bench.install("2.0.0", "sys.exit(0)", is_good=True)
    says = "print(os.environ['AMPKEEPER_TRIAL_S'], file=(state / 'said').open('a'))"
    bench.install("3.0.0", f"{says}; import time; time.sleep(600)")
    assert bench.boot(trial_s=0.0) == 0
    assert bench.said == ["b 3.0.0", "2", "a 2.0.0"]
    assert bench.folders.record().reason == "it ran for 2 s and never said that it works"


def test_a_word_that_comes_while_it_is_ended_counts_and_is_not_taken_back(bench: Bench):
    bench.install("2.0.0", "sys.exit(0)", is_good=True)
    says_so_late = f"""
import json, signal, time
def confirm(*_):
    file = state / "slots" / "slots.json"
    told = json.loads(file.read_text())
    file.write_text(json.dumps(told | {{"state": "GOOD", "good": "b", "new": ""}}))
    sys.exit(0)
signal.signal(signal.SIGTERM, confirm)
if len((state / "said").read_text().splitlines()) == 2:
    sys.exit(0)
time.sleep({LONG_S})
"""
    bench.install("3.0.0", says_so_late)
    assert bench.boot(trial_s=1.5) == 0
    assert bench.said == ["b 3.0.0", "b 3.0.0"]
    assert bench.folders.record().good == "b"


@pytest.mark.parametrize("is_again", [False, True])
def test_nothing_is_started_beside_what_a_launcher_left(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    is_again: bool,
):
    hangs = f"print('here', flush=True); import time; time.sleep({LONG_S})"
    bench.install("2.0.0", hangs, is_good=True)
    words = [sys.executable, "-c", STARTS, str(bench.state), str(bench.factory_file), str(is_again)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as launcher:
        assert launcher.stdout is not None
        assert launcher.stdout.readline() == b"here\n"
        monkeypatch.setattr(boot, "LOCK_S", 0.1)
        assert bench.boot() == codes.NO
        assert "what was started before still runs" in capsys.readouterr().err
        assert len(bench.said) == 1
        launcher.kill()
    monkeypatch.setattr(boot, "LOCK_S", 20.0)
    bench.install("3.0.0", "sys.exit(0)", is_good=True)
    assert bench.boot() == 0, "it is gone with its launcher"
    assert bench.said == ["a 2.0.0", "b 3.0.0"]
