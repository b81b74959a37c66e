"""A wedge and nothing but the wedge: bound to one device, grabbed, and heard by nobody else.

Over a twin of the kernel's input device; on a machine that has ``/dev/uinput``, the kernel's own
is in ``test_wedge_uinput.py``.
"""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from ampkeeper.board.emulated.evdev_twin import EvdevTwin
from ampkeeper.board.emulated.tag_twins import KEY_CODES, WedgeTwin
from ampkeeper.board.emulated.virtual_time import LoopClock
from ampkeeper.hal.errors import AbsentError, WrongDeviceError
from ampkeeper.hal.linux.input_events import InputStream
from ampkeeper.hal.linux.usb import find_keyboard
from ampkeeper.hal.ports import Tag
from ampkeeper.hal.readers.wedge import WedgeReader

LIMIT_S = 5.0
NOTHING_S = 0.1  # a key is there at once, or it never is


class Desk:
    """A machine with a reader that poses as a keyboard, and a keyboard that is one."""

    def __init__(self, root: Path) -> None:
        self.wedge = EvdevTwin(root, "1209", "0001")
        self.keyboard = EvdevTwin(root, "046d", "c31c")
        self.keyboard.plug()  # the first, as on any machine
        self.wedge.plug()
        self.card = WedgeTwin(self.wedge.write)
        self.person = WedgeTwin(self.keyboard.write)

    def reader(self, name: str = "usb:1209:0001") -> WedgeReader:
        find = partial(find_keyboard, sys=self.wedge.sys, dev=self.wedge.dev)
        return WedgeReader(InputStream(name, self.wedge.ioctl, find), LoopClock())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.wedge.unplug()
    made.keyboard.unplug()


async def next_tag(reader: WedgeReader) -> Tag:
    return await asyncio.wait_for(reader.next_tag(), LIMIT_S)


async def test_what_a_wedge_types_reaches_no_console(desk: Desk) -> None:
    desk.card.press(KEY_CODES["1"])
    assert desk.wedge.console == [KEY_CODES["1"]]  # nobody has grabbed it yet
    reader = desk.reader()
    await reader.open()
    desk.card.at_us += 1_000_000
    desk.card.type_text("04A224B1")
    assert await next_tag(reader) == Tag("04A224B1", "Local")
    assert desk.wedge.console == [KEY_CODES["1"]]
    reader.close()
    desk.card.press(KEY_CODES["2"])
    assert desk.wedge.console == [KEY_CODES["1"], KEY_CODES["2"]]


async def test_what_a_person_types_is_no_token_and_nobody_listens(desk: Desk) -> None:
    reader = desk.reader()
    await reader.open()
    desk.person.type_text("secret123")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.next_tag(), NOTHING_S)
    assert len(desk.keyboard.console) == len("secret123") + 1
    assert desk.keyboard.requests == []
    reader.close()


async def test_who_cannot_have_it_alone_does_not_read_it(desk: Desk) -> None:
    first, second = desk.reader(), desk.reader()
    await first.open()
    with pytest.raises(AbsentError, match=r"usb:1209:0001: cannot be grabbed: .*busy"):
        await second.open()
    desk.card.type_text("4711")
    assert await next_tag(first) == Tag("4711", "Local")
    first.close()
    await second.open()
    desk.card.at_us += 3_000_000
    desk.card.type_text("4712")
    assert await next_tag(second) == Tag("4712", "Local")
    second.close()


async def test_a_clock_that_is_set_while_a_card_is_typed_spoils_nothing(desk: Desk) -> None:
    reader = desk.reader()
    await reader.open()
    for key in "47":
        desk.card.press(KEY_CODES[key])
    desk.wedge.wall_us -= 3_600_000_000
    desk.card.type_text("11")
    assert await next_tag(reader) == Tag("4711", "Local")
    reader.close()


async def test_back_under_another_number_it_is_grabbed_again(desk: Desk) -> None:
    reader = desk.reader()
    await reader.open()
    before = desk.wedge.path
    desk.card.press(KEY_CODES["4"])  # and the rest never comes
    desk.wedge.unplug()
    with pytest.raises(AbsentError, match="usb:1209:0001: hung up"):
        await next_tag(reader)
    with pytest.raises(AbsentError, match="is not plugged in"):
        await reader.open()
    desk.wedge.plug()
    assert desk.wedge.path != before
    await reader.open()
    desk.card.at_us += 3_000_000
    desk.card.type_text("4711")
    assert await next_tag(reader) == Tag("4711", "Local")
    assert desk.wedge.console == []
    reader.close()


async def test_two_of_a_kind_are_told_apart_by_their_path_only(desk: Desk, tmp_path: Path) -> None:
    twin = EvdevTwin(tmp_path, "1209", "0001")
    twin.plug()
    with pytest.raises(WrongDeviceError, match="plugged in 2 times"):
        await desk.reader().open()
    lasting = tmp_path / "by-path"
    lasting.symlink_to(desk.wedge.path)
    reader = desk.reader(str(lasting))
    await reader.open()
    WedgeTwin(twin.write).type_text("9999")
    desk.card.type_text("4711")
    assert await next_tag(reader) == Tag("4711", "Local")
    reader.close()
    twin.unplug()
