"""Cars as they are met in the field (requirements, section 3.5), each as a row of cars.toml."""

import pytest

from ampkeeper.board.emulated import profiles
from ampkeeper.firmware.safety.pilot import C
from ampkeeper.firmware.safety.profile import WAKE_CP_OPEN, WAKE_LADDER
from ampkeeper.firmware.safety.signals import DUTY_F, DUTY_X1
from tests.scenarios_ev.ev_rig import A_OPEN_MS, Rig
from tests.scenarios_ev.judge import is_ready_again
from tests.scenarios_ev.rows import QUIRK, shows

CHARGES_AS_IT_COMES = ("plain", "zoe_gen1", "kona", "bmw_hybrid", "bmw_ix3", "bmw_i3", "leaf",
                       "polestar", "phev_old", "tavascan", "simplified", "whole_ampere",
                       "vw_slow", "stubborn")  # fmt: skip


def visit(rig: Rig, name: str, **profile: int) -> None:
    """Plug in a car of the table, and give ring 1 the profile that fits it."""
    rig.plug(profile=name)
    rig.until(lambda: rig.ring.is_plugged, 1)
    if profile:
        rig.adopt(**profile)


def until_charging(rig: Rig, within_s: float) -> None:
    rig.until(lambda: sum(rig.evse.power_uw) > 0, within_s)


@shows(QUIRK)
@pytest.mark.parametrize("name", CHARGES_AS_IT_COMES)
def test_most_cars_charge_without_knowing_their_name(name: str) -> None:
    rig = Rig()
    visit(rig, name)
    until_charging(rig, 60)
    rig.run(20)
    assert rig.closings == 1
    assert rig.seen_faults == []
    rig.unplug()
    assert rig.ms_until_open() <= A_OPEN_MS
    rig.until(lambda: is_ready_again(rig), 60)


def test_every_car_of_the_table_says_where_it_was_seen() -> None:
    assert all(profiles.about(name).endswith(".") for name in profiles.names())


@shows(QUIRK)
@pytest.mark.parametrize("name", ["bmw_hybrid", "bmw_i3"])
def test_a_bmw_drops_its_resistor_after_a_new_duty_and_recovers(name: str) -> None:
    rig = Rig()
    visit(rig, name)
    until_charging(rig, 15)
    for permit_ma in (10_000, 14_000, 8_000):
        rig.run(12)
        rig.permit_ma = permit_ma
    rig.run(30)
    assert rig.seen_faults == []
    assert rig.closings == 1 if name == "bmw_hybrid" else rig.closings <= 4
    assert rig.is_closed


@shows(QUIRK)
def test_a_bmw_ix3_pulses_c_for_250_ms_after_the_phases_changed() -> None:
    rig = Rig()
    rig.permit_phases = 1
    visit(rig, "bmw_ix3")
    until_charging(rig, 15)
    rig.run(10)
    rig.permit_phases = 3
    rig.until(lambda: rig.evse.current_ma[2] > 0, 120)
    rig.run(20)
    assert rig.closings == 2, "one charge on one phase, one on three, none in the pulses"
    assert rig.seen_faults == []


@shows(QUIRK)
def test_a_kona_stays_in_c_after_x1_is_opened_after_6_s_and_charges_again() -> None:
    rig = Rig()
    visit(rig, "kona")
    until_charging(rig, 15)
    rig.run(10)
    rig.permit_ma = 0
    rig.until(lambda: rig.duties[-1][1] == DUTY_X1, 1)
    assert 6_000 <= rig.ms_until_open(7) <= 6_100
    assert rig.evse.current_ma == (0, 0, 0), "without current"
    rig.run(30)
    assert rig.out.pilot == C
    assert not rig.is_closed
    rig.permit_ma = 16_000
    until_charging(rig, 15)
    assert rig.seen_faults == []


@shows(QUIRK)
@pytest.mark.parametrize("diode_pulse_ms", [15, 30, 50, 65])
def test_a_tesla_goes_b_c_diode_b_and_then_charges(diode_pulse_ms: int) -> None:
    rig = Rig()
    rig.plug(profile="tesla", diode_pulse_ms=diode_pulse_ms)
    until_charging(rig, 30)
    rig.run(20)
    assert rig.closings == 1
    assert rig.seen_faults == []


