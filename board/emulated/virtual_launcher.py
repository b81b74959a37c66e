"""Virtual launcher: what ``ampkeeper boot`` is to a machine, for a charger in virtual time.

The slots are real; the software that is started from each is the one that runs here, which says
that it is the version of the slot. ``broken`` are versions that end as soon as they are started;
``trial_s`` is what a station on trial is told of its time, 0 of none.
"""

from pathlib import Path

from ampkeeper.board.host.installing import folders_in, installer_of
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.update.installer import Installer
from ampkeeper.firmware.update.launch import SLOTS_FOLDER, Launched
from ampkeeper.hal.linux.files import FolderDisk


class VirtualLauncher:
    """Use ``start`` before each life of the process, and ``installer`` in it."""

    def __init__(self, config: Config, state_dir: Path) -> None:
        self.broken: set[str] = set()
        self.trial_s = 0.0
        self.launched = Launched()
        self._config = config
        self._state_dir = state_dir

    def start(self) -> None:
        """Start what is due; what is broken is started until another is."""
        told = self._config.update
        if not told.enabled or not told.factory_file:
            return
        folders = folders_in(FolderDisk(self._state_dir / SLOTS_FOLDER), Path(told.factory_file))
        while True:
            place = folders.start()
            head = folders.head_of(place)
            version = "" if head is None else head.manifest.version
            if version not in self.broken:
                break
        self.launched = Launched(place, version, self.trial_s)

    def installer(self, state_dir: Path) -> Installer:
        """The installer of the station that was started last."""
        return installer_of(self._config, state_dir, self.launched)
