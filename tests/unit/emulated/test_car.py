"""The simulated car behaves as IEC 61851-1 lets a car behave, and can misbehave on request."""

import pytest

from ampkeeper.board.emulated.car import Car, current_ma_allowed
from ampkeeper.firmware.safety.signals import DUTY_F, DUTY_X1

STEP_MS = 10
PWM_6_A, PWM_10_A, PWM_16_A, PWM_32_A = 6_250, 10_416, 16_666, 33_333


def plugged_car(**values: object) -> Car:
    car = Car()
    car.change({"plugged": True, **values})
    return car


def run(car: Car, seconds: float, duty_ticks: int, is_live: bool = True) -> None:
    for _ in range(round(seconds * 1_000 / STEP_MS)):
        car.step(STEP_MS, duty_ticks, is_live)


def ms_until_s2(car: Car, is_closed: bool, duty_ticks: int, limit_ms: int = 20_000) -> int:
    for passed_ms in range(STEP_MS, limit_ms + 1, STEP_MS):
        car.step(STEP_MS, duty_ticks, is_live=True)
        if car.is_s2_closed == is_closed:
            return passed_ms
    raise AssertionError(f"S2 did not move in {limit_ms} ms")


@pytest.mark.parametrize(
    ("duty_permille", "current_ma"),
    [
        (0, 0),
        (25, 0),
        (50, 0),
        (79, 0),
        (80, 6_000),
        (99, 6_000),
        (100, 6_000),
        (267, 16_020),
        (850, 51_000),
        (851, 52_750),
        (960, 80_000),
        (970, 80_000),
        (971, 0),
        (1_000, 0),
    ],
)
def test_the_duty_is_read_as_a_car_reads_it(duty_permille: int, current_ma: int) -> None:
    assert abs(current_ma_allowed(duty_permille * 125 // 2) - current_ma) <= 30


def test_a_car_closes_s2_only_when_current_is_offered() -> None:
    car = plugged_car()
    run(car, 5, DUTY_X1)
    assert not car.is_s2_closed
    assert ms_until_s2(car, True, PWM_16_A) == car.reaction_ms


def test_a_car_that_is_not_ready_stays_in_b() -> None:
    car = plugged_car(ready=False)
    run(car, 10, PWM_16_A)
    assert not car.is_s2_closed
    car.change({"ready": True})
    car.step(STEP_MS, PWM_16_A, is_live=False)
    assert car.is_s2_closed


def test_the_current_ramps_to_the_offer_and_no_further() -> None:
    car = plugged_car()
    run(car, 1, PWM_16_A, is_live=False)
    car.step(STEP_MS, PWM_16_A, is_live=True)
    assert 0 < car.current_ma < 1_000
    run(car, 2, PWM_16_A)
    assert 15_900 <= car.current_ma <= 16_000


def test_the_car_takes_no_more_than_it_can() -> None:
    car = plugged_car(max_a=10)
    run(car, 5, PWM_32_A)
    assert car.current_ma == 10_000


def test_nothing_flows_without_voltage_at_the_inlet() -> None:
    car = plugged_car()
    run(car, 5, PWM_16_A, is_live=False)
    assert car.is_s2_closed
    assert car.current_ma == 0


@pytest.mark.parametrize("reaction_ms", [0, 500, 4_000])
def test_a_new_duty_is_followed_within_five_seconds(reaction_ms: int) -> None:
    car = plugged_car(reaction_ms=reaction_ms)
    run(car, 10, PWM_16_A)
    run(car, 5, PWM_10_A)
    assert 9_900 <= car.current_ma <= 10_000


def test_a_steady_change_of_duty_does_not_keep_the_car_from_following() -> None:
    car = plugged_car(reaction_ms=1_000)
    run(car, 3, PWM_16_A)
    for number in range(300):
        car.step(STEP_MS, PWM_10_A + number, is_live=True)
    assert car.current_ma < 11_000


def test_after_x1_the_car_opens_s2_within_three_seconds_and_without_current() -> None:
    car = plugged_car()
    run(car, 5, PWM_32_A)
    assert car.current_ma > 31_000
    run(car, 1.99, DUTY_X1)
    assert car.is_s2_closed
    assert car.current_ma <= 10
    assert ms_until_s2(car, False, DUTY_X1) == 10


def test_a_slow_car_opens_s2_after_its_reaction_time() -> None:
    car = plugged_car(reaction_ms=2_900)
    run(car, 6, PWM_16_A)
    assert ms_until_s2(car, False, DUTY_X1) == 2_900


def test_a_pause_shorter_than_the_reaction_is_not_noticed() -> None:
    car = plugged_car(reaction_ms=5_000)
    run(car, 10, PWM_16_A)
    run(car, 3, DUTY_X1)
    run(car, 3, PWM_16_A)
    assert car.is_s2_closed
    assert car.current_ma > 15_000


def test_a_lost_pilot_opens_s2_at_once() -> None:
    car = plugged_car()
    run(car, 5, PWM_16_A)
    car.step(STEP_MS, DUTY_F, is_live=True)
    assert not car.is_s2_closed


def test_a_stubborn_car_ignores_the_offer_and_x1() -> None:
    car = plugged_car(obeys_limit=False, max_a=20)
    run(car, 5, PWM_6_A)
    assert car.current_ma == 20_000
    run(car, 30, DUTY_X1)
    assert car.is_s2_closed
    assert car.current_ma == 20_000


def test_overdraw_goes_beyond_the_offer() -> None:
    car = plugged_car()
    car.overdraw_percent = 50
    run(car, 5, PWM_16_A)
    assert 23_900 <= car.current_ma <= 24_000


def test_overdraw_goes_beyond_the_offer_also_in_a_car_that_takes_less() -> None:
    car = plugged_car(max_a=10)
    car.overdraw_percent = 50
    run(car, 5, PWM_16_A)
    assert 23_900 <= car.current_ma <= 24_000


def test_a_sleepy_car_wakes_at_the_second_edge() -> None:
    car = plugged_car(sleepy=True)
    run(car, 40, PWM_16_A)
    assert not car.is_s2_closed
    run(car, 4, DUTY_F)
    run(car, 1, DUTY_X1)
    run(car, 1, PWM_16_A)
    assert car.is_s2_closed


def test_a_sleepy_car_sleeps_again_after_it_was_unplugged() -> None:
    car = plugged_car(sleepy=True)
    for duty_ticks in (PWM_16_A, DUTY_X1, PWM_16_A):
        run(car, 3, duty_ticks)
    assert car.is_s2_closed
    car.change({"plugged": False})
    run(car, 1, DUTY_X1)
    car.change({"plugged": True})
    run(car, 10, PWM_16_A)
    assert not car.is_s2_closed


def test_unplugging_ends_everything_at_once() -> None:
    car = plugged_car()
    run(car, 5, PWM_16_A)
    car.change({"plugged": False})
    car.step(STEP_MS, PWM_16_A, is_live=True)
    assert not car.is_s2_closed
    assert car.current_ma == 0


def test_a_full_battery_opens_s2() -> None:
    car = plugged_car(capacity_wh=1_000, soc_percent=99.9)
    run(car, 5, PWM_16_A)
    assert car.is_s2_closed
    car.store(3_680_000_000, 1_000)  # 3,680 W for 1 s is 1.02 Wh
    car.step(STEP_MS, PWM_16_A, is_live=True)
    assert car.soc_percent == 100
    assert not car.is_s2_closed


def test_the_current_tapers_near_full_but_not_below_six_ampere() -> None:
    taken_ma = []
    for soc_percent in (50, 94.9, 97.5, 99.9):
        car = plugged_car(soc_percent=soc_percent)
        run(car, 5, PWM_32_A)
        taken_ma.append(car.current_ma)
    assert taken_ma[0] == taken_ma[1] > taken_ma[2] > taken_ma[3] == 6_000


def test_a_new_capacity_keeps_the_state_of_charge() -> None:
    car = plugged_car(soc_percent=40)
    car.change({"capacity_wh": 10_000})
    assert car.soc_percent == 40
    car.change({"capacity_wh": 20_000, "soc_percent": 60})
    assert car.battery_mwh == 12_000_000


def test_what_a_car_saves_it_loads() -> None:
    car = plugged_car(sleepy=True, soc_percent=33.3, cable_a=20)
    run(car, 5, PWM_16_A)
    car.store(1_234_567, 10)
    again = Car()
    again.load(car.save())
    assert again.save() == car.save()
    assert not again.is_s2_closed
