"""USB names: which device file a part has now, by its vendor and product number.

A name such as ``/dev/ttyACM0`` or ``event3`` goes to whoever is plugged in first. ``usb:09d8:0420``
means the part, wherever it is; where two of a kind hang on one machine, only their paths
(``/dev/serial/by-path``, ``/dev/input/by-path``) tell them apart, and the number is refused.
Linux, ``Documentation/ABI/testing/sysfs-bus-usb`` and ``Documentation/input/input.rst``.
"""

import re
from pathlib import Path

from ampkeeper.hal.errors import AbsentError, WrongDeviceError
from ampkeeper.hal.linux.by_id import BY_ID, lasting_name
from ampkeeper.hal.linux.stream import SerialStream

SYS = Path("/sys/class")
DEV = Path("/dev")
USB_NAME = re.compile(r"usb:([0-9a-f]{4}):([0-9a-f]{4})", re.IGNORECASE)
DEPTH_MAX = 8  # folders from a tty up to its USB device
KEY_ENTER = 28


class AdapterStream(SerialStream):
    """A serial line by its path; an adapter is known by its lasting name once it was seen."""

    def __init__(self, path: str, baudrate: int, by_id: Path = BY_ID) -> None:
        super().__init__(path, baudrate)
        self._path = path
        self._by_id = by_id
        self._known = ""

    def _open(self) -> int:
        self._known = self._known or lasting_name(self._path, self._by_id)
        self.name = self._known or self._path
        return super()._open()


class UsbSerialStream(SerialStream):
    """The serial line of ``usb:VVVV:PPPP``, looked up at each opening."""

    def __init__(self, name: str, baudrate: int, sys: Path = SYS, dev: Path = DEV) -> None:
        super().__init__(name, baudrate)
        assert is_usb_name(name)
        self._usb_name = name
        self._sys, self._dev = sys, dev

    def _open(self) -> int:
        self.name = self._usb_name  # what an error says while it is not there
        self.name = find_tty(self._usb_name, self._sys, self._dev)
        return super()._open()


def is_usb_name(name: str) -> bool:
    """Tell whether ``name`` is ``usb:VVVV:PPPP``; raise ValueError for what only begins so."""
    if not name.startswith("usb:"):
        return False
    if not USB_NAME.fullmatch(name):
        raise ValueError(f"port is {name!r}, should be usb:VVVV:PPPP in hexadecimal digits")
    return True


def find_tty(name: str, sys: Path = SYS, dev: Path = DEV) -> str:
    """Return the path of the serial line of ``usb:VVVV:PPPP``; raise AbsentError or Wrong...."""
    wanted = _numbers(name)
    found = [
        entry.name
        for entry in sorted((sys / "tty").glob("tty*"))
        if _usb_numbers((entry / "device").resolve()) == wanted
    ]
    return str(dev / _only(name, found))


def find_keyboard(name: str, sys: Path = SYS, dev: Path = DEV) -> str:
    """Return the path of the input device of ``usb:VVVV:PPPP`` that has an Enter key."""
    wanted = _numbers(name)
    found = [
        entry.name
        for entry in sorted((sys / "input").glob("event*"))
        if _input_numbers(entry / "device") == wanted and _has_enter(entry / "device")
    ]
    return str(dev / "input" / _only(name, found))


def _only(name: str, found: list[str]) -> str:
    if not found:
        raise AbsentError(f"{name} is not plugged in")
    if len(found) > 1:
        raise WrongDeviceError(
            f"{name} is plugged in {len(found)} times ({', '.join(found)}): name one by its path"
        )
    return found[0]


def _numbers(name: str) -> tuple[int, int]:
    match = USB_NAME.fullmatch(name)
    assert match is not None, name
    return int(match[1], 16), int(match[2], 16)


def _usb_numbers(folder: Path) -> tuple[int, int] | None:
    """Vendor and product of the USB device that ``folder`` belongs to, if any."""
    for parent in [folder, *folder.parents][:DEPTH_MAX]:
        if (parent / "idVendor").exists():
            return _hex(parent / "idVendor"), _hex(parent / "idProduct")
    return None


def _input_numbers(folder: Path) -> tuple[int, int]:
    return _hex(folder / "id" / "vendor"), _hex(folder / "id" / "product")


def _has_enter(folder: Path) -> bool:
    """The last word of the bits has the lowest keys, whatever a word's size."""
    words = _text(folder / "capabilities" / "key").split()
    return bool(words) and bool(int(words[-1], 16) >> KEY_ENTER & 1)


def _hex(file: Path) -> int:
    """A number, or -1: a part may vanish while it is looked at."""
    text = _text(file)
    return int(text, 16) if text else -1


def _text(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
