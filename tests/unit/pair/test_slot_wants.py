"""What the slot that runs wants of the pilot boards, and the key of the pair, from the disk."""

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ampkeeper.board.host.pairing import PAIR_FOLDER, SlotWants
from ampkeeper.firmware.update.factory import machine_of
from ampkeeper.firmware.update.folders import Folders
from ampkeeper.firmware.update.launch import Launched
from ampkeeper.firmware.update.pilot_image import PilotImage
from ampkeeper.firmware.update.record import Record
from ampkeeper.firmware.update.refused import ImageRefused
from ampkeeper.firmware.update.trust import trust_of
from ampkeeper.hal.linux.files import FolderDisk
from tests.support.images import SINCE, factory_file, image_of


def installed(folder: Path, pilot: bytes, *, confirm: bool = False) -> Folders:
    machine = machine_of(factory_file(folder / "factory").read_text())
    slots = Folders(FolderDisk(folder / "slots"), machine)
    slots.install(io.BytesIO(image_of("2.0.0", counter=4, pilot=pilot)), SINCE, lambda _: None)
    assert slots.start() == "a"
    if confirm:
        slots.confirm()
    return slots


def wants(folder: Path, place: str, board: str = "emulated") -> SlotWants:
    return SlotWants(folder, lambda: Launched(place), board)


@pytest.mark.parametrize("is_good", [False, True])
def test_what_the_slot_brought_is_wanted_on_trial_as_long_as_the_station_is(
    tmp_path: Path, is_good: bool
) -> None:
    installed(tmp_path, b"program", confirm=is_good)
    wanted = wants(tmp_path, "a").wanted()
    assert wanted is not None
    assert wanted.image == PilotImage("emulated", "2.0.0", b"program")
    assert (wanted.counter, wanted.is_on_trial) == (4, not is_good)


def test_what_runs_beside_a_trial_is_not_on_trial_itself(tmp_path: Path) -> None:
    slots = installed(tmp_path, b"program", confirm=True)
    image = image_of("3.0.0", counter=5, pilot=b"newer")
    slots.install(io.BytesIO(image), SINCE, lambda _: None)
    assert slots.start() == "b"
    told = [wants(tmp_path, place).wanted() for place in ("a", "b")]
    assert [one and one.is_on_trial for one in told] == [False, True]


def test_a_trial_below_what_was_good_is_told_from_others(tmp_path: Path) -> None:
    installed(tmp_path, b"program")
    record = Record(FolderDisk(tmp_path / "slots"))
    for counter_min, begins_anew in ((4, False), (5, True)):
        record.keep(replace(record.read(), counter_min=counter_min))
        wanted = wants(tmp_path, "a").wanted()
        assert wanted is not None
        assert wanted.begins_anew is begins_anew


def test_a_board_may_be_above_a_station_whose_counter_a_root_let_begin_again(
    tmp_path: Path,
) -> None:
    installed(tmp_path, b"program", confirm=True)
    record = Record(FolderDisk(tmp_path / "slots"))
    trust = trust_of(record.read().trust)
    for floor in (None, 2):
        record.keep(replace(record.read(), trust=replace(trust, counter_floor=floor).to_text()))
        wanted = wants(tmp_path, "a").wanted()
        assert wanted is not None
        assert (wanted.begins_anew, wanted.is_on_trial) == (floor is not None, False)


def test_what_the_machine_came_with_and_a_part_that_is_not_there_want_nothing(
    tmp_path: Path,
) -> None:
    installed(tmp_path, b"")
    for place in ("", "factory", "a"):
        assert wants(tmp_path, place).wanted() is None


def test_a_part_that_changed_on_the_disk_or_is_for_another_board_is_refused(
    tmp_path: Path,
) -> None:
    installed(tmp_path, b"program")
    with pytest.raises(ImageRefused, match="for emulated; the pilot board here is pilot_rp2040"):
        wants(tmp_path, "a", "pilot_rp2040").wanted()
    (tmp_path / "slots/a/pilot").write_bytes(b"other")
    with pytest.raises(ValueError, match="not what was signed"):
        wants(tmp_path, "a").wanted()


def test_the_key_is_drawn_once_and_only_the_station_may_read_it(tmp_path: Path) -> None:
    key = wants(tmp_path, "a").key()
    assert len(key) == 32
    assert wants(tmp_path, "factory").key() == key
    assert wants(tmp_path / "other", "a").key() != key
    assert (tmp_path / PAIR_FOLDER).stat().st_mode & 0o077 == 0


def test_what_judges_an_image_is_not_loaded_where_none_was_brought() -> None:
    """It takes 9 MB, for as long as the station runs."""
    code = "import sys, ampkeeper.board.host.pairing; assert 'cryptography' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
