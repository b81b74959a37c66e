"""Lines that stand for a fault, on gpiozero's mock pins, and the permit that they take away."""

import asyncio
import tomllib
from dataclasses import replace
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory

from ampkeeper.board.emulated.virtual_time import LoopClock, run_virtual
from ampkeeper.board.host.trips import FAULTS, trips_of
from ampkeeper.firmware.safety import fault
from ampkeeper.firmware.safety.signals import Inputs
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.linux.lines import read_lines
from ampkeeper.hal.linux.trips import TripLines
from ampkeeper.hal.meters.checked import MapError, Table
from ampkeeper.hal.pilots.codes import NO_STOP_LINE
from ampkeeper.hal.pilots.guarded import GOOD_S, LOOK_S, GuardedPilot
from ampkeeper.hal.ports import Permit, PilotIdentity, PilotStatus
from tests.support.reports import FREE_SOCKET

STOP, EARTH = 21, 20
RATINGS = "[ratings]\nmax_ma = 32000\nphases = 3\n"
LINES = (
    RATINGS
    + '[inputs.emergency_stop]\ngpio = 21\nactive = "high"\npull = "up"\n'
    + '[inputs.pe_ok]\ngpio = 20\nactive = "low"\npull = "up"\n'
)
PERMIT = Permit(16.0, 3, keep_locked=False)
REPORT_S = 0.5  # a slow board


class Board:
    """A bought board: remembers its permits, and reports twice a second."""

    def __init__(self, clock: LoopClock) -> None:
        self.permits: list[tuple[float, float]] = []
        self.cleared: list[int] = []
        self.opened = 0
        self.is_open = False
        self._clock = clock

    async def open(self) -> PilotIdentity:
        self.opened += 1
        self.is_open = True
        return PilotIdentity("bought", "1", 0, (NO_STOP_LINE,), has_stop=False)

    def permit(self, permit: Permit) -> None:
        self.permits.append((self._clock.now_s(), permit.current_a))

    def clear_fault(self, code: int) -> None:
        self.cleared.append(code)

    async def next_status(self) -> PilotStatus:
        await asyncio.sleep(REPORT_S)
        return replace(FREE_SOCKET, taken_s=self._clock.now_s())

    def close(self) -> None:
        self.is_open = False


class Bench:
    """The board with its guard; lines quiet at first."""

    def __init__(self) -> None:
        self.pins: Any = MockFactory()
        self.clock = LoopClock()
        self.board: Any = Board(self.clock)
        trips = trips_of(lines_of(LINES))
        self.guarded = GuardedPilot(self.board, TripLines(trips, lambda: self.pins), self.clock)
        for gpio in (STOP, EARTH):
            self.pins.pin(gpio).drive_low()

    async def open(self) -> None:
        await self.guarded.open()
        for gpio in (STOP, EARTH):  # the wires win over the pull-ups
            self.pins.pin(gpio).drive_low()
        await asyncio.sleep(3 * LOOK_S)

    async def faults(self) -> tuple[int, ...]:
        return tuple((await self.guarded.next_status()).faults)

    def last_a(self) -> float:
        return float(self.board.permits[-1][1])


def lines_of(text: str):
    return read_lines(Table("board.toml", "", tomllib.loads(text)), "board.toml", has_outputs=False)


async def quiet_bench() -> Bench:
    bench = Bench()
    await bench.open()
    for code in (fault.EMERGENCY_STOP, fault.PE_LOST):
        bench.guarded.clear_fault(code)
    bench.guarded.permit(PERMIT)
    return bench


def test_quiet_lines_let_the_permit_and_the_report_through() -> None:
    async def scenario() -> None:
        bench = await quiet_bench()
        assert bench.last_a() == 16.0
        assert await bench.faults() == ()

    run_virtual(scenario())


def test_a_stop_takes_the_permit_away_within_three_looks_whatever_the_board_does() -> None:
    async def scenario() -> None:
        bench = await quiet_bench()
        waiting = asyncio.ensure_future(bench.guarded.next_status())
        await asyncio.sleep(0.1)
        at_s = bench.clock.now_s()
        bench.pins.pin(STOP).drive_high()
        await asyncio.sleep(3 * LOOK_S)
        assert not waiting.done()
        told_s, current_a = bench.board.permits[-1]
        assert (current_a, told_s - at_s <= 3 * LOOK_S) == (0.0, True)
        assert (await waiting).faults == (fault.EMERGENCY_STOP,)

    run_virtual(scenario())


def test_no_permit_passes_until_a_person_clears_it_with_the_line_quiet() -> None:
    async def scenario() -> None:
        bench = await quiet_bench()
        bench.pins.pin(STOP).drive_high()
        await asyncio.sleep(0.1)
        bench.guarded.clear_fault(fault.EMERGENCY_STOP)
        bench.guarded.permit(PERMIT)
        assert bench.last_a() == 0.0
        bench.pins.pin(STOP).drive_low()
        await asyncio.sleep(60.0)
        bench.guarded.permit(PERMIT)
        assert (bench.last_a(), await bench.faults()) == (0.0, (fault.EMERGENCY_STOP,))
        bench.guarded.clear_fault(fault.EMERGENCY_STOP)
        bench.guarded.permit(PERMIT)
        assert (bench.last_a(), await bench.faults()) == (16.0, ())
        assert fault.EMERGENCY_STOP in bench.board.cleared

    run_virtual(scenario())


