"""Input events: one input device of the kernel's as a byte stream of ``input_event`` structures.

The device is named, by a path that stays (``/dev/input/by-id/...``, ``by-path``) or by its USB
numbers, and looked up at each opening: unplugged and back, it is found under its new number. It
is grabbed, so that what it types reaches no console and nobody else; who cannot grab it does not
read it. Times are monotonic. This is the kernel's own interface, stable since Linux 2.6;
``python-evdev`` would have to be compiled on each charger, for there are no wheels.
Linux, ``include/uapi/linux/input.h``.
"""

import fcntl
import os
import re
import struct
import time
from collections.abc import Callable

from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.linux.stream import FileStream
from ampkeeper.hal.linux.usb import find_keyboard, is_usb_name

EVIOCGRAB = 0x40044590  # _IOW('E', 0x90, int)
EVIOCSCLOCKID = 0x400445A0  # _IOW('E', 0xa0, int)
PASSING_NAME = re.compile(r"/dev/input/event\d+")

Ioctl = Callable[[int, int, bytes | int], object]


class InputStream(FileStream):
    """The events of one device; ``ioctl`` and ``find`` are the system's unless given."""

    def __init__(
        self,
        name: str,
        ioctl: Ioctl | None = None,
        find: Callable[[str], str] = find_keyboard,
    ) -> None:
        if PASSING_NAME.fullmatch(name):
            raise ValueError(
                f"port is {name}, which is another device after the next start: "
                "take its path in /dev/input/by-id or by-path, or usb:VVVV:PPPP"
            )
        super().__init__(name)
        self._is_usb_name = is_usb_name(name)
        self._ioctl = ioctl or fcntl.ioctl
        self._find = find

    def _open(self) -> int:
        path = self._find(self.name) if self._is_usb_name else self.name
        try:
            fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise AbsentError(f"{self.name}: {error.strerror}") from error
        try:
            self._ioctl(fd, EVIOCGRAB, 1)
            self._ioctl(fd, EVIOCSCLOCKID, struct.pack("@i", time.CLOCK_MONOTONIC))
        except OSError as error:
            os.close(fd)
            raise AbsentError(f"{self.name}: cannot be grabbed: {error.strerror}") from error
        return fd