@shows(QUIRK)
def test_a_tesla_that_bridges_its_diode_for_longer_is_a_fault_until_it_is_plugged_anew() -> None:
    """REQ-CP-05: latched until state A, and nothing was ever connected."""
    rig = Rig()
    rig.plug(profile="tesla", diode_pulse_ms=300)
    rig.run(30)
    assert rig.closings == 0
    assert rig.faults == ["DiodeFault"]
    rig.unplug()
    rig.until(lambda: is_ready_again(rig), 60)
    rig.charge(diode_pulse_ms=0)


@shows(QUIRK)
@pytest.mark.parametrize("seed", range(5))
def test_a_leaf_bounces_when_it_is_pulled_and_is_one_visit(seed: int) -> None:
    rig = Rig(seed=seed)
    visit(rig, "leaf")
    until_charging(rig, 15)
    rig.run(5)
    rig.unplug()
    assert rig.ms_until_open() <= A_OPEN_MS + 25
    rig.run(5)
    assert is_ready_again(rig)
    assert sum(state == 1 for _, state in rig.states) == 1, "connected once"
    assert rig.out.stop_count == 1


@shows(QUIRK)
def test_an_ioniq_5_charges_once_its_pilot_was_cut() -> None:
    rig = Rig()
    visit(rig, "ioniq5", wake_method=WAKE_LADDER)
    until_charging(rig, 120)
    assert any(connected == 0 for _, connected in rig.cuts)
    assert rig.seen_faults == []


@shows(QUIRK)
def test_a_vw_that_wakes_late_by_itself_is_not_disturbed_for_long() -> None:
    rig = Rig()
    visit(rig, "vw_slow")
    until_charging(rig, 60)
    assert rig.closings == 1
    assert rig.seen_faults == []


@shows(QUIRK)
@pytest.mark.parametrize("method", [WAKE_CP_OPEN, WAKE_LADDER])
def test_a_vw_that_needs_30_s_without_pilot_gets_them(method: int) -> None:
    rig = Rig()
    visit(rig, "vw_id", wake_method=method)
    until_charging(rig, 150)
    assert rig.seen_faults == []


@shows(QUIRK)
@pytest.mark.parametrize("name", ["polestar", "tavascan", "bmw_ix3"])
def test_a_car_that_needs_a_long_replug_for_other_phases_gets_it(name: str) -> None:
    """Section 3.4: 45 s and 60 s without pilot; ring 1 gives 60 s by default."""
    rig = Rig()
    rig.permit_phases = 1
    visit(rig, name)
    until_charging(rig, 15)
    rig.run(10)
    rig.permit_phases = 3
    rig.until(lambda: rig.evse.current_ma[2] > 0, 120)
    assert rig.out.under_load_count == 0
    assert rig.seen_faults == []


@shows(QUIRK)
def test_a_polestar_cut_under_load_waits_60_s_before_its_phases_change() -> None:
    rig = Rig()
    rig.permit_phases = 1
    rig.plug(profile="polestar", stubborn_ms=20_000)
    rig.until(lambda: rig.ring.is_plugged, 1)
    rig.adopt(phase_gap_ms=10_000)
    until_charging(rig, 15)
    rig.run(10)
    rig.permit_phases = 3
    rig.until(lambda: not rig.out.coil, 8)
    assert rig.out.under_load_count == 1
    rig.until(lambda: rig.evse.current_ma[2] > 0, 120)
    (cut_ms, _), (joined_ms, _) = rig.cuts[-2:]
    assert joined_ms - cut_ms >= 60_000


@shows(QUIRK)
def test_a_first_zoe_keeps_its_phases_and_wants_8_a() -> None:
    rig = Rig()
    rig.permit_phases = 1
    visit(rig, "zoe_gen1", may_switch_phases=0, min_ma=8_000)
    until_charging(rig, 15)
    rig.permit_phases = 3
    rig.run(100)
    assert not rig.car.is_hurt
    assert rig.evse.current_ma[1] == 0
    rig.permit_ma = 7_000
    rig.until(lambda: not rig.out.coil, 7)
    assert rig.duties[-1][1] == DUTY_X1, "not offered what it cannot use"


@shows(QUIRK)
def test_an_older_phev_with_its_profile_never_sees_f_and_without_it_is_harmed() -> None:
    for profile, is_hurt in (({"never_f": 1, "wake_method": WAKE_CP_OPEN}, False), ({}, True)):
        rig = Rig()
        visit(rig, "phev_old", **profile)
        until_charging(rig, 15)
        rig.evse.causes.pe_open = True
        rig.run(2)
        assert any(ticks == DUTY_F for _, ticks in rig.duties) == is_hurt
        assert rig.car.is_hurt == is_hurt
