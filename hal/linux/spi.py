"""SPI: one device on a bus of the kernel's, ``/dev/spidev0.0``; full duplex, one transfer a call.

The master makes the clock, so a transfer takes as long as its bytes do, whoever answers: 64
bytes at 1 MHz are 0.5 ms, and it may be called from an event loop.
Linux, ``Documentation/spi/spidev.rst`` and ``include/uapi/linux/spi/spidev.h``.
"""

import fcntl
import os
import struct
from array import array

from ampkeeper.hal.errors import AbsentError

# struct spi_ioc_transfer: tx_buf, rx_buf, len, speed_hz, delay_usecs, bits_per_word, cs_change,
# tx_nbits, rx_nbits, word_delay_usecs, pad. The same on 32 bits.
TRANSFER = struct.Struct("=QQIIHBBBBBx")
IOC_WRITE_MODE = 0x40016B01  # _IOW('k', 1, __u8)
IOC_WRITE_BITS = 0x40016B03
IOC_WRITE_SPEED = 0x40046B04  # _IOW('k', 4, __u32)
IOC_MESSAGE_1 = 0x40206B00  # _IOW('k', 0, char[32]): one transfer
BITS = 8


class SpiDevice:
    """The device behind ``path``; ``mode`` 0 to 3, ``speed_hz`` at most what the part takes."""

    def __init__(self, path: str, speed_hz: int, mode: int = 0) -> None:
        self.name = path
        self._speed_hz = speed_hz
        self._mode = mode
        self._fd = -1

    def open(self) -> None:
        """Take the bus's file and set it up; raise AbsentError. The device is not asked yet."""
        self.close()
        try:
            fd = os.open(self.name, os.O_RDWR | os.O_CLOEXEC)
        except OSError as error:
            raise AbsentError(f"{self.name}: {error.strerror}") from error
        try:
            fcntl.ioctl(fd, IOC_WRITE_MODE, struct.pack("=B", self._mode))
            fcntl.ioctl(fd, IOC_WRITE_BITS, struct.pack("=B", BITS))
            fcntl.ioctl(fd, IOC_WRITE_SPEED, struct.pack("=I", self._speed_hz))
        except OSError as error:
            os.close(fd)
            raise AbsentError(f"{self.name}: {error.strerror}") from error
        self._fd = fd

    def transfer(self, data: bytes) -> bytes:
        """Send ``data`` and return as many bytes as came meanwhile; raise AbsentError."""
        if self._fd < 0:
            raise AbsentError(f"{self.name} is closed")
        sent, received = array("B", data), array("B", bytes(len(data)))
        fields = (sent.buffer_info()[0], received.buffer_info()[0], len(data), self._speed_hz)
        message = TRANSFER.pack(*fields, 0, BITS, 0, 0, 0, 0)
        try:
            fcntl.ioctl(self._fd, IOC_MESSAGE_1, message)
        except OSError as error:
            raise AbsentError(f"{self.name}: {error.strerror}") from error
        return received.tobytes()

    def close(self) -> None:
        """Release the bus's file; safe twice."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1
