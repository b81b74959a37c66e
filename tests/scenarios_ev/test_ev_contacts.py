"""Contacts that bounce, cars that try first, cars that ask for air: rows 13 to 17."""

import pytest

from ampkeeper.firmware.safety.pilot import A, D
from ampkeeper.firmware.safety.signals import UNLOCK_DRIVE
from tests.scenarios_ev.ev_rig import A_OPEN_MS, Rig
from tests.scenarios_ev.judge import is_ready_again
from tests.scenarios_ev.rows import shows

CONNECTED = 1


@shows(13)
@pytest.mark.parametrize(
    ("bounce_count", "bounce_ms"), [(2, 2), (10, 4), (3, 12), (2, 20), (1, 100)]
)
def test_a_bouncing_s2_closes_the_contactor_once(bounce_count: int, bounce_ms: int) -> None:
    rig = Rig()
    rig.charge(bounce_ms=bounce_ms, bounce_count=bounce_count)
    rig.run(20)
    assert rig.closings == 1
    assert rig.seen_faults == []


@shows(13)
def test_an_s2_that_cannot_be_read_for_100_ms_is_tried_again_later() -> None:
    """REQ-CP-04, and section 3.2: 30 s after a fault."""
    rig = Rig()
    rig.plug(bounce_ms=8, bounce_count=10)
    rig.until(lambda: "PilotFault" in rig.faults, 5)
    rig.change({"bounce_count": 0})
    rig.until(lambda: rig.is_closed, 45)
    rig.run(10)
    assert rig.closings == 1


@shows(13)
@pytest.mark.parametrize(("count", "each_ms"), [(3, 2), (1, 40), (4, 20)])
def test_an_s2_that_bounces_open_ends_the_charge_once(count: int, each_ms: int) -> None:
    rig = Rig()
    rig.charge(bounce_ms=each_ms, bounce_count=count)
    rig.run(20)
    rig.change({"ready": False})
    assert rig.ms_until_open() <= A_OPEN_MS + 2 * count * each_ms
    rig.run(30)
    assert rig.closings == 1


@shows(13)
@pytest.mark.parametrize("pulse_ms", [100, 250, 400])
def test_a_pulse_of_c_moves_nothing(pulse_ms: int) -> None:
    """TV-SEQ-10: the coil is driven only for the C that lasts."""
    rig = Rig()
    rig.plug(c_pulse_ms=pulse_ms)
    rig.run((pulse_ms + 900) / 1_000 + 1)
    assert rig.closings == 0
    rig.until(lambda: rig.is_closed, 10)
    rig.run(20)
    assert rig.closings == 1


@shows(13)
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("half_ms", [200, 400])
def test_a_b_c_b_toggle_closes_nothing_and_the_charge_follows(count: int, half_ms: int) -> None:
    rig = Rig()
    rig.plug(bcb_count=count, bcb_ms=half_ms)
    rig.until(lambda: rig.is_closed, 15)
    rig.run(20)
    assert rig.closings == 1
    assert rig.seen_faults == []


@shows(13)
def test_s2_opened_for_9_ms_is_nothing_and_for_40_ms_is_an_end() -> None:
    """TV-SEQ-11."""
    rig = Rig(duty_blank_ms=0, switch_blank_ms=0)
    rig.charge(glitch_ms=9, glitch_delay_ms=1_000)
    rig.run(10)
    rig.permit_ma = 14_000
    rig.run(10)
    assert rig.closings == 1
    assert rig.out.coil
    rig.change({"glitch_ms": 40})
    rig.permit_ma = 12_000
    rig.until(lambda: not rig.out.coil, 10)


@shows(14)
@pytest.mark.parametrize("glitch_ms", [20, 80])
@pytest.mark.parametrize("delay_ms", [0, 500])
def test_a_glitch_after_a_new_duty_does_not_open_the_contactor(
    glitch_ms: int, delay_ms: int
) -> None:
    """REQ-CP-07."""
    rig = Rig()
    rig.charge(glitch_ms=glitch_ms, glitch_delay_ms=delay_ms)
    for permit_ma in (10_000, 16_000, 6_000):
        rig.run(12)
        rig.permit_ma = permit_ma
    rig.run(20)
    assert rig.closings == 1
    assert rig.seen_faults == []
    assert rig.out.suppressed_count >= 3, "and each is counted"


