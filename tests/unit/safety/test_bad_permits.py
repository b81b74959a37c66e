"""Floods of permits, out of range and to and fro: what ring 1 makes of them stays slow and safe.

A hundred permits in each tick of 10 ms where the interpreter is fast enough, ten elsewhere.
"""

from bad_rig import IS_FAST, BadRig, charging, some
from safety_rig import LEVEL_B, LEVEL_C

from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.duty import current_of
from ampkeeper.firmware.safety.signals import DUTY_F, DUTY_X1

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
    """Grants the permits of ``row`` in turn, many in each tick, and keeps watch.

    No offer rises within 5 s of the last, whatever was between them; no two closings come
    within 10 s; the phase relay rests under power.
    """

    def __init__(self, rig, row):
        self.rig = rig
        self.row = row
        self.count = 0
        self.offers = 0
        self.closings = 0
        self.offer = 0  # duty of the last, and when it was made
        self.offer_ms = self.closed_ms = -RECLOSE_MS
        rig.is_host_alive = False
        rig.edges = []

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
            self._look()

    def _look(self):
        for at_ms, what, value in self.rig.edges:
            if what == "coil" and value:
                assert at_ms - self.closed_ms >= RECLOSE_MS, at_ms
                self.closed_ms = at_ms
                self.closings += 1
            if what == "duty" and DUTY_F < value < DUTY_X1:
                assert at_ms - self.offer_ms >= GAP_MS or value <= self.offer, (at_ms, value)
                self.offers += value != self.offer
                self.offer, self.offer_ms = value, at_ms
        self.rig.edges = []


def test_a_flood_of_equal_permits_changes_nothing():
    rig = charging()
    flood = Flood(rig, ((16_000, 3, 2),))
    flood.run(FLOOD_MS)
    assert (flood.offers, flood.closings, rig.out.coil) == (0, 0, 1)


def test_a_flood_of_two_currents_changes_the_duty_every_five_seconds():
    rig = charging()
    flood = Flood(rig, ((6_000, 3, 2), (32_000, 3, 2), (10_000, 3, 2)))
    flood.run(FLOOD_MS, 7)
    assert 1 <= flood.offers <= FLOOD_MS // GAP_MS
    assert rig.out.coil == 1


def test_a_flood_of_nothing_and_all_offers_no_more_than_it_did_until_five_seconds_are_over():
    for in_a_tick in some((1, 3, IN_A_TICK + 1)):
        rig = charging()
        flood = Flood(rig, ((0, 3, 2), (80_000, 3, 2)))
        flood.run(FLOOD_MS, in_a_tick)
        assert flood.offer


def test_a_pause_is_no_way_round_the_five_seconds():
    rig = charging()
    row = ((0, 3, 2), (6_000, 3, 2), (0, 3, 2), (32_000, 3, 2))
    flood = Flood(rig, row)
    flood.run(FLOOD_MS, 1)
    assert 1 <= flood.offers <= 1 + FLOOD_MS // GAP_MS


def test_an_offer_that_waits_after_a_pause_comes_after_five_seconds():
    rig = charging()
    rig.run(GAP_MS)
    rig.allow(0)
    rig.run(500)
    rig.allow(32_000)
    rig.run(100)
    assert current_of(rig.out.duty_ticks) <= 16_000
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
    assert flood.closings >= 2


def test_a_flood_of_phases_never_moves_the_relay_under_power():
    for in_a_tick in (1, 7):
        rig = charging()
        flood = Flood(rig, ((16_000, 1, 2), (16_000, 3, 2)))
        flood.run(FLOOD_MS, in_a_tick)
        assert rig.out.phases == 3


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
    flood = Flood(rig, ((80_000, 3, 0), (80_000, 3, 1), (5_999, 3, 3)))
    flood.run(FLOOD_MS // 2)
    assert (flood.offers, flood.closings) == (0, 0)


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
