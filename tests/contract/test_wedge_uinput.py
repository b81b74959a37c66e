"""The wedge through the kernel's own input layer, where the machine has ``/dev/uinput``.

A keyboard is made by uinput, found by its USB numbers, grabbed and read by the shipped driver.
Where there is none, a twin of the kernel's device does (``test_wedge_grabbed.py``).
Linux, ``Documentation/input/uinput.rst`` and ``include/uapi/linux/uinput.h``.
"""

import asyncio
import contextlib
import fcntl
import os
import struct
from collections.abc import Iterator

import pytest

from ampkeeper.board.emulated.tag_twins import WedgeTwin
from ampkeeper.board.emulated.virtual_time import LoopClock
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.linux.input_events import InputStream
from ampkeeper.hal.ports import Tag
from ampkeeper.hal.readers.form import HEX, Form
from ampkeeper.hal.readers.wedge import WedgeReader

UINPUT = "/dev/uinput"
UI_SET_EVBIT, UI_SET_KEYBIT = 0x40045564, 0x40045565
UI_DEV_SETUP, UI_DEV_CREATE, UI_DEV_DESTROY = 0x405C5503, 0x5501, 0x5502
BUS_USB, EV_KEY = 3, 1
VENDOR, PRODUCT = 0x1209, 0x0001  # given out for tests
NAME = "usb:1209:0001"
OPENINGS = 40  # the device file comes a moment after the device

pytestmark = pytest.mark.skipif(
    not (os.access(UINPUT, os.W_OK) and os.path.isdir("/dev/input")),
    reason="this machine has no /dev/uinput that may be written",
)


@pytest.fixture
def keyboard() -> Iterator[WedgeTwin]:
    fd = os.open(UINPUT, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.ioctl(fd, UI_SET_EVBIT, EV_KEY)
    for code in range(1, 128):
        fcntl.ioctl(fd, UI_SET_KEYBIT, code)
    setup = struct.pack("@HHHH80sI", BUS_USB, VENDOR, PRODUCT, 1, b"Ampkeeper test reader", 0)
    fcntl.ioctl(fd, UI_DEV_SETUP, setup)
    fcntl.ioctl(fd, UI_DEV_CREATE)

    def write(data: bytes) -> None:
        os.write(fd, data)

    yield WedgeTwin(write)
    with contextlib.suppress(OSError):
        fcntl.ioctl(fd, UI_DEV_DESTROY)
    os.close(fd)


async def opened(reader: WedgeReader) -> None:
    for _ in range(OPENINGS):
        with contextlib.suppress(AbsentError):
            await reader.open()
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the keyboard did not come")


async def test_a_keyboard_of_the_kernels_is_grabbed_and_read(keyboard: WedgeTwin) -> None:
    reader = WedgeReader(InputStream(NAME), LoopClock(), Form(HEX))
    await opened(reader)
    with pytest.raises(AbsentError, match="cannot be grabbed"):
        await WedgeReader(InputStream(NAME), LoopClock()).open()
    keyboard.type_text("04A224B1")
    assert await asyncio.wait_for(reader.next_tag(), 5) == Tag("04A224B1")
    reader.close()
