"""Meter watch: what holds, what is refused, and what a gap or a fault leads to."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.metering.watch import MeterWatch, Quality
from ampkeeper.hal.ports import MeterIdentity, MeterReading

FULL_W = 11_040.0
WH_PER_S = FULL_W / 3600


def reading(now_s: float, energy_wh: int, power_w: float = FULL_W) -> MeterReading:
    return MeterReading(now_s, energy_wh, power_w)


def charged(watch: MeterWatch, until_s: int, begin_wh: int = 1000) -> int:
    """Charge with 11 kW from second 0 on; return the energy at the end."""
    for now_s in range(until_s + 1):
        watch.feed(reading(float(now_s), begin_wh + round(now_s * WH_PER_S)))
    return begin_wh + round(until_s * WH_PER_S)


@pytest.fixture
def watch() -> MeterWatch:
    return MeterWatch(current_a_max=16.0, phases=3)


def test_nothing_holds_before_the_first_reading(watch: MeterWatch) -> None:
    watch.tick(0.0)
    assert watch.latest() is None
    assert watch.quality is Quality.LOST
    assert watch.faults() == frozenset()


def test_a_meter_that_never_answers_is_silent_after_fifteen_seconds(watch: MeterWatch) -> None:
    watch.tick(100.0)
    watch.tick(114.9)
    assert watch.faults() == frozenset()
    watch.tick(115.0)
    assert watch.faults() == {"MeterSilent"}


def test_an_hour_of_charging_is_counted_to_the_watt_hour(watch: MeterWatch) -> None:
    charged(watch, 3600)
    assert watch.counted_wh == 11_040
    assert watch.quality is Quality.FRESH
    assert watch.faults() == frozenset()
    assert watch.refused_count == 0


@pytest.mark.parametrize(
    ("silence_s", "quality", "faults"),
    [
        (3.0, Quality.FRESH, set()),
        (4.5, Quality.FRESH, set()),
        (5.0, Quality.STALE, set()),
        (14.5, Quality.STALE, set()),
        (15.0, Quality.LOST, {"MeterSilent"}),
        (120.0, Quality.LOST, {"MeterSilent"}),
    ],
)
def test_a_silent_meter_ages(
    watch: MeterWatch, silence_s: float, quality: Quality, faults: set[str]
) -> None:
    charged(watch, 10)
    watch.tick(10.0 + silence_s)
    assert watch.quality is quality
    assert watch.faults() == faults
    assert watch.age_s == pytest.approx(silence_s)


@pytest.mark.parametrize("silence_s", [3, 15, 120])
def test_after_a_loss_all_that_flowed_is_counted(watch: MeterWatch, silence_s: int) -> None:
    charged(watch, 10)
    now_s = 10 + silence_s
    assert watch.feed(reading(float(now_s), 1000 + round(now_s * WH_PER_S)))
    assert watch.quality is Quality.FRESH
    assert watch.faults() == frozenset()
    assert watch.counted_wh == round(now_s * WH_PER_S)


def test_one_watt_hour_back_is_refused_and_the_next_goes_on(watch: MeterWatch) -> None:
    at_wh = charged(watch, 10)
    assert not watch.feed(reading(11.0, at_wh - 1))
    assert watch.reason == f"energy went back from {at_wh} to {at_wh - 1} Wh"
    held = watch.latest()
    assert held is not None
    assert held.energy_wh == at_wh
    assert watch.feed(reading(12.0, at_wh + 6))
    assert watch.counted_wh == at_wh - 1000 + 6
    assert watch.segment == 0


def test_a_jump_of_a_thousand_kilowatt_hours_is_never_counted(watch: MeterWatch) -> None:
    at_wh = charged(watch, 10)
    assert not watch.feed(reading(11.0, at_wh + 1_000_000))
    assert watch.feed(reading(12.0, at_wh + 1_000_003))
    assert watch.segment == 1
    assert watch.counted_wh == at_wh - 1000 + 3


def test_a_rollover_begins_a_new_segment_and_is_never_negative(watch: MeterWatch) -> None:
    top_wh = 2**32 - 4
    watch.feed(reading(0.0, top_wh))
    assert not watch.feed(reading(1.0, 0))
    assert watch.feed(reading(2.0, 3))
    assert watch.segment == 1
    assert watch.counted_wh == 3


def test_a_meter_that_runs_backwards_is_implausible_then_lost(watch: MeterWatch) -> None:
    at_wh = charged(watch, 10)
    for step in range(1, 16):
        assert not watch.feed(reading(10.0 + step, at_wh - 10 - 3 * step))
        expected = {"MeterImplausible"} if step >= 3 else set()
        assert watch.faults() == expected
    assert watch.quality is Quality.LOST
    assert watch.counted_wh == at_wh - 1000


@pytest.mark.parametrize("power_w", [1_380.0, 11_040.0])
def test_a_meter_that_runs_backwards_slower_than_it_is_read_is_found(
    watch: MeterWatch, power_w: float
) -> None:
    at_wh = charged(watch, 10)
    for step in range(1, 75):  # five times a second
        back_wh = 10 + round(power_w / 3600 * step / 5)
        assert not watch.feed(reading(10.0 + step / 5, at_wh - back_wh, power_w))
        assert watch.faults() == ({"MeterImplausible"} if step >= 3 else set())
    assert watch.counted_wh == at_wh - 1000


def test_a_register_reset_without_load_counts_on_from_there(watch: MeterWatch) -> None:
    charged(watch, 10)
    assert not watch.feed(reading(11.0, 0, 0.0))
    assert watch.feed(reading(12.0, 0, 0.0))
    assert (watch.segment, watch.faults()) == (1, frozenset())


def test_a_register_that_stands_still_between_falls_is_not_reset_each_time(
    watch: MeterWatch,
) -> None:
    at_wh = charged(watch, 10)
    assert not watch.feed(reading(11.0, at_wh - 10, 0.0))
    assert watch.feed(reading(12.0, at_wh - 10, 0.0)), "once it may have been reset"
    for now_s in (*range(13, 20), *range(3_000, 3_010)):
        assert not watch.feed(reading(float(now_s), at_wh - 20, 0.0))
    assert watch.faults() == {"MeterImplausible"}
    assert not watch.feed(reading(3_611.0, at_wh - 30, 0.0))
    assert watch.feed(reading(3_613.0, at_wh - 30, 0.0)), "an hour later it may, again"
    assert watch.segment == 2


def test_another_serial_number_begins_a_new_segment(watch: MeterWatch) -> None:
    first, second = MeterIdentity("Eastron", "SDM630", "1"), MeterIdentity("Eastron", "SDM630", "2")
    watch.identify(first)
    at_wh = charged(watch, 10)
    watch.identify(first)
    assert watch.segment == 0
    watch.identify(second)
    assert watch.latest() is None
    assert watch.quality is Quality.LOST
    watch.feed(reading(11.0, 7))
    watch.feed(reading(12.0, 10))
    assert watch.segment == 1
    assert watch.counted_wh == at_wh - 1000 + 3


def test_a_meter_whose_public_key_is_told_later_is_no_other_meter(watch: MeterWatch) -> None:
    before = MeterIdentity("Iskra", "WM3M4C", "1")
    watch.identify(before)
    watch.feed(reading(0.0, 1_000))
    watch.identify(replace(before, public_key=b"key"))
    assert watch.segment == 0
    watch.feed(reading(10.0, 1_030))
    assert watch.counted_wh == 30


def test_a_frozen_register_under_load_is_implausible_after_a_minute(watch: MeterWatch) -> None:
    at_wh = charged(watch, 10)
    for now_s in range(11, 70):
        assert watch.feed(reading(float(now_s), at_wh))
        assert watch.faults() == frozenset()
    assert not watch.feed(reading(70.0, at_wh))
    assert watch.faults() == {"MeterImplausible"}
    watch.feed(reading(84.0, at_wh))
    assert watch.quality is Quality.LOST
    assert watch.feed(reading(85.0, at_wh + round(75 * WH_PER_S)))
    assert watch.faults() == frozenset()
    assert watch.quality is Quality.FRESH


def test_a_frozen_register_is_found_at_six_amperes_on_one_phase(watch: MeterWatch) -> None:
    for now_s in range(60):
        watch.feed(MeterReading(float(now_s), 1000, None, (6.0, None, None), (230.0, None, None)))
    assert watch.faults() == frozenset()
    watch.feed(MeterReading(60.0, 1000, None, (6.0, None, None), (230.0, None, None)))
    assert watch.faults() == {"MeterImplausible"}


def test_a_coarse_register_is_not_frozen_while_little_flows(watch: MeterWatch) -> None:
    for now_s in range(0, 1200, 10):  # 50 W take 12 minutes for the 10 Wh of one step
        watch.feed(reading(float(now_s), 1000 + 10 * (now_s // 720), 50.0))
    assert watch.faults() == frozenset()
    assert watch.refused_count == 0


def test_an_idle_meter_stands_still_for_ever(watch: MeterWatch) -> None:
    for now_s in range(0, 86_400, 60):
        assert watch.feed(reading(float(now_s), 1000, 0.0))
    assert watch.faults() == frozenset()


def test_a_frozen_register_that_is_then_reset_counts_on(watch: MeterWatch) -> None:
    for now_s in range(70):
        watch.feed(reading(float(now_s), 1000))
    assert watch.faults() == {"MeterImplausible"}
    assert not watch.feed(reading(71.0, 5))
    assert watch.feed(reading(72.0, 8))
    assert watch.faults() == frozenset()
    assert watch.counted_wh == 3


@pytest.mark.parametrize("name", ["power_w", "frequency_hz", "power_factor"])
def test_not_a_number_is_refused(watch: MeterWatch, name: str) -> None:
    at_wh = charged(watch, 10)
    broken = replace(reading(11.0, at_wh), **{name: math.nan})
    assert not watch.feed(broken)
    assert watch.reason == "a value is not a number"
    assert watch.latest() == reading(10.0, at_wh)


def test_answers_that_are_no_measurement_make_the_meter_implausible(watch: MeterWatch) -> None:
    charged(watch, 10)
    for _ in range(3):
        watch.refuse("voltage_v is nan")
    assert watch.faults() == {"MeterImplausible"}


def test_a_jump_after_an_idle_day_is_still_a_jump(watch: MeterWatch) -> None:
    for now_s in range(0, 86_400, 10):
        watch.feed(reading(float(now_s), 1000, 0.0))
    assert not watch.feed(reading(86_400.0, 11_000, 0.0))


def test_an_old_reading_changes_nothing(watch: MeterWatch) -> None:
    at_wh = charged(watch, 10)
    assert not watch.feed(reading(4.0, 1012))
    assert watch.latest() == reading(10.0, at_wh)
    assert watch.refused_count == 0


@given(st.lists(st.tuples(st.floats(0.0, 200.0), st.integers(-10, 2**40)), max_size=40))
def test_whatever_a_meter_says_the_count_only_rises_by_what_can_flow(
    steps: list[tuple[float, int]],
) -> None:
    watch = MeterWatch(current_a_max=16.0, phases=3)
    now_s = 0.0
    for elapsed_s, energy_wh in steps:
        before_wh = watch.counted_wh
        now_s += elapsed_s
        watch.feed(reading(now_s, energy_wh))
        assert watch.counted_wh >= before_wh
        flowed_wh = 2 * 1.2 * 16.0 * 253.0 * 3 * (now_s + 3.0) / 3600 + 10
        assert watch.counted_wh - before_wh <= flowed_wh


def fails_under_load(watch: MeterWatch, begin_s: int, at_wh: int) -> int:
    """No measurement for 16 s, then one a second for 3 s; return the time of the last."""
    for step in range(16):
        watch.tick(begin_s + step)
        watch.refuse("power_w is nan")
    for step in range(16, 19):
        assert watch.feed(reading(float(begin_s + step), at_wh, 0.0))
    return begin_s + 18


def test_a_meter_that_fails_only_under_load_holds_the_second_time(watch: MeterWatch) -> None:
    at_wh = charged(watch, 10)
    now_s = fails_under_load(watch, 11, at_wh)
    watch.tick(now_s)
    assert not watch.is_failing, "once may happen"
    assert watch.faults() == frozenset()
    now_s = fails_under_load(watch, now_s + 1, at_wh)
    watch.tick(now_s)
    assert watch.is_failing
    assert watch.faults() == {"MeterImplausible"}
    for later_s in range(now_s, now_s + 595):
        watch.feed(reading(float(later_s), at_wh, 0.0))
        assert watch.is_failing
    for later_s in range(now_s + 595, now_s + 610):
        watch.feed(reading(float(later_s), at_wh, 0.0))
    assert not watch.is_failing
    assert watch.faults() == frozenset()


def test_a_meter_that_is_silent_again_within_a_minute_stays_silent(watch: MeterWatch) -> None:
    at_wh = charged(watch, 10)
    for begin_s in (10, 60):
        for now_s in range(begin_s, begin_s + 20):
            watch.tick(now_s)
        assert watch.faults() == {"MeterSilent"}
        watch.feed(reading(begin_s + 20.0, at_wh, 0.0))
        watch.tick(begin_s + 21)
    assert watch.quality is Quality.FRESH
    assert watch.faults() == {"MeterSilent"}
    assert watch.is_failing


def test_a_silence_a_minute_after_the_last_is_another_one(watch: MeterWatch) -> None:
    at_wh = charged(watch, 10)
    for begin_s in (10, 100):
        for now_s in range(begin_s, begin_s + 20):
            watch.tick(now_s)
        for now_s in range(begin_s + 20, begin_s + 85):
            watch.feed(reading(float(now_s), at_wh, 0.0))
        assert watch.faults() == frozenset()
    assert not watch.is_failing


def test_single_doubts_within_a_minute_are_shown_and_stop_nothing(watch: MeterWatch) -> None:
    at_wh = charged(watch, 10)
    for begin_s in (11, 20):
        for step in range(3):
            watch.tick(begin_s + step)
            watch.refuse("power_w is nan")
        watch.tick(begin_s + 3)
        assert watch.feed(reading(begin_s + 4.0, at_wh, 0.0))
        watch.tick(begin_s + 5)
    assert watch.faults() == {"MeterImplausible"}
    assert not watch.is_failing


def test_what_nobody_asked_for_does_not_age(watch: MeterWatch) -> None:
    watch.feed(reading(0.0, 1_000))
    watch.rest(until_s=300.0)
    watch.tick(301.0)
    assert (watch.quality, watch.age_s) == (Quality.FRESH, 1.0)
    watch.tick(306.0)
    assert watch.quality is Quality.STALE
