"""The launcher on a machine whose systems rauc switches: it leaves alone what is rauc's."""

from pathlib import Path

import pytest

from ampkeeper.board.host import boot, installing, rauc
from ampkeeper.board.host.boot import Launcher
from ampkeeper.board.host.rauc_folder import RAUC_FOLDER, rauc_folder
from ampkeeper.firmware.config import load
from ampkeeper.firmware.faces.cli import codes
from ampkeeper.firmware.update.launch import SLOTS_FOLDER, launched_of
from ampkeeper.firmware.update.rauc_files import HANDED, RaucFiles
from ampkeeper.firmware.update.rauc_slots import Handed
from ampkeeper.firmware.update.record import RECORD, Record
from ampkeeper.firmware.update.slots import FACTORY, A, B, Slots
from ampkeeper.hal.linux.files import FolderDisk
from tests.support.configs import FREE
from tests.support.images import factory_file

GOOD = Slots(good=A, counter_min=4)
TRYING = GOOD.installed(B, 6, "")


class Started(BaseException):
    """What was started would run now."""


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    factory_file(tmp_path)

    def become(word: str, words: list[str], environment: dict[str, str]) -> None:
        raise Started(launched_of(environment).place)

    monkeypatch.setattr(boot.os, "execve", become)
    return tmp_path / "state"


def keep(folder: Path, slots: Slots, mark: str) -> FolderDisk:
    """What the station keeps that is started by rauc."""
    disk = FolderDisk(folder)
    Record(disk).keep(slots)
    files = RaucFiles(disk, disk.path)
    if mark == HANDED:
        files.keep_handed(Handed(B, 6, "", 0, "boot"))
    else:
        disk.make_folder(B)
        files.bind(B, "digest")
    return disk


def started(state: Path) -> str:
    launcher = Launcher(state, state.with_name("factory.json"), ["run"], False, 0.0)
    with pytest.raises(Started) as caught:
        launcher.run()
    return str(caught.value)


@pytest.mark.parametrize("mark", [HANDED, "written"])
@pytest.mark.parametrize("slots", [GOOD, TRYING, TRYING.rejected("why")])
@pytest.mark.parametrize("folder", [RAUC_FOLDER, SLOTS_FOLDER])
def test_a_trial_of_rauc_is_never_counted_or_ended_by_the_launcher(
    state: Path, folder: str, slots: Slots, mark: str
):
    """Older software kept its record where the launcher's is."""
    names = keep(state / folder, slots, mark).names("")
    for _ in range(5):
        assert started(state) == FACTORY
    disk = FolderDisk(rauc_folder(state))
    assert disk.names("") == names
    assert Record(disk).read() == slots
    assert not (state / SLOTS_FOLDER / RECORD).exists()


def test_two_records_of_rauc_are_refused_and_both_are_kept(
    state: Path, capsys: pytest.CaptureFixture[str]
):
    disks = [keep(state / folder, TRYING, HANDED) for folder in (RAUC_FOLDER, SLOTS_FOLDER)]
    factory = state.with_name("factory.json")
    assert boot.main(state, factory, ["run"], False, 0.0) == codes.NO
    assert "nobody can tell which counts" in capsys.readouterr().err
    assert [Record(disk).read() for disk in disks] == [TRYING, TRYING]


def test_the_station_keeps_what_is_of_rauc_in_a_folder_of_its_own(
    state: Path, monkeypatch: pytest.MonkeyPatch
):
    keep(state / SLOTS_FOLDER, TRYING, "written")
    asked: list[Path] = []
    monkeypatch.setattr(rauc, "started", lambda file, folder, trial_s: asked.append(folder))
    file = state.with_name("charger.toml")
    told = 'enabled = true\nfactory_file = "factory.json"\ninstaller = "rauc"\n'
    file.write_text(f"{FREE}[update]\n{told}")
    installing.installer_of(load(file), state)
    assert asked == [state / RAUC_FOLDER]
    assert Record(FolderDisk(asked[0])).read() == TRYING
