"""The installer over rauc: what it takes, when a system is good, and what is never gone back to."""

import errno

import pytest

from ampkeeper.firmware.update.ceremony import new_root, new_signer
from ampkeeper.firmware.update.folders import Machine
from ampkeeper.firmware.update.installer import InstallError, Phase
from ampkeeper.firmware.update.manifest import PILOT, RAUC, STATION
from ampkeeper.firmware.update.rauc import NO_STATUS
from ampkeeper.firmware.update.rauc_slots import FELL_BACK, Start
from ampkeeper.firmware.update.refused import Ground, ImageRefused
from ampkeeper.firmware.update.trust import Trust
from tests.support import rauc_stories
from tests.support.rauc_stories import FACTORY, Rig, bundle, image
from tests.support.releases import DAY, NOW


@pytest.fixture
def rig() -> Rig:
    """As it came from the maker."""
    rig = Rig()
    assert rig.begin() is Start.RUN
    return rig


def installed(rig: Rig, version: str, counter: int) -> None:
    """Installed, restarted and confirmed."""
    rig.install(image(version, counter))
    assert rig.restart() is Start.RUN
    rig.installer.confirm()
    assert rig.installer.outcome().phase is Phase.GOOD


def refused(rig: Rig, raw: bytes) -> Ground:
    before = {name: system.content for name, system in rig.rauc.systems.items()}
    with pytest.raises(ImageRefused) as caught:
        rig.install(raw)
    assert {name: system.content for name, system in rig.rauc.systems.items()} == before
    return caught.value.ground


def test_a_bundle_is_installed_tried_and_confirmed(rig: Rig):
    told = rig.install(image("2.0.0", 5))
    assert told == sorted(told)
    assert told[-1] == 1000
    assert rig.installer.outcome().phase is Phase.DUE
    assert rig.restart() is Start.RUN
    assert rig.rauc.running == bundle("2.0.0")
    assert rig.installer.version() == "2.0.0"
    assert rig.installer.outcome().phase is Phase.TRYING
    rig.installer.confirm()
    assert rig.installer.outcome().phase is Phase.GOOD
    assert rig.rauc.systems["rootfs.1"].attempts == 3


def test_the_bundle_goes_and_the_pilot_part_stays(rig: Rig):
    rig.install(image("2.0.0", 5))
    assert rig.disk.names("b") == ["head", PILOT, "written"]


def test_a_machine_that_was_never_updated_tells_nothing(rig: Rig):
    assert rig.installer.outcome().phase is Phase.NONE
    assert rig.installer.version() == ""
    rig.installer.confirm()
    rig.installer.reject("no")
    rig.installer.forget()
    assert rig.restart() is Start.RUN
    assert rig.rauc.running == FACTORY


def test_an_update_of_an_update_goes_to_the_other_system(rig: Rig):
    for version, name in (("2.0.0", "rootfs.1"), ("3.0.0", "rootfs.0"), ("4.0.0", "rootfs.1")):
        installed(rig, version, 5)
        assert rig.rauc.booted == name
        assert rig.installer.version() == version


def test_what_never_says_that_it_works_is_left_after_three_starts_of_the_machine(rig: Rig):
    rig.install(image("2.0.0", 5))
    for _ in range(3):
        assert rig.restart() is Start.RUN
        assert rig.rauc.running == bundle("2.0.0")
    assert rig.restart() is Start.RUN
    assert rig.rauc.running == FACTORY
    outcome = rig.installer.outcome()
    assert (outcome.phase, outcome.reason) == (Phase.REVERTED, FELL_BACK)
    rig.installer.forget()
    assert rig.installer.outcome().phase is Phase.NONE


def test_what_crashes_without_a_restart_of_the_machine_is_left_after_three_starts(rig: Rig):
    rig.install(image("2.0.0", 5))
    assert [rig.restart(), rig.begin(), rig.begin()] == [Start.RUN] * 3
    assert rig.begin() is Start.GO_BACK
    assert rig.rauc.reboots == 1
    assert rig.restart() is Start.RUN
    assert rig.rauc.running == FACTORY
    assert "3 times" in rig.installer.outcome().reason


def test_what_rejects_itself_goes_back_and_says_why(rig: Rig):
    installed(rig, "2.0.0", 5)
    rig.install(image("3.0.0", 5))
    rig.restart()
    rig.installer.reject("self-test failed: leakage")
    assert rig.restart() is Start.RUN
    assert rig.installer.version() == "2.0.0"
    assert rig.installer.outcome().reason == "self-test failed: leakage"


def test_what_was_good_goes_on_starting_for_ever(rig: Rig):
    installed(rig, "2.0.0", 5)
    for _ in range(10):
        assert rig.restart() is Start.RUN
        assert rig.rauc.running == bundle("2.0.0")