def test_an_earth_that_is_back_is_believed_after_ten_seconds() -> None:
    async def scenario() -> None:
        bench = await quiet_bench()
        bench.pins.pin(EARTH).drive_high()
        await asyncio.sleep(0.1)
        assert await bench.faults() == (fault.PE_LOST,)
        bench.pins.pin(EARTH).drive_low()
        await asyncio.sleep(GOOD_S - 1.0)
        bench.guarded.permit(PERMIT)
        assert bench.last_a() == 0.0
        await asyncio.sleep(1.1)
        bench.guarded.permit(PERMIT)
        assert (bench.last_a(), await bench.faults()) == (16.0, ())

    run_virtual(scenario())


def test_a_spike_of_one_look_is_no_stop() -> None:
    async def scenario() -> None:
        bench = await quiet_bench()
        bench.pins.pin(STOP).drive_high()
        await asyncio.sleep(LOOK_S / 2)
        bench.pins.pin(STOP).drive_low()
        await asyncio.sleep(1.0)
        assert (bench.last_a(), await bench.faults()) == (16.0, ())

    run_virtual(scenario())


def test_a_torn_wire_is_a_stop() -> None:
    async def scenario() -> None:
        bench = Bench()
        await bench.guarded.open()  # the pull-ups win: nothing is connected
        await asyncio.sleep(0.1)
        assert await bench.faults() == (fault.PE_LOST, fault.EMERGENCY_STOP)

    run_virtual(scenario())


def test_without_its_lines_the_board_is_not_opened() -> None:
    async def scenario() -> None:
        bench = Bench()

        def none() -> Any:
            raise ModuleNotFoundError("No module named 'lgpio'")

        lines = TripLines(trips_of(lines_of(LINES)), none)
        with pytest.raises(AbsentError, match="lgpio"):
            await GuardedPilot(bench.board, lines, bench.clock).open()
        assert (bench.board.opened, bench.board.is_open) == (1, False)  # opening sets it to 0 A

    run_virtual(scenario())


def test_lines_that_cannot_be_read_any_more_end_the_charge_and_not_the_station() -> None:
    async def scenario() -> None:
        bench = await quiet_bench()
        pin = bench.pins.pin(STOP)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(pin), "state", property(unreadable))
            await asyncio.sleep(3 * LOOK_S)
            assert bench.last_a() == 0.0
            bench.guarded.permit(PERMIT)
            bench.guarded.clear_fault(fault.BOARD_FAILED)
            assert (bench.last_a(), await bench.faults()) == (0.0, (fault.BOARD_FAILED,))
        await asyncio.sleep(3 * LOOK_S)
        assert await bench.faults() == (fault.BOARD_FAILED,)
        bench.guarded.clear_fault(fault.BOARD_FAILED)
        bench.guarded.permit(PERMIT)
        assert (bench.last_a(), await bench.faults()) == (16.0, ())

    run_virtual(scenario())


def unreadable(_pin: object) -> int:
    raise RuntimeError("bad handle")  # as lgpio.error: of no root that is ours


@pytest.mark.parametrize(("names", "sees"), [("emergency_stop", True), ("pe_ok", False)])
def test_a_board_has_a_stop_if_its_host_sees_one(names: str, sees: bool) -> None:
    async def scenario() -> None:
        bench = Bench()
        row = f'[inputs.{names}]\ngpio = 21\nactive = "low"\npull = "none"\n'
        lines = TripLines(trips_of(lines_of(RATINGS + row)), lambda: bench.pins)
        identity = await GuardedPilot(bench.board, lines, bench.clock).open()
        assert (identity.has_stop, NO_STOP_LINE not in identity.cannot) == (sees, sees)

    run_virtual(scenario())


def test_close_ends_the_watch_and_releases_the_pins() -> None:
    async def scenario() -> None:
        bench = await quiet_bench()
        bench.guarded.close()
        bench.guarded.close()
        assert bench.pins.pin(STOP).function == "input"
        bench.pins.pin(STOP).drive_high()
        count = len(bench.board.permits)
        await asyncio.sleep(1.0)
        assert len(bench.board.permits) == count
        await bench.open()

    run_virtual(scenario())


@pytest.mark.parametrize("name", ["mirror", "lock_closed", "outlet_live"])
def test_a_line_that_means_nothing_on_such_a_board_is_refused(name: str) -> None:
    text = LINES.replace("inputs.pe_ok", f"inputs.{name}")
    with pytest.raises(MapError, match=rf"\[inputs\.{name}\] is for a board that drives its own"):
        trips_of(lines_of(text))


@pytest.mark.parametrize(
    ("name", "active", "pull"),
    [
        ("emergency_stop", "low", "up"),
        ("emergency_stop", "high", "down"),
        ("rcd_dc", "low", "up"),
        ("pe_ok", "high", "up"),
        ("supply_ok", "low", "down"),
    ],
)
def test_a_stop_whose_torn_wire_says_all_is_well_is_refused(
    name: str, active: str, pull: str
) -> None:
    row = f'[inputs.{name}]\ngpio = 4\nactive = "{active}"\npull = '
    with pytest.raises(MapError, match=rf'\[inputs\.{name}\] with pull = "{pull}" is well when'):
        trips_of(lines_of(f'{RATINGS}{row}"{pull}"\n'))
    other = "down" if pull == "up" else "up"
    for allowed in (other, "none"):
        assert len(trips_of(lines_of(f'{RATINGS}{row}"{allowed}"\n'))) == 1


def test_every_line_is_an_input_of_ring_1_and_its_fault_a_known_one() -> None:
    known = {*vars(Inputs()), "enclosure_open", "tilted", "wet"}
    assert known.issuperset(FAULTS)
    assert all(0 <= code < fault.OWN_COUNT and level in (0, 1) for code, level in FAULTS.values())
