"""Leakage, earth, neutral, contactor and supply: rows 21 and 23 of the EV model."""

import pytest

from ampkeeper.board.emulated.residual import AC_MA_TRIP, DC_MA_TRIP
from ampkeeper.firmware.safety.signals import REGION_US
from tests.scenarios_ev.ev_rig import A_OPEN_MS, Rig
from tests.scenarios_ev.judge import is_ready_again
from tests.scenarios_ev.rows import shows

MONITOR_MS = 40  # two blocks and the tick that answers


@shows(21)
@pytest.mark.parametrize("leak", [{"leak_dc_ma": 6}, {"leak_dc_ma": -300}, {"leak_dc_ma": 60}])
def test_a_car_that_leaks_direct_current_is_cut_at_once_and_stays_cut(
    leak: dict[str, float],
) -> None:
    """REQ-RCD-02, REQ-RCD-04."""
    rig = Rig()
    rig.charge()
    rig.run(10)
    rig.change(leak)
    assert rig.ms_until_open() <= MONITOR_MS
    assert rig.faults == ["RcdDc"]
    rig.change({"leak_dc_ma": 0})
    rig.run(60)
    rig.unplug()
    rig.run(60)
    assert rig.faults == ["RcdDc"], "EU: until a person looked after it"
    assert rig.clear("RcdDc")
    rig.charge()


@shows(21)
@pytest.mark.parametrize(
    ("leak_ac_ma", "trips"), [(15, False), (29, False), (30, True), (100, True)]
)
def test_alternating_leakage_trips_from_30_ma(leak_ac_ma: float, trips: bool) -> None:
    rig = Rig()
    rig.charge(leak_ac_ma=leak_ac_ma)
    rig.run(20)
    assert (rig.faults == ["RcdAc"]) == trips
    assert rig.is_closed != trips


@shows(21)
@pytest.mark.parametrize("kind", ["dc", "ac"])
def test_leakage_that_creeps_up_is_cut_where_it_reaches_the_threshold(kind: str) -> None:
    slope_ma_s, most_ma = 2.0, 60.0
    threshold_ma = DC_MA_TRIP if kind == "dc" else AC_MA_TRIP
    rig = Rig()
    rig.charge(**{f"leak_{kind}_ma": most_ma, "leak_ma_s": slope_ma_s})
    closed_ms = rig.coil_edges[0][0]
    rig.until(lambda: not rig.out.coil, 40)
    taken_s = (rig.now_ms - closed_ms) / 1_000
    assert abs(taken_s - threshold_ma / slope_ma_s) <= 0.2


@shows(21)
def test_a_leak_below_the_threshold_charges_for_ever() -> None:
    rig = Rig()
    rig.charge(leak_dc_ma=5.5, leak_ac_ma=25)
    rig.run(60)
    assert rig.seen_faults == []


@shows(21)
def test_the_monitor_is_tested_before_each_session_and_shows_no_fault_meanwhile() -> None:
    """REQ-RCD-03."""
    rig = Rig()
    assert rig.ring.protection.may_offer()
    tests = 0
    rig.charge()
    rig.unplug()
    was_testing = 0
    for _ in range(500):
        rig.tick()
        assert not (rig.out.rcd_test and rig.out.coil), "only with the contactor open"
        tests += rig.out.rcd_test and not was_testing
        was_testing = rig.out.rcd_test
    assert tests == 1
    assert rig.seen_faults == []
    rig.charge()


@shows(21)
def test_a_monitor_that_does_not_answer_its_test_starts_nothing() -> None:
    """REQ-RCD-03."""
    rig = Rig()
    rig.charge()
    rig.evse.leakage.is_monitor_dead = True
    rig.unplug()
    rig.run(10)
    rig.plug()
    rig.run(30)
    assert rig.closings == 1
    assert rig.faults == ["RcdTestFailed"]


@shows(21)
def test_in_the_us_a_trip_goes_by_itself_after_15_minutes() -> None:
    """REQ-RCD-04."""
    rig = Rig(region=REGION_US)
    rig.charge()
    rig.run(20)
    rig.evse.leakage.ac_ma = 40
    rig.until(lambda: not rig.out.coil, 1)
    rig.evse.leakage.ac_ma = 0
    rig.wait(895)
    assert rig.faults == ["RcdAc"]
    assert rig.until(lambda: rig.out.coil, 45)


@shows(21)
def test_in_the_us_a_trip_right_after_closing_stays() -> None:
    rig = Rig(region=REGION_US)
    rig.charge(leak_ac_ma=40)
    rig.until(lambda: not rig.out.coil, 1)
    rig.change({"leak_ac_ma": 0})
    rig.wait(920)
    assert rig.faults == ["RcdAc"]


@shows(23)
def test_an_unplugged_car_is_cut_within_100_ms_and_the_socket_is_free() -> None:
    """TV-SEQ-1, Table A.6 seq. 2.2."""
    rig = Rig()
    rig.charge()
    rig.run(10)
    rig.unplug()
    assert rig.ms_until_open() <= A_OPEN_MS
    rig.until(lambda: is_ready_again(rig), 5)


