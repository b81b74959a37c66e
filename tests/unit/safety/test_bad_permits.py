"""Floods of permits, out of range and to and fro: what ring 1 makes of them stays slow and safe.

A hundred permits in each tick of 10 ms where the interpreter is fast enough, ten elsewhere.
"""

import sys

from bad_rig import BadRig, charging
from safety_rig import LEVEL_B, LEVEL_C

from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.duty import current_of
from ampkeeper.firmware.safety.signals import DUTY_F, DUTY_X1

IS_FAST = sys.implementation.name == "cpython"
IN_A_TICK = 100 if IS_FAST else 10
FLOOD_MS = 30_000 if IS_FAST else 7_000
GAP_MS, RECLOSE_MS = 5_000, 10_000
LAWLESS = (
    (-1, 3, 2),
    (80_001, 3, 2),
    (1 << 30, 3, 2),
    (-(1 << 30), 1, 2),
    (16_000, 0, 2),
    (16_000, 2, 2),
    (16_000, -3, 2),
    (16_000, 4, 2),
    (16_000, 3, 4),
    (16_000, 3, 255),
    (16_000, 3, -1),
)


class Flood:
    """Grants the permits of ``row`` in turn, many in each tick, and keeps watch."""

    def __init__(self, rig, row):
        self.rig = rig
        self.row = row
        self.count = 0
        rig.is_host_alive = False

    def run(self, ms, in_a_tick=IN_A_TICK):
        rig = self.rig
        grant = rig.supervisor.permit.grant
        for _ in range(ms // 10):
            for _ in range(in_a_tick):
                current_ma, phases, flags = self.row[self.count % len(self.row)]
                grant(current_ma, phases, flags)
                self.count += 1
            before = rig.out.phases
            was_live = rig.out.coil or rig.inputs.mirror
            rig.step(10)
            assert before == rig.out.phases or not was_live, rig.describe()
            assert rig.supervisor.permit.current_ma <= 80_000


def offers(rig):
    """The duty while PWM ran: (at_ms, ticks); X1 and F in between are left out."""
    return [(at, to) for at, what, to in rig.edges if what == "duty" and DUTY_F < to < DUTY_X1]


def is_calm(rig):
    """No two offers of different current within 5 s, and no two closings within 10 s."""
    found = offers(rig)
    for number in range(1, len(found)):
        (before_ms, before), (at_ms, ticks) = found[number - 1], found[number]
        assert at_ms - before_ms >= GAP_MS or ticks <= before, found[number - 1 : number + 1]
    closings = rig.times_of("coil", 1)
    for number in range(1, len(closings)):
        assert closings[number] - closings[number - 1] >= RECLOSE_MS, closings
    return True


def test_a_flood_of_equal_permits_changes_nothing():
    rig = charging()
    Flood(rig, ((16_000, 3, 2),)).run(FLOOD_MS)
    assert rig.edges == []


def test_a_flood_of_two_currents_changes_the_duty_every_five_seconds():
    rig = charging()
    flood = Flood(rig, ((6_000, 3, 2), (32_000, 3, 2), (10_000, 3, 2)))
    flood.run(FLOOD_MS, 7)
    found = offers(rig)
    assert 1 <= len(found) <= FLOOD_MS // GAP_MS
    for number in range(1, len(found)):
        assert found[number][0] - found[number - 1][0] >= GAP_MS
    assert rig.out.coil == 1


def test_a_flood_of_nothing_and_all_offers_no_more_than_it_did_until_five_seconds_are_over():
    for in_a_tick in (1, 3, IN_A_TICK + 1):
        rig = charging()
        Flood(rig, ((0, 3, 2), (80_000, 3, 2))).run(FLOOD_MS, in_a_tick)
        assert is_calm(rig)


def test_a_pause_is_no_way_round_the_five_seconds():
    rig = charging()
    row = ((0, 3, 2), (6_000, 3, 2), (0, 3, 2), (32_000, 3, 2))
    Flood(rig, row).run(FLOOD_MS, 1)
    assert is_calm(rig)
    assert offers(rig)


def test_an_offer_that_waits_after_a_pause_comes_after_five_seconds():
    rig = charging()
    rig.run(GAP_MS)
    rig.allow(0)
    rig.run(500)
    rig.allow(32_000)
    rig.run(100)
    assert current_of(rig.out.duty_ticks) == 16_000 or rig.out.duty_ticks == 16_666
    rig.run(GAP_MS)
    assert current_of(rig.out.duty_ticks) > 31_000


def test_a_car_that_follows_a_flood_is_closed_on_every_ten_seconds_at_most():
    rig = charging()
    flood = Flood(rig, ((16_000, 3, 2),))
    for _ in range(4 if IS_FAST else 2):
        rig.level_mv = LEVEL_B
        flood.run(200)
        assert rig.out.coil == 0
        rig.level_mv = LEVEL_C
        flood.run(11_000, 10)
        assert rig.out.coil == 1
    assert is_calm(rig)


def test_a_flood_of_phases_never_moves_the_relay_under_power():
    for in_a_tick in (1, 7):
        rig = charging()
        Flood(rig, ((16_000, 1, 2), (16_000, 3, 2))).run(FLOOD_MS, in_a_tick)
        assert is_calm(rig)


def test_a_flood_of_phases_before_the_first_closing_settles_for_what_the_relay_has():
    rig = BadRig()
    flood = Flood(rig, ((16_000, 1, 2), (16_000, 3, 2)))
    rig.plug(level_mv=LEVEL_C)
    flood.run(10_000, 1)
    flood.row = ((16_000, 1, 2),)
    flood.run(10_000, 1)
    assert rig.out.coil == 1
    assert rig.out.phases == 1


def test_a_flood_out_of_range_is_refused_counted_and_leaves_the_permit_to_expire():
    rig = charging()
    flood = Flood(rig, LAWLESS)
    flood.run(2_500)
    assert rig.supervisor.permit.refused_count == flood.count
    assert rig.out.sequence == seq.STOPPING
    rig.level_mv = LEVEL_B
    flood.run(200)
    assert rig.out.coil == 0
    rig.level_mv = LEVEL_C
    flood.run(FLOOD_MS // 2)
    assert rig.out.coil == 0


def test_a_flood_without_in_service_offers_nothing():
    rig = BadRig()
    rig.plug(level_mv=LEVEL_C)
    Flood(rig, ((80_000, 3, 0), (80_000, 3, 1), (5_999, 3, 3))).run(FLOOD_MS // 2)
    assert rig.times_of("coil", 1) == []
    assert offers(rig) == []


def test_a_flood_takes_no_memory():
    rig = charging()
    rig.is_host_alive = False
    supervisor, inputs = rig.supervisor, rig.inputs
    currents = (0, 80_000, 6_000, 16_000)
    if IS_FAST:
        import tracemalloc as watch

        def flood(count):
            for number in range(count):
                supervisor.permit.grant(currents[number & 3], 1 + (number & 2), 2)
                if number % 1_000 == 999:
                    supervisor.tick(10, inputs)

        flood(20_000)
        watch.start()
        flood(2_000)
        before, _ = watch.get_traced_memory()
        flood(100_000)
        after, _ = watch.get_traced_memory()
        watch.stop()
        assert after - before < 2_000, after - before
        return
    from micropython import heap_lock, heap_unlock

    heap_lock()
    try:
        for number in range(10_000):
            supervisor.permit.grant(currents[number & 3], 1 + (number & 2), 2)
            if number % 100 == 99:
                supervisor.tick(10, inputs)
    finally:
        heap_unlock()
