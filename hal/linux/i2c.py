"""I2C: one device on a bus of the kernel's, ``/dev/i2c-1``, by plain writes and reads.

Blocking: a device may stretch the clock, and a stuck bus holds a transfer for ``TIMEOUT_MS``;
whoever runs an event loop calls from a thread. Transfers of several threads take turns, and
``close`` waits for the last one. Linux, ``Documentation/i2c/dev-interface.rst``.
"""

import errno
import fcntl
import os
import threading

from ampkeeper.hal.errors import AbsentError, TransientError

I2C_TIMEOUT = 0x0702  # argument in units of 10 ms
I2C_SLAVE = 0x0703
TIMEOUT_MS = 50
GONE = (errno.ENODEV, errno.EBADF)  # the bus itself; a device that is not there is ENXIO or EIO


class I2cDevice:
    """The device at ``address`` (7 bits) of the bus ``path``."""

    def __init__(self, path: str, address: int) -> None:
        self.name = f"{path} 0x{address:02x}"
        self._path = path
        self._address = address
        self._fd = -1
        self._turn = threading.Lock()

    def open(self) -> None:
        """Take the bus's file; raise AbsentError. The device is not asked yet."""
        self.close()
        try:
            fd = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        except OSError as error:
            raise AbsentError(f"{self._path}: {error.strerror}") from error
        try:
            fcntl.ioctl(fd, I2C_SLAVE, self._address)
            fcntl.ioctl(fd, I2C_TIMEOUT, TIMEOUT_MS // 10)
        except OSError as error:
            os.close(fd)
            raise AbsentError(f"{self.name}: {error.strerror}") from error
        self._fd = fd

    def write(self, data: bytes) -> None:
        """Write in one transfer; raise TransientError (not acknowledged) or AbsentError."""
        with self._turn:
            try:
                sent_count = os.write(self._fd, data)
            except OSError as error:
                raise self._named(error) from error
        if sent_count != len(data):
            raise TransientError(f"{self.name}: {sent_count} of {len(data)} bytes acknowledged")

    def read(self, count: int) -> bytes:
        """Read in one transfer; raise TransientError (not acknowledged) or AbsentError."""
        with self._turn:
            try:
                return os.read(self._fd, count)
            except OSError as error:
                raise self._named(error) from error

    def close(self) -> None:
        """Release the bus's file; safe twice."""
        with self._turn:
            if self._fd >= 0:
                os.close(self._fd)
            self._fd = -1

    def _named(self, error: OSError) -> AbsentError | TransientError:
        kind = AbsentError if error.errno in GONE else TransientError
        return kind(f"{self.name}: {error.strerror}")
