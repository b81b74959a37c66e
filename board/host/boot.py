"""Boot: starts the software that is due, from the slot that is due; no update replaces it.

It checks what it starts, and counts each start of what is on trial before it is made. Where
nothing is on trial it becomes what it starts; a trial it watches, and sends back what hangs.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

from ampkeeper.board.host.installing import folders_in
from ampkeeper.firmware.faces.cli import codes
from ampkeeper.firmware.update.folders import Folders
from ampkeeper.firmware.update.launch import (
    ENTRY,
    RESTART_CODE,
    SLOTS_FOLDER,
    Launched,
    command,
    environment_of,
)
from ampkeeper.firmware.update.record import RECORD
from ampkeeper.firmware.update.slots import APP, FACTORY, TRYING
from ampkeeper.hal.linux.files import FolderDisk

TRIAL_S = 1_800  # more than a trial may take; by then it is confirmed or sent back
END_S = 10.0  # for what hangs to end by itself
PAUSE_S = 1.0  # between two starts
STOPS = (signal.SIGTERM, signal.SIGINT)


class NothingRunsError(Exception):
    """No slot may be started; the text says why."""


class Launcher:
    """Starts ``words`` from the slot that is due; ``is_again``: also after its end, see ``run``."""

    def __init__(
        self, state: Path, factory_file: Path, words: Sequence[str], is_again: bool, trial_s: float
    ) -> None:
        self._slots = state / SLOTS_FOLDER
        self._factory_file = factory_file
        self._words = [*words, "--state", str(state)]
        self._is_again = is_again
        self._trial_s = trial_s
        self._child: subprocess.Popen[bytes] | None = None
        self._is_stopped = False

    def run(self) -> int:
        """Start what is due; return its exit code, or never where this process becomes it.

        Again and again where that was asked for: after an end that asks for a restart, and where
        what is on trial failed. A service manager does the same from outside.
        """
        words = command(sys.executable, self._words)
        while True:
            launched, trial = self._due()
            app = str(self._slots / launched.place / APP)
            environment = environment_of(os.environ, launched, app)
            if trial is None and not self._is_again:
                os.execve(words[0], words, environment)  # noqa: S606 - what was checked
            code = self._watch(words, environment, trial)
            is_due_again = code == RESTART_CODE or (trial is not None and code > 0)
            if self._is_stopped or not (self._is_again and is_due_again):
                return code
            time.sleep(PAUSE_S)

    def _due(self) -> tuple[Launched, Folders | None]:
        """What starts, and the slots if it is on trial."""
        if not self._factory_file.exists() and not (self._slots / RECORD).exists():
            return Launched(), None  # a machine that takes no images
        folders = folders_in(FolderDisk(self._slots), self._factory_file)
        place = folders.start()
        if place and not self._can_start(place) and folders.record().new == place:
            folders.reject("it has nothing that can be started")
            place = folders.start()
        if not place:
            raise NothingRunsError("no slot holds software that is sound: bring an image")
        if not self._can_start(place):
            raise NothingRunsError(f"slot {place} has nothing that can be started")
        head = folders.head_of(place)
        launched = Launched(place, "" if head is None else head.manifest.version)
        return launched, folders if folders.record().new == place else None

    def _can_start(self, place: str) -> bool:
        return place == FACTORY or (self._slots / place / ENTRY).is_file()

    def _watch(self, words: list[str], environment: dict[str, str], trial: Folders | None) -> int:
        """Run it to its end; ``trial``: no longer than a trial may take."""
        handlers = {number: signal.signal(number, self._pass_on) for number in STOPS}
        try:
            self._child = subprocess.Popen(words, env=environment)  # noqa: S603
            if self._is_stopped:  # by a signal that came before there was a child
                self._child.terminate()
            if trial is None:
                return self._child.wait()
            try:
                return self._child.wait(self._trial_s)
            except subprocess.TimeoutExpired:
                return self._end_trial(self._child, trial)
        finally:
            self._child = None
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def _end_trial(self, child: "subprocess.Popen[bytes]", folders: Folders) -> int:
        """It had its time: it said that it works, or it goes."""
        if folders.record().state != TRYING:
            return child.wait()
        with suppress(OSError):  # its starts are counted: it does not start for ever
            folders.reject(f"it ran for {self._trial_s:g} s and never said that it works")
        child.terminate()
        try:
            child.wait(END_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        return RESTART_CODE

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        self._is_stopped = True
        if self._child is not None:
            self._child.send_signal(number)


def main(
    state: Path, factory_file: Path, words: Sequence[str], is_again: bool, trial_s: float
) -> int:
    """Boot; the return value is the exit code. What was killed, kills this process alike."""
    try:
        code = Launcher(state, factory_file, words, is_again, trial_s).run()
    except (NothingRunsError, ValueError, OSError) as error:
        sys.stderr.write(f"ampkeeper: nothing is started: {error}\n")
        return codes.NO
    if code < 0:
        signal.signal(-code, signal.SIG_DFL) if -code != signal.SIGKILL else None
        os.kill(os.getpid(), -code)
    return code
