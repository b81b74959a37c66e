"""Boot: starts the software that is due, from the slot that is due; no update replaces it.

It checks what it starts, and counts each start of what is on trial before it is made. Where
nothing is on trial it becomes what it starts; a trial it watches, and sends back what hangs.
What is started holds a lock that it was handed: beside it nothing else is, whoever started it.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from ampkeeper.board.host.boot_lock import LOCK_FILE, held
from ampkeeper.board.host.installing import folders_in
from ampkeeper.board.host.rauc_folder import rauc_folder
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

LOCK_S = 20.0  # for what was started before to end
END_S = 10.0  # for what hangs to end by itself
PAUSE_S = 1.0  # between two starts
STOPS = (signal.SIGTERM, signal.SIGINT)
NOTHING_SOUND = (
    "no slot holds software that is sound: put an image into update.stick_folder,"
    " or run `ampkeeper image install FILE`"
)
UNCLEAN = "what was compiled is damaged and cannot be dropped; it starts without"
PR_SET_PDEATHSIG = 1  # prctl(2): the signal for when who started it is gone


class NothingRunsError(Exception):
    """No slot may be started; the text says why."""


class Launcher:
    """Starts ``words`` from the slot that is due; ``is_again``: also after its end, see ``run``.

    ``trial_s``: how long a trial may take; 0: as whoever installed it has written down.
    """

    def __init__(
        self, state: Path, factory_file: Path, words: Sequence[str], is_again: bool, trial_s: float
    ) -> None:
        self._state = state
        self._slots = state / SLOTS_FOLDER
        self._factory_file = factory_file
        self._words = [*words, "--state", str(state)]
        self._is_again = is_again
        self._trial_s = trial_s
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = -1
        self._is_stopped = False

    def run(self) -> int:
        """Start what is due; return its exit code, or never where this process becomes it.

        Again and again where that was asked for: after an end that asks for a restart, and where
        what is on trial failed. A service manager does the same from outside.
        """
        words = command(sys.executable, self._words)
        self._lock = _locked(self._state)
        try:
            return self._run(words)
        finally:
            os.close(self._lock)

    def _run(self, words: list[str]) -> int:
        while True:
            launched, trial = self._due()
            app = str(self._slots / launched.place / APP)
            environment = environment_of(os.environ, launched, app)
            if trial is None and not self._is_again:
                os.set_inheritable(self._lock, True)
                os.execve(words[0], words, environment)  # noqa: S606 - what was checked
            code = self._watch(words, environment, trial, launched.trial_s)
            is_due_again = code == RESTART_CODE or (trial is not None and code > 0)
            if self._is_stopped or not (self._is_again and is_due_again):
                return code
            time.sleep(PAUSE_S)

    def _due(self) -> tuple[Launched, Folders | None]:
        """What starts, and the slots if it is on trial; what rauc switches is none of them."""
        rauc_folder(self._state)
        if not self._factory_file.exists() and not (self._slots / RECORD).exists():
            return Launched(), None  # a machine that takes no images
        folders = folders_in(FolderDisk(self._slots), self._factory_file)
        place = folders.start()
        if place and not self._can_start(place) and folders.record().new == place:
            folders.reject("it has nothing that can be started")
            place = folders.start()
        if not place and self._has_brought(folders):
            place = folders.start()
        if not place:
            raise NothingRunsError(NOTHING_SOUND)
        if not self._can_start(place):
            raise NothingRunsError(f"slot {place} has nothing that can be started")
        head = folders.head_of(place)
        version, slots = "" if head is None else head.manifest.version, folders.record()
        is_clean = folders.is_clean(place)
        if not is_clean:
            sys.stderr.write(f"ampkeeper: slot {place}: {UNCLEAN}\n")
        if slots.new != place:
            return Launched(place, version, is_clean=is_clean), None
        trial_s = self._trial_s or slots.trial_s
        return Launched(place, version, trial_s, is_clean), folders

    def _has_brought(self, folders: Folders) -> bool:
        """True if an image was installed that lies where the station would look for one."""
        from ampkeeper.board.host.boot_stick import install_brought, stick_folder_in  # if ever

        folder = stick_folder_in(self._words)
        return folder is not None and install_brought(folder, folders, datetime.now(UTC))

    def _can_start(self, place: str) -> bool:
        return place == FACTORY or (self._slots / place / ENTRY).is_file()

    def _watch(
        self, words: list[str], environment: dict[str, str], trial: Folders | None, trial_s: float
    ) -> int:
        """Run it to its end; ``trial``: no longer than ``trial_s``, unless it said that it works.

        It does not outlive the launcher, who would start another beside it.
        """
        handlers = {number: signal.signal(number, self._pass_on) for number in STOPS}
        try:
            self._child = subprocess.Popen(  # noqa: S603
                words,
                env=environment,
                pass_fds=(self._lock,),
                preexec_fn=_end_with_launcher,  # there are no threads here
            )
            if self._is_stopped:  # by a signal that came before there was a child
                self._child.terminate()
            if trial is None:
                return self._child.wait()
            try:
                return self._child.wait(trial_s)
            except subprocess.TimeoutExpired:
                return self._end_trial(self._child, trial, trial_s)
        finally:
            self._child = None
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def _end_trial(self, child: "subprocess.Popen[bytes]", folders: Folders, trial_s: float) -> int:
        """It had its time: it said that it works, or it goes.

        It is sent back once it is gone: what it says until then counts, and nothing after it.
        """
        with suppress(OSError, ValueError):  # what cannot be read is no word that it works
            if folders.record().state != TRYING:
                return child.wait()
        child.terminate()
        try:
            child.wait(END_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        with suppress(OSError, ValueError):  # its starts are counted: it does not start for ever
            folders.reject(f"it ran for {trial_s:g} s and never said that it works")
        return RESTART_CODE

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        self._is_stopped = True
        if self._child is not None:
            self._child.send_signal(number)


def _locked(state: Path) -> int:
    """The lock of this machine's software, once what was started before is gone."""
    try:
        return held(state, LOCK_S)
    except BlockingIOError:
        text = f"what was started before still runs, and holds {state / LOCK_FILE}"
        raise NothingRunsError(text) from None


def _end_with_launcher() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


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
