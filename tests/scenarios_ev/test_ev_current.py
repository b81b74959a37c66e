"""What the car draws, how fast and how well it follows: rows 6 to 9, 12 and 22 of the EV model."""

import pytest

from ampkeeper.board.emulated.ear import current_ma_allowed
from ampkeeper.firmware.safety.signals import DUTY_X1
from tests.scenarios_ev.ev_rig import Rig
from tests.scenarios_ev.rows import shows

FOLLOW_MS = 5_000  # IEC 61851-1 Table A.6 seq. 6


@shows(6)
@pytest.mark.parametrize(("permit_ma", "offered_ma"), [(6_000, 6_000), (10_000, 10_000),
                                                       (32_000, 32_000), (63_000, 63_000),
                                                       (80_000, 80_000)])  # fmt: skip
def test_a_car_draws_what_is_offered_from_6_to_80_a(permit_ma: int, offered_ma: int) -> None:
    rig = Rig(max_ma=80_000, is_socket=False)
    rig.permit_ma = permit_ma
    rig.charge(max_a=80)
    rig.run(8)
    assert offered_ma - 100 <= rig.evse.current_ma[0] <= offered_ma
    assert rig.seen_faults == []


@shows(6)
@pytest.mark.parametrize("permit_ma", [0, 1_000, 5_900])
def test_less_than_6_a_is_nothing(permit_ma: int) -> None:
    rig = Rig()
    rig.permit_ma = permit_ma
    rig.plug()
    rig.run(20)
    assert rig.duties[-1][1] == DUTY_X1
    assert rig.closings == 0


@shows(6)
@pytest.mark.parametrize("ramp_a_s", [0.5, 2, 40])
def test_a_slow_ramp_gets_there_and_no_further(ramp_a_s: float) -> None:
    rig = Rig()
    rig.charge(ramp_a_s=ramp_a_s)
    rig.run(2)
    assert rig.evse.current_ma[0] <= 2.1 * ramp_a_s * 1_000
    rig.run(32)
    assert 15_900 <= rig.evse.current_ma[0] <= 16_000
    assert rig.seen_faults == []


@shows(6)
@pytest.mark.parametrize("phases", [1, 2, 3])
def test_a_car_charges_on_the_phases_that_it_has(phases: int) -> None:
    rig = Rig()
    rig.charge(phases=phases)
    rig.run(5)
    assert [current_ma > 0 for current_ma in rig.evse.current_ma] == [n < phases for n in range(3)]
    assert rig.seen_faults == []


@shows(6)
@pytest.mark.parametrize(("power_factor", "power_w"), [(1.0, 11_040), (0.9, 9_936)])
def test_the_power_factor_lowers_the_energy_and_not_the_current(
    power_factor: float, power_w: int
) -> None:
    rig = Rig()
    rig.charge(power_factor=power_factor)
    rig.run(5)
    before_mwh = rig.evse.register.energy_mwh
    rig.run(36)
    assert rig.evse.current_ma[0] > 15_900
    counted_mwh = rig.evse.register.energy_mwh - before_mwh
    assert abs(counted_mwh - power_w * 10) <= power_w * 10 // 100


@shows(6)
def test_a_car_that_wants_8_a_does_not_start_at_6_and_starts_when_there_is_more() -> None:
    rig = Rig()
    rig.permit_ma = 6_000
    rig.adopt(wake_method=0)
    rig.plug(min_a=8)
    rig.run(30)
    assert rig.closings == 0
    rig.permit_ma = 10_000
    rig.until(lambda: rig.evse.current_ma[0] > 9_900, 20)


@shows(7)
@pytest.mark.parametrize(("max_a", "phases"), [(10, 3), (16, 1), (7.2, 2)])
def test_the_charger_on_board_takes_no_more_than_it_can(max_a: float, phases: int) -> None:
    rig = Rig()
    rig.permit_ma = 32_000
    rig.charge(max_a=max_a, phases=phases)
    rig.run(10)
    assert rig.evse.current_ma[0] == max_a * 1_000
    assert rig.evse.current_ma.count(0) == 3 - phases


@shows(8)
@pytest.mark.parametrize("reaction_ms", [0, 500, 2_000, 4_900])
def test_a_lower_duty_is_followed_in_time_and_nobody_calls_it_too_much(reaction_ms: int) -> None:
    """REQ 5.6, Table A.6 seq. 6."""
    rig = Rig()
    rig.permit_ma = 32_000
    rig.charge(reaction_ms=reaction_ms, ramp_a_s=1_000)
    rig.run(10)
    rig.permit_ma = 6_000
    rig.until(lambda: current_ma_allowed(rig.out.duty_ticks) == 6_000, 6)
    assert rig.until(lambda: rig.evse.current_ma[0] <= 6_000, 6) * 1_000 <= FOLLOW_MS
    rig.run(20)
    assert rig.seen_faults == []


