"""SPI: what the kernel is asked for, seen from the kernel's side of the call."""

import ctypes
import errno
import fcntl
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.linux.spi import SpiDevice


class Kernel:
    """spidev's calls: follows the addresses it is given, as the driver would."""

    def __init__(self) -> None:
        self.settings: dict[int, bytes] = {}
        self.answer: Callable[[bytes], bytes] = lambda data: data
        self.error = 0

    def ioctl(self, fd: int, request: int, argument: bytes) -> int:
        if self.error:
            raise OSError(self.error, "Connection timed out")
        if request != 0x40206B00:
            self.settings[request] = argument
            return 0
        assert len(argument) == request >> 16 & 0x3FFF
        sent_at, received_at, length, speed_hz, delay_us, bits = struct.unpack_from(
            "=QQIIHB", argument
        )
        assert (speed_hz, delay_us, bits) == (1_000_000, 0, 8)
        answer = self.answer(ctypes.string_at(sent_at, length))
        ctypes.memmove(received_at, answer, length)
        return length


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    kernel = Kernel()
    monkeypatch.setattr(fcntl, "ioctl", kernel.ioctl)
    return kernel


@pytest.fixture
def device(tmp_path: Path) -> SpiDevice:
    path = tmp_path / "spidev0.0"
    path.touch()
    return SpiDevice(str(path), 1_000_000)


def test_a_transfer_brings_as_many_bytes_as_it_sends(kernel: Kernel, device: SpiDevice) -> None:
    kernel.answer = lambda data: bytes(byte ^ 0xFF for byte in data)
    device.open()
    assert device.transfer(b"\xee\x00") == b"\x11\xff"
    assert len(device.transfer(bytes(65))) == 65
    device.close()
    device.close()


def test_mode_bits_and_speed_are_set_before_anything_is_sent(
    kernel: Kernel, device: SpiDevice
) -> None:
    device.open()
    speed = (1_000_000).to_bytes(4, "little")
    assert kernel.settings == {0x40016B01: b"\0", 0x40016B03: b"\x08", 0x40046B04: speed}
    device.close()


def test_what_is_not_there_or_fails_is_absent(kernel: Kernel, device: SpiDevice) -> None:
    with pytest.raises(AbsentError, match="No such file"):
        SpiDevice("/nowhere/spidev0.0", 1_000_000).open()
    with pytest.raises(AbsentError, match="is closed"):
        device.transfer(b"\0")
    device.open()
    kernel.error = errno.ETIMEDOUT
    with pytest.raises(AbsentError, match=r"spidev0\.0: Connection timed out"):
        device.transfer(b"\0")
    with pytest.raises(AbsentError, match="timed out"):
        device.open()
