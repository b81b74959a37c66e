"""A pilot board that can be flashed, without its ring 1: it greets, stops, is flashed, starts.

Its power can go: with ``cut``, or by a write of its ``Memory`` that is the last.
"""

from flash_rig import BOARD, Cut, Memory

from ampkeeper.hal.link.device import DeviceLink
from ampkeeper.hal.link.flash_programs import IMAGE, Programs
from ampkeeper.hal.link.flash_slots import FACTORY, FOLDERS, NONE
from ampkeeper.hal.link.flasher import Flasher
from ampkeeper.hal.link.messages import COMMAND, ENTER

FACTORY_VERSION = b"what it came with"
BOOT_MS = 300


class Machine:
    """``runs`` is the program that runs; None while none does. ``fails`` are those that do not."""

    def __init__(self, store, fails=()):
        self.store = store
        self.fails = fails
        self.has_slots = True
        self.is_busy = False  # a car charges
        self.is_deaf = False
        self.runs = None
        self.place = NONE
        self.boot_count = 0
        self.cut()

    def cut(self):
        """The power goes, and comes back."""
        self.store = Memory(self.store.files) if self.store.cut_at >= 0 else self.store
        self._wishes_flash = False
        self._restart()

    def feed(self, data):
        if self.is_deaf or self._boot_ms:
            return
        try:
            self._feed(data)
        except Cut:
            self.cut()

    def step(self, ms):
        """Let time pass; return what is sent."""
        try:
            return self._step(ms)
        except Cut:
            self.cut()
            return b""

    def _restart(self):
        self.flasher = self.link = self.runs = None
        self.place = NONE
        self.boot_count += 1
        self._boot_ms = BOOT_MS

    def _boot(self):
        self.programs = Programs(self.store, BOARD)
        wishes, self._wishes_flash = self._wishes_flash, False
        self.place = NONE if wishes else self.programs.start()
        if self.place == NONE:
            self.flasher = Flasher(self.programs, self.boot_count)
            return
        is_slot = self.place != FACTORY
        program = self.store.files[FOLDERS[self.place] + IMAGE] if is_slot else FACTORY_VERSION
        if program in self.fails:
            self._restart()
            return
        self.runs = program
        told = self.programs.told(self.place) if self.has_slots else 0
        self.link = DeviceLink(BOARD, "1", 1_000 * self.boot_count, 0, told)

    def _feed(self, data):
        if self.flasher is not None:
            self.flasher.feed(data)
            return
        taken = 0
        while taken < len(data):
            taken += self.link.feed(data, taken)
            order = self.link.next_order()
            while order:
                is_enter = order == COMMAND and self.link.command.values["code"] == ENTER
                if is_enter and not self.is_busy:
                    self._wishes_flash = True
                order = self.link.next_order()

    def _step(self, ms):
        if self._boot_ms:
            self._boot_ms = max(0, self._boot_ms - ms)
            if not self._boot_ms:
                self._boot()
            return b""
        if self.is_deaf:
            return b""
        out = self.flasher or self.link
        out.tick(ms)
        sent = bytes(out.to_send())
        if self._wishes_flash or (self.flasher is not None and self.flasher.is_over):
            self._restart()
        return sent
