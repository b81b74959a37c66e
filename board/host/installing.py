"""Installing: the installer that the configuration asks for."""

import importlib.util
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ampkeeper import firmware
from ampkeeper.firmware.config import Problem
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.update.folder_installer import FolderInstaller
from ampkeeper.firmware.update.installer import Installer, NoInstaller
from ampkeeper.firmware.update.launch import SLOTS_FOLDER, Launched, launched_of
from ampkeeper.firmware.update.record import Record
from ampkeeper.firmware.update.slots import TRIAL_S
from ampkeeper.firmware.update.trial import Patience
from ampkeeper.hal.linux.files import FolderDisk

if TYPE_CHECKING:
    from ampkeeper.firmware.update.folders import Folders, Machine

RELEASE_MARK = "release.json"  # beside the package `firmware`, made by `make release`
OFF = "updates are off: update.enabled is false"
NO_FACTORY = "nobody is believed: update.factory_file is not set"
RAUC = "rauc"
BY_RAUC = "rauc replaces the whole system here: start the station, which hands the bundle over"


def update_problems(board: str, config: Config, *, has_rauc: bool = True) -> Iterator[Problem]:
    """What is wrong with ``[update]`` on this board; ``has_rauc`` False: it has one system."""
    if config.update.installer != RAUC:
        return
    allowed = ""
    if not has_rauc:
        allowed = "must be folders: this board has no second system that rauc could switch to"
    elif importlib.util.find_spec("jeepney") is None:
        allowed = "rauc is spoken to with jeepney: pip install ampkeeper[rauc]"
    if allowed:
        yield Problem(f"board {board}", 0, "update.installer", RAUC, allowed)


def installer_of(config: Config, state: Path, launched: Launched | None = None) -> Installer:
    """What the configuration asks for; ``launched`` None: as the environment says."""
    why = _why_none(config)
    if why:
        return NoInstaller(why)
    if config.update.installer == RAUC:
        from ampkeeper.board.host.rauc import started  # and its library, where it is asked for
        from ampkeeper.board.host.rauc_folder import rauc_folder

        file, folder = config.update.factory_file, rauc_folder(state)
        return started(file, folder, trial_s=_trial_s(config))
    launched = launched or launched_of(os.environ)
    disk = FolderDisk(state / SLOTS_FOLDER)

    def open_folders() -> "Folders":
        return folders_in(disk, Path(config.update.factory_file), _trial_s(config))

    return FolderInstaller(Record(disk), open_folders, launched)


def configured_folders(config: Config, state: Path) -> "Folders":
    """The slots of a machine whose station does not run; ValueError: it takes no images."""
    why = _why_none(config) or (BY_RAUC if config.update.installer == RAUC else "")
    if why:
        raise ValueError(why)
    disk = FolderDisk(state / SLOTS_FOLDER)
    return folders_in(disk, Path(config.update.factory_file), _trial_s(config))


def folders_in(disk: FolderDisk, factory_file: Path, trial_s: int = TRIAL_S) -> "Folders":
    """The slots on a disk; ValueError, OSError if the factory's file cannot be read."""
    from ampkeeper.firmware.update.folders import Folders  # 9 MB, if ever

    return Folders(disk, machine_in(factory_file), trial_s)


def machine_in(factory_file: Path) -> "Machine":
    """What came with the machine; ValueError, OSError if the file cannot be read."""
    from ampkeeper.firmware.update import factory

    with factory_file.open(encoding="utf-8", errors="replace") as file:
        text = file.read(factory.TEXT_CHARS_MAX + 1)
    return replace(factory.machine_of(text), is_release=is_release())


def is_release() -> bool:
    """True for a copy of the software that packaging has made a release."""
    return Path(firmware.__file__).with_name(RELEASE_MARK).exists()


def restart_machine(config: Config) -> None:
    """After the station's end for new software: the machine, where that is its whole system.

    Elsewhere the launcher starts what is due. Blocks; raises HalError.
    """
    if config.update.enabled and config.update.installer == RAUC:
        from ampkeeper.hal.linux.rauc import RaucBus

        RaucBus().reboot()


def _trial_s(config: Config) -> int:
    return Patience(config.update.confirm_within_s, config.update.csms_within_s).trial_s


def _why_none(config: Config) -> str:
    if not config.update.enabled:
        return OFF
    return "" if config.update.factory_file else NO_FACTORY
