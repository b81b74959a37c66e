"""Ring 1 on pins, peaks and converter: a whole charge, and every way it ends."""

import gc
import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from ampkeeper.firmware.safety.fault import PILOT_FAULT
from ampkeeper.firmware.safety.sequence import CHARGING, IDLE
from tests.unit.pi_peak.peak_rig import Rig, Station
from tools.bench.peak_twin import NS_PER_MS, PERIOD_NS

UNPLUG_MS_MAX = 50  # REQ-CP-02, edge to contactor
TABLE_A6_MS = 100
PERMIT_MS = 2_000
STOP_MS = 6_000
MONOSTABLE_MS = 200
BLANKED_MS = 600  # after the contactor moved and the duty changed


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.close()


@pytest.fixture
def charging(rig: Rig) -> Rig:
    rig.charge()
    rig.run(BLANKED_MS)
    return rig


def at(rig: Rig, at_ms: int, happen) -> None:
    """Let something happen in the world in this millisecond, not between two blocks."""

    def look() -> None:
        if rig.twin.world_ms() == at_ms:
            happen()

    rig.twin.after_ms = look


def opened_after(rig: Rig, offset_ms: int, happen) -> int:
    """Return the ms from an event to the release of the coil."""
    at_ms = rig.now_ms() + 20 + offset_ms
    at(rig, at_ms, happen)
    rig.twin.edges.clear()
    rig.until(lambda: rig.twin.edges, 1_000)
    (edge_ns, level), *others = rig.twin.edges
    assert (level, others) == (0, [])
    return edge_ns // NS_PER_MS - at_ms


def unplug(rig: Rig) -> None:
    rig.twin.world.change_car({"plugged": False})


def test_a_car_charges(charging: Rig) -> None:
    charging.run(5_000)
    assert charging.station.report["sequence"] == CHARGING
    assert charging.twin.pin("coil") == 1
    assert charging.twin.pin("phase_relay") == 1
    assert charging.twin.duty_ns() == 266_656  # 16 A: 16,666 ticks of 16 ns
    assert charging.twin.world.current_ma[0] == pytest.approx(16_000, abs=100)


def test_nothing_is_offered_without_a_station(rig: Rig) -> None:
    rig.station.grants = False
    rig.twin.world.change_car({"plugged": True, "ready": True})
    rig.run(3_000)
    assert rig.twin.duty_ns() == PERIOD_NS
    assert rig.twin.edges == []


@pytest.mark.parametrize("offset_ms", range(10))
def test_req_cp_02_unplugging_opens_within_50_ms(charging: Rig, offset_ms: int) -> None:
    assert opened_after(charging, offset_ms, lambda: unplug(charging)) <= UNPLUG_MS_MAX
    charging.run(500)
    assert charging.station.report["sequence"] == IDLE


@pytest.mark.parametrize("offset_ms", range(10))
def test_a_car_that_opens_s2_is_followed_within_50_ms(charging: Rig, offset_ms: int) -> None:
    def pause() -> None:
        charging.car.change({"ready": False, "reaction_ms": 0})

    assert opened_after(charging, offset_ms, pause) <= UNPLUG_MS_MAX


def test_a_processor_that_is_late_by_60_ms_still_opens_in_time(charging: Rig) -> None:
    at_ms = charging.now_ms() + 25

    def stall() -> None:
        unplug(charging)
        charging.twin.stall(60)

    at(charging, at_ms, stall)
    charging.twin.edges.clear()
    charging.until(lambda: charging.twin.edges, 1_000)
    assert charging.twin.edges[0][0] // NS_PER_MS - at_ms <= TABLE_A6_MS
    assert charging.ring.missed_count > 0


def test_blocks_keep_to_their_grid_and_time_is_not_lost(charging: Rig) -> None:
    charging.twin.late_ns = 130_000  # every sleep, as an ordinary kernel does
    before_ms, before_uptime = charging.now_ms(), charging.uptime_ms()
    charging.run(5_000)
    passed_ms = charging.now_ms() - before_ms
    assert charging.uptime_ms() - before_uptime == pytest.approx(passed_ms, abs=1)
    assert charging.ring.missed_count == 0