@shows(14)
@pytest.mark.parametrize("glitch_ms", [200, 500])
def test_a_glitch_that_outlasts_the_blanking_is_an_end_and_the_charge_comes_back(
    glitch_ms: int,
) -> None:
    rig = Rig()
    rig.charge(glitch_ms=glitch_ms, glitch_delay_ms=500)
    rig.run(12)
    rig.permit_ma = 10_000
    rig.until(lambda: not rig.out.coil, 8)
    rig.until(lambda: rig.is_closed, 20)
    assert rig.seen_faults == []


@shows(14)
def test_an_unplugged_car_is_seen_at_once_even_while_glitches_are_blanked() -> None:
    """REQ-CP-07: never ignore A."""
    rig = Rig()
    rig.charge()
    rig.run(12)
    changed = len(rig.duties)
    rig.permit_ma = 10_000
    rig.until(lambda: len(rig.duties) > changed, 6)
    rig.run(0.1)
    rig.unplug()
    assert rig.ms_until_open() <= A_OPEN_MS


@shows(15)
@pytest.mark.parametrize("bounce_ms", [5, 25, 40])
@pytest.mark.parametrize("seed", range(3))
def test_a_plug_that_bounces_in_and_out_is_one_visit(bounce_ms: int, seed: int) -> None:
    rig = Rig(seed=seed)
    rig.charge(plug_bounce_ms=bounce_ms)
    rig.run(10)
    assert rig.closings == 1
    rig.unplug()
    assert rig.ms_until_open() <= A_OPEN_MS + bounce_ms
    rig.run(5)
    visits = [state for ms, state in rig.states if state == CONNECTED]
    assert len(visits) == 1, "no second car in the bounces"
    assert is_ready_again(rig)


@shows(16)
def test_a_simplified_car_is_told_as_one_offered_10_a_and_charged() -> None:
    """A.2.3, Table A.6 seq. 1.2."""
    rig = Rig()
    rig.charge(simplified=True, phases=1)
    rig.run(20)
    assert rig.out.simplified == 1
    assert rig.out.limit_ma == 10_000
    assert rig.evse.current_ma == (10_000, 0, 0)
    assert rig.seen_faults == []


@shows(16)
def test_a_simplified_car_is_not_connected_before_it_may() -> None:
    rig = Rig()
    rig.permit_ma = 0
    rig.plug(simplified=True)
    rig.run(30)
    assert rig.closings == 0
    rig.permit_ma = 16_000
    rig.until(lambda: rig.is_closed, 15)


@shows(16)
def test_a_plain_car_that_follows_a_simplified_one_gets_its_full_current() -> None:
    rig = Rig()
    rig.charge(simplified=True)
    rig.unplug()
    rig.run(5)
    rig.charge(simplified=False)
    rig.run(20)
    assert rig.out.simplified == 0
    assert rig.evse.current_ma[0] > 15_900


@shows(17)
def test_a_car_that_asks_for_air_gets_none_here_and_is_never_connected() -> None:
    """TV-CP-15."""
    rig = Rig()
    rig.plug(ventilation=True)
    rig.run(30)
    assert rig.closings == 0
    assert "VentilationNotAvailable" in rig.seen_faults
    rig.unplug()
    rig.until(lambda: is_ready_again(rig), 60)


@shows(17)
def test_a_car_that_asks_for_air_in_mid_charge_is_opened_at_once() -> None:
    rig = Rig()
    rig.charge()
    rig.run(5)
    rig.change({"ventilation": True})
    assert rig.ms_until_open() <= A_OPEN_MS
    assert rig.faults == ["VentilationNotAvailable"]


@shows(17)
def test_where_there_is_air_state_d_charges() -> None:
    rig = Rig(has_ventilation=1)
    rig.charge(ventilation=True)
    rig.run(20)
    assert rig.out.pilot == D
    assert rig.closings == 1
    assert rig.seen_faults == []
    rig.unplug()
    assert rig.ms_until_open() <= A_OPEN_MS
    rig.run(1)
    assert rig.out.pilot == A


def test_req_lck_01_a_bolt_that_stops_half_way_out_is_drawn_again_while_the_plug_is_there() -> None:
    rig = Rig()
    rig.charge()
    rig.is_granting = False
    rig.until(lambda: rig.out.lock_drive == UNLOCK_DRIVE, 80)
    rig.run(0.1)
    lock = rig.evse.lock
    lock.is_stuck = True
    rig.run(2)
    assert lock.travel_ms > 0, "half way"
    assert not lock.is_locked, "and the switch cannot tell"
    lock.is_stuck = False
    rig.until(lambda: lock.travel_ms == 0, 5)
    assert rig.seen_faults == []
