"""Rauc: the installer of a machine whose two whole systems rauc and the boot loader switch.

The station starts only in a system that may run: else it ends at once, with a sentence, and no
permit is granted. What ends so is started again by systemd, which reboots what does so too often.
"""

import errno
from pathlib import Path

from ampkeeper.board.host.installing import machine_in
from ampkeeper.board.host.rauc_trial import watch
from ampkeeper.firmware.update.installer import Installer, InstallError, Phase
from ampkeeper.firmware.update.rauc import RaucInstaller
from ampkeeper.firmware.update.rauc_files import RaucFiles
from ampkeeper.firmware.update.rauc_slots import Start
from ampkeeper.firmware.update.slots import TRIAL_S
from ampkeeper.hal.linux.files import FolderDisk
from ampkeeper.hal.linux.rauc import SYSTEM_BUS, RaucBus

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")  # proc(5): new at every start of the machine
WHY_NOT = {
    Start.GO_BACK: "what runs did not prove itself: the machine restarts into the system before",
    Start.REFUSE: "what runs has a lower security counter than what was good before",
}


def started(
    factory_file: str, folder: Path, bus: str = SYSTEM_BUS, trial_s: int = TRIAL_S
) -> Installer:
    """The installer, once it has found out what runs; OSError if that may not run.

    What is on trial is watched from then on; ``trial_s`` is for what will be installed.
    """
    try:
        machine = machine_in(Path(factory_file))
    except ValueError as error:
        raise OSError(errno.EINVAL, str(error), factory_file) from error
    disk = FolderDisk(folder)
    boot = BOOT_ID.read_text(encoding="ascii").strip()
    installer = RaucInstaller(RaucFiles(disk, disk.path), machine, RaucBus(bus), boot, trial_s)
    try:
        start = installer.start()
        outcome = installer.standing()
    except (InstallError, OSError) as error:
        raise OSError(errno.ENXIO, str(error), "rauc") from error
    if start is not Start.RUN:
        raise OSError(errno.EPERM, WHY_NOT[start], "rauc")
    if outcome.phase is Phase.TRYING:
        watch(installer, outcome.trial_s)
    return installer