def test_watchdogs_are_fed_once_a_second_with_a_station_and_without(charging: Rig) -> None:
    charging.station.close()
    charging.station = None
    charging.run(10_000)
    gaps_ms = [after - before for before, after in pairwise(charging.feeds_ms)]
    assert charging.feeds_ms
    assert charging.now_ms() - charging.feeds_ms[-1] <= 1_000
    assert set(gaps_ms) == {1_000}


def test_the_peak_detectors_get_their_times(rig: Rig) -> None:
    moments: list[tuple[str, int]] = []
    hardware = rig.hardware
    for name in ("begin", "release", "measure"):
        done = getattr(hardware, name)

        def note(*arguments, name=name, done=done) -> None:
            moments.append((name, rig.twin.clock_ns()))
            done(*arguments)

        setattr(hardware, name, note)
    rig.run(50)
    for index in range(0, len(moments), 3):
        (_, begin_ns), (_, release_ns), (_, measure_ns) = moments[index : index + 3]
        assert release_ns - begin_ns >= 1_500_000
        assert measure_ns - release_ns >= 2_000_000
    begins = [moment for name, moment in moments if name == "begin"]
    assert {after - before for before, after in pairwise(begins)} == {10_000_000}


@pytest.mark.parametrize("is_closed", [True, False])
def test_a_station_that_dies_or_hangs_lets_the_permit_run_out(
    charging: Rig, is_closed: bool
) -> None:
    charging.station.grants = False
    if is_closed:
        charging.station.close()
        charging.station = None
    charging.car.change({"obeys_limit": False, "ready": True})
    went_ms = charging.now_ms()
    charging.twin.edges.clear()
    assert charging.until(lambda: charging.twin.duty_ns() == PERIOD_NS) <= PERMIT_MS + 100
    charging.until(lambda: charging.twin.edges)
    opened_ms = charging.twin.edges[0][0] // NS_PER_MS - went_ms
    assert opened_ms <= PERMIT_MS + STOP_MS + 100


def test_a_car_that_keeps_drawing_is_cut_off_after_8_s(charging: Rig) -> None:
    charging.station.grants = False
    charging.car.change({"sleepy": False, "reaction_ms": 60_000})
    charging.twin.edges.clear()
    passed_ms = charging.until(lambda: charging.twin.edges)
    assert STOP_MS <= passed_ms <= PERMIT_MS + STOP_MS + 100


def test_a_process_that_stands_still_loses_the_coil_to_the_monostable(charging: Rig) -> None:
    charging.twin.edges.clear()
    stood_ms = charging.now_ms()
    charging.twin.sleep(1.0)
    assert [level for _, level in charging.twin.edges] == [0]
    assert charging.twin.edges[0][0] // NS_PER_MS - stood_ms <= MONOSTABLE_MS + 10


def test_a_failure_in_mid_charge_leaves_coil_off_and_x1(charging: Rig) -> None:
    def fail(inputs) -> None:
        raise RuntimeError("a bug")

    charging.hardware.measure = fail
    with pytest.raises(RuntimeError, match="a bug"):
        charging.ring.run()
    charging.hardware.close()
    assert charging.twin.pin("coil") == 0
    assert charging.twin.duty_ns() == PERIOD_NS


def test_a_broken_door_ends_ring_1(charging: Rig) -> None:
    charging.door.close()
    with pytest.raises(AssertionError):
        charging.ring.block()


def test_the_end_is_the_standards_sequence(charging: Rig) -> None:
    charging.ring.stop.ask()
    charging.ring.run()
    assert charging.twin.pin("coil") == 0
    assert charging.ring.board.supervisor.outputs.under_load_count == 0


