"""The disk fails at each operation of an update by rauc: it says so, and it can be repeated."""

import errno
from contextlib import suppress
from pathlib import Path

import pytest

from ampkeeper.firmware.update.installer import InstallError, Phase
from ampkeeper.firmware.update.rauc import RaucInstaller
from ampkeeper.firmware.update.rauc_files import RaucFiles
from ampkeeper.firmware.update.rauc_slots import Start
from tests.support.failing_disk import GROWS, WRITES, FailingDisk
from tests.support.rauc_stories import FACTORY, MACHINE, ImageFile, Rig, bundle, image
from tests.support.releases import NOW

TIMES_MAX = 100  # more operations than this has
IMAGE = image("2.0.0", 5)


@pytest.mark.parametrize("lasts", [False, True])
@pytest.mark.parametrize(
    ("error", "kinds"), [(errno.EIO, WRITES), (errno.ENOSPC, GROWS), (errno.EROFS, WRITES)]
)
def test_an_update_by_rauc_that_fails_anywhere_leaves_what_starts_and_can_be_repeated(
    error: int, kinds: tuple[str, ...], lasts: bool
):
    for number in range(1, TIMES_MAX):
        rig = Rig()
        rig.begin()

        def is_due(count: int, due: int = number) -> bool:
            return count >= due if lasts else count == due

        disk = FailingDisk(rig.disk, error, is_due, kinds)
        files = RaucFiles(disk, Path)
        installer = RaucInstaller(files, MACHINE, rig.rauc, rig.rauc.uptime)
        with suppress(OSError, InstallError):
            installer.install(ImageFile(IMAGE), NOW, lambda permille: None)
        if not disk.failed:
            assert number > 10
            return
        assert rig.restart() is Start.RUN, disk.failed
        if rig.rauc.running == FACTORY:
            assert rig.installer.outcome().phase in (Phase.NONE, Phase.REVERTED), disk.failed
            rig.installer.forget()
            rig.install(IMAGE)
            assert rig.restart() is Start.RUN, disk.failed
        assert rig.rauc.running == bundle("2.0.0"), disk.failed
        assert rig.installer.outcome().phase is Phase.TRYING, disk.failed
        rig.installer.confirm()
        assert rig.installer.version() == "2.0.0", disk.failed
    raise AssertionError(f"more than {TIMES_MAX} operations")
