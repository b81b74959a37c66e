"""Pilot machine: the processor of an emulated pilot board: what it starts, and how it is flashed.

What lies in its flash, how that is replaced and what starts of it is the shipped code; but the
program that runs is always the ring 1 of this process, whatever the image says. An image that
begins with ``BROKEN`` ends as soon as it is started, as one would that cannot be loaded.
"""

from typing import TYPE_CHECKING

from ampkeeper.firmware import __version__
from ampkeeper.firmware.pilot import PilotBoard
from ampkeeper.firmware.safety.signals import Inputs, Outputs, Settings
from ampkeeper.hal.link.flash_programs import IMAGE, Programs
from ampkeeper.hal.link.flash_slots import FACTORY, FOLDERS, NONE, A, B
from ampkeeper.hal.link.flasher import Flasher
from ampkeeper.hal.link.messages import BOOT_POWER, BOOT_SOFTWARE

if TYPE_CHECKING:
    from ampkeeper.hal.link.flash_slots import Store

NAME = "emulated"
BROKEN = b"BROKEN"
BOOT_MS = 200  # of a start after the first; at the first it has started before it is looked at
EPOCHS_PER_START = 512
STARTS_MAX = 100  # in one life of the process; more begin to repeat epochs


class PilotMachine:
    """Bytes in, bytes out and a tick, as ``PilotBoard`` has them; that is ``board``.

    ``flash`` None: a board that cannot be flashed over the link.
    """

    def __init__(self, settings: Settings, epoch: int, flash: "Store | None") -> None:
        self.board = PilotBoard(settings, NAME, epoch, boot_reason=BOOT_POWER)
        self.flasher: Flasher | None = None
        self.place = NONE
        self.start_count = 0
        self._settings = settings
        self._epoch = epoch
        self._rest_ms = 0  # until it has started
        self._idle = Outputs()
        self._flash = flash
        if flash is not None:
            self._start(BOOT_POWER)

    def feed(self, data: bytes) -> None:
        """Take bytes from the station; while it starts nobody hears them."""
        if self._rest_ms:
            return
        if self.flasher is not None:
            self.flasher.feed(data)
        else:
            self.board.feed(data)

    def tick(self, elapsed_ms: int, inputs: Inputs) -> Outputs:
        """Let time pass; without ring 1 all outputs are safe."""
        if self._rest_ms:
            self._rest_ms = max(0, self._rest_ms - elapsed_ms)
            if not self._rest_ms:
                self._start(BOOT_SOFTWARE)
            return self._idle
        if self.flasher is not None:
            self.flasher.tick(elapsed_ms)
            return self._idle
        return self.board.tick(elapsed_ms, inputs)

    def to_send(self) -> bytes:
        """One frame for the station, or nothing; after it the board may leave its program."""
        if self._rest_ms:
            return b""
        if self.flasher is not None:
            frame = self.flasher.to_send()
            if self.flasher.is_over and not frame:
                self._restart()
            return frame
        frame = bytes(self.board.to_send())
        if self.board.is_leaving:
            self._restart()
        return frame

    def _restart(self) -> None:
        self._rest_ms = BOOT_MS
        self._idle = Outputs()

    def _start(self, reason: int) -> None:
        """What the launcher of a real board does."""
        assert self._flash is not None, "without one it never starts anew"
        programs = Programs(self._flash, NAME)
        wishes_flash = self.flasher is None and self.board.is_leaving
        self.flasher = None
        self.start_count += 1
        self.place = NONE if wishes_flash else programs.start()
        if self.place == NONE:
            self.flasher = Flasher(programs, self.start_count + self._epoch)
            return
        is_image = self.place in (A, B)
        if is_image and (programs.store.read(FOLDERS[self.place] + IMAGE, 6) or b"") == BROKEN:
            self._restart()
            return
        epoch = self._epoch + EPOCHS_PER_START * (self.start_count % STARTS_MAX)
        version = programs.version(self.place) if is_image else __version__
        told = programs.told(self.place)
        assert self.place != FACTORY or told < 4, "what it came with has no name"
        self.board = PilotBoard(self._settings, NAME, epoch, version, reason, told)
