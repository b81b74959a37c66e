"""Reader benches: every reader driver over its twin on the wire, and how to work the far side.

Twins on a bus are reached transfer by transfer, in virtual time; twins on a line sit on a
pseudo-terminal, on a loop whose time goes ``SPEED`` times faster and does not jump when the
machine stalls. A line's path is a link in ``by-id``: pulled out and put back, it leads to
another terminal, as a USB adapter comes back under another name.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ampkeeper.board.emulated import bench as emulated
from ampkeeper.board.emulated.evdev_twin import EvdevTwin
from ampkeeper.board.emulated.mfrc522_twin import Mfrc522Twin
from ampkeeper.board.emulated.pn532_i2c_twin import Pn532I2cTwin
from ampkeeper.board.emulated.reader_twin import ReaderTwin
from ampkeeper.board.emulated.tag_twins import (
    REPEAT_S,
    Rdm6300Twin,
    TwinOnPty,
    Twn4Twin,
    WedgeTwin,
)
from ampkeeper.board.emulated.virtual_time import LoopClock, ScaledLoop, VirtualLoop
from ampkeeper.firmware.config import parse
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.fake import FakeReader
from ampkeeper.hal.linux.input_events import InputStream
from ampkeeper.hal.linux.stream import SerialStream
from ampkeeper.hal.linux.usb import find_keyboard
from ampkeeper.hal.memory import memory_pair
from ampkeeper.hal.ports import Reader, Tag
from ampkeeper.hal.readers.form import HEX, Form
from ampkeeper.hal.readers.mfrc522 import Mfrc522Reader
from ampkeeper.hal.readers.pn532 import Pn532Reader
from ampkeeper.hal.readers.pn532_i2c import Pn532I2cStream
from ampkeeper.hal.readers.rdm6300 import Rdm6300Reader
from ampkeeper.hal.readers.text import TextReader
from ampkeeper.hal.readers.twn4 import Twn4Reader
from ampkeeper.hal.readers.wedge import WedgeReader
from tests.support.configs import FREE
from tests.support.presentations import tags_within

SPEED = 12  # 100 ms that a driver waits are 8 real ones
CARDS = tuple(Tag(uid) for uid in ("04A224B1", "04112233445566", "04112233445566778899"))
NUMBERS = (Tag("0600A1B2C3", "Local"), Tag("0700A1B2C3", "Local"))
TEXTS = (Tag("DE-ABC-1", "Local"), Tag("4711", "Local"))


@dataclass
class Bench:
    """A reader, and how to work its far side; ``cards`` are two or more that it can read.

    ``hold`` shows a card for some seconds; ``silence`` takes the part away, or gives it back.
    """

    reader: Reader
    hold: Callable[[Tag, float], None]
    silence: Callable[[bool], None]
    cards: tuple[Tag, ...] = CARDS
    long_s: float = 60.0

    async def tags(self, seconds: float) -> list[Tag]:
        """The tags of the next seconds; a reader that is absent is opened again and again."""
        return await tags_within(seconds, self.reader)


@dataclass(frozen=True)
class Maker:
    """How a bench is made, and on which kind of time it runs."""

    make: Callable[[Path], AbstractAsyncContextManager[Bench]]
    loop: Callable[[], asyncio.AbstractEventLoop]


def play(maker: Maker, folder: Path, scene: Callable[[Bench], Awaitable[None]]) -> None:
    """Make a bench, and play a scene on it on its kind of time."""

    async def main() -> None:
        async with maker.make(folder) as bench:
            await scene(bench)

    with asyncio.Runner(loop_factory=maker.loop) as runner:
        runner.run(main())


class Cable:
    """A path that leads to a twin's line while it is plugged in."""

    def __init__(self, path: Path, line: TwinOnPty) -> None:
        self.path = path
        self._line = line

    def pull(self, is_out: bool) -> None:
        """Pull it out, or put it back under another name."""
        self.path.unlink(missing_ok=True)
        if is_out:
            self._line.unplug()
        else:
            self.path.symlink_to(self._line.plug())


def plugged(folder: Path, line: TwinOnPty) -> Cable:
    """A twin's line, plugged in."""
    cable = Cable(folder / "by-id", line)
    cable.pull(is_out=False)
    return cable


@asynccontextmanager
async def fake(folder: Path) -> AsyncIterator[Bench]:
    """The port's fake."""
    reader = FakeReader()

    def hold(card: Tag, seconds: float) -> None:
        reader.hold(card.uid, card.kind)
        asyncio.get_running_loop().call_later(seconds, reader.remove)

    def silence(is_silent: bool) -> None:
        reader.fail(AbsentError("no answer") if is_silent else None)

    yield Bench(reader, hold, silence)


@asynccontextmanager
async def pn532_memory(folder: Path) -> AsyncIterator[Bench]:
    """A PN532 on a line in memory."""
    twin = ReaderTwin()
    near, far = memory_pair()
    async with asyncio.TaskGroup() as group:
        chip = group.create_task(twin.serve(far))
        await asyncio.sleep(0)
        yield chip_bench(twin, Pn532Reader(near, LoopClock()))
        chip.cancel()


@asynccontextmanager
async def pn532_line(folder: Path) -> AsyncIterator[Bench]:
    """A PN532 on a serial line."""
    twin = ReaderTwin()
    stream = SerialStream(await twin.start())
    bench = chip_bench(twin, Pn532Reader(stream, LoopClock()))
    bench.long_s = 15.0
    yield bench
    bench.reader.close()
    await twin.stop()


