"""A clock that stands, leaps, crawls or runs backwards: no permit outlives it, nothing closes."""

from bad_rig import IS_FAST, BadRig, charging, some
from safety_rig import LEVEL_B, LEVEL_C

from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.signals import DUTY_X1

STILL_TICKS = 5
LEAPS_MS = (251, 1_000, 1_000_000_000, (1 << 30) - 1)
STANDING_MS = (0, -1, -250, -1_000_000_000, -(1 << 30))  # no time passes, or less


def tell(rig, told_ms, ticks):
    for _ in range(ticks):
        rig.step(10, told_ms=told_ms)


def test_a_clock_that_leaps_costs_the_permit_and_the_car_is_told_at_once():
    for told_ms in some(LEAPS_MS):
        rig = charging()
        rig.is_host_alive = False
        tell(rig, told_ms, 1)
        assert rig.out.duty_ticks == DUTY_X1, told_ms
        assert rig.supervisor.hang_count == 1
        rig.level_mv = LEVEL_B
        rig.opens_within(60)


def test_a_leap_does_not_prolong_a_stop_that_is_under_way():
    for told_ms in some(LEAPS_MS):
        rig = charging()
        rig.allow(0)
        rig.run(1_000)
        assert rig.out.sequence == seq.STOPPING
        tell(rig, told_ms, 6)
        assert rig.out.coil == (told_ms * 6 < 5_000), told_ms


def test_250_ms_are_a_slow_tick_and_251_are_a_hang():
    rig = charging()
    tell(rig, 250, 1)
    assert rig.supervisor.hang_count == 0
    assert rig.out.sequence == seq.CHARGING
    tell(rig, 251, 1)
    assert rig.supervisor.hang_count == 1
    assert rig.out.sequence == seq.STOPPING


def test_a_clock_that_stands_costs_the_permit_after_five_ticks():
    for told_ms in some(STANDING_MS):
        rig = charging()
        rig.is_host_alive = False
        tell(rig, told_ms, STILL_TICKS)
        assert rig.supervisor.hang_count == 0
        assert rig.out.duty_ticks != DUTY_X1
        tell(rig, told_ms, 1)
        assert rig.supervisor.hang_count == 1, told_ms
        assert rig.out.duty_ticks == DUTY_X1


def test_a_clock_that_stands_for_long_ends_the_charge_under_a_stubborn_car():
    for told_ms in some(STANDING_MS):
        rig = charging()
        tell(rig, told_ms, STILL_TICKS + 600 + 3)
        assert rig.out.coil == 0, told_ms
        assert rig.out.under_load_count == 1


def test_nothing_closes_while_the_clock_is_broken():
    for told_ms in some(STANDING_MS + LEAPS_MS):
        rig = BadRig()
        rig.plug(level_mv=LEVEL_C)
        for _ in range(2_000 if IS_FAST else 200):
            rig.supervisor.permit.grant(16_000, 3, 2)
            tell(rig, told_ms, 1)
            assert rig.out.coil == 0, told_ms


def test_a_clock_that_stands_every_other_tick_runs_at_half_speed_and_no_worse():
    rig = BadRig()
    rig.allow(16_000)
    rig.plug()
    rig.run(2_000)
    rig.level_mv = LEVEL_C
    rig.edges = []
    start_ms = rig.now_ms
    while not rig.out.coil:
        tell(rig, 10 if rig.ticks % 2 else 0, 1)
        assert rig.now_ms - start_ms < 3_000
    assert rig.now_ms - start_ms >= 500
    assert rig.supervisor.hang_count == 0


def test_a_clock_that_leaps_to_and_fro_never_keeps_a_permit():
    rig = charging()
    rig.is_host_alive = False
    for number in range(300):
        tell(rig, 1_000_000_000 if number % 2 else -1_000_000_000, 1)
    assert rig.out.coil == 0
    assert rig.supervisor.permit.current_ma == 0
    assert rig.supervisor.hang_count == 150


def test_a_count_of_hangs_ends_at_its_scale():
    rig = BadRig()
    rig.supervisor.hang_count = 1_000_000_000
    tell(rig, 251, 1)
    assert rig.out.hang_count == 1_000_000_000


def test_a_clock_that_is_right_again_charges_again():
    for told_ms in some((0, -1, 251, 1_000_000_000)):
        rig = charging()
        tell(rig, told_ms, 700)
        assert rig.out.coil == 0, told_ms
        rig.level_mv = LEVEL_B
        rig.run(12_000)
        rig.level_mv = LEVEL_C
        rig.run(3_000)
        assert rig.out.coil == 1, (told_ms, rig.describe())
