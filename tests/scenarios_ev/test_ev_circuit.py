"""The car's pilot circuit, its cable and what disturbs them: rows 1 to 5 of the EV model."""

import pytest

from ampkeeper.board.emulated.circuit import SHORT_AFTER_DIODE, SHORT_AT_PLUG
from ampkeeper.firmware.safety.pilot import INVALID, A, B, C, E
from tests.scenarios_ev.ev_rig import A_OPEN_MS, Rig
from tests.scenarios_ev.judge import is_ready_again
from tests.scenarios_ev.rows import shows

READ_MS = 200  # a class counts after two blocks, a diode or noise after 100 ms


def resistors(percent: int) -> dict[str, int]:
    """All three resistors of the car, this much off."""
    plain = {"resistor_b_ohm": 2_740, "resistor_c_ohm": 1_300, "resistor_d_ohm": 270}
    return {name: ohm * (100 + percent) // 100 for name, ohm in plain.items()}


@shows(1)
@pytest.mark.parametrize("percent", [-20, -10, -3, 0, 3, 10, 20])
def test_resistors_up_to_a_fifth_off_are_read_as_b_then_c_and_charge(percent: int) -> None:
    rig = Rig()
    rig.plug(**resistors(percent), ready=False)
    rig.run(2)
    assert rig.out.pilot == B
    rig.change({"ready": True})
    rig.until(lambda: rig.is_closed, 15)
    rig.run(20)
    assert rig.out.pilot == C
    assert rig.closings == 1
    assert rig.seen_faults == []


@shows(1)
@pytest.mark.parametrize("percent", [-3, 3])
@pytest.mark.parametrize("noise_mv", [0, 150])
def test_three_percent_off_is_never_misread_even_with_noise(percent: int, noise_mv: int) -> None:
    rig = Rig()
    rig.evse.causes.pilot_noise = noise_mv
    rig.charge(**resistors(percent))
    rig.run(25)
    assert rig.closings == 1
    assert rig.seen_faults == []


# fmt: off
DIODES = (
    # diode                                    fault            coil may have been driven
    ({"diode": "short"},                       "DiodeFault"),
    ({"diode": "leaky", "diode_low_v": -5},    "DiodeFault"),
    ({"diode": "leaky", "diode_low_v": -6},    "DiodeFault"),
    ({"diode": "leaky", "diode_low_v": -8},    "PilotFault"),
    ({"diode": "leaky", "diode_low_v": -9.5},  "PilotFault"),
)
# fmt: on


@shows(2)
@pytest.mark.parametrize(("diode", "name"), DIODES)
def test_a_broken_diode_opens_within_100_ms_of_its_finding(
    diode: dict[str, object], name: str
) -> None:
    """REQ-CP-05, REQ-CP-04."""
    rig = Rig()
    rig.charge()
    rig.change(diode)
    assert rig.ms_until_open() <= A_OPEN_MS + 20, "100 ms from the first bad block"
    assert name in rig.faults
    rig.run(30)
    assert not rig.is_closed


@shows(2)
@pytest.mark.parametrize("diode", ["short", "leaky", "reversed", "open"])
def test_no_car_with_a_broken_diode_is_ever_connected(diode: str) -> None:
    rig = Rig()
    rig.plug(diode=diode)
    rig.run(20)
    assert rig.closings == 0
    rig.unplug()
    rig.until(lambda: is_ready_again(rig), 60)
    rig.charge(diode="ok")


@shows(2)
def test_a_diode_fault_stays_until_the_car_is_gone() -> None:
    rig = Rig()
    rig.charge()
    rig.change({"diode": "short"})
    rig.ms_until_open()
    rig.change({"diode": "ok"})
    rig.run(60)
    assert rig.faults == ["DiodeFault"]
    assert rig.closings == 1
    rig.unplug()
    rig.until(lambda: is_ready_again(rig), 60)
    rig.charge()


@shows(2)
def test_a_leak_in_the_diode_within_tolerance_is_not_a_fault() -> None:
    rig = Rig()
    rig.charge(diode="leaky", diode_low_v=-11.2)
    assert rig.seen_faults == []


@shows(3)
@pytest.mark.parametrize(
    ("short", "name"), [(SHORT_AT_PLUG, "PilotShort"), (SHORT_AFTER_DIODE, "PilotShort")]
)
def test_a_short_of_the_pilot_opens_within_100_ms_and_is_state_e(short: int, name: str) -> None:
    """REQ-CP-09, TV-CP-11, TV-CP-12."""
    rig = Rig()
    rig.charge()
    rig.evse.causes.pilot_short = short
    assert rig.ms_until_open() <= A_OPEN_MS
    rig.run(1)
    assert rig.out.pilot == E
    assert rig.faults == [name]
    rig.evse.causes.pilot_short = 0
    rig.run(60)
    assert rig.closings == 2, "the session goes on when the short is gone"


@shows(3)
def test_a_broken_pilot_wire_is_an_unplugged_car() -> None:
    rig = Rig()
    rig.charge()
    rig.evse.causes.pilot_open = True
    assert rig.ms_until_open() <= A_OPEN_MS
    rig.run(1)
    assert rig.out.pilot == A
    assert rig.evse.has_cable
    assert not rig.evse.lock.is_locked


@shows(3)
@pytest.mark.parametrize(("series_ohm", "charges"), [(0, True), (100, True), (300, True)])
def test_resistance_in_the_pilot_wire_is_borne(series_ohm: int, charges: bool) -> None:
    rig = Rig()
    rig.charge(pilot_series_ohm=series_ohm)
    rig.run(15)
    assert rig.closings == 1
    assert rig.seen_faults == []


@shows(3)
def test_too_much_resistance_in_the_pilot_wire_stays_in_b_and_never_flickers() -> None:
    rig = Rig()
    rig.plug(pilot_series_ohm=500)
    rig.run(25)
    assert rig.closings == 0
    assert rig.out.pilot == B
    assert rig.seen_faults == []


@shows(3)
@pytest.mark.parametrize("capacitance_nf", [0.3, 2, 4, 6])
@pytest.mark.parametrize("permit_ma", [6_000, 32_000])
def test_capacitance_up_to_6_nf_is_not_seen(capacitance_nf: float, permit_ma: int) -> None:
    rig = Rig()
    rig.permit_ma = permit_ma
    rig.charge(pilot_capacitance_nf=capacitance_nf)
    rig.run(15)
    assert rig.closings == 1
    assert rig.seen_faults == []


@shows(4)
@pytest.mark.parametrize("noise_mv", [50, 100, 190])
def test_white_noise_below_200_mv_disturbs_nothing(noise_mv: int) -> None:
    rig = Rig(seed=noise_mv)
    rig.evse.causes.pilot_noise = noise_mv
    rig.charge()
    rig.run(25)
    assert rig.closings == 1
    assert rig.seen_faults == []


@shows(4)
@pytest.mark.parametrize("noise_mv", [250, 1_000])
def test_a_pilot_that_cannot_be_read_opens_and_recovers(noise_mv: int) -> None:
    """REQ-CP-04."""
    rig = Rig(seed=noise_mv)
    rig.charge()
    rig.evse.causes.pilot_noise = noise_mv
    assert rig.ms_until_open() <= A_OPEN_MS + 20
    rig.run(10)
    assert rig.out.pilot == INVALID
    assert rig.faults == ["PilotFault"]
    rig.evse.causes.pilot_noise = 0
    rig.run(60)
    assert rig.closings == 2, "the session goes on by itself"
    assert rig.faults == []


@shows(4)
def test_mains_ripple_disturbs_nothing_until_it_hides_the_level() -> None:
    rig = Rig()
    rig.evse.causes.pilot_ripple = 300
    rig.charge()
    rig.run(25)
    assert rig.closings == 1
    assert rig.seen_faults == []
    rig.evse.causes.pilot_ripple = 4_000
    rig.until(lambda: not rig.out.coil, 1)
    assert rig.seen_faults == ["PilotFault"]


@shows(4)
def test_the_burst_of_the_contactor_does_not_open_it_again() -> None:
    """REQ-CP-07: less than 100 ms of unreadable pilot."""
    rig = Rig()
    rig.evse.causes.pilot_burst = 5_000
    rig.charge()
    rig.run(25)
    assert rig.closings == 1
    assert rig.seen_faults == []


@shows(4)
@pytest.mark.parametrize("seed", range(3))
def test_single_far_samples_are_less_than_a_block_and_change_nothing(seed: int) -> None:
    rig = Rig(seed=seed)
    rig.evse.causes.pilot_spikes = 2
    rig.charge()
    rig.run(25)
    assert rig.closings == 1
    assert rig.seen_faults == []


CODINGS = [(13, 13_000), (20, 20_000), (32, 32_000), (63, 32_000), (80, 32_000)]


@shows(5)
@pytest.mark.parametrize(("cable_a", "limit_ma"), CODINGS)
def test_each_coding_of_the_cable_limits_the_offer(cable_a: int, limit_ma: int) -> None:
    rig = Rig()
    rig.permit_ma = 63_000
    if cable_a == 80:
        rig.plug(cable_a=80)
        rig.run(20)
        assert rig.faults == ["ProximityFault"], "56 ohm is in no edition that is certified for"
        assert rig.closings == 0
        return
    rig.charge(cable_a=cable_a, max_a=80)
    rig.run(10)
    assert rig.out.limit_ma == limit_ma
    assert rig.evse.current_ma[0] <= limit_ma


@shows(5)
@pytest.mark.parametrize(("pp_ohm", "cable_ma"), [(150, 32_000), (480, 20_000), (1_000_000, 0)])
def test_a_handle_of_another_continent_is_read_by_its_window(pp_ohm: int, cable_ma: int) -> None:
    """150 and 480 ohm are a Type 1 handle's latch; a socket reads them as what they are nearest."""
    rig = Rig()
    rig.plug(pp_ohm=pp_ohm)
    rig.run(20)
    assert rig.out.cable_ma == cable_ma
    assert rig.is_closed == (cable_ma > 0)


@shows(5)
def test_no_cable_coding_means_no_current() -> None:
    rig = Rig()
    rig.evse.causes.pp_open = True
    rig.plug()
    rig.run(20)
    assert rig.closings == 0
    assert rig.faults == ["ProximityFault"]


@shows(5)
@pytest.mark.parametrize("cause", ["pp_open", "pp_short"])
def test_a_proximity_contact_lost_while_charging_ends_it_by_a_normal_stop(cause: str) -> None:
    """REQ-PP-01."""
    rig = Rig()
    rig.charge()
    setattr(rig.evse.causes, cause, True)
    taken_ms = rig.ms_until_open(8)
    assert 2_000 <= taken_ms <= 4_000, "the car ends the current first"
    assert rig.faults == ["ProximityFault"]
    assert rig.out.under_load_count == 0
    setattr(rig.evse.causes, cause, False)
    rig.run(30)
    assert rig.closings == 1, "until the car is unplugged"


@shows(5)
def test_a_coding_that_drifts_out_of_its_window_ends_the_charge() -> None:
    rig = Rig()
    rig.charge(cable_a=32, pp_drift_ohm_s=10)
    rig.until(lambda: not rig.out.coil, 30)
    assert rig.faults == ["ProximityFault"]
    assert rig.out.under_load_count == 0