def chip_bench(twin: ReaderTwin | Pn532I2cTwin | Mfrc522Twin, reader: Reader) -> Bench:
    """A chip with a field, which can fall silent."""

    def silence(is_silent: bool) -> None:
        twin.fault = "silent" if is_silent else "ok"

    return Bench(reader, lambda card, s: twin.present(bytes.fromhex(card.uid), s), silence)


@asynccontextmanager
async def pn532_i2c(folder: Path) -> AsyncIterator[Bench]:
    """A PN532 on an emulated I2C bus."""
    twin = Pn532I2cTwin()
    yield chip_bench(twin, Pn532Reader(Pn532I2cStream(twin), LoopClock()))


@asynccontextmanager
async def mfrc522(folder: Path) -> AsyncIterator[Bench]:
    """An MFRC522 on an emulated SPI bus."""
    twin = Mfrc522Twin()
    yield chip_bench(twin, Mfrc522Reader(twin, LoopClock()))


@asynccontextmanager
async def rdm6300(folder: Path) -> AsyncIterator[Bench]:
    """An RDM6300 on a serial line."""
    line = TwinOnPty()
    twin = Rdm6300Twin(line.write, REPEAT_S)
    cable = plugged(folder, line)
    reader = Rdm6300Reader(SerialStream(str(cable.path), 9_600), LoopClock())
    yield Bench(
        reader, lambda card, s: twin.hold(bytes.fromhex(card.uid), s), cable.pull, NUMBERS, 15.0
    )
    reader.close()
    line.unplug()


@asynccontextmanager
async def twn4(folder: Path, has_crc: bool = False) -> AsyncIterator[Bench]:
    """A TWN4 on a serial line."""
    twin = Twn4Twin(asyncio.get_running_loop().time, has_crc)
    line = TwinOnPty(twin.feed)
    cable = plugged(folder, line)
    reader = Twn4Reader(SerialStream(str(cable.path)), LoopClock(), has_crc=has_crc)
    yield Bench(
        reader, lambda card, s: twin.hold(bytes.fromhex(card.uid), s), cable.pull, CARDS, 15.0
    )
    reader.close()
    line.unplug()


def twn4_crc(folder: Path) -> AbstractAsyncContextManager[Bench]:
    """A TWN4 that was set to check each line."""
    return twn4(folder, has_crc=True)


@asynccontextmanager
async def wedge(folder: Path) -> AsyncIterator[Bench]:
    """A keyboard as the kernel shows it, by its USB numbers."""
    device = EvdevTwin(folder, "1209", "0001")
    device.plug()
    twin = WedgeTwin(device.write)
    find = partial(find_keyboard, sys=device.sys, dev=device.dev)
    reader = WedgeReader(InputStream("usb:1209:0001", device.ioctl, find), LoopClock(), Form(HEX))

    def silence(is_silent: bool) -> None:
        if is_silent:
            device.unplug()
        else:
            device.plug()

    def hold(card: Tag, seconds: float) -> None:
        twin.at_us += 3_000_000  # since the last token
        twin.type_text(card.uid)

    yield Bench(reader, hold, silence, CARDS, 5.0)
    reader.close()
    device.unplug()


@asynccontextmanager
async def text(folder: Path) -> AsyncIterator[Bench]:
    """A reader of lines on a serial line."""
    line = TwinOnPty()
    cable = plugged(folder, line)
    reader = TextReader(SerialStream(str(cable.path)), LoopClock())
    yield Bench(
        reader, lambda card, s: line.write(card.uid.encode() + b"\r\n"), cable.pull, TEXTS, 5.0
    )
    reader.close()
    line.unplug()


@asynccontextmanager
async def emulated_board(folder: Path) -> AsyncIterator[Bench]:
    """The emulated board as it is built, with its world running."""
    config = parse(FREE)
    world = emulated.world_of(config, seed=1)
    made, hardware = await emulated.hardware_in_memory(config, world, LoopClock())

    def hold(card: Tag, seconds: float) -> None:
        world.cards[emulated.READER].hold_ms = round(seconds * 1_000)
        world.cards[emulated.READER].present(bytes.fromhex(card.uid))

    def silence(is_silent: bool) -> None:
        world.reader = "silent" if is_silent else "ok"

    async with asyncio.TaskGroup() as group:
        running = group.create_task(made.run())
        await made.is_running.wait()
        yield Bench(hardware.readers[emulated.READER], hold, silence, long_s=30.0)
        running.cancel()


def scaled_loop() -> asyncio.AbstractEventLoop:
    """For lines: real files, time that goes faster."""
    return ScaledLoop(SPEED)


MAKERS = {
    "fake": Maker(fake, VirtualLoop),
    "pn532 in memory": Maker(pn532_memory, VirtualLoop),
    "pn532 on a pty": Maker(pn532_line, scaled_loop),
    "pn532 on I2C": Maker(pn532_i2c, VirtualLoop),
    "mfrc522 on SPI": Maker(mfrc522, VirtualLoop),
    "rdm6300 on a pty": Maker(rdm6300, scaled_loop),
    "twn4 on a pty": Maker(twn4, scaled_loop),
    "twn4 with CRC": Maker(twn4_crc, scaled_loop),
    "wedge on an evdev": Maker(wedge, scaled_loop),
    "text on a pty": Maker(text, scaled_loop),
    "emulated board": Maker(emulated_board, VirtualLoop),
}
