"""USB names: the file that a part has now, in a folder laid out as the kernel does."""

import os
from pathlib import Path

import pytest

from ampkeeper.hal.errors import AbsentError, WrongDeviceError
from ampkeeper.hal.linux.stream import PtyStream
from ampkeeper.hal.linux.usb import UsbSerialStream, find_keyboard, find_tty, is_usb_name

KEYS = "e080ffdf01cfffff fffffffffffffffe"
MOUSE = "1f0000 0 0 0 0"


class Kernel:
    """``/sys/class`` and the devices behind it."""

    def __init__(self, root: Path) -> None:
        self.sys = root / "class"
        self._devices = root / "devices"
        (self.sys / "tty").mkdir(parents=True)
        (self.sys / "input").mkdir()

    def add_tty(self, name: str, vendor: str, product: str) -> None:
        part = self._devices / name
        port = part / "1-1:1.0" / name
        port.mkdir(parents=True)
        (part / "idVendor").write_text(vendor + "\n")
        (part / "idProduct").write_text(product + "\n")
        (self.sys / "tty" / name).mkdir()
        (self.sys / "tty" / name / "device").symlink_to(port)

    def add_event(self, name: str, vendor: str, product: str, keys: str = KEYS) -> None:
        part = self.sys / "input" / name / "device"
        (part / "id").mkdir(parents=True)
        (part / "capabilities").mkdir()
        (part / "id" / "vendor").write_text(vendor + "\n")
        (part / "id" / "product").write_text(product + "\n")
        (part / "capabilities" / "key").write_text(keys + "\n")


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


def test_a_serial_line_is_found_by_its_numbers_under_any_name(kernel: Kernel) -> None:
    kernel.add_tty("ttyACM0", "2e8a", "0005")
    with pytest.raises(AbsentError, match="usb:09d8:0420 is not plugged in"):
        find_tty("usb:09d8:0420", kernel.sys)
    kernel.add_tty("ttyACM3", "09d8", "0420")
    assert find_tty("usb:09D8:0420", kernel.sys) == "/dev/ttyACM3"


def test_a_line_that_hangs_on_no_usb_is_nobody(kernel: Kernel) -> None:
    (kernel.sys / "tty" / "tty0").mkdir()
    with pytest.raises(AbsentError):
        find_tty("usb:09d8:0420", kernel.sys)


def test_two_of_a_kind_are_refused_by_number(kernel: Kernel) -> None:
    kernel.add_event("event3", "ffff", "0035")
    assert find_keyboard("usb:ffff:0035", kernel.sys) == "/dev/input/event3"
    kernel.add_event("event7", "ffff", "0035")
    with pytest.raises(WrongDeviceError, match=r"2 times \(event3, event7\): name one by its path"):
        find_keyboard("usb:ffff:0035", kernel.sys)


def test_of_one_reader_only_the_part_with_an_enter_key_is_its_keyboard(kernel: Kernel) -> None:
    kernel.add_event("event1", "046d", "c31c")
    kernel.add_event("event2", "ffff", "0035", MOUSE)
    kernel.add_event("event4", "ffff", "0035", "10000000")
    assert find_keyboard("usb:ffff:0035", kernel.sys) == "/dev/input/event4"


@pytest.mark.parametrize("name", ["usb:09d8", "usb:09d8:04", "usb:09d8:042g", "usb:09d8:0420:1"])
def test_half_a_usb_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="should be usb:VVVV:PPPP"):
        is_usb_name(name)


async def test_an_adapter_that_comes_back_under_another_name_is_opened_again(
    kernel: Kernel, tmp_path: Path
) -> None:
    dev = tmp_path / "dev"
    dev.mkdir()
    stream = UsbSerialStream("usb:09d8:0420", 9_600, kernel.sys, dev)
    for name in ("ttyACM0", "ttyACM1"):
        with pytest.raises(AbsentError, match="usb:09d8:0420 is not plugged in"):
            await stream.open()
        far = PtyStream()
        await far.open()
        os.symlink(far.path, dev / name)
        kernel.add_tty(name, "09d8", "0420")
        await stream.open()
        far.write(b"hello")
        assert await stream.read() == b"hello"
        far.destroy()
        with pytest.raises(AbsentError, match=name):
            await stream.read()
        (kernel.sys / "tty" / name / "device").unlink()
