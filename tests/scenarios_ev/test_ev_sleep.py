"""Cars that sleep, cars that do not listen, cars that bear no -12 V: rows 10, 11, 18 and 20."""

from itertools import pairwise

import pytest

from ampkeeper.firmware.safety.profile import WAKE_CP_OPEN, WAKE_F, WAKE_LADDER, WAKE_NEVER
from ampkeeper.firmware.safety.signals import DUTY_F, DUTY_X1
from tests.scenarios_ev.ev_rig import Rig
from tests.scenarios_ev.judge import is_ready_again
from tests.scenarios_ev.rows import shows

CHARGING = 3


def times_of_f(rig: Rig) -> list[int]:
    """How long each state F lasted, in ms."""
    changes = [*rig.duties, (rig.now_ms, -1)]
    return [later_ms - ms for (ms, ticks), (later_ms, _) in pairwise(changes) if ticks == DUTY_F]


def times_of_cuts(rig: Rig) -> list[int]:
    """How long the pilot was cut each time, in ms."""
    changes = [*rig.cuts, (rig.now_ms, -1)]
    return [later_ms - ms for (ms, connected), (later_ms, _) in pairwise(changes) if not connected]


# fmt: off
SLEEPERS = (
    # the car                                         method        charges within s
    ({"wakes_on": "edge"},                            WAKE_F,       50),
    ({"wakes_on": "f", "wake_ms": 3_900},             WAKE_F,       50),
    ({"wakes_on": "cp_open", "wake_ms": 3_900},       WAKE_CP_OPEN, 50),
    ({"wakes_on": "cp_open", "wake_ms": 29_500},      WAKE_CP_OPEN, 120),
    ({"wakes_on": "cp_open", "wake_ms": 3_900},       WAKE_LADDER,  85),
    ({"wakes_on": "cp_open", "wake_ms": 29_500},      WAKE_LADDER,  150),
    ({"wakes_on": "time", "wake_ms": 10_000},         WAKE_LADDER,  20),
    ({"wakes_on": "time", "wake_ms": 35_000},         WAKE_LADDER,  60),
    ({"wakes_on": "bcb", "wake_ms": 5_000,
      "bcb_count": 3},                                WAKE_LADDER,  20),
)
# fmt: on


@shows(10)
@pytest.mark.parametrize(("car", "method", "within_s"), SLEEPERS)
def test_a_sleeping_car_is_woken_by_what_wakes_it(
    car: dict[str, object], method: int, within_s: int
) -> None:
    rig = Rig()
    rig.plug(sleepy=True, **car)
    rig.until(lambda: rig.ring.is_plugged, 1)
    rig.adopt(wake_method=method)
    rig.until(lambda: sum(rig.evse.power_uw) > 0, within_s)
    rig.run(5)
    assert rig.closings == 1
    assert rig.seen_faults == []


@shows(10)
def test_the_standard_wake_up_is_one_state_f_of_four_seconds() -> None:
    """TV-SEQ-12."""
    rig = Rig()
    rig.plug(sleepy=True, wakes_on="never")
    rig.until(lambda: rig.ring.is_plugged, 1)
    rig.adopt(wake_method=WAKE_F)
    rig.run(110)
    (f_ms,) = times_of_f(rig)
    assert 3_800 <= f_ms <= 4_200
    assert times_of_cuts(rig) == []
    assert rig.closings == 0
    assert rig.seen_faults == []


@shows(10)
@pytest.mark.parametrize(
    "car", [{"wakes_on": "f", "wake_ms": 3_900}, {"wakes_on": "cp_open", "wake_ms": 29_500}]
)
def test_a_car_about_which_nothing_is_known_is_woken_by_the_whole_ladder(
    car: dict[str, object],
) -> None:
    rig = Rig()
    rig.plug(sleepy=True, **car)
    rig.until(lambda: sum(rig.evse.power_uw) > 0, 150)
    rig.run(5)
    assert rig.closings == 1
    assert rig.seen_faults == []


@shows(10)
def test_a_board_that_cannot_cut_the_pilot_calls_an_unknown_car_by_f_once() -> None:
    rig = Rig(has_cp_relay=0)
    rig.plug(sleepy=True, wakes_on="never")
    rig.run(180)
    assert [round(ms / 1_000) for ms in times_of_f(rig)] == [4]
    assert times_of_cuts(rig) == []


@shows(10)
def test_an_unknown_car_that_ended_the_charge_itself_is_left_alone() -> None:
    rig = Rig()
    rig.charge()
    rig.run(10)
    rig.change({"ready": False})
    rig.run(200)
    assert times_of_f(rig) == times_of_cuts(rig) == []


@shows(10)
def test_the_ladder_calls_three_times_and_then_lets_the_car_sleep() -> None:
    rig = Rig()
    rig.plug(sleepy=True, wakes_on="never")
    rig.run(180)
    assert [round(ms / 1_000) for ms in times_of_f(rig)] == [4]
    assert [round(ms / 1_000) for ms in times_of_cuts(rig)] == [4, 30]
    assert rig.closings == 0
    rig.unplug()
    rig.until(lambda: is_ready_again(rig), 60)


