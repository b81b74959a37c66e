"""One phase and three, and the cars that this harms: row 19 of the EV model."""

from ampkeeper.firmware.safety.signals import DUTY_X1
from tests.scenarios_ev.ev_rig import Rig
from tests.scenarios_ev.rows import shows


def phases_in_use(rig: Rig) -> int:
    """How many phases carry current."""
    return sum(current_ma > 0 for current_ma in rig.evse.current_ma)


@shows(19)
def test_a_car_that_cannot_bear_more_phases_keeps_those_it_had() -> None:
    """REQ-SEQ-PH: the deny list."""
    rig = Rig()
    rig.permit_phases = 1
    rig.plug(phase_hazard=True)
    rig.until(lambda: rig.ring.is_plugged, 1)
    rig.adopt(may_switch_phases=0)
    rig.until(lambda: phases_in_use(rig) == 1, 15)
    rig.permit_phases = 3
    rig.run(150)
    assert phases_in_use(rig) == 1
    assert not rig.car.is_hurt
    rig.unplug()
    rig.run(5)
    rig.charge()
    assert phases_in_use(rig) == 3, "without a car in between the relay may move"


@shows(19)
def test_the_relay_never_moves_under_power_and_never_under_a_pilot() -> None:
    """REQ-SEQ-PH."""
    rig = Rig()
    rig.permit_phases = 1
    rig.charge()
    rig.run(5)
    assert phases_in_use(rig) == 1
    rig.permit_phases = 3
    before = rig.out.phases
    for _ in range(12_000):
        rig.tick()
        if rig.out.phases != before:
            assert not rig.is_closed
            assert rig.out.cp_connected == 0
            before = rig.out.phases
        if phases_in_use(rig) == 3:
            break
    assert phases_in_use(rig) == 3
    (cut_ms, _), (joined_ms, _) = rig.cuts[-2:]
    assert 60_000 <= joined_ms - cut_ms <= 61_000, "section 3.4: 60 s without pilot"
    assert rig.out.under_load_count == 0
    assert rig.seen_faults == []


@shows(19)
def test_without_its_profile_such_a_car_is_harmed() -> None:
    rig = Rig()
    rig.permit_phases = 1
    rig.charge(phase_hazard=True)
    rig.permit_phases = 3
    rig.until(lambda: rig.car.is_hurt, 120)
    rig.run(20)
    assert sum(rig.evse.power_uw) == 0
    assert rig.out.coil == 0


@shows(19)
def test_a_board_that_cannot_cut_the_pilot_waits_in_x1_instead() -> None:
    rig = Rig(has_cp_relay=0)
    rig.permit_phases = 1
    rig.charge()
    rig.permit_phases = 3
    rig.until(lambda: rig.out.phases == 3, 90)
    assert rig.cuts == []
    x1_ms = max(ms for ms, ticks in rig.duties if ticks == DUTY_X1)
    assert rig.now_ms - x1_ms >= 60_000
