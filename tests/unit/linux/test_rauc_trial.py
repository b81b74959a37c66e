"""A system on trial that runs and says nothing: it is sent back, whatever the station does."""

import errno
from pathlib import Path

import pytest

from ampkeeper.board.host import rauc
from ampkeeper.board.host.rauc_trial import AGAIN_S, TRIES, end_when_over
from ampkeeper.firmware.update.installer import InstallError, Outcome, Phase
from ampkeeper.firmware.update.rauc_slots import Start
from ampkeeper.hal.errors import TransientError
from tests.support.images import factory_file
from tests.support.rauc_stories import FACTORY, Rig, bundle, image

TRIAL_S = 4_200
OUTCOME = Outcome(Phase.TRYING, trial_s=TRIAL_S)


@pytest.fixture
def rig() -> Rig:
    """A machine with a new system on trial, installed with that much patience."""
    rig = Rig(trial_s=TRIAL_S)
    rig.begin()
    rig.install(image("2.0.0", 5))
    assert rig.restart() is Start.RUN
    assert rig.rauc.running == bundle("2.0.0")
    return rig


def watched(rig: Rig) -> list[float]:
    """What was waited for until it was over."""
    waited: list[float] = []
    trial_s = rig.installer.outcome().trial_s
    end_when_over(rig.installer, trial_s, waited.append, lambda: waited.append(-1))
    return waited


def test_what_hangs_is_sent_back_after_the_time_of_who_installed_it(rig: Rig):
    assert watched(rig) == [TRIAL_S]
    assert rig.rauc.reboots == 1
    with pytest.raises(InstallError, match="no longer on trial: it ran for 4200 s"):
        rig.installer.confirm()
    assert rig.restart() is Start.RUN
    assert rig.rauc.running == FACTORY
    outcome = rig.installer.outcome()
    assert outcome.phase is Phase.REVERTED
    assert outcome.reason == "it ran for 4200 s and never said that it works"


def test_what_said_that_it_works_is_left_alone(rig: Rig):
    trial_s, waited = rig.installer.outcome().trial_s, []
    rig.installer.confirm()
    end_when_over(rig.installer, trial_s, waited.append, pytest.fail)
    assert (waited, rig.rauc.reboots) == ([TRIAL_S], 0)
    assert rig.installer.outcome().phase is Phase.GOOD


def test_where_the_machine_does_not_restart_it_is_asked_again_and_then_the_process_goes(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
):
    def fail() -> None:
        raise TransientError("logind is gone")

    with monkeypatch.context() as logind:
        logind.setattr(rig.rauc, "reboot", fail)
        assert watched(rig) == [TRIAL_S, *[AGAIN_S] * TRIES, -1]
    assert rig.begin() is Start.GO_BACK, "its next start sees to it"


@pytest.mark.parametrize("is_told", [False, True])
def test_where_one_mark_fails_it_is_sent_back_all_the_same(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, is_told: bool
):
    mark, failed = rig.rauc.mark, []

    def fail_once(state: str, slot: str) -> None:
        if not failed:
            failed.append(state)
            raise TransientError("rauc is gone")
        mark(state, slot)

    monkeypatch.setattr(rig.rauc, "mark", fail_once)
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        if failed and is_told:
            rig.installer.forget()

    end_when_over(rig.installer, TRIAL_S, wait, pytest.fail)
    assert (waited, failed) == ([TRIAL_S, AGAIN_S], ["active"])
    assert rig.rauc.reboots == 1
    assert rig.restart() is Start.RUN
    assert rig.rauc.running == FACTORY


def test_where_every_mark_fails_the_process_goes_and_its_next_start_goes_back(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
):
    def fail(state: str, slot: str) -> None:
        raise TransientError("rauc is gone")

    with monkeypatch.context() as marks:
        marks.setattr(rig.rauc, "mark", fail)
        assert watched(rig) == [TRIAL_S, *[AGAIN_S] * TRIES, -1]
        assert rig.rauc.reboots == 0
    assert rig.begin() is Start.GO_BACK
    assert rig.restart() is Start.RUN
    assert rig.rauc.running == FACTORY


def test_where_it_cannot_be_written_down_the_process_goes_and_its_starts_are_counted(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
):
    def fail(name: str) -> None:
        raise OSError(errno.EROFS, "read-only", name)

    with monkeypatch.context() as disk:
        disk.setattr(rig.disk, "create", fail)
        assert watched(rig)[-1] == -1
        assert rig.rauc.reboots == 0
    assert [rig.begin(), rig.begin()] == [Start.RUN] * 2
    assert rig.begin() is Start.GO_BACK


def test_a_station_on_trial_is_watched_from_its_start_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    rig, seen = Rig(), []
    (tmp_path / "boot_id").write_text("now")
    monkeypatch.setattr(rauc, "BOOT_ID", tmp_path / "boot_id")
    monkeypatch.setattr(rauc, "RaucBus", lambda bus: rig.rauc)
    monkeypatch.setattr(rauc, "watch", lambda installer, trial_s: seen.append(trial_s))
    file = str(factory_file(tmp_path))
    rauc.started(file, tmp_path / "rauc", trial_s=TRIAL_S)
    assert seen == []
    monkeypatch.setattr(rauc.RaucInstaller, "standing", lambda self: OUTCOME)
    rauc.started(file, tmp_path / "rauc")
    assert seen == [TRIAL_S]


def test_a_station_of_which_nobody_can_tell_whether_it_is_on_trial_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    rig = Rig()
    slots, start = rig.rauc.slots, rauc.RaucInstaller.start

    def fail() -> None:
        raise TransientError("the bus is gone")

    def started(installer: rauc.RaucInstaller) -> Start:
        rig.rauc.slots = slots
        found = start(installer)
        rig.rauc.slots = fail
        return found

    (tmp_path / "boot_id").write_text("now")
    monkeypatch.setattr(rauc, "BOOT_ID", tmp_path / "boot_id")
    monkeypatch.setattr(rauc, "RaucBus", lambda bus: rig.rauc)
    monkeypatch.setattr(rauc.RaucInstaller, "start", started)
    with pytest.raises(OSError, match="the bus is gone"):
        rauc.started(str(factory_file(tmp_path)), tmp_path / "rauc")
