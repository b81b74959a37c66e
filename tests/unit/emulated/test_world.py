"""The world gives a pilot board what its converters would measure, and keeps what a cut leaves."""

import json

import pytest

from ampkeeper.board.emulated.circuit import SHORT_AT_PLUG
from ampkeeper.board.emulated.world import EvseSpec, EvseWorld, World
from ampkeeper.firmware.safety.signals import (
    DUTY_X1,
    LOCK_DRIVE,
    PP_OPEN_OHM,
    UNLOCK_DRIVE,
    Inputs,
    Outputs,
)

STEP_MS = 10
PWM_16_A = 16_667  # rounded up: 16,000 mA


def world(phases: int = 3, is_socket: bool = True, seed: int = 1) -> World:
    return World([EvseSpec(1, phases, is_socket)], seed)


def drive(duty_ticks: int = DUTY_X1, coil: int = 0, phases: int = 3, **values: int) -> Outputs:
    outputs = Outputs()
    outputs.duty_ticks, outputs.coil, outputs.phases = duty_ticks, coil, phases
    for name, value in values.items():
        setattr(outputs, name, value)
    return outputs


def run(evse: EvseWorld, seconds: float, outputs: Outputs) -> Inputs:
    for _ in range(round(seconds * 1_000 / STEP_MS)):
        inputs = evse.step(STEP_MS, outputs)
    return inputs


def charging(evse: EvseWorld) -> EvseWorld:
    evse.change_car({"plugged": True})
    run(evse, 5, drive(PWM_16_A, coil=1))
    return evse


def test_an_empty_socket_measures_twelve_volts_and_no_cable() -> None:
    inputs = world().evses[1].step(STEP_MS, drive())
    assert (inputs.cp_high_mv, inputs.cp_low_mv, inputs.cp_noise_mv) == (12_000, 12_000, 0)
    assert inputs.pp_ohm == PP_OPEN_OHM
    assert (inputs.mirror, inputs.lock_closed, inputs.supply_ok, inputs.pe_ok) == (0, 0, 1, 1)


def test_a_plugged_car_is_seen_within_one_step() -> None:
    evse = world().evses[1]
    evse.change_car({"plugged": True, "cable_a": 20})
    inputs = evse.step(STEP_MS, drive())
    assert inputs.cp_high_mv == 8_979
    assert inputs.pp_ohm == 680


def test_a_charging_car_draws_on_three_phases_and_the_register_counts() -> None:
    evse = charging(world().evses[1])
    assert evse.current_ma == (16_000, 16_000, 16_000)
    before_mwh = evse.register.energy_mwh
    run(evse, 360, drive(PWM_16_A, coil=1))
    assert evse.register.energy_mwh - before_mwh == 11_040 * 360 * 1_000 // 3_600
    assert evse.meter_reading().power_w == 11_040.0


@pytest.mark.parametrize(
    ("car_phases", "wired", "relay", "used"),
    [(1, 3, 3, 1), (3, 1, 3, 1), (3, 3, 1, 1), (2, 3, 3, 2)],
)
def test_only_phases_that_everybody_has_carry_current(
    car_phases: int, wired: int, relay: int, used: int
) -> None:
    evse = world(phases=wired).evses[1]
    evse.change_car({"plugged": True, "phases": car_phases})
    run(evse, 5, drive(PWM_16_A, coil=1, phases=relay))
    assert [current_ma > 0 for current_ma in evse.current_ma] == [n < used for n in range(3)]


def test_a_phase_without_voltage_carries_nothing() -> None:
    state = world()
    evse = charging(state.evses[1])
    state.grid.change({"voltage_v": [230.0, 0.0, 230.0]})
    run(evse, 1, drive(PWM_16_A, coil=1))
    assert evse.current_ma == (16_000, 0, 16_000)


def test_an_outage_stops_the_current_and_is_reported_as_lost_supply() -> None:
    state = world()
    evse = charging(state.evses[1])
    state.grid.change({"outage": True})
    inputs = run(evse, 1, drive(PWM_16_A, coil=1))
    assert evse.current_ma == (0, 0, 0)
    assert inputs.supply_ok == 0
    assert evse.meter_reading().voltage_v == (0.0, 0.0, 0.0)


