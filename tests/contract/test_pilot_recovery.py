"""Faults on a bought board's line: nothing old is taken for new, and how soon it is over.

A station opens and listens as the shipped one does, with its pauses; Modbus over a pty, RAPI's
bytes in virtual time. In each fault the car changes, so that an old report is known by its class.
When the fault is over, at several points of the driver's own cycle, the time to the next report is
measured; and where a permit ran out meanwhile, the time until nothing is offered any more.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from ampkeeper.board.emulated.bought.openevse_words import frame
from ampkeeper.board.emulated.bought.rtu import framed
from ampkeeper.board.emulated.bought.wire import Wire
from ampkeeper.board.emulated.virtual_time import ScaledLoop, run_virtual
from tests.support.bought import EVSE_DIN, HEIDELBERG, KINDS, OPENEVSE, bought
from tests.support.bought_station import Station

SPEED = 3
FAULTS_S = (1.3, 1.7, 2.1)  # how long the line is bad; a board is absent after 1 s
RECOVERY_S_MAX = 5.0  # of the worst cycle: a look that fails for good, a pause, an opening
HEARD_S = 1.0  # after each recovery, to be judged
AT_ONCE = 4  # faults, each on a line of its own: they are mostly waiting

Record = Callable[[str, object], None]


@asynccontextmanager
async def charging(
    kind: str, by_id: Path | None = None, is_pty: bool = True
) -> AsyncIterator[Station]:
    async with bought(kind, is_pty=is_pty, by_id=by_id) as rig:
        station = Station(rig)
        task = station.start()
        rig.car.plug()
        try:
            await station.until(lambda: rig.board.current_ma == 16_000)
            yield station
            assert not task.done(), task.exception()
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def line_of(station: Station) -> Wire:
    assert station.rig.wire is not None
    return station.rig.wire


Story = Callable[[], Coroutine[None, None, None]]


def play(story: Story, speed: int = SPEED) -> None:
    with asyncio.Runner(loop_factory=lambda: ScaledLoop(speed)) as runner:
        runner.run(story())


def play_on(kind: str, story: Story) -> None:
    """RAPI is bytes in memory too; a Modbus bus needs a line, and that real time."""
    if kind == OPENEVSE:
        run_virtual(story())
    else:
        play(story)


# what may happen to each answer; the Modbus form, and RAPI's

Change = Callable[[bytes], bytes]
REQUEST_OF_ANOTHER = framed(bytes.fromhex("09 03 03E8 0001"))
ANSWER_TO_ANOTHER = framed(bytes.fromhex("09 03 02 0640"))


def rapi_id(answer: bytes) -> bytes:
    return answer.partition(b" :")[2][:2]


def refused(code: int) -> tuple[Change, Change]:
    return (
        lambda answer: framed(bytes((answer[0], answer[1] | 0x80, code))),
        lambda answer: frame(f"NK :{rapi_id(answer).decode()}"),
    )


def both(change: Change) -> tuple[Change, Change]:
    return change, change


ANSWERS: dict[str, tuple[Change, Change]] = {
    "silence": both(lambda answer: b""),
    "noise before": both(lambda answer: b"\x00\x55\xaa" + answer),
    "noise inside": both(lambda answer: answer[:5] + b"\xff\x13" + answer[5:]),
    "noise after": both(lambda answer: answer + b"\xff\x13"),
    "noise only": both(lambda answer: bytes(range(0, 256, 7))),
    "one bit flipped": both(lambda answer: answer[:4] + bytes([answer[4] ^ 0x10]) + answer[5:]),
    "wrong check sum": both(lambda answer: answer[:-2] + bytes([answer[-2] ^ 1]) + answer[-1:]),
    "another unit answers": (
        lambda answer: framed(b"\x09" + answer[1:-2]),
        lambda answer: frame(answer[1:].partition(b" :")[0].decode() + " :00"),
    ),
    "short": both(lambda answer: answer[:-2]),
    "long": both(lambda answer: answer[:-2] + bytes(4) + answer[-2:]),
    "twice": both(lambda answer: answer * 2),
    "exception 2": refused(2),
    "exception 4": refused(4),
    "exception 6": refused(6),
    "a second master": (
        lambda answer: REQUEST_OF_ANOTHER + ANSWER_TO_ANOTHER + answer,
        lambda answer: frame("OK 24 :FE") + answer + frame("OK fe 0 03 0500 :FE"),
    ),
}
DELAYS_S = {"late": 0.7, "later": 1.1}  # after the driver's time-out; after its rest too
FAULTS = (*ANSWERS, *DELAYS_S)


def spoil(wire: Wire, kind: str, fault: str) -> None:
    if fault in DELAYS_S:
        wire.delay_s = DELAYS_S[fault]
    else:
        wire.reframe = ANSWERS[fault][kind == OPENEVSE]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("first", range(AT_ONCE))
def test_a_bad_line_gives_nothing_old_and_is_over_soon(
    kind: str, first: int, record_property: Record
) -> None:
    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            for fault in FAULTS[first::AT_ONCE]:
                group.create_task(one(fault))

    async def one(fault: str) -> None:
        async with charging(kind, is_pty=kind != OPENEVSE) as station:
            times = [await recovery_s(station, fault, fault_s) for fault_s in FAULTS_S]
            assert station.wrong_count == 0
        record_property("covered", f"{kind}, {fault}: a report after {max(times):.2f} s at worst")
        assert max(times) < RECOVERY_S_MAX

    play_on(kind, main)


async def recovery_s(station: Station, fault: str, fault_s: float) -> float:
    """How long until a report, when the fault has lasted for so long."""
    wire, car, loop = line_of(station), station.rig.car, asyncio.get_running_loop()
    car.is_ready = not car.is_ready
    spoil(wire, station.rig.kind, fault)
    await asyncio.sleep(fault_s)
    car.is_ready = not car.is_ready  # what is told from now on has to show this
    wire.delay_s, wire.reframe = 0.0, bytes
    over_s, before = loop.time(), len(station.statuses)
    await station.until(lambda: len(station.statuses) > before)
    await asyncio.sleep(HEARD_S)
    return station.statuses[before].taken_s - over_s


@pytest.mark.parametrize("kind", KINDS)
def test_a_permit_that_ran_out_while_the_line_was_cut_is_told_when_it_is_back(
    kind: str, record_property: Record
) -> None:
    async def main() -> None:
        times = []
        async with charging(kind, is_pty=kind != OPENEVSE) as station:
            for cut_s in (2.2, 2.6, 3.0):  # the permit lives for 2 s; the watchdogs longer
                station.is_permitting = False
                station.rig.power(False)
                await asyncio.sleep(cut_s)
                assert station.rig.board.offered_ma == 16_000
                station.rig.power(True)
                times.append(await station.until(lambda: station.rig.board.offered_ma == 0))
                station.is_permitting = True
                await station.until(lambda: station.rig.board.current_ma == 16_000)
        assert max(times) < RECOVERY_S_MAX
        record_property("covered", f"{kind}: nothing offered after {max(times):.2f} s at worst")

    play_on(kind, main)


@pytest.mark.parametrize("kind", KINDS)
def test_an_adapter_pulled_out_and_back_under_another_name_is_found(
    kind: str, tmp_path: Path, record_property: Record
) -> None:
    async def main() -> None:
        times = []
        async with charging(kind, tmp_path) as station:
            for fault_s in FAULTS_S:
                rig, path = station.rig, station.rig.path
                rig.pull_out()
                await asyncio.sleep(fault_s)
                rig.plug_in()
                assert rig.path != path
                before = len(station.statuses)
                times.append(await station.until(lambda seen=before: len(station.statuses) > seen))
                await asyncio.sleep(HEARD_S)
            assert station.wrong_count == 0
            await station.until(lambda: station.rig.board.current_ma == 16_000)
        assert max(times) < RECOVERY_S_MAX
        record_property("covered", f"{kind}, pulled out and back: {max(times):.2f} s at worst")

    play(main)


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_master_that_raises_the_current_is_overruled(
    kind: str, record_property: Record
) -> None:
    async def main() -> None:
        async with charging(kind) as station:
            rig = station.rig
            station.is_permitting = False
            await station.until(lambda: rig.board.offered_ma == 0)
            if rig.rapi is not None:
                rig.rapi.feed(frame("SC 24 V") + frame("FE"))
            else:
                address, value = (1_000, 3_200) if kind == EVSE_DIN else (261, 160)
                assert rig.board.write(address, (value,)) == 0
            assert await station.until(lambda: rig.board.offered_ma > 0) < 1.0
            took_s = await station.until(lambda: rig.board.offered_ma == 0)
            assert took_s < 2.0
            assert rig.pilot.line.overruled >= 1
            record_property("covered", f"{kind}: overruled after {took_s:.2f} s")

    play(main, speed=1)


@pytest.mark.parametrize(("kind", "left_ma"), [(OPENEVSE, 6_000), (HEIDELBERG, 0)])
def test_a_board_with_a_watchdog_falls_back_when_nobody_asks(kind: str, left_ma: int) -> None:
    async def main() -> None:
        async with charging(kind) as station:
            line_of(station).is_deaf = True
            took_s = await station.until(lambda: station.rig.board.current_ma == left_ma)
            assert 3.0 < took_s < 12.0

    play(main)
