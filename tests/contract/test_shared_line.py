"""A meter and a pilot board on one RS-485 line with one owner: the faults of either.

Both are asked as the station asks them, with its pauses. While one is at fault the other goes on:
its longest gap is measured and printed, and the time until the faulty one is back. The car and the
energy change all the while, so that nothing old passes for new.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from ampkeeper.board.emulated.bought.car import Car
from ampkeeper.board.emulated.bought.rtu import ILLEGAL_FUNCTION, Slave, framed
from ampkeeper.board.emulated.bought.wire import Wire, pass_time
from ampkeeper.board.emulated.meter_twin import MeterImage
from ampkeeper.board.emulated.virtual_time import LoopClock, ScaledLoop
from ampkeeper.board.host.lease import SharedBus
from ampkeeper.firmware.station.feeds import METER_S, REOPEN_S, WRONG_S
from ampkeeper.hal.errors import HalError, WrongDeviceError
from ampkeeper.hal.linux.modbus import BusBook, timeout_s
from ampkeeper.hal.linux.modbus_units import REST_MAX
from ampkeeper.hal.meters.make import shipped
from ampkeeper.hal.meters.modbus_meter import ModbusMeter
from ampkeeper.hal.pilots.evse_din import EvseDinPilot
from ampkeeper.hal.pilots.heidelberg import HeidelbergPilot
from tests.support.bought import EVSE_DIN, HEIDELBERG, RATING, Bought, board_of
from tests.support.bought_station import AGE_S, Station

SPEED = 3
PILOT, METER = 1, 2  # units
NAMES = {PILOT: "pilot", METER: "meter"}
BAUD = 19_200
TIMEOUT_S = timeout_s(BAUD)
FAULT_S, LONGER_S = 6.0, 1.1  # each fault lasts longer than the one before, to end elsewhere
CHANGE_S = 2.3  # the car, meanwhile
GAP_S_MAX = {  # two attempts of the other
    PILOT: 0.25 + 2 * TIMEOUT_S,
    METER: METER_S + 2 * TIMEOUT_S,
}
BACK_S_MAX = (REST_MAX + 2) * TIMEOUT_S  # the longest rest of a silent unit, then asked
LATE_S = 1.0  # a busy machine, and pauses of the feeds
AT_ONCE = 2

Record = Callable[[str, object], None]
Change = Callable[[bytes], bytes]
FAULTS: dict[str, Change] = {
    "silence": lambda answer: b"",
    "noise only": lambda answer: bytes(range(0, 256, 7)),
    "noise inside": lambda answer: answer[:5] + b"\xff\x13" + answer[5:],
    "wrong check sum": lambda answer: answer[:-1] + bytes([answer[-1] ^ 1]),
    "the other's number": lambda answer: framed(bytes([3 - answer[0]]) + answer[1:-2]),
    "short": lambda answer: answer[:-2],
    "twice": lambda answer: answer * 2,
    "exception 4": lambda answer: framed(bytes((answer[0], answer[1] | 0x80, 4))),
}


class MeterUnit:
    """A meter's registers as a unit of a slave."""

    def __init__(self, image: MeterImage) -> None:
        self._image = image

    def read(self, function: int, address: int, count: int) -> tuple[int, ...] | int:
        return self._image(METER, function, address, count)

    def write(self, address: int, values: tuple[int, ...]) -> int:
        return ILLEGAL_FUNCTION


class Line:
    """Both devices on their line, who asks them, and when something came from each."""

    def __init__(self, kind: str) -> None:
        loop = asyncio.get_running_loop()
        rig = self.rig = Bought(kind, board_of(kind, Car()))
        rig.plug_in()
        assert rig.line is not None
        image = MeterImage(lambda: rig.car.reading(rig.board.current_ma, loop.time()), unit=METER)
        slave = Slave({PILOT: rig.board, METER: MeterUnit(image)})
        self.wire = Wire(rig.line, slave.feed)
        shared, clock = SharedBus(BusBook().bus(rig.path, BAUD)), LoopClock()
        driver = EvseDinPilot if kind == EVSE_DIN else HeidelbergPilot
        rig.pilot = driver(shared.lease(), PILOT, clock, RATING)
        self.station = Station(rig)
        self.meter = ModbusMeter(shared.lease(), METER, shipped("sdm630"), clock)
        self.meter_errors: list[str] = []
        self._readings: list[float] = []
        self._energies: list[tuple[float, int]] = []
        rig.steps.append(self._note_energy)

    def times(self, unit: int) -> list[float]:
        """When each report or reading was taken."""
        if unit == METER:
            return self._readings
        return [status.taken_s for status in self.station.statuses]

    def gap_s(self, unit: int, since_s: float, until_s: float) -> float:
        """The longest time without anything of one device."""
        inside = (at for at in self.times(unit) if since_s <= at <= until_s)
        return max(later - sooner for sooner, later in pairwise([since_s, *inside, until_s]))

    def spoil(self, unit: int, change: Change) -> None:
        """Change what this unit answers."""
        self.wire.reframe = lambda answer: change(answer) if answer[0] == unit else answer

    async def read(self) -> None:
        """As ``feed_meter``; ended by cancellation."""
        while True:
            try:
                await self.meter.open()
                while True:
                    reading = await self.meter.read()
                    assert reading.energy_wh >= self._energy_wh(reading.taken_s - AGE_S)
                    self._readings.append(reading.taken_s)
                    await asyncio.sleep(METER_S)
            except HalError as error:
                self.meter_errors.append(str(error))
                await asyncio.sleep(WRONG_S if isinstance(error, WrongDeviceError) else REOPEN_S)

    async def drive(self) -> None:
        """Let the car begin and stop drawing; ended by cancellation."""
        while True:
            await asyncio.sleep(CHANGE_S)
            self.rig.car.is_ready = not self.rig.car.is_ready

    def _note_energy(self, elapsed_ms: int) -> None:
        self._energies.append((asyncio.get_running_loop().time(), self.rig.car.energy_wh))

    def _energy_wh(self, at_s: float) -> int:
        return max(
            (energy_wh for since_s, energy_wh in self._energies if since_s <= at_s), default=0
        )


