"""Record: the one file that says which slot starts, and how it is read and replaced.

Apart from the images, so that a station that runs reads it without the libraries for signatures.
"""

import errno

from ampkeeper.firmware.update.disk import Disk, read_bounded, replace_whole
from ampkeeper.firmware.update.slots import TEXT_CHARS_MAX, Slots, slots_of

RECORD = "slots.json"


class Record:
    """The record on a disk. All of it blocks, and raises OSError where the disk does."""

    def __init__(self, disk: Disk, counter: int = 0) -> None:
        self._disk = disk
        self._counter = counter

    def read(self) -> Slots:
        """What is kept; a machine that never installed anything has the default one.

        Raises ValueError for a record that is damaged: then nothing may start.
        """
        try:
            raw = read_bounded(self._disk, RECORD, TEXT_CHARS_MAX)
        except FileNotFoundError:
            return Slots(counter_min=self._counter)
        return slots_of(raw.decode("utf-8", "replace"))

    def keep(self, slots: Slots) -> None:
        """Put it in the place of what is kept, whole or not at all.

        Raises OSError, too, for what nobody could read: then nothing would ever start again.
        """
        text = slots.to_text()
        try:
            slots_of(text)
        except ValueError as error:
            raise OSError(errno.EFBIG, f"{RECORD} would not be readable: {error}") from error
        replace_whole(self._disk, RECORD, text.encode())

    def change(self, slots: Slots) -> None:
        """Keep it unless it is kept; then that is made sure."""
        if slots == self.read():
            self._disk.sync_folder("")  # it may be what a write left whose sync failed
        else:
            self.keep(slots)

    def confirm(self) -> None:
        """What is on trial works."""
        self.change(self.read().confirmed())

    def reject(self, reason: str) -> None:
        """What is on trial does not work."""
        self.change(self.read().rejected(reason))

    def told(self) -> None:
        """How the trial ended is in the books."""
        self.change(self.read().told())