def test_a_start_of_the_station_alone_is_no_start_of_the_new_system(rig: Rig):
    rig.install(image("2.0.0", 5))
    assert [rig.begin() for _ in range(5)] == [Start.RUN] * 5
    assert rig.installer.outcome().phase is Phase.DUE
    rig.installer.confirm()
    rig.installer.reject("not this one")
    assert rig.installer.outcome().phase is Phase.DUE


def test_the_boot_loader_may_not_go_back_below_the_security_counter(rig: Rig):
    installed(rig, "2.0.0", 5)
    assert not rig.rauc.systems["rootfs.0"].is_good, "of counter 1"
    installed(rig, "3.0.0", 5)
    assert rig.rauc.systems["rootfs.1"].is_good, "of counter 5 too"


@pytest.mark.parametrize("name", ["b/head", "b/written", f"b/{PILOT}"])
def test_a_head_that_cannot_be_read_once_bars_no_system(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, name: str
):
    installed(rig, "2.0.0", 5)
    installed(rig, "3.0.0", 5)
    opened = rig.disk.open

    def fail(asked: str) -> object:
        if asked == name:
            raise OSError(errno.EIO, "input/output error", asked)
        return opened(asked)

    with monkeypatch.context() as disk:
        disk.setattr(rig.disk, "open", fail)
        assert rig.restart() is Start.RUN
    assert rig.rauc.systems["rootfs.1"].is_good
    rig.disk.remove(f"b/{PILOT}")
    assert rig.restart() is Start.RUN
    assert not rig.rauc.systems["rootfs.1"].is_good, "what was read is not what was signed"


def test_a_system_that_is_on_trial_says_that_it_works_though_the_other_head_is_unreadable(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
):
    installed(rig, "2.0.0", 5)
    rig.install(image("3.0.0", 5))
    rig.restart()
    opened = rig.disk.open

    def fail(asked: str) -> object:
        if asked == "b/head":
            raise OSError(errno.EIO, "input/output error", asked)
        return opened(asked)

    monkeypatch.setattr(rig.disk, "open", fail)
    rig.installer.confirm()
    assert rig.installer.outcome().phase is Phase.GOOD
    assert rig.rauc.systems["rootfs.1"].is_good


def test_what_is_marked_bad_already_is_not_marked_again(rig: Rig, monkeypatch: pytest.MonkeyPatch):
    installed(rig, "2.0.0", 5)
    marks = []
    monkeypatch.setattr(rig.rauc, "mark", lambda state, slot: marks.append((state, slot)))
    assert rig.begin() is Start.RUN
    assert marks == [("good", "rootfs.1")], "its attempts stay as they are"


def test_the_only_system_that_may_start_survives_any_number_of_cuts_before_the_station_starts(
    rig: Rig,
):
    installed(rig, "2.0.0", 5)
    assert not rig.rauc.systems["rootfs.0"].is_good, "barred"
    for _ in range(3):
        for _ in range(10):
            assert rig.rauc.boot()
            assert rig.rauc.running == bundle("2.0.0")
        assert rig.begin() is Start.RUN


def test_a_boot_loader_that_does_not_begin_to_count_again_is_at_its_end_after_three_cuts(rig: Rig):
    """Which is why such a one must not be used, and the documentation says so."""
    installed(rig, "2.0.0", 5)
    rig.rauc.resets_attempts = False
    assert [rig.rauc.boot() for _ in range(4)] == [True, True, True, False]


def test_a_system_with_an_older_counter_that_was_started_all_the_same_does_not_charge(rig: Rig):
    installed(rig, "2.0.0", 5)
    rig.rauc.mark("active", "rootfs.0")
    assert rig.restart() is Start.REFUSE
    rig.rauc.mark("active", "rootfs.1")
    assert rig.restart() is Start.RUN


def test_a_system_with_the_same_counter_that_was_started_by_hand_is_taken(rig: Rig):
    installed(rig, "2.0.0", 5)
    installed(rig, "3.0.0", 5)
    rig.rauc.mark("active", "rootfs.1")
    assert rig.restart() is Start.RUN
    assert rig.installer.version() == "2.0.0"


def test_what_somebody_else_installed_has_the_machines_own_counter(rig: Rig):
    installed(rig, "2.0.0", 1)
    rig.rauc.disk.make_folder("hand")
    rig.rauc.disk.create("hand/made")
    rig.rauc.disk.append("hand/made", b"by hand")
    rig.rauc.install("hand/made", lambda percent: None)
    assert rig.restart() is Start.RUN
    assert rig.installer.version() == ""
    installed(rig, "3.0.0", 5)
    rig.rauc.install("hand/made", lambda percent: None)
    assert rig.restart() is Start.REFUSE


