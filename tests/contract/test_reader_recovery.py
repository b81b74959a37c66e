"""Faults on a reader's wire: what they cost, and how long until a held card is a tag again.

A collector opens and reads each reader as the station does, with its pause of a second after a
failure, all through the fault and beyond: nothing restarts it. None may make a tag that nobody
held; when the fault is over another card is held, and the time until it is a tag is measured on
the loop's clock, the fault ending at several points of the driver's own cycle. Worst of them is
printed at the end of the run.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ampkeeper.board.emulated.mfrc522_twin import Mfrc522Twin
from ampkeeper.board.emulated.pn532_i2c_twin import Pn532I2cTwin
from ampkeeper.board.emulated.reader_twin import ReaderTwin
from ampkeeper.board.emulated.tag_twins import KEY_CODES, Rdm6300Twin, Twn4Twin, WedgeTwin
from ampkeeper.board.emulated.virtual_time import LoopClock, run_virtual
from ampkeeper.hal.errors import HalError
from ampkeeper.hal.memory import MemoryStream, memory_pair
from ampkeeper.hal.ports import Reader, Tag
from ampkeeper.hal.readers.mfrc522 import Mfrc522Reader
from ampkeeper.hal.readers.pn532 import Pn532Reader
from ampkeeper.hal.readers.pn532_i2c import Pn532I2cStream
from ampkeeper.hal.readers.rdm6300 import Rdm6300Reader
from ampkeeper.hal.readers.text import TextReader
from ampkeeper.hal.readers.twn4 import Twn4Reader
from ampkeeper.hal.readers.wedge import WedgeReader
from tests.support.presentations import REOPEN_S
from tests.support.reader_benches import CARDS, MAKERS, NUMBERS, Bench

FAULTS_S = (5.0, 5.15, 5.3, 5.45, 5.6, 5.75, 5.9, 6.05)  # a driver's cycle and pause are 1 to 2 s
RECOVERY_S_MAX = 6.0  # a look that fails for good, a failed opening, a second's pause each
IMPATIENCE_S = 0.25
NOISE = bytes(range(0, 256, 7)) * 3

Record = Callable[[str, object], None]
Change = Callable[[bytes], bytes]

# What a line does to each piece that the part sends.
LINE_FAULTS: dict[str, Change] = {
    "silence": lambda data: b"",
    "noise before": lambda data: NOISE + data,
    "noise after": lambda data: data + NOISE,
    "noise inside": lambda data: data[: len(data) // 2] + NOISE + data[len(data) // 2 :],
    "one bit flipped": lambda data: data[:-3] + bytes([data[-3] ^ 0x04]) + data[-2:],
    "cut short": lambda data: data[: len(data) // 2],
    "doubled": lambda data: data + data,
    "zeros only": lambda data: bytes(len(data)),
    "a foreign part's chatter": lambda data: b"$GPGGA,1,2,3*47\r\n",
}


class Wire:
    """A line between a part and its driver, whose fault changes what the part sends."""

    def __init__(self) -> None:
        self.near, self.far = memory_pair()
        self.change: Change | None = None

    def send(self, data: bytes) -> None:
        if data:
            self.far.write(self.change(data) if self.change else data)

    async def serve(self, heard: Callable[[bytes], bytes]) -> None:
        await self.far.open()
        while True:
            self.send(heard(await self.far.read()))


Part = tuple[Reader, Callable[[Tag, float], None], Callable[[bytes], bytes], tuple[Tag, ...]]


def pn532(wire: Wire) -> Part:
    twin = ReaderTwin()
    reader = Pn532Reader(wire.near, LoopClock())
    return reader, lambda card, s: twin.present(uid_of(card), s), twin.answer, CARDS


def twn4(wire: Wire, has_crc: bool = False) -> Part:
    twin = Twn4Twin(asyncio.get_running_loop().time, has_crc)
    reader = Twn4Reader(wire.near, LoopClock(), has_crc=has_crc)
    return reader, lambda card, s: twin.hold(uid_of(card), s), twin.feed, CARDS


def twn4_crc(wire: Wire) -> Part:
    return twn4(wire, has_crc=True)


def rdm6300(wire: Wire) -> Part:
    twin = Rdm6300Twin(wire.send)
    reader = Rdm6300Reader(wire.near, LoopClock())
    return reader, lambda card, s: twin.hold(uid_of(card), s), lambda data: b"", NUMBERS


def uid_of(card: Tag) -> bytes:
    return bytes.fromhex(card.uid)


PARTS = {"pn532": pn532, "twn4": twn4, "twn4 with CRC": twn4_crc, "rdm6300": rdm6300}


class Collector:
    """Tags as they come, each with its time; ended by ``stop``."""

    def __init__(self, reader: Reader) -> None:
        self.seen: list[tuple[float, Tag]] = []
        self._reader = reader
        self._came = asyncio.Event()
        self._task = asyncio.ensure_future(self._run())

    async def until_tag(self, card: Tag, after_s: float) -> float:
        """Wait for ``card`` after ``after_s``; return how long after it came."""
        async with asyncio.timeout(RECOVERY_S_MAX):
            while not (times := [at_s for at_s, tag in self.seen if tag == card]):
                self._came.clear()
                await self._came.wait()
        return times[0] - after_s

    def tags(self) -> set[Tag]:
        return {tag for _, tag in self.seen}

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])
        self._reader.close()

    async def _run(self) -> None:
        while True:
            try:
                await self._reader.open()
                while True:
                    tag = await self._reader.next_tag()
                    self.seen.append((asyncio.get_running_loop().time(), tag))
                    self._came.set()
            except HalError:
                await asyncio.sleep(REOPEN_S)


@contextmanager
def noted(record: Record, what: str) -> Iterator[list[float]]:
    times: list[float] = []
    yield times
    record(
        "covered", f"{what}: a tag again after {max(times):.2f} s at worst, best {min(times):.2f}"
    )


@pytest.mark.parametrize("fault", LINE_FAULTS)
@pytest.mark.parametrize("kind", PARTS)
def test_a_line_fault_makes_no_wrong_tag_and_is_over_when_it_is_over(
    kind: str, fault: str, record_property: Record
) -> None:
    async def main(fault_s: float) -> float:
        wire = Wire()
        reader, hold, heard, cards = PARTS[kind](wire)
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(wire.serve(heard))
            await asyncio.sleep(0)
            collector = Collector(reader)
            await asyncio.sleep(1.0)
            wire.change = LINE_FAULTS[fault]
            hold(cards[0], 1.0)
            await asyncio.sleep(fault_s)
            assert collector.tags() <= {cards[0]}
            wire.change = None
            hold(cards[1], RECOVERY_S_MAX)
            passed_s = await collector.until_tag(cards[1], asyncio.get_running_loop().time())
            assert collector.tags() <= {*cards[:2]}
            await collector.stop()
            serving.cancel()
        return passed_s

    with noted(record_property, f"{kind}, {fault}") as times:
        times += [run_virtual(main(fault_s)) for fault_s in FAULTS_S]


BUS_PARTS: dict[str, Callable[[], tuple[Reader, Pn532I2cTwin | Mfrc522Twin]]] = {
    "pn532 on I2C": lambda: on_i2c(Pn532I2cTwin()),
    "mfrc522 on SPI": lambda: on_spi(Mfrc522Twin()),
}
BUS_FAULTS = {
    "pn532 on I2C": ("silent", "busy", "unplugged", "garbled"),
    "mfrc522 on SPI": ("silent", "floating", "unplugged", "garbled"),
}


def on_i2c(twin: Pn532I2cTwin) -> tuple[Reader, Pn532I2cTwin]:
    return Pn532Reader(Pn532I2cStream(twin), LoopClock()), twin


def on_spi(twin: Mfrc522Twin) -> tuple[Reader, Mfrc522Twin]:
    return Mfrc522Reader(twin, LoopClock()), twin


@pytest.mark.parametrize(
    ("kind", "fault"), [(kind, fault) for kind in BUS_PARTS for fault in BUS_FAULTS[kind]]
)
def test_a_bus_fault_makes_no_tag_and_is_over_when_it_is_over(
    kind: str, fault: str, record_property: Record
) -> None:
    async def main(fault_s: float) -> float:
        reader, twin = BUS_PARTS[kind]()
        collector = Collector(reader)
        await asyncio.sleep(1.0)
        twin.fault = fault
        twin.present(uid_of(CARDS[0]), 1.0)
        await asyncio.sleep(fault_s)
        assert collector.tags() == set()
        twin.fault = "ok"
        twin.present(uid_of(CARDS[1]), RECOVERY_S_MAX)
        passed_s = await collector.until_tag(CARDS[1], asyncio.get_running_loop().time())
        await collector.stop()
        return passed_s

    with noted(record_property, f"{kind}, {fault}") as times:
        times += [run_virtual(main(fault_s)) for fault_s in FAULTS_S]


@pytest.mark.parametrize("kind", ["rdm6300 on a pty", "twn4 with CRC", "wedge on an evdev"])
def test_an_adapter_pulled_out_and_back_under_another_name_is_found(
    kind: str, tmp_path: Path, record_property: Record
) -> None:
    async def main() -> list[float]:
        times = []
        async with MAKERS[kind].make(tmp_path) as bench:
            collector = Collector(bench.reader)
            await asyncio.sleep(1.0)
            for fault_s in FAULTS_S[::3]:
                count = len(collector.seen)
                bench.silence(True)
                await asyncio.sleep(fault_s)
                assert len(collector.seen) == count
                bench.silence(False)
                times.append(await shown_again_s(bench, collector))
                await asyncio.sleep(4.0)
            await collector.stop()
        return times

    with (
        noted(record_property, f"{kind}, pulled out and back") as times,
        runner_for(kind) as runner,
    ):
        times += runner.run(main())


async def shown_again_s(bench: Bench, collector: Collector) -> float:
    """Show a card four times a second, as an impatient person; return when it was a tag."""
    began_s = asyncio.get_running_loop().time()
    count = len(collector.seen)
    for _ in range(round(RECOVERY_S_MAX / IMPATIENCE_S)):
        bench.hold(bench.cards[0], IMPATIENCE_S)
        await asyncio.sleep(IMPATIENCE_S)
        if len(collector.seen) > count:
            return collector.seen[count][0] - began_s
    raise AssertionError(f"no tag within {RECOVERY_S_MAX} s")


def runner_for(kind: str) -> asyncio.Runner:
    return asyncio.Runner(loop_factory=MAKERS[kind].loop)


@pytest.mark.parametrize("reader_type", [TextReader, WedgeReader])
def test_noise_around_a_token_costs_one_token_at_most(
    reader_type: type[TextReader] | type[WedgeReader], record_property: Record
) -> None:
    async def main() -> int:
        near, far = memory_pair()
        reader = reader_type(near, LoopClock())
        await far.open()
        twin = WedgeTwin(far.write)
        noise = twin.event(1, KEY_CODES["q"], 1) * 5 if reader_type is WedgeReader else NOISE[:30]
        collector = Collector(reader)
        await asyncio.sleep(0)
        far.write(noise)
        for count in range(1, 4):
            show(reader_type, twin, far)
            await asyncio.sleep(2.0)
            if collector.tags():
                assert collector.tags() == {Tag("4711", "Local")}
                await collector.stop()
                return count
        raise AssertionError("no token of three came through")

    count = run_virtual(main())
    assert count <= 2
    record_property("covered", f"{reader_type.__name__}: token {count} after noise came through")


def show(kind: type, twin: WedgeTwin, far: MemoryStream) -> None:
    if kind is TextReader:
        far.write(b"4711\r\n")
        return
    twin.at_us += 2_000_000
    twin.type_text("4711")