def test_the_end_does_not_wait_for_a_car_for_ever(charging: Rig) -> None:
    charging.car.change({"reaction_ms": 60_000})
    start_ms = charging.now_ms()
    charging.ring.stop.ask()
    charging.ring.run()
    assert charging.twin.pin("coil") == 0
    assert charging.now_ms() - start_ms <= STOP_MS + 100


def test_a_permit_cannot_hold_up_the_end(charging: Rig) -> None:
    charging.ring.stop.ask()
    passed_ms = charging.until(lambda: not charging.twin.pin("coil"))
    assert passed_ms <= STOP_MS + 100


@pytest.mark.parametrize("counts", [0, 4_095])
def test_a_converter_stuck_at_a_rail_opens(charging: Rig, counts: int) -> None:
    charging.twin.stuck_counts = counts
    charging.twin.edges.clear()
    assert charging.until(lambda: charging.twin.edges, 1_000) <= 2 * TABLE_A6_MS
    charging.run(200)
    assert charging.station.report["faults"] & 1 << PILOT_FAULT
    assert charging.ring.board.supervisor.outputs.coil == 0


def test_a_dead_spi_line_opens_and_is_told(charging: Rig) -> None:
    charging.twin.is_spi_broken = True
    charging.twin.edges.clear()
    assert charging.until(lambda: charging.twin.edges, 1_000) <= 2 * TABLE_A6_MS
    assert charging.inputs.checks_failed == 1 << 6
    charging.twin.is_spi_broken = False
    charging.run(100)
    assert charging.inputs.checks_failed == 0


def test_a_transfer_that_fails_now_and_then_ends_no_charge_and_calls_no_service(
    charging: Rig,
) -> None:
    for _ in range(20):
        charging.twin.is_spi_broken = True
        charging.run(10)
        charging.twin.is_spi_broken = False
        charging.run(100)
        assert charging.inputs.checks_failed == 0
    assert charging.station.report["faults"] == 0
    assert charging.twin.pin("coil") == 1


def test_garbage_from_the_socket_changes_nothing(charging: Rig) -> None:
    chance = random.Random(1)
    charging.twin.edges.clear()
    for _ in range(500):
        charging.station.send(chance.randbytes(chance.randrange(1, 60)))
        charging.run(10)
    assert charging.twin.pin("coil") == 1
    assert charging.twin.edges == []
    assert charging.ring.board.link.parser.noise_bytes > 0


def test_garbage_alone_closes_nothing(rig: Rig) -> None:
    rig.station.grants = False
    rig.twin.world.change_car({"plugged": True, "ready": True})
    chance = random.Random(2)
    for _ in range(300):
        rig.station.send(chance.randbytes(4_000))
        rig.run(10)
    assert rig.twin.edges == []


def test_of_two_stations_the_first_is_served(charging: Rig) -> None:
    second = Station(charging.door.path)
    charging.run(100)
    assert second.is_closed()
    assert charging.door.refused_count == 1
    assert charging.twin.pin("coil") == 1
    second.close()


def test_the_next_station_is_served_when_the_first_has_gone(charging: Rig) -> None:
    charging.station.close()
    charging.station = Station(charging.door.path)
    charging.twin.edges.clear()
    charging.run(3_000)
    assert charging.station.report["sequence"] == CHARGING
    assert charging.twin.edges == []


def test_a_station_that_does_not_read_is_dropped_frames_and_blocks_nothing(charging: Rig) -> None:
    station = charging.station
    station.is_deaf = True
    charging.run(5_000)
    assert charging.door.dropped_count > 0
    station.is_deaf = False
    charging.run(2_000)
    assert station.report["uptime_ms"] == pytest.approx(charging.uptime_ms(), abs=200)


def test_the_loop_makes_no_garbage(charging: Rig) -> None:
    gc.collect()
    gc.disable()
    try:
        charging.run(1_000)
        assert gc.collect() == 0
    finally:
        gc.enable()