@pytest.mark.parametrize(
    ("raw", "ground"),
    [
        (image("2.0.0", 5, changes={"boards": ("other",)}), Ground.BOARD),
        (image("2.0.0", 5, changes={"not_after": NOW - DAY / 2}), Ground.EXPIRED),
        (image("2.0.0", 5, **{STATION: b"application"}), Ground.BOARD),
        (image("2.0.0", 5, **{STATION: b"application", RAUC: b"bundle"}), Ground.BOARD),
        (image("2.0.0", 5)[:-1], Ground.CONTENT),
        (image("2.0.0", 5) + b"\0", Ground.CONTENT),
        (image("2.0.0", 5).replace(b"bundle 2", b"bundle 3"), Ground.CONTENT),
        (image("2.0.0", 5).replace(b'"counter":5', b'"counter":6'), Ground.SIGNATURE),
    ],
)
def test_what_our_manifest_does_not_allow_never_reaches_rauc(rig: Rig, raw: bytes, ground: Ground):
    rig.rauc.refuses = "it must not be asked"
    assert refused(rig, raw) is ground
    assert RAUC not in rig.disk.names("b")


def test_an_older_counter_is_refused(rig: Rig):
    installed(rig, "2.0.0", 5)
    assert refused(rig, image("1.9.0", 4)) is Ground.OLDER


def test_without_room_nothing_is_written(rig: Rig):
    rig.disk.free = 8 << 20
    assert refused(rig, image("2.0.0", 5)) is Ground.SPACE
    assert rig.disk.names("b") == []


def test_what_rauc_does_not_take_is_told_with_its_words_and_forgotten(rig: Rig):
    rig.rauc.refuses = "signature verification failed"
    with pytest.raises(InstallError, match="rauc: signature verification failed"):
        rig.install(image("2.0.0", 5))
    assert rig.disk.names("b") == []
    assert rig.installer.outcome().phase is Phase.NONE
    rig.rauc.refuses = ""
    installed(rig, "2.0.0", 5)


def test_what_rauc_finished_while_nobody_heard_is_on_trial_all_the_same(rig: Rig):
    rig.rauc.loses = True
    with pytest.raises(InstallError, match="no end"):
        rig.install(image("2.0.0", 5))
    assert rig.begin() is Start.RUN
    assert rig.installer.outcome().phase is Phase.DUE
    assert rig.install(image("2.0.0", 5)) == [], "it is there already"
    with pytest.raises(ImageRefused, match="still on trial"):
        rig.install(image("3.0.0", 5))
    assert rig.restart() is Start.RUN
    assert rig.installer.version() == "2.0.0"
    assert rig.installer.outcome().phase is Phase.TRYING


def test_a_rauc_that_keeps_no_status_of_its_slots_is_refused(rig: Rig):
    rig.rauc.keeps_status = False
    with pytest.raises(InstallError, match="statusfile"):
        rig.install(image("2.0.0", 5))
    assert "statusfile" in NO_STATUS
    assert rig.restart() is Start.RUN
    assert rig.rauc.running == FACTORY


def test_a_rauc_that_installs_without_activating_is_told_to(rig: Rig):
    rig.rauc.activates = False
    installed(rig, "2.0.0", 5)
    assert rig.rauc.running == bundle("2.0.0")


def test_a_damaged_record_starts_nothing(rig: Rig):
    installed(rig, "2.0.0", 5)
    rig.disk.append("slots.json", b"}")
    with pytest.raises(InstallError, match="no JSON"):
        rig.restart()
    assert rig.installer.outcome().phase is Phase.NONE


def test_a_release_counts_nothing_of_an_image_below_a_root_for_development(
    monkeypatch: pytest.MonkeyPatch,
):
    """As with folders: what a checkout installed is no image to a release, its counter neither."""
    root = new_root("Somebody", NOW - DAY, is_development=True)
    monkeypatch.setattr(rauc_stories.MAKER, "root", root)
    signer = new_signer(root, "Somebody Release", NOW - DAY)
    monkeypatch.setattr(rauc_stories.MAKER, "signer", signer)
    monkeypatch.setattr(rauc_stories, "MACHINE", Machine("emulated", 1, Trust((root.pem,))))
    rig = Rig()
    rig.begin()
    installed(rig, "2.0.0", 5)
    release = Machine("emulated", 1, Trust((root.pem,)), is_release=True)
    monkeypatch.setattr(rauc_stories, "MACHINE", release)
    assert rig.restart() is Start.REFUSE