@shows(8)
def test_the_second_change_of_the_duty_waits_for_five_seconds() -> None:
    """TV-SEQ-4."""
    rig = Rig()
    rig.charge()
    rig.run(10)
    changed = len(rig.duties)
    rig.permit_ma = 10_000
    rig.run(1)
    rig.permit_ma = 8_000
    rig.run(10)
    (first_ms, _), (second_ms, _) = rig.duties[changed:]
    assert second_ms - first_ms >= 5_000


@shows(8)
@pytest.mark.parametrize("stop_ms", [0, 1_000, 2_000, 2_900, 5_800])
def test_a_car_that_obeys_x1_is_opened_without_load(stop_ms: int) -> None:
    """TV-SEQ-5, Table A.6 seq. 10.1."""
    rig = Rig()
    rig.charge(stop_ms=stop_ms)
    rig.run(10)
    rig.permit_ma = 0
    rig.until(lambda: rig.out.duty_ticks == DUTY_X1, 1)
    taken_ms = rig.ms_until_open(6.2)
    assert taken_ms <= stop_ms + 100 + 600, "seq. 8.2, and the blanking after a new duty"
    assert rig.out.under_load_count == 0


@shows(8)
def test_a_pause_taken_back_does_not_open_the_contactor() -> None:
    """TV-SEQ-7."""
    rig = Rig()
    rig.charge(stop_ms=5_000)
    rig.run(10)
    rig.permit_ma = 0
    rig.run(3)
    rig.permit_ma = 16_000
    rig.run(20)
    assert rig.coil_edges == [(rig.coil_edges[0][0], 1)]
    assert rig.evse.current_ma[0] > 15_900


@shows(9)
@pytest.mark.parametrize("rounding", ["floor", "nearest"])
@pytest.mark.parametrize("permit_ma", [6_000, 6_600, 13_500, 15_999, 31_400])
def test_whole_amperes_stay_within_the_margin_of_the_current_monitor(
    rounding: str, permit_ma: int
) -> None:
    rig = Rig()
    rig.permit_ma = permit_ma
    rig.charge(rounding=rounding)
    rig.run(30)
    assert rig.evse.current_ma[0] % 1_000 == 0
    assert rig.evse.current_ma[0] <= permit_ma + 500
    assert rig.seen_faults == []


@shows(12)
@pytest.mark.parametrize("percent", [5, 10])
def test_a_little_more_than_offered_is_within_the_margin(percent: int) -> None:
    """(16 A + 0.5 A) x 1.1 is 18.15 A."""
    rig = Rig()
    rig.charge(overdraw_percent=percent)
    rig.run(30)
    assert rig.seen_faults == []
    assert rig.closings == 1


@shows(12)
@pytest.mark.parametrize("percent", [20, 30])
def test_too_much_for_seven_seconds_ends_the_charge_by_a_normal_stop(percent: int) -> None:
    """REQ 5.6: (I + 0.5 A) x 1.1 for 7 s."""
    rig = Rig()
    rig.charge()
    rig.run(10)
    rig.change({"overdraw_percent": percent})
    taken_s = rig.until(lambda: rig.faults == ["OverCurrent"], 12)
    assert 7 <= taken_s <= 8.5
    assert rig.ms_until_open(7) >= 1_900, "the car may end the current"
    assert rig.out.under_load_count == 0
    rig.change({"overdraw_percent": 0})
    rig.run(60)
    assert rig.closings == 1, "until the car is unplugged"


@shows(12)
def test_too_much_for_less_than_seven_seconds_is_borne() -> None:
    rig = Rig()
    rig.charge()
    rig.run(10)
    rig.change({"overdraw_percent": 30, "overdraw_ms": 5_500})
    rig.run(30)
    assert rig.seen_faults == []
    assert rig.closings == 1


@shows(12)
def test_far_too_much_opens_after_a_second() -> None:
    """REQ 5.6: more than 1.5 x the offer for 1 s."""
    rig = Rig()
    rig.charge()
    rig.run(10)
    rig.change({"overdraw_percent": 100})
    taken_ms = rig.ms_until_open(4)
    assert 1_000 <= taken_ms <= 2_500
    assert rig.faults == ["OverCurrentFast"]


@shows(22)
@pytest.mark.parametrize("percent", [0, 20, 100])
def test_an_uneven_car_is_judged_by_its_highest_phase(percent: int) -> None:
    rig = Rig()
    rig.charge(imbalance_percent=percent)
    rig.run(10)
    assert rig.evse.current_ma[1] == rig.evse.current_ma[0] * (100 - percent) // 100
    assert rig.seen_faults == []
    rig.change({"overdraw_percent": 30})
    rig.until(lambda: rig.faults == ["OverCurrent"], 12)


@shows(22)
def test_one_phase_of_three_is_charged_and_counted_alone() -> None:
    rig = Rig()
    rig.charge(phases=1)
    rig.run(5)
    before_mwh = rig.evse.register.energy_mwh
    rig.run(36)
    assert rig.evse.current_ma[1:] == (0, 0)
    assert abs(rig.evse.register.energy_mwh - before_mwh - 36_800) <= 368
