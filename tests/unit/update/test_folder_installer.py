"""The installer in the software that the launcher started: what it sees from which slot."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from ampkeeper.firmware.update.folder_installer import FolderInstaller
from ampkeeper.firmware.update.folders import Folders, Machine
from ampkeeper.firmware.update.installer import Installer, InstallError, NoInstaller, Outcome, Phase
from ampkeeper.firmware.update.launch import Launched
from ampkeeper.firmware.update.record import Record
from ampkeeper.firmware.update.refused import Ground, ImageRefused
from ampkeeper.firmware.update.slots import FACTORY, A, B
from ampkeeper.firmware.update.trust import Trust
from tests.support.crash_disk import CrashDisk
from tests.support.images import BOARD, SINCE, image_of, release_keys
from tests.support.releases import NOW


class Bench:
    """A machine; ``start`` is what the launcher does."""

    def __init__(self, folder: Path) -> None:
        self.disk = CrashDisk()
        machine = Machine(BOARD, 1, Trust((release_keys()[0].pem,)))
        self.folders = Folders(self.disk, machine)
        self.file = folder / "image"

    def start(self) -> FolderInstaller:
        place = self.folders.start()
        head = self.folders.head_of(place)
        return self.runs(Launched(place, "" if head is None else head.manifest.version))

    def runs(self, launched: Launched) -> FolderInstaller:
        return FolderInstaller(Record(self.disk), lambda: self.folders, launched)

    def install(self, installer: Installer, version: str, counter: int = 1) -> None:
        self.file.write_bytes(image_of(version, counter=counter))
        assert installer.install(self.file, NOW, lambda permille: None)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_what_is_installed_is_due_then_tried_then_good(bench: Bench):
    installer = bench.start()
    assert (installer.version(), installer.outcome()) == ("", Outcome(Phase.NONE))
    bench.install(installer, "2.0.0")
    assert installer.outcome() == Outcome(Phase.DUE)
    after = bench.start()
    assert (after.version(), after.outcome()) == ("2.0.0", Outcome(Phase.TRYING))
    after.confirm()
    assert after.outcome() == Outcome(Phase.GOOD)
    after.forget()
    assert bench.start().outcome() == Outcome(Phase.GOOD)


def test_what_is_rejected_leaves_what_ran_and_says_why_until_that_is_booked(bench: Bench):
    bench.install(bench.start(), "2.0.0")
    bench.start().reject("it is slow")
    after = bench.start()
    assert (after.version(), after.outcome()) == ("", Outcome(Phase.REVERTED, "it is slow"))
    after.forget()
    assert after.outcome() == Outcome(Phase.NONE)


def test_what_was_good_before_does_not_judge_what_is_tried(bench: Bench):
    installer = bench.start()
    bench.install(installer, "2.0.0")
    with pytest.raises(InstallError, match="factory is no longer on trial"):
        installer.confirm()
    installer.reject("not mine to say")
    assert bench.start().outcome() == Outcome(Phase.TRYING)


def test_what_confirms_itself_after_it_was_given_up_hears_that_it_was(bench: Bench):
    bench.install(bench.start(), "2.0.0")
    late = bench.start()
    bench.folders.reject("it ran for 1800 s and never said that it works")
    with pytest.raises(InstallError, match="a is no longer on trial: it ran for 1800 s"):
        late.confirm()
    assert bench.start().outcome().phase is Phase.REVERTED


def test_a_confirmation_is_made_sure_when_it_is_said_again(bench: Bench):
    bench.install(bench.start(), "2.0.0")
    tried = bench.start()
    tried.confirm()
    bench.disk.forgets_to_sync = True
    tried.confirm()
    assert bench.start().outcome() == Outcome(Phase.GOOD)


def test_the_launcher_s_time_for_a_trial_is_part_of_the_outcome(bench: Bench):
    bench.install(bench.start(), "2.0.0")
    place = bench.folders.start()
    assert bench.runs(Launched(place, "2.0.0", 900.0)).outcome() == Outcome(
        Phase.TRYING, trial_s=900.0
    )


def test_a_confirmed_version_is_what_another_one_falls_back_to(bench: Bench):
    bench.install(bench.start(), "2.0.0")
    bench.start().confirm()
    bench.install(bench.start(), "3.0.0")
    assert bench.start().version() == "3.0.0"
    bench.start().reject("bad")
    back = bench.start()
    assert (back.version(), back.outcome().phase) == ("2.0.0", Phase.REVERTED)


def test_an_image_is_judged_by_its_head_without_the_rest(bench: Bench):
    installer = bench.start()
    whole = image_of("2.0.0", filling=bytes(200_000))
    bench.file.write_bytes(whole[:10_000])
    installer.examine(bench.file, NOW)
    assert bench.disk.names("") == []
    with pytest.raises(ImageRefused) as caught:
        installer.examine(bench.file, SINCE.replace(year=1970))
    assert caught.value.ground is Ground.CLOCK


def test_without_a_launcher_nothing_is_installed(bench: Bench):
    bench.file.write_bytes(image_of("2.0.0"))
    installer = bench.runs(Launched())
    calls: list[Callable[[], object]] = [
        lambda: installer.examine(bench.file, NOW),
        lambda: installer.install(bench.file, NOW, lambda permille: None),
    ]
    for call in calls:
        with pytest.raises(InstallError, match="ampkeeper boot"):
            call()


@pytest.mark.parametrize("place", [FACTORY, A, B])
def test_a_record_that_cannot_be_read_is_nothing_and_installs_nothing(bench: Bench, place: str):
    bench.disk.create("slots.json")
    installer = bench.runs(Launched(place))
    assert installer.outcome() == Outcome(Phase.NONE)
    installer.forget()
    bench.file.write_bytes(image_of("2.0.0"))
    with pytest.raises(InstallError, match="slots"):
        installer.install(bench.file, NOW, lambda permille: None)


def test_what_runs_is_not_overwritten_where_the_good_one_cannot_be_read(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    for version in ("2.0.0", "3.0.0"):
        bench.install(bench.start(), version)
        bench.start().confirm()
    opened = bench.disk.open

    def fail(name: str) -> BinaryIO:
        if name.startswith(f"{B}/"):
            raise OSError(errno.EIO, "it cannot be read now")
        return opened(name)

    monkeypatch.setattr(bench.disk, "open", fail)
    assert bench.folders.start() == A
    before = bench.disk.names(A)
    with pytest.raises(InstallError, match="slot b cannot be read"):
        bench.install(bench.runs(Launched(A, "2.0.0")), "4.0.0")
    assert bench.disk.names(A) == before
    assert bench.folders.record().good == B


def test_a_factory_s_file_that_cannot_be_read_installs_nothing(bench: Bench):
    def fail() -> Folders:
        raise ValueError("factory: no JSON")

    bench.file.write_bytes(image_of("2.0.0"))
    installer = FolderInstaller(Record(bench.disk), fail, Launched(FACTORY))
    with pytest.raises(InstallError, match="factory"):
        installer.examine(bench.file, NOW)


def test_a_board_without_an_installer_says_so(tmp_path: Path):
    none = NoInstaller()
    for call in (
        lambda: none.install(tmp_path, NOW, lambda permille: None),
        lambda: none.examine(tmp_path, NOW),
    ):
        with pytest.raises(InstallError, match="no installer"):
            call()
    none.confirm()
    none.reject("")
    none.forget()
    assert (none.version(), none.outcome(), none.needs_idle) == ("", Outcome(Phase.NONE), False)