@shows(10)
def test_a_cut_pilot_is_not_taken_for_an_unplugged_car() -> None:
    rig = Rig()
    rig.plug(sleepy=True, wakes_on="never")
    rig.until(lambda: rig.ring.is_plugged, 1)
    rig.adopt(wake_method=WAKE_CP_OPEN)
    rig.run(120)
    assert len(times_of_cuts(rig)) == 2
    assert rig.evse.lock.is_locked
    assert all(state != 0 for ms, state in rig.states if ms > 5_000), "never IDLE meanwhile"


@shows(10)
def test_a_car_whose_profile_says_so_is_left_asleep() -> None:
    rig = Rig()
    rig.plug(sleepy=True, wakes_on="never")
    rig.until(lambda: rig.ring.is_plugged, 1)
    rig.adopt(wake_method=WAKE_NEVER)
    rig.run(120)
    assert times_of_f(rig) == []
    assert times_of_cuts(rig) == []


@shows(10)
def test_a_car_that_wakes_while_nothing_is_offered_is_heard_by_its_toggle() -> None:
    """Table A.6 seq. 11: B-C-B is a call, and closes nothing."""
    rig = Rig()
    rig.permit_ma = 0
    rig.plug(simplified=True, ready=False, bcb_count=3, bcb_ms=300)
    rig.run(5)
    rig.change({"ready": True})
    rig.run(5)
    assert rig.out.toggle_count == 3
    assert rig.closings == 0


@shows(11)
@pytest.mark.parametrize("stubborn_ms", [0, 1_000, 3_500])
def test_a_car_that_obeys_late_but_in_time_is_not_cut_under_load(stubborn_ms: int) -> None:
    rig = Rig()
    rig.charge(stubborn_ms=stubborn_ms)
    rig.run(10)
    rig.permit_ma = 0
    rig.until(lambda: rig.out.duty_ticks == DUTY_X1, 1)
    assert rig.ms_until_open(6.2) < 6_000
    assert rig.out.under_load_count == 0


@shows(11)
@pytest.mark.parametrize("car", [{"stubborn_ms": 60_000}, {"obeys_limit": False, "max_a": 10}])
def test_a_car_that_ignores_x1_is_cut_after_six_seconds(car: dict[str, object]) -> None:
    """TV-SEQ-6, Table A.6 seq. 10.2."""
    rig = Rig()
    rig.charge(**car)
    rig.run(10)
    rig.permit_ma = 0
    rig.until(lambda: rig.out.duty_ticks == DUTY_X1, 1)
    assert 6_000 <= rig.ms_until_open(7) <= 6_100
    assert rig.out.under_load_count == 1
    rig.run(30)
    assert not rig.is_closed, "X1 offers nothing, whatever the car's S2 says"


@shows(11)
def test_a_lost_station_ends_the_charge_of_a_stubborn_car_too() -> None:
    """TV-SEQ-8: permit 2 s, then 6 s."""
    rig = Rig()
    rig.charge(stubborn_ms=60_000)
    rig.run(10)
    rig.is_granting = False
    assert rig.ms_until_open(9) <= 2_000 + 6_000 + 100


@shows(18)
def test_a_car_that_bears_no_f_is_never_shown_one() -> None:
    rig = Rig()
    rig.plug(f_allergic=True)
    rig.until(lambda: rig.ring.is_plugged, 1)
    rig.adopt(never_f=1, wake_method=WAKE_CP_OPEN)
    rig.until(lambda: sum(rig.evse.power_uw) > 0, 15)
    rig.evse.causes.pe_open = True
    assert rig.ms_until_open() <= 300
    rig.run(5)
    rig.evse.causes.pe_open = False
    rig.run(60)
    assert times_of_f(rig) == []
    assert not rig.car.is_hurt
    assert rig.is_closed, "and charges on when the cause is gone"


@shows(18)
def test_without_its_profile_such_a_car_is_harmed_by_any_fault() -> None:
    rig = Rig()
    rig.charge(f_allergic=True)
    rig.evse.causes.pe_open = True
    rig.run(2)
    assert rig.car.is_hurt
    (f_ms,) = times_of_f(rig)
    assert 300 <= f_ms <= 1_000, "TV-SEQ-13"


@shows(20)
@pytest.mark.parametrize("hlc_ms", [10_000, 25_000])
def test_a_car_that_talks_first_falls_back_and_charges(hlc_ms: int) -> None:
    rig = Rig()
    taken_s = rig.charge(hlc_ms=hlc_ms, within_s=60)
    assert taken_s >= hlc_ms / 1_000
    assert rig.seen_faults == []


@shows(20)
def test_a_car_that_talks_for_40_s_is_called_once_meanwhile_and_charges() -> None:
    rig = Rig()
    rig.charge(hlc_ms=40_000, within_s=90)
    assert len(times_of_f(rig)) <= 1
    assert rig.seen_faults == []
