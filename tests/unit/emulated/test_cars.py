"""Known cars are rows of a table, and what makes them special works in the car."""

from typing import Any

import pytest

from ampkeeper.board.emulated import keys, profiles
from ampkeeper.board.emulated.car import Car
from ampkeeper.board.emulated.car_settings import SETTINGS
from ampkeeper.firmware.safety.signals import DUTY_F, DUTY_X1

STEP_MS = 10
PWM_16_A = 16_667


def plugged(**values: Any) -> Car:
    car = Car()
    car.change({"plugged": True, **values})
    return car


def run(car: Car, seconds: float, duty_ticks: int, **how: Any) -> None:
    for _ in range(round(seconds * 1_000 / STEP_MS)):
        car.step(STEP_MS, duty_ticks, how.pop("is_live", True), **how)


def test_every_setting_can_be_set_over_the_control_api_but_the_overdraw_of_the_faults() -> None:
    known = {key.name for key in keys.EV} - {"soc_percent"}
    assert set(SETTINGS) - known == {"overdraw_percent", "overdraw_ms"}
    assert known <= set(SETTINGS)


@pytest.mark.parametrize("name", profiles.names())
def test_every_car_of_the_table_has_values_that_the_keys_allow(name: str) -> None:
    by_name = {key.name: key for key in keys.EV}
    for setting, value in profiles.profiles()[name].items():
        keys.check_value(by_name[setting], value)


def test_a_profile_replaces_all_but_the_visit_and_the_request_wins_over_it() -> None:
    car = plugged(cable_a=20, bcb_count=2)
    car.change({"profile": "kona", "max_a": 11})
    assert (car.profile, car.stays_in_c, car.max_a) == ("kona", True, 11)
    assert (car.plugged, car.cable_a, car.bcb_count) == (True, 20, 0)
    car.change({"profile": "plain"})
    assert (car.stays_in_c, car.max_a) == (False, 32)


@pytest.mark.parametrize(
    ("way", "how", "seconds"),
    [
        ("cp_open", {"is_heard": False}, 4.1),
        ("f", {"duty_ticks": DUTY_F}, 4.1),
        ("time", {"duty_ticks": PWM_16_A}, 4.1),
        ("bcb", {"duty_ticks": PWM_16_A}, 4.1),
    ],
)
def test_a_sleeping_car_wakes_on_its_own_call_and_not_before(
    way: str, how: dict[str, Any], seconds: float
) -> None:
    for lasting_s, is_awake in ((3.5, False), (seconds, True)):
        car = plugged(sleepy=True, wakes_on=way)
        run(car, lasting_s, **({"duty_ticks": PWM_16_A} | how))
        was_offered_s = 0.55 if way not in ("time", "bcb") else 0.02
        run(car, was_offered_s, PWM_16_A)
        assert car.is_s2_closed == is_awake


def test_a_car_that_never_wakes_does_not() -> None:
    car = plugged(sleepy=True, wakes_on="never")
    for duty_ticks in (PWM_16_A, DUTY_F, PWM_16_A, DUTY_X1, PWM_16_A):
        run(car, 40, duty_ticks)
    run(car, 40, PWM_16_A, is_heard=False)
    run(car, 5, PWM_16_A)
    assert not car.is_s2_closed


def test_more_phases_without_unplugging_harm_a_car_that_cannot_bear_them() -> None:
    car = plugged(phase_hazard=True)
    run(car, 5, PWM_16_A, phases=1)
    run(car, 1, PWM_16_A, phases=3)
    assert car.is_hurt
    assert not car.is_s2_closed
    again = plugged(phase_hazard=True)
    run(again, 5, PWM_16_A, phases=1)
    again.change({"plugged": False})
    again.step(STEP_MS, DUTY_X1, is_live=False)
    again.change({"plugged": True})
    run(again, 5, PWM_16_A, phases=3)
    assert not again.is_hurt


def test_other_phases_without_a_long_replug_are_refused_until_there_was_one() -> None:
    car = plugged(replug_ms=2_000)
    run(car, 5, PWM_16_A, phases=1)
    run(car, 1, PWM_16_A, is_heard=False)
    run(car, 5, PWM_16_A, phases=3)
    assert not car.is_s2_closed
    run(car, 2.1, PWM_16_A, is_heard=False)
    run(car, 5, PWM_16_A, phases=3)
    assert car.is_s2_closed


def test_harm_and_sleep_outlive_the_chargers_power() -> None:
    car = plugged(f_allergic=True)
    run(car, 1, DUTY_F)
    again = Car()
    again.load(car.save())
    assert again.is_hurt
    assert again.save() == car.save()


def test_leakage_rises_while_the_inlet_is_live_and_ends_with_it() -> None:
    car = plugged(leak_dc_ma=10, leak_ma_s=2)
    run(car, 2.5, PWM_16_A)
    assert car.leaking_permille == 500
    run(car, 10, PWM_16_A)
    assert car.leaking_permille == 1_000
    car.step(STEP_MS, PWM_16_A, is_live=False)
    assert car.leaking_permille == 0


def test_uneven_phases_carry_what_they_should() -> None:
    car = plugged(imbalance_percent=25)
    run(car, 5, PWM_16_A)
    first_ma, second_ma, third_ma = car.currents_ma(3)
    assert (second_ma, third_ma) == (first_ma * 75 // 100, first_ma * 75 // 100)
    assert car.currents_ma(1) == (first_ma, 0, 0)
