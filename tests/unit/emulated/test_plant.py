"""Contactor, lock, residual current monitor and energy register of the emulated board."""

from fractions import Fraction
from random import Random

import pytest

from ampkeeper.board.emulated.plant import Contactor, CurrentMonitor, Lock, Register
from ampkeeper.board.emulated.residual import Leakage
from ampkeeper.firmware.safety.signals import LOCK_DRIVE, LOCK_REST, UNLOCK_DRIVE


def ms_until_closed(contactor: Contactor, coil: int, is_closed: bool) -> int:
    for passed_ms in range(1, 101):
        contactor.step(1, coil)
        if contactor.is_closed == is_closed:
            return passed_ms
    return -1


def test_the_contactor_takes_20_to_30_ms_either_way() -> None:
    contactor = Contactor()
    assert 20 <= ms_until_closed(contactor, 1, True) <= 30
    assert 20 <= ms_until_closed(contactor, 0, False) <= 30


def test_a_short_pulse_does_not_move_the_contactor() -> None:
    contactor = Contactor()
    contactor.step(10, 1)
    contactor.step(10, 0)
    contactor.step(20, 1)
    assert not contactor.is_closed


def test_a_welded_contactor_stays_closed_until_it_is_mended() -> None:
    contactor = Contactor()
    contactor.is_welded = True
    contactor.step(1, 0)
    assert contactor.is_closed
    contactor.is_welded = False
    assert 20 <= ms_until_closed(contactor, 0, False) <= 30


def test_a_stuck_contactor_never_closes_and_drops_out_under_load() -> None:
    contactor = Contactor()
    ms_until_closed(contactor, 1, True)
    contactor.is_stuck = True
    contactor.step(1, 1)
    assert not contactor.is_closed
    assert ms_until_closed(contactor, 1, True) == -1


def test_the_lock_moves_while_it_is_driven_and_stays_without() -> None:
    lock = Lock()
    lock.step(290, LOCK_DRIVE)
    assert not lock.feedback
    lock.step(10, LOCK_DRIVE)
    assert lock.feedback
    lock.step(10_000, LOCK_REST)
    assert lock.is_locked
    lock.step(300, UNLOCK_DRIVE)
    assert lock.travel_ms == 0


def test_a_stuck_lock_does_not_move() -> None:
    lock = Lock()
    lock.is_stuck = True
    lock.step(1_000, LOCK_DRIVE)
    assert not lock.is_locked


def test_lost_feedback_says_open_of_a_locked_bolt() -> None:
    lock = Lock()
    lock.step(300, LOCK_DRIVE)
    lock.is_feedback_lost = True
    assert lock.is_locked
    assert not lock.feedback


@pytest.mark.parametrize(("dc_ma", "is_tripped"), [(0, False), (5.9, False), (6, True), (-7, True)])
def test_six_milliampere_of_dc_trip(dc_ma: float, is_tripped: bool) -> None:
    leakage = Leakage()
    leakage.dc_ma = dc_ma
    assert leakage.is_dc_tripped == is_tripped
    assert not leakage.is_ac_tripped


@pytest.mark.parametrize(("ac_ma", "is_tripped"), [(29.9, False), (30, True)])
def test_thirty_milliampere_of_ac_trip(ac_ma: float, is_tripped: bool) -> None:
    leakage = Leakage()
    leakage.ac_ma = ac_ma
    assert leakage.is_ac_tripped == is_tripped


def test_energy_adds_up_exactly_over_any_steps() -> None:
    random = Random(3)
    register = Register()
    exact_uw_ms = 0
    for _ in range(20_000):
        power_uw, elapsed_ms = random.randrange(22_000_000_000), random.randrange(1, 20)
        register.add(power_uw, elapsed_ms)
        exact_uw_ms += power_uw * elapsed_ms
    exact_mwh = Fraction(exact_uw_ms, 3_600_000_000)
    assert register.energy_mwh + Fraction(register.rest_uw_ms, 3_600_000_000) == exact_mwh


@pytest.mark.parametrize(("drawn_ma", "is_tripped"), [(96_000, False), (100_001, True)])
def test_the_comparator_trips_on_what_no_car_takes(drawn_ma: int, is_tripped: bool) -> None:
    monitor = CurrentMonitor()
    monitor.step(10, drawn_ma)
    assert not monitor.is_tripped
    monitor.step(10, drawn_ma)
    assert monitor.is_tripped == is_tripped
    monitor.step(10, 0)
    assert not monitor.is_tripped


def test_an_hour_at_11040_w_in_steps_of_10_ms_is_11040_wh() -> None:
    register = Register()
    for _ in range(360_000):
        register.add(11_040_000_000, 10)
    assert register.energy_mwh == 11_040_000
    assert register.rest_uw_ms == 0


def test_the_register_can_be_set_and_never_rounds_up() -> None:
    register = Register()
    register.set_wh(12_345)
    register.add(999_000, 3_600_000)  # 999 mW for an hour
    assert register.energy_wh == 12_345
