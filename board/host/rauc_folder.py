"""Rauc folder: what is kept of the systems that rauc switches, apart from the launcher's slots.

The launcher would take a record of rauc's for its own, and send back a system that is on trial.
"""

import errno
from pathlib import Path

from ampkeeper.firmware.update.launch import SLOTS_FOLDER
from ampkeeper.firmware.update.rauc_files import HANDED, WRITTEN
from ampkeeper.firmware.update.slots import A, B
from ampkeeper.hal.linux.files import FolderDisk

RAUC_FOLDER = "rauc"  # in the state folder
MARKS = (HANDED, f"{A}/{WRITTEN}", f"{B}/{WRITTEN}")  # there whenever an image came by rauc
TWICE = "both hold records of rauc's; nobody can tell which counts: remove one"


def rauc_folder(state: Path) -> Path:
    """Rauc's own folder; what older software kept among the slots is moved there, in one step.

    Raises OSError, too, where both folders hold something of rauc's.
    """
    slots, own = state / SLOTS_FOLDER, state / RAUC_FOLDER
    if any((slots / mark).exists() for mark in MARKS):
        if own.exists():
            raise OSError(errno.EEXIST, TWICE, str(slots), None, str(own))
        disk = FolderDisk(state)
        disk.rename(SLOTS_FOLDER, RAUC_FOLDER)
        disk.sync_folder("")
    return own
