"""Supply, noise, plug, leakage, heat and late meters: the small parts of the simulated world."""

from random import Random
from statistics import mean

import pytest

from ampkeeper.board.emulated import converters, supply
from ampkeeper.board.emulated.car import Car
from ampkeeper.board.emulated.causes import Causes
from ampkeeper.board.emulated.circuit import Load
from ampkeeper.board.emulated.grid import Grid
from ampkeeper.board.emulated.heat import Heat
from ampkeeper.board.emulated.history import History
from ampkeeper.board.emulated.noise import BURST_MS, Noise
from ampkeeper.board.emulated.plug import Plug
from ampkeeper.board.emulated.residual import TEST_MS, Leakage
from ampkeeper.board.emulated.world import EvseSpec, World
from ampkeeper.firmware.safety.signals import PP_OPEN_OHM, UNKNOWN, Outputs
from ampkeeper.hal.ports import MeterReading

STEP_MS = 10


def test_a_brown_out_takes_the_mains_away_and_ends_by_itself() -> None:
    causes = Causes()
    causes.brown_out_ms = 25
    seen = []
    for _ in range(4):
        supply.step(causes, STEP_MS)
        seen.append(supply.voltages_mv(Grid(), causes, 3)[0] > 0)
    assert seen == [False, False, True, True]


def test_without_neutral_three_phases_float_and_one_is_gone() -> None:
    causes = Causes()
    causes.n_open = True
    first_mv, second_mv, third_mv = supply.voltages_mv(Grid(), causes, 3)
    assert first_mv < 0.8 * 230_000
    assert min(second_mv, third_mv) > 1.15 * 230_000
    assert supply.voltages_mv(Grid(), causes, 1) == (0, 0, 0)


def test_a_voltage_in_percent_is_of_the_grids() -> None:
    causes = Causes()
    causes.voltage_percent = 110
    assert supply.voltages_mv(Grid(), causes, 1) == (253_000, 0, 0)


def test_ripple_shifts_block_means_up_and_down() -> None:
    causes = Causes()
    causes.pilot_ripple = 1_000
    noise = Noise(causes, Random(1))
    highs = []
    for _ in range(20):
        noise.step(STEP_MS, has_switched=False)
        highs.append(noise.apply(9_000, -12_000, STEP_MS)[0])
    assert max(highs) > 9_400
    assert min(highs) < 8_600
    assert abs(mean(highs) - 9_000) < 50


def test_a_burst_lasts_as_long_as_contacts_arc_and_only_after_switching() -> None:
    causes = Causes()
    causes.pilot_burst = 3_000
    noise = Noise(causes, Random(1))
    noise.step(STEP_MS, has_switched=False)
    assert noise.is_quiet
    noise.step(STEP_MS, has_switched=True)
    burst_ms = 0
    while not noise.is_quiet:
        assert noise.apply(6_000, -12_000, STEP_MS)[2] == 3_000
        burst_ms += STEP_MS
        noise.step(STEP_MS, has_switched=False)
    assert burst_ms == BURST_MS


def test_spikes_are_rare_blocks_with_a_large_deviation() -> None:
    causes = Causes()
    causes.pilot_spikes = 5
    noise = Noise(causes, Random(1))
    hit = sum(noise.apply(6_000, -12_000, STEP_MS)[2] > 1_000 for _ in range(10_000))
    assert 400 <= hit <= 600


def test_a_plug_that_bounces_touches_and_lets_go_within_its_time() -> None:
    car, plug = Car(), Plug(Random(3))
    car.change({"plugged": True, "plug_bounce_ms": 25})
    seen: list[bool] = []
    for _ in range(5):
        plug.step(STEP_MS, car)
        seen += plug.pilot_seen or [plug.is_touching] * STEP_MS
    assert True in seen[:25]
    assert False in seen[:25]
    assert all(seen[25:])