@asynccontextmanager
async def asked(kind: str) -> AsyncIterator[Line]:
    """Both devices answer, and a car charges."""
    line = Line(kind)
    judged = [line.station.start(), asyncio.ensure_future(line.read())]
    works = (pass_time(line.rig.step), line.wire.serve())
    tasks = [*judged, *(asyncio.ensure_future(work) for work in works)]
    line.rig.car.plug()
    try:
        await line.station.until(
            lambda: line.rig.board.current_ma == 16_000 and len(line.times(METER)) > 2
        )
        yield line
        for task in judged:
            assert not task.done(), task.exception()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        line.rig.pilot.close()
        line.meter.close()
        assert line.rig.line is not None
        line.rig.line.destroy()


def play(main: Callable[[], Coroutine[None, None, None]]) -> None:
    with asyncio.Runner(loop_factory=lambda: ScaledLoop(SPEED)) as runner:
        runner.run(main())


@pytest.mark.parametrize("kind", [EVSE_DIN, HEIDELBERG])
@pytest.mark.parametrize("victim", [METER, PILOT], ids=NAMES.get)
@pytest.mark.parametrize("first", range(AT_ONCE))
def test_the_fault_of_one_leaves_the_line_to_the_other(
    kind: str, victim: int, first: int, record_property: Record
) -> None:
    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            for number, fault in list(enumerate(FAULTS))[first::AT_ONCE]:
                group.create_task(one(fault, FAULT_S + number * LONGER_S))

    async def one(fault: str, fault_s: float) -> None:
        other = PILOT if victim == METER else METER
        async with asked(kind) as line:
            line.spoil(victim, FAULTS[fault])
            gap_s, back_s = await gap_and_back_s(line, victim, other, fault_s)
        record_property(
            "covered",
            f"{kind}, {fault} of the {NAMES[victim]}: the {NAMES[other]} waited {gap_s:.2f} s at"
            f" most, the {NAMES[victim]} was back after {back_s:.2f} s",
        )
        assert gap_s < GAP_S_MAX[other] + LATE_S
        assert back_s < BACK_S_MAX + LATE_S

    play(main)


async def gap_and_back_s(
    line: Line, victim: int, other: int, fault_s: float
) -> tuple[float, float]:
    """The longest gap of the other device, and how long the faulty one took to be back."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    driving = asyncio.ensure_future(line.drive())
    await asyncio.sleep(fault_s)
    line.wire.reframe = bytes
    driving.cancel()
    before = len(line.times(victim))
    back_s = await line.station.until(lambda: len(line.times(victim)) > before)
    return line.gap_s(other, began_s, loop.time()), back_s


@pytest.mark.parametrize("kind", [EVSE_DIN, HEIDELBERG])
@pytest.mark.parametrize("fault", ["silence", "noise only"])
def test_the_end_of_a_permit_is_told_in_time_beside_a_dead_meter(
    kind: str, fault: str, record_property: Record
) -> None:
    async def main() -> None:
        async with asked(kind) as line:
            line.spoil(METER, FAULTS[fault])
            line.station.is_permitting = False
            took_s = await line.station.until(lambda: line.rig.board.offered_ma == 0)
        record_property("covered", f"{kind}, {fault} of the meter: 0 A after {took_s:.2f} s")
        assert took_s < 2.0 + GAP_S_MAX[PILOT] + LATE_S

    play(main)


@pytest.mark.parametrize("kind", [EVSE_DIN, HEIDELBERG])
def test_both_open_the_line_at_once(kind: str) -> None:
    async def main() -> None:
        async with asked(kind) as line:
            assert line.meter_errors == []
            assert line.station.errors == []

    play(main)
