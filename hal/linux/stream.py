"""Serial stream: a tty or pseudo-terminal as a ``ByteStream``, on termios and the event loop.

It owns the line: raw, no flow control, exclusive, and flushed at the start so that nothing old
is taken for new. A tty that vanishes (an adapter pulled out, the other side of a pty closed) is
an AbsentError at the next ``read``; ``open`` again finds it when it is back.
termios(3): with O_NONBLOCK and VMIN = 1, "nothing yet" is EAGAIN and "hung up" is an empty read
or EIO. With VMIN = 0 both would be empty reads, and a vanished line looked like a quiet one.
"""

import asyncio
import contextlib
import fcntl
import os
import termios
from abc import abstractmethod

from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.ports import ByteStream

READ_BYTES_MAX = 4_096
WAITING_BYTES_MAX = 65_536  # then new data is dropped and counted, as ``ByteStream.write`` says
CC = 6  # index of the control characters in what tcgetattr returns


class FileStream(ByteStream):
    """An open, non-blocking file descriptor as a byte stream; what serial line and pty share."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.dropped_count = 0  # writes that found the line down or the queue full
        self._fd = -1
        self._loop: asyncio.AbstractEventLoop | None = None  # of the last open
        self._waiting = bytearray()
        self._taken = b""  # off the line and not yet returned by ``read``
        self._ended = f"{name} is closed"  # why there is nothing to read
        self._reader: asyncio.Future[None] | None = None
        self._is_watched = False  # the loop calls ``_take`` when there is something
        self._is_writing = False

    async def open(self) -> None:
        """Connect; raise AbsentError if it is not there."""
        self.close()
        self._loop = asyncio.get_running_loop()
        self._fd = self._open()
        self._ended = f"{self.name} is closed"

    async def read(self) -> bytes:
        """Return the next 1 to 4096 bytes; raise AbsentError when the line ends."""
        while not self._taken:
            if self._fd < 0:
                raise AbsentError(self._ended)
            await self._readable()  # ended by data, a hang-up or close
        data, self._taken = self._taken, b""
        return data

    def write(self, data: bytes) -> None:
        """Queue ``data``; never blocks; drops when the line is down or 64 KiB are waiting."""
        if self._fd < 0 or len(self._waiting) + len(data) > WAITING_BYTES_MAX:
            self.dropped_count += 1
            return
        self._waiting += data
        if not self._is_writing:
            self._flush()

    def close(self) -> None:
        """Release the line; safe twice. A waiting ``read`` ends with AbsentError."""
        if self._fd < 0:
            return
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._fd)
            self._loop.remove_writer(self._fd)
        self._is_watched = self._is_writing = False
        self._waiting.clear()
        self._taken = b""
        os.close(self._fd)
        self._fd = -1
        self._wake()

    @abstractmethod
    def _open(self) -> int:
        """Return a non-blocking descriptor, or raise AbsentError."""

    async def _readable(self) -> None:
        assert self._reader is None, f"two readers on {self.name}"
        loop = asyncio.get_running_loop()
        self._reader = loop.create_future()
        if not self._is_watched:
            loop.add_reader(self._fd, self._take)
            self._is_watched = True
        try:
            await self._reader
        finally:
            self._reader = None

    def _take(self) -> None:
        """Take what is there off the line. The watch stays on: waits mostly follow at once."""
        if self._taken:  # nobody fetches it: leave the rest on the line, unwatched
            asyncio.get_running_loop().remove_reader(self._fd)
            self._is_watched = False
            return
        try:
            self._taken = os.read(self._fd, READ_BYTES_MAX)
        except BlockingIOError:
            return
        except OSError as error:
            self._vanish(error.strerror)
            return
        if self._taken:
            self._wake()
        else:
            self._vanish("hung up")

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def _flush(self) -> None:
        """Write what the line takes now; leave the rest to the loop."""
        try:
            sent = os.write(self._fd, self._waiting)
        except BlockingIOError:
            sent = 0
        except OSError:  # the line is gone: ``read`` says so
            self.dropped_count += 1
            sent = len(self._waiting)
        del self._waiting[:sent]
        has_to_wait = bool(self._waiting)
        if has_to_wait == self._is_writing:
            return
        self._is_writing = has_to_wait
        loop = asyncio.get_running_loop()
        if has_to_wait:
            loop.add_writer(self._fd, self._flush)
        else:
            loop.remove_writer(self._fd)

    def _vanish(self, reason: str | None) -> None:
        """The line has ended: close, and let the reader find out why."""
        self._ended = f"{self.name}: {reason}"
        self.close()


class SerialStream(FileStream):
    """A serial line by its path; ``baudrate`` must be one that termios knows."""

    def __init__(self, path: str, baudrate: int = 115_200) -> None:
        super().__init__(path)
        speed = getattr(termios, f"B{baudrate}", None)
        if not isinstance(speed, int):
            raise ValueError(f"{path}: {baudrate} baud is not a termios speed")
        self._speed = speed

    def close(self) -> None:
        """Release the line, for others too: the mark outlives us while anybody has it open."""
        if self._fd >= 0:
            with contextlib.suppress(OSError):  # the line is gone
                fcntl.ioctl(self._fd, termios.TIOCNXCL)
        super().close()

    def _open(self) -> int:
        try:
            fd = os.open(self.name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise AbsentError(f"{self.name}: {error.strerror}") from error
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)  # root may open what TIOCEXCL closes
            fcntl.ioctl(fd, termios.TIOCEXCL)  # for a second opener open() fails with EBUSY
            set_raw(fd, self._speed)
            termios.tcflush(fd, termios.TCIOFLUSH)
        except (OSError, termios.error) as error:
            os.close(fd)
            raise AbsentError(f"{self.name}: {error}") from error
        return fd


class PtyStream(FileStream):
    """The far side of a pseudo-terminal: what a simulated device holds.

    The line is there from the start at ``path``, whether or not somebody has it open. The near
    side is kept open here, so that closing and opening it again is seen by nobody.
    """

    _master_fd = _slave_fd = -1

    def __init__(self) -> None:
        self._master_fd, self._slave_fd = os.openpty()
        set_raw(self._slave_fd, termios.B115200)
        os.set_blocking(self._master_fd, False)
        self.path = os.ttyname(self._slave_fd)
        super().__init__(f"pty {self.path}")

    def _open(self) -> int:
        if self._master_fd < 0:
            raise AbsentError(f"{self.name} has been destroyed")
        return os.dup(self._master_fd)

    def destroy(self) -> None:
        """Pull the cable: the path vanishes, and who has it open sees the line end.

        The kernel gives the path to nobody else while the slave is open, so it stays so for as
        long as this object lives: who looks for the path shall not find another one's line.
        """
        self.close()
        if self._master_fd >= 0:
            os.close(self._master_fd)
        self._master_fd = -1

    def __del__(self) -> None:
        for fd in (self._master_fd, self._slave_fd):
            with contextlib.suppress(OSError):
                os.close(fd)


def set_raw(fd: int, speed: int) -> None:
    """8N1, no echo, no translation, no flow control."""
    attributes = termios.tcgetattr(fd)
    attributes[:6] = [0, 0, termios.CS8 | termios.CREAD | termios.CLOCAL, 0, speed, speed]
    attributes[CC][termios.VMIN] = 1
    attributes[CC][termios.VTIME] = 0
    termios.tcsetattr(fd, termios.TCSANOW, attributes)