def test_a_disconnected_pilot_looks_like_no_car_and_the_car_stops() -> None:
    evse = charging(world().evses[1])
    inputs = run(evse, 0.1, drive(PWM_16_A, coil=1, cp_connected=0))
    assert inputs.cp_high_mv == 12_000
    assert not evse.car.is_s2_closed


def test_a_shorted_pilot_is_zero_and_the_car_stops() -> None:
    evse = charging(world().evses[1])
    evse.causes.pilot_short = SHORT_AT_PLUG
    inputs = run(evse, 0.1, drive(PWM_16_A, coil=1))
    assert (inputs.cp_high_mv, inputs.cp_low_mv) == (0, 0)
    assert evse.current_ma == (0, 0, 0)


def test_a_locked_plug_stays_in_the_socket_until_it_is_unlocked() -> None:
    evse = world().evses[1]
    evse.change_car({"plugged": True})
    run(evse, 1, drive(lock_drive=LOCK_DRIVE))
    evse.change_car({"plugged": False})
    inputs = run(evse, 1, drive())
    assert (inputs.cp_high_mv, inputs.pp_ohm) == (12_000, 220)
    assert run(evse, 1, drive(lock_drive=UNLOCK_DRIVE)).pp_ohm == PP_OPEN_OHM


def test_a_captive_cable_has_no_proximity_and_no_lock() -> None:
    evse = world(is_socket=False).evses[1]
    evse.change_car({"plugged": True})
    assert run(evse, 1, drive()).pp_ohm == PP_OPEN_OHM
    assert evse.lock_name() == "none"


def test_a_power_to_show_replaces_the_true_one_on_the_meter_only() -> None:
    evse = charging(world().evses[1])
    evse.power_w_shown = 3_000.0
    reading = evse.meter_reading()
    assert reading.power_w == 3_000.0
    assert reading.power_phase_w == (1_000.0, 1_000.0, 1_000.0)
    before_mwh = evse.register.energy_mwh
    run(evse, 36, drive(PWM_16_A, coil=1))
    assert evse.register.energy_mwh - before_mwh == 110_400


def test_the_same_seed_gives_the_same_noise() -> None:
    def noisy(seed: int) -> list[int]:
        evse = world(seed=seed).evses[1]
        evse.causes.pilot_noise = 300
        return [evse.step(STEP_MS, drive()).cp_high_mv for _ in range(50)]

    assert noisy(5) == noisy(5)
    assert noisy(5) != noisy(6)


def test_all_evses_are_stepped_together() -> None:
    state = World([EvseSpec(1), EvseSpec(2)])
    state.evses[2].change_car({"plugged": True})
    inputs = state.step(STEP_MS, {1: drive(), 2: drive()})
    assert (inputs[1].cp_high_mv, inputs[2].cp_high_mv) == (12_000, 8_979)


def test_what_a_power_cut_leaves_is_saved_as_json_and_loaded() -> None:
    state = world()
    evse = charging(state.evses[1])
    state.grid.change({"voltage_v": [240.0, 241.0, 242.0], "frequency_hz": 49.9})
    evse.contactor.is_welded = True
    evse.causes.meter = "frozen"
    evse.causes.temperature_c = 61.5
    state.reader = "silent"
    kept = json.loads(json.dumps(state.save()))
    again = world()
    again.load(kept)
    assert again.save() == state.save()
    assert again.evses[1].contactor.is_closed, "a welded contactor stays closed"
    assert again.evses[1].register.energy_mwh == evse.register.energy_mwh


def test_a_contactor_that_is_not_welded_falls_open_in_a_power_cut() -> None:
    state = world()
    charging(state.evses[1])
    again = world()
    again.load(state.save())
    assert not again.evses[1].contactor.is_closed
    assert again.evses[1].car.plugged


def test_the_comparator_leaves_a_car_that_ignores_the_offer_to_ring_one() -> None:
    evse = charging(world().evses[1])
    evse.change_car({"obeys_limit": False, "max_a": 32})
    inputs = run(evse, 3, drive(PWM_16_A, coil=1))
    assert inputs.over_current == 0
    assert inputs.current_l1_ma == 32_000
