"""The linked pilot against a whole pilot board, over memory, in virtual time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_time import LoopClock, run_virtual
from ampkeeper.firmware.safety.signals import DUTY_X1
from ampkeeper.hal.errors import AbsentError, WrongDeviceError
from ampkeeper.hal.link import device
from ampkeeper.hal.memory import MemoryStream, Noise, memory_pair
from ampkeeper.hal.pilots.linked import LinkedPilot
from ampkeeper.hal.ports import Permit
from tests.unit.link.far_side import FarSide
from tests.unit.link.link_bench import Bench, captive

PERMIT_16_A = Permit(16.0, 3, keep_locked=False)


class Rig:
    """A station's end and a board's end; the station permits twice a second while it lives."""

    def __init__(self, seed: int = 0, noise: Noise | None = None) -> None:
        self.near, far = memory_pair(seed, noise or Noise())
        self.side = FarSide(far, Bench())
        self.clock = LoopClock()
        self.pilot = LinkedPilot(self.near, self.clock, captive())
        self.permit = PERMIT_16_A
        self.faults: tuple[int, ...] = ()  # that a person has to clear, as the station knows
        self.absences = 0
        self.permitted_s = -100.0

    @property
    def bench(self) -> Bench:
        return self.side.bench

    async def station(self) -> None:
        """Open, permit, take reports; open again when the board was absent."""
        while True:
            try:
                await self.pilot.open()
                await self._supply()
            except AbsentError:
                self.absences += 1

    async def _supply(self) -> None:
        due_s = 0.0
        while True:
            if self.clock.now_s() >= due_s:
                self.pilot.permit(self.permit)
                self.permitted_s = self.clock.now_s()
                due_s = self.permitted_s + 0.5
            if (await self.pilot.next_status()).is_forgetful:
                self.pilot.restore_faults(self.faults)


def rigged(scenario: Callable[[Rig, "asyncio.Future[None]"], Awaitable[None]], **how: Any):
    async def main() -> None:
        rig = Rig(**how)
        board = asyncio.ensure_future(rig.side.run())
        station = asyncio.ensure_future(rig.station())
        try:
            await scenario(rig, station)
        finally:
            for task in (station, board):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    run_virtual(main())


def test_permits_keep_the_contactor_closed_for_minutes() -> None:
    async def scenario(rig: Rig, station: "asyncio.Future[None]") -> None:
        rig.bench.plug_in_and_draw()
        await asyncio.sleep(180)
        assert [value for _, what, value in rig.bench.edges if what == "coil"] == [1]
        assert rig.absences == 0
        assert rig.pilot.counters()["greetings"] == 1
        assert rig.pilot.counters()["lost"] == 0

    rigged(scenario)


@pytest.mark.parametrize("obeys", [True, False])
def test_a_station_that_dies_leaves_x1_in_2_s_and_an_open_contactor_6_s_later(obeys: bool) -> None:
    async def scenario(rig: Rig, station: "asyncio.Future[None]") -> None:
        bench = rig.bench
        bench.plug_in_and_draw()
        await asyncio.sleep(30)
        assert bench.out.coil == 1
        bench.obeys = obeys
        station.cancel()
        died_ms = bench.now_ms
        bench.edges.clear()
        await asyncio.sleep(20)
        (x1_ms, _, duty), (open_ms, _, coil) = bench.edges
        assert (duty, coil) == (DUTY_X1, 0)
        assert x1_ms - died_ms <= 2_000
        assert open_ms - died_ms <= (2_000 + 100 if obeys else 8_000)

    rigged(scenario)  # TV-SEQ-8


@pytest.mark.parametrize("loss", [0.1, 0.3, 0.5])
def test_whatever_the_line_loses_the_contactor_follows_ring_1_alone(loss: float) -> None:
    noise = Noise(loss, 0.05, 0.05, 0.05, 0.05, 0.05)

    async def scenario(rig: Rig, station: "asyncio.Future[None]") -> None:
        bench = rig.bench
        bench.plug_in_and_draw()
        closed_s = 0
        for _ in range(60):
            await asyncio.sleep(1)
            closed_s += bench.out.coil
            assert bench.out.coil == bench.board.supervisor.sequence.coil
            assert not bench.out.coil or rig.clock.now_s() - rig.permitted_s <= 8.1
        assert closed_s > 0
        station.cancel()
        bench.edges.clear()
        await asyncio.sleep(20)
        assert bench.out.coil == 0
        assert bench.out.duty_ticks == DUTY_X1

    rigged(scenario, seed=11, noise=noise)


def test_a_line_with_a_little_noise_never_interrupts_the_charge() -> None:
    async def scenario(rig: Rig, station: "asyncio.Future[None]") -> None:
        rig.bench.plug_in_and_draw()
        await asyncio.sleep(90)
        assert [value for _, what, value in rig.bench.edges if what == "coil"] == [1]
        assert rig.pilot.counters()["lost"] > 0

    rigged(scenario, seed=5, noise=Noise(0.05, 0.02, 0.02, 0.02, 0.02, 0.02))


def test_a_cut_line_ends_the_charge_and_a_mended_one_resumes_it() -> None:
    async def scenario(rig: Rig, station: "asyncio.Future[None]") -> None:
        bench = rig.bench
        bench.plug_in_and_draw()
        await asyncio.sleep(30)
        wires = (rig.near.wire, peer_of(rig.near).wire)
        for wire in wires:
            wire.set_mode("silent")
        await asyncio.sleep(10)
        assert bench.out.coil == 0
        assert rig.absences >= 1
        for wire in wires:
            wire.set_mode("ok")
        await asyncio.sleep(30)
        assert bench.out.coil == 1

    rigged(scenario)


def test_a_board_that_hears_nothing_stops_although_it_is_heard() -> None:
    async def scenario(rig: Rig, station: "asyncio.Future[None]") -> None:
        rig.bench.plug_in_and_draw()
        await asyncio.sleep(30)
        rig.near.wire.is_cut = True
        await asyncio.sleep(5)
        assert rig.bench.out.coil == 0

    rigged(scenario)


def test_a_board_that_restarts_is_greeted_and_supplied_by_itself() -> None:
    async def scenario(rig: Rig, station: "asyncio.Future[None]") -> None:
        rig.bench.plug_in_and_draw()
        await asyncio.sleep(30)
        rig.side.restart(Bench(epoch=77_000))
        rig.bench.plug_in_and_draw()
        await asyncio.sleep(30)
        assert rig.bench.out.coil == 1
        assert rig.absences == 0
        assert rig.bench.board.supervisor.settings.max_ma == 32_000

    rigged(scenario)


def test_a_permit_for_nothing_stops_at_once() -> None:
    async def scenario(rig: Rig, station: "asyncio.Future[None]") -> None:
        rig.bench.plug_in_and_draw()
        await asyncio.sleep(30)
        rig.permit = Permit(0.0, 3, keep_locked=True)
        await asyncio.sleep(1)
        assert rig.bench.out.coil == 0

    rigged(scenario)


def test_another_protocol_is_a_wrong_device_with_both_versions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario(rig: Rig, station: "asyncio.Future[None]") -> None:
        station.cancel()
        with suppress(asyncio.CancelledError):
            await station
        with pytest.raises(WrongDeviceError, match=r"'9\.9\.9' speaks link protocol 4.*speaks 3"):
            await rig.pilot.open()
        assert not rig.pilot.link.permit(6_000, 1, 2)

    monkeypatch.setattr(device, "PROTOCOL", 4)
    rigged(scenario)


def test_reports_that_waited_in_a_buffer_are_dated_back() -> None:
    async def scenario(rig: Rig, station: "asyncio.Future[None]") -> None:
        await asyncio.sleep(5)
        station.cancel()
        await asyncio.sleep(0.35)
        first = await rig.pilot.next_status()
        second = await rig.pilot.next_status()
        assert second.taken_s - first.taken_s == pytest.approx(0.1, abs=0.011)

    rigged(scenario)


def test_moves_of_the_link_are_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(rig: Rig, station: "asyncio.Future[None]") -> None:
        await asyncio.sleep(5)
        rig.side.is_powered = False
        await asyncio.sleep(2)

    with caplog.at_level(logging.INFO):
        rigged(scenario)
    lines = [record.getMessage() for record in caplog.records if "pilot link" in record.msg]
    assert lines[:2] == ["pilot link SILENT -> UP", "pilot link UP -> SILENT"]


def peer_of(stream: MemoryStream) -> MemoryStream:
    assert stream.peer is not None
    return stream.peer
