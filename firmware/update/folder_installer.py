"""Folder installer: the ``Installer`` over ``Folders``, in the software that the launcher started.

It knows from the launcher which slot it runs from; without a launcher nothing would ever start
what it installs, so then it installs nothing.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ampkeeper.firmware.update.installer import InstallError, Outcome, Phase
from ampkeeper.firmware.update.launch import Launched
from ampkeeper.firmware.update.record import Record
from ampkeeper.firmware.update.slots import FACTORY, REVERTED, TRYING, Slots

if TYPE_CHECKING:
    from ampkeeper.firmware.update.folders import Folders

NO_LAUNCHER = "this machine does not start its software through `ampkeeper boot`"

log = logging.getLogger(__name__)


class FolderInstaller:
    """``open_folders`` is called for an image only: what judges one takes 9 MB."""

    needs_idle = True  # the pilot board may be part of it, and a restart is

    def __init__(
        self, record: Record, open_folders: "Callable[[], Folders]", launched: Launched
    ) -> None:
        self._record = record
        self._open_folders = open_folders
        self._launched = launched

    def version(self) -> str:
        """What runs now; empty: what the configuration says."""
        return self._launched.version

    def examine(self, file: Path, now: datetime) -> None:
        """Judge an image by its head."""
        folders = self._folders()
        self._check_free()
        with file.open("rb") as opened:
            folders.judge(opened, folders.record(), now)

    def install(self, file: Path, now: datetime, progress: Callable[[int], None]) -> bool:
        """Install an image; it is on trial from the next start of the machine."""
        folders = self._folders()
        self._check_free()
        with file.open("rb") as opened:
            head = folders.install(opened, now, progress)
        log.info("installed %s, counter %d", head.manifest.version, head.manifest.counter)
        return True

    def outcome(self) -> Outcome:
        """Where the last installation stands, as seen from the slot that runs."""
        try:
            slots = self._slots()
        except (InstallError, OSError) as error:
            log.error("where the last installation stands cannot be read: %s", error)
            return Outcome(Phase.NONE)
        return replace(self._outcome(slots), revoked=slots.revoked)

    def _outcome(self, slots: Slots) -> Outcome:
        if slots.state == REVERTED:
            return Outcome(Phase.REVERTED, slots.reason)
        place = self._launched.place
        if slots.state == TRYING:
            if slots.new != place:
                return Outcome(Phase.DUE)
            return Outcome(Phase.TRYING, trial_s=self._launched.trial_s)
        is_image = place == slots.good != FACTORY
        return Outcome(Phase.GOOD if is_image else Phase.NONE)

    def confirm(self) -> None:
        """What is on trial works; said again, that is made sure."""
        slots, place = self._slots(), self._launched.place
        if place != (slots.new if slots.state == TRYING else slots.good) or place == FACTORY:
            raise InstallError(
                f"slot {place} is no longer on trial: {slots.reason or 'it is over'}"
            )
        self._record.confirm()

    def reject(self, reason: str) -> None:
        """What is on trial does not work."""
        if self.outcome().phase is Phase.TRYING:
            self._record.reject(reason)

    def forget(self) -> None:
        """How it ended is in the books."""
        try:
            self._record.told()
        except (OSError, ValueError) as error:
            log.warning("how the update ended will be told again: %s", error)

    def _check_free(self) -> None:
        """An image never takes the place of what runs, which need not be what is kept as good."""
        slots = self._slots()
        if slots.state != TRYING and slots.free == self._launched.place:
            raise InstallError(f"slot {slots.good} cannot be read, and the other one runs")

    def _slots(self) -> Slots:
        try:
            return self._record.read()
        except ValueError as error:
            raise InstallError(str(error)) from error

    def _folders(self) -> "Folders":
        if not self._launched.place:
            raise InstallError(NO_LAUNCHER)
        try:
            return self._open_folders()
        except ValueError as error:
            raise InstallError(str(error)) from error
