"""Updates by a real rauc: installed, confirmed, rejected, fallen back from, refused.

The machine's boot loader is a script; its power is switched off and on by ending rauc's service.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ampkeeper.board.host import rauc
from ampkeeper.firmware.update import factory
from ampkeeper.firmware.update.folders import Machine
from ampkeeper.firmware.update.installer import Installer, InstallError, Phase
from ampkeeper.firmware.update.rauc_slots import FELL_BACK
from tools.rauc.bundles import Content
from tools.rauc.corpus import BOARD, Workshop
from tools.rauc.service import RaucMachine, why_no_mounts


@dataclass
class Rig:
    """A machine with rauc, and the station's installer in the system that runs."""

    folder: Path
    machine: RaucMachine
    maker: Workshop
    boots: int = 0
    installer: Installer = field(init=False)

    def boot(self) -> str:
        """The power goes and comes back; which system runs."""
        name = self.machine.boot()
        self.boots += 1
        (self.folder / "boot_id").write_text(f"boot {self.boots}\n")
        self.begin()
        return name

    def begin(self) -> None:
        """The station starts."""
        file = str(self.folder / "factory.json")
        self.installer = rauc.started(file, self.folder / "slots", self.machine.address)

    def install(self, version: str, counter: int) -> list[int]:
        """Install an image with a system that is told apart by its content."""
        signer, told = self.maker.signer(), list[int]()
        bundle = self.maker.bundle(Content(version.encode() * 2_000, version), signer)
        head = self.maker.head(bundle, signer, version=version, counter=counter)
        image = self.folder / "image"
        image.write_bytes(head + bundle)
        assert self.installer.install(image, datetime.now(UTC), told.append)
        return told

    def holds(self, name: str, version: str) -> bool:
        """True if the slot has this system."""
        return self.machine.slot(name).read_bytes().startswith(version.encode() * 2_000)


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    if why := why_no_mounts(tmp_path / "mount"):
        pytest.skip(why)
    monkeypatch.setattr(rauc, "BOOT_ID", tmp_path / "boot_id")
    (tmp_path / "made").mkdir()
    maker = Workshop(tmp_path / "made")
    told = factory.to_text(Machine(BOARD, 1, maker.target.trust))
    (tmp_path / "factory.json").write_text(told)
    machine = RaucMachine(tmp_path / "machine", maker.root.pem)
    rig = Rig(tmp_path, machine, maker)
    try:
        machine.start()
        rig.boot()
        yield rig
    finally:
        machine.stop()


def test_a_system_is_installed_tried_and_confirmed_and_no_older_one_starts(rig: Rig):
    told = rig.install("2.0.0", 5)
    assert (told[-1], sorted(told) == told) == (1000, True)
    assert rig.installer.outcome().phase is Phase.DUE
    assert rig.boot() == "B"
    assert rig.holds("B", "2.0.0")
    assert (rig.installer.version(), rig.installer.outcome().phase) == ("2.0.0", Phase.TRYING)
    rig.installer.confirm()
    assert rig.installer.outcome().phase is Phase.GOOD
    assert [rig.machine.boot() for _ in range(5)] == ["B"] * 5, "cut before the station started"
    rig.machine.run("status", "mark-active", "other")
    rig.machine.boot()
    with pytest.raises(OSError, match="lower security counter"):
        rig.begin()


def test_what_does_not_work_goes_and_the_one_before_starts(rig: Rig):
    rig.install("2.0.0", 5)
    rig.boot()
    rig.installer.confirm()
    rig.install("3.0.0", 6)
    assert rig.boot() == "A"
    assert rig.installer.version() == "3.0.0"
    rig.installer.reject("self-test failed: leakage")
    assert rig.boot() == "B"
    assert rig.installer.version() == "2.0.0"
    outcome = rig.installer.outcome()
    assert (outcome.phase, outcome.reason) == (Phase.REVERTED, "self-test failed: leakage")
    rig.installer.forget()
    rig.install("4.0.0", 6)
    assert [rig.boot() for _ in range(4)] == ["A", "A", "A", "B"]
    assert rig.installer.outcome().reason == FELL_BACK


def test_what_rauc_does_not_believe_is_not_installed_whatever_we_believe(rig: Rig):
    (rig.machine.folder / "keyring.pem").write_text(Workshop(rig.folder / "made").root.pem)
    rig.machine.kill_service()
    rig.boot()
    with pytest.raises(InstallError, match=r"rauc: .*signature verification failed"):
        rig.install("2.0.0", 5)
    assert rig.installer.outcome().phase is Phase.NONE
    assert rig.boot() == "A"


def test_what_rauc_finished_before_the_power_went_is_on_trial_all_the_same(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
):
    def cut(*_: object) -> None:
        rig.machine.kill_service()
        raise KeyboardInterrupt

    monkeypatch.setattr(type(rig.installer), "_check_status", cut)
    with pytest.raises(KeyboardInterrupt):
        rig.install("2.0.0", 5)
    monkeypatch.undo()
    monkeypatch.setattr(rauc, "BOOT_ID", rig.folder / "boot_id")
    assert rig.boot() == "B", "rauc had come to its end"
    assert rig.installer.outcome().phase is Phase.TRYING
    assert rig.installer.version() == "2.0.0"
