"""Evdev twin: one input device as the kernel shows it, where there is no kernel to make one.

The device file is a named pipe; the calls on it (``ioctl``) and the folder that says which part
it is (``/sys/class/input``) are as Linux has them: one client may grab it, and then nobody else
hears it; times are the wall clock's until a client asks for the monotonic one; pulled out, it
ends for whoever reads it, and comes back under another number. What nobody grabbed, the console
hears. Linux, ``drivers/input/evdev.c`` and ``include/uapi/linux/input.h``.
"""

import contextlib
import errno
import os
import struct
import time
from pathlib import Path

from ampkeeper.board.emulated.tag_twins import KEY

EVENT = struct.Struct("@llHHi")  # seconds, microseconds, type, code, value
EVIOCGRAB, EVIOCSCLOCKID = 0x40044590, 0x400445A0
CLOCKS = (time.CLOCK_REALTIME, time.CLOCK_MONOTONIC, time.CLOCK_BOOTTIME)
WALL_US = 1_795_000_000_000_000  # what the wall clock is ahead of the monotonic one at first
US_PER_S = 1_000_000
KEYBOARD_KEYS = "e080ffdf01cfffff fffffffffffffffe"  # as /sys shows those of a keyboard


class EvdevTwin:
    """A keyboard in ``root``, which has its own ``sys/class/input`` and ``dev/input``."""

    def __init__(self, root: Path, vendor: str, product: str) -> None:
        self.sys, self.dev = root / "sys", root / "dev"
        self.console: list[int] = []  # codes of the keys that reached it
        self.requests: list[int] = []  # calls made on the device
        self.wall_us = WALL_US
        self._numbers = (vendor, product)
        self._number = 0
        self._far = -1
        self._holder = -1
        self._clocks: dict[int, int] = {}
        (self.sys / "input").mkdir(parents=True, exist_ok=True)
        (self.dev / "input").mkdir(parents=True, exist_ok=True)

    @property
    def path(self) -> Path:
        """The device file that it has now."""
        return self.dev / "input" / f"event{self._number}"

    def plug(self) -> None:
        """Put it in: it gets the next number that is free."""
        while self.path.exists() or self._folder.exists():
            self._number += 1
        for name, text in zip(("vendor", "product"), self._numbers, strict=True):
            (self._folder / "id").mkdir(parents=True, exist_ok=True)
            (self._folder / "id" / name).write_text(text + "\n")
        (self._folder / "capabilities").mkdir()
        (self._folder / "capabilities" / "key").write_text(KEYBOARD_KEYS + "\n")
        os.mkfifo(self.path)
        self._far = os.open(self.path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def unplug(self) -> None:
        """Pull it out: who reads it sees it end. Its number is not given again."""
        if self._far < 0:
            return
        for file in sorted(self._folder.rglob("*"), reverse=True):
            file.rmdir() if file.is_dir() else file.unlink()
        self._folder.rmdir()
        self.path.unlink()
        os.close(self._far)
        self._far = self._holder = -1
        self._clocks.clear()
        self._number += 1

    def ioctl(self, fd: int, request: int, argument: bytes | int) -> int:
        """A call on an open file of this device; raise OSError as the kernel refuses it."""
        self.requests.append(request)
        if not self._is_open(fd):
            raise _refusal(errno.ENODEV)
        if request == EVIOCGRAB:
            return self._grab(fd, bool(argument))
        if request == EVIOCSCLOCKID and isinstance(argument, bytes):
            (clock,) = struct.unpack("@i", argument)
            if clock not in CLOCKS:
                raise _refusal(errno.EINVAL)
            self._clocks[fd] = clock
            return 0
        raise _refusal(errno.ENOTTY)

    def write(self, events: bytes) -> None:
        """The part sends; times are monotonic. Whoever may hear it does."""
        if self._far < 0:
            return
        if not self._is_grabbed:
            pressed = (
                each for each in EVENT.iter_unpack(events) if each[2] == KEY and each[4] == 1
            )
            self.console += [code for _, _, _, code, _ in pressed]
            return
        if self._clocks.get(self._holder, time.CLOCK_REALTIME) == time.CLOCK_REALTIME:
            events = b"".join(self._by_wall(each) for each in EVENT.iter_unpack(events))
        with contextlib.suppress(BlockingIOError):  # nobody reads: the kernel drops it too
            os.write(self._far, events)

    @property
    def _folder(self) -> Path:
        return self.sys / "input" / f"event{self._number}" / "device"

    @property
    def _is_grabbed(self) -> bool:
        return self._holder >= 0 and self._is_open(self._holder)

    def _grab(self, fd: int, is_wanted: bool) -> int:
        """As ``evdev_grab``: one at a time; it ends with its file. A number may be used again."""
        if is_wanted and self._is_grabbed and fd != self._holder:
            raise _refusal(errno.EBUSY)
        if not is_wanted and fd != self._holder:
            raise _refusal(errno.EINVAL)
        self._holder = fd if is_wanted else -1
        return 0

    def _is_open(self, fd: int) -> bool:
        """Whether this is a file of this device still."""
        try:
            return os.path.samestat(os.fstat(fd), os.fstat(self._far))
        except OSError:
            return False

    def _by_wall(self, event: tuple[int, int, int, int, int]) -> bytes:
        second, microsecond, kind, code, value = event
        at_us = second * US_PER_S + microsecond + self.wall_us
        return EVENT.pack(at_us // US_PER_S, at_us % US_PER_S, kind, code, value)


def _refusal(number: int) -> OSError:
    return OSError(number, os.strerror(number))