def test_the_coding_resistor_drifts_while_the_plug_is_in_and_begins_anew() -> None:
    car, plug = Car(), Plug(Random(1))
    car.change({"plugged": True, "pp_drift_ohm_s": 100, "cable_a": 32})
    plug.move(is_plugged=True, can_leave=False)
    for _ in range(100):
        plug.step(STEP_MS, car)
    assert plug.proximity_ohm(car) == 320
    plug.move(is_plugged=False, can_leave=True)
    plug.step(STEP_MS, car)
    assert plug.proximity_ohm(car) == PP_OPEN_OHM


@pytest.mark.parametrize(
    ("cable_a", "ohm"), [(13, 1_500), (20, 680), (32, 220), (63, 100), (80, 56)]
)
def test_the_cable_is_coded_by_its_resistor(cable_a: int, ohm: int) -> None:
    car, plug = Car(), Plug(Random(1))
    car.change({"cable_a": cable_a})
    plug.move(is_plugged=True, can_leave=False)
    assert plug.proximity_ohm(car) == ohm
    car.change({"pp_ohm": 480})
    assert plug.proximity_ohm(car) == 480


def test_the_monitor_answers_its_test_input_unless_it_is_dead() -> None:
    leakage, car = Leakage(), Car()
    leakage.step(TEST_MS, car, is_test_driven=True)
    assert leakage.is_ac_tripped
    assert leakage.is_dc_tripped
    leakage.is_monitor_dead = True
    assert not leakage.is_dc_tripped
    leakage.is_monitor_dead = False
    leakage.step(TEST_MS - 1, car, is_test_driven=False)
    assert leakage.is_dc_tripped
    leakage.step(1, car, is_test_driven=False)
    assert not leakage.is_dc_tripped


def test_a_temperature_moves_as_metal_does() -> None:
    heat = Heat()
    assert heat.step(STEP_MS, 250) == 250, "where it starts it is at once"
    after_a_second = [heat.step(STEP_MS, 1_100) for _ in range(100)][-1]
    assert after_a_second == 340
    assert [heat.step(1_000, 1_100) for _ in range(9)][-1] == 1_100
    assert heat.step(1_000, 250) == 1_010


def test_a_late_meter_shows_what_was_true_then() -> None:
    history = History()
    for number in range(1_000):
        if history.step(STEP_MS):
            history.take(MeterReading(taken_s=0.0, energy_wh=number))
    late = history.at(5_000)
    assert late is not None
    assert 445 <= late.energy_wh <= 500
    oldest = history.at(60_000)
    assert oldest is not None
    history.forget()
    assert history.at(1_000) is None


def test_a_block_in_which_s2_moved_has_a_mean_and_a_deviation() -> None:
    load = Load()
    high_mv, low_mv, sd_mv = converters.pilot_block(load, 16_667, [True] * 10, [0] * 5 + [1] * 5)
    assert abs(high_mv - (8_979 + 5_995) // 2) <= 2
    assert low_mv == -12_000
    assert sd_mv > 1_000


def test_a_board_without_sensors_says_unknown_and_a_broken_one_says_nonsense() -> None:
    evse = World([EvseSpec(1)]).evses[1]
    inputs = evse.step(STEP_MS, Outputs())
    assert (inputs.current_l1_ma, inputs.voltage_l3_mv, inputs.outlet_live) == (0, 230_000, 0)
    assert (inputs.rail_high_mv, inputs.rail_low_mv, inputs.lock_charged) == (12_000, 12_000, 1)
    assert (inputs.temperature_dc, inputs.plug_temperature_dc, inputs.tamper) == (250, 250, 0)
    evse.causes.measuring, evse.causes.temperature_sensor = "meter", "short"
    evse.causes.check_failed, evse.causes.tamper = 6, "water"
    inputs = evse.step(STEP_MS, Outputs())
    assert (inputs.current_l1_ma, inputs.voltage_l3_mv) == (UNKNOWN, UNKNOWN)
    assert inputs.temperature_dc == 2_000
    assert inputs.checks_failed == inputs.checks_known & 1 << 6 != 0
    assert inputs.tamper == 4