@shows(23)
def test_a_car_that_lets_go_is_cut_within_100_ms_and_is_still_offered_current() -> None:
    """TV-SEQ-2."""
    rig = Rig()
    rig.charge()
    rig.run(10)
    changed = len(rig.duties)
    rig.change({"ready": False})
    assert rig.ms_until_open() <= A_OPEN_MS
    rig.run(5)
    assert len(rig.duties) == changed


@shows(23)
def test_a_lost_earth_is_cut_at_once_and_the_third_stays() -> None:
    """Section 5.6: by itself after 10 s, twice."""
    rig = Rig()
    rig.charge()
    for _ in range(3):
        rig.until(lambda: rig.out.coil, 60)
        rig.evse.causes.pe_open = True
        assert rig.ms_until_open() <= 250
        rig.run(2)
        rig.evse.causes.pe_open = False
    rig.run(120)
    assert rig.faults == ["PeLost"]
    assert not rig.is_closed
    assert rig.clear("PeLost")
    rig.until(lambda: rig.out.coil, 60)


@shows(23)
def test_a_lost_neutral_on_three_phases_is_overvoltage_and_opens() -> None:
    rig = Rig()
    rig.charge()
    rig.run(5)
    rig.evse.causes.n_open = True
    assert rig.ms_until_open(2) <= 1_100
    assert rig.faults == ["OverVoltage"]
    rig.evse.causes.n_open = False
    waited_s = rig.until(lambda: rig.out.coil, 120)
    assert waited_s >= 59, "60 s in band"


@shows(23)
def test_a_lost_neutral_on_one_phase_is_a_lost_supply() -> None:
    rig = Rig(phases=1)
    rig.charge()
    rig.evse.causes.n_open = True
    assert rig.ms_until_open() <= 100
    assert "SupplyLost" in rig.faults


@shows(23)
@pytest.mark.parametrize(
    ("percent", "name", "within_s"), [(70, "UnderVoltage", 7), (120, "OverVoltage", 1.2)]
)
def test_a_voltage_out_of_band_ends_the_charge_and_60_s_in_band_resume_it(
    percent: int, name: str, within_s: float
) -> None:
    rig = Rig()
    rig.charge()
    rig.evse.causes.voltage_percent = percent
    rig.until(lambda: not rig.out.coil, within_s)
    assert rig.faults == [name]
    rig.evse.causes.voltage_percent = 100
    assert rig.until(lambda: rig.out.coil, 120) >= 59


@shows(23)
def test_a_welded_contactor_is_found_when_it_should_open_and_never_used_again() -> None:
    """REQ-CNT-01."""
    rig = Rig()
    rig.charge()
    rig.evse.contactor.is_welded = True
    rig.change({"ready": False})
    rig.until(lambda: rig.faults == ["ContactorWelded"], 1)
    assert rig.out.coil == 0
    rig.change({"ready": True})
    rig.run(60)
    assert rig.out.coil == 0
    assert rig.evse.lock.is_locked, "the outlet may be live"
    assert not rig.clear("ContactorWelded"), "while it is welded"
    rig.evse.contactor.is_welded = False
    rig.run(1)
    assert rig.clear("ContactorWelded")


@shows(23)
@pytest.mark.parametrize(
    ("mirror", "name"), [("made", "ContactorWelded"), ("open", "ContactorStuck")]
)
def test_a_mirror_that_contradicts_the_coil_stops_everything(mirror: str, name: str) -> None:
    """REQ-CNT-01, REQ-CNT-02."""
    rig = Rig()
    rig.charge()
    rig.run(5)
    rig.evse.contactor.mirror = mirror
    rig.change({"ready": mirror == "open"})
    rig.until(lambda: name in rig.faults, 2)
    assert rig.out.coil == 0
    rig.change({"ready": True})
    rig.run(60)
    assert rig.out.coil == 0


@shows(23)
def test_voltage_behind_an_open_contactor_is_found_and_a_closed_one_without_too() -> None:
    rig = Rig()
    rig.evse.causes.outlet_fed = True
    rig.run(1)
    assert rig.faults == ["OutletLive"]
    rig.plug()
    rig.run(20)
    assert rig.closings == 0
    rig = Rig()
    rig.charge()
    rig.evse.causes.outlet_dead = True
    rig.until(lambda: not rig.out.coil, 10)
    assert rig.faults == ["OutletDead"]


@shows(23)
@pytest.mark.parametrize("brown_out_ms", [10, 20, 50, 100, 250, 500])
def test_a_brown_out_is_ridden_through_or_resumed_after(brown_out_ms: int) -> None:
    rig = Rig()
    rig.charge()
    rig.run(10)
    rig.evse.causes.brown_out_ms = brown_out_ms
    rig.run(1)
    if brown_out_ms <= 10:
        assert rig.seen_faults == [], "one block is a glitch"
    rig.until(lambda: rig.out.coil and sum(rig.evse.power_uw) > 0, 60)
    rig.run(20)
    assert rig.faults == []
    assert rig.closings <= 2


@shows(23)
def test_a_lock_that_opens_in_mid_charge_ends_it_by_a_normal_stop() -> None:
    """REQ-LCK-03."""
    rig = Rig()
    rig.charge()
    rig.evse.lock.is_feedback_lost = True
    rig.until(lambda: not rig.out.coil, 8)
    assert "LockLost" in rig.seen_faults
    assert rig.out.under_load_count == 0
