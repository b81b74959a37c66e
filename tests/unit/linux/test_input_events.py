"""Input events: one named device, grabbed or not read at all."""

import errno
import os
import time
from pathlib import Path

import pytest

from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.linux.input_events import InputStream


class Device:
    """An input device's file, a named pipe, and the calls that are made on it."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self.calls: list[tuple[int, bytes | int]] = []
        self.error = 0
        self.far = os.open(path, os.O_RDWR)

    def ioctl(self, fd: int, request: int, argument: bytes | int) -> int:
        if self.error:
            raise OSError(self.error, os.strerror(self.error))
        self.calls.append((request, argument))
        return 0


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path / "event-kbd")


async def test_a_device_is_grabbed_and_its_times_are_monotonic(device: Device) -> None:
    stream = InputStream(str(device.path), device.ioctl)
    await stream.open()
    clock = time.CLOCK_MONOTONIC.to_bytes(4, "little")
    assert device.calls == [(0x40044590, 1), (0x400445A0, clock)]
    os.write(device.far, b"events")
    assert await stream.read() == b"events"
    stream.write(b"nothing goes there")
    stream.close()
    os.close(device.far)


async def test_a_device_that_somebody_else_grabbed_is_not_read(device: Device) -> None:
    device.error = errno.EBUSY
    stream = InputStream(str(device.path), device.ioctl)
    with pytest.raises(AbsentError, match="cannot be grabbed: Device or resource busy"):
        await stream.open()
    os.close(device.far)


async def test_what_is_no_input_device_cannot_be_grabbed(device: Device) -> None:
    with pytest.raises(AbsentError, match="cannot be grabbed: Inappropriate ioctl"):
        await InputStream(str(device.path)).open()
    os.close(device.far)


async def test_a_device_that_is_pulled_out_is_absent_and_found_again_by_its_numbers(
    device: Device, tmp_path: Path
) -> None:
    places = [str(device.path)]
    stream = InputStream("usb:ffff:0035", device.ioctl, lambda name: places[-1])
    await stream.open()
    os.close(device.far)
    with pytest.raises(AbsentError, match="usb:ffff:0035: hung up"):
        await stream.read()
    other = Device(tmp_path / "event9")
    places.append(str(other.path))
    await stream.open()
    os.write(other.far, b"events")
    assert await stream.read() == b"events"
    stream.close()
    os.close(other.far)


def test_a_name_that_does_not_stay_is_refused() -> None:
    with pytest.raises(ValueError, match="another device after the next start"):
        InputStream("/dev/input/event3")
    with pytest.raises(ValueError, match="should be usb:VVVV:PPPP"):
        InputStream("usb:1")
