"""Converters: what the pilot board's inputs measure of the world, as ring 1 takes them.

This board has everything that ring 1 knows a use for: current transformers, voltage taps on
both sides of the contactor, rails, two temperature sensors, tamper contacts. A converter that
a real board lacks gives UNKNOWN there; here a cause can break each instead.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ampkeeper.board.emulated import circuit
from ampkeeper.board.emulated.contacts import CLOSED_BARE, OPEN
from ampkeeper.board.emulated.grid import LIVE_MV
from ampkeeper.firmware.safety.signals import (
    ENCLOSURE_OPEN,
    NO,
    PP_OPEN_OHM,
    TILTED,
    UNKNOWN,
    WET,
    YES,
    Inputs,
)

if TYPE_CHECKING:
    from ampkeeper.board.emulated.world import EvseWorld

TAMPERS = {"none": 0, "enclosure": ENCLOSURE_OPEN, "tilt": TILTED, "water": WET}
BROKEN_SENSOR_DC = {"open": -990, "short": 2_000}  # what a converter makes of a broken NTC
CHECKS = (4, 6, 8)  # self-tests of the board whose parts are simulated: clock, ADC, watchdog
CHECKS_KNOWN = sum(1 << number for number in CHECKS)


def fill(inputs: Inputs, evse: "EvseWorld", elapsed_ms: int) -> None:
    """Measure everything once, into ``inputs``."""
    _fill_pilot(inputs, evse, elapsed_ms)
    _fill_power(inputs, evse)
    causes = evse.causes
    inputs.mirror = int(evse.contactor.is_mirror_made)
    inputs.lock_closed = int(evse.lock.feedback)
    inputs.lock_charged = NO if causes.lock_uncharged else YES
    inputs.rcd_ac = int(evse.leakage.is_ac_tripped)
    inputs.rcd_dc = int(evse.leakage.is_dc_tripped)
    inputs.pe_ok = int(not causes.pe_open)
    inputs.emergency_stop = int(causes.emergency_stop)
    inputs.rail_high_mv = inputs.rail_low_mv = causes.rail_mv
    inputs.tamper = TAMPERS[causes.tamper]
    inputs.checks_known = CHECKS_KNOWN
    inputs.checks_failed = 1 << causes.check_failed if causes.check_failed else 0
    _fill_temperatures(inputs, evse, elapsed_ms)


def _fill_pilot(inputs: Inputs, evse: "EvseWorld", elapsed_ms: int) -> None:
    inputs.cp_high_mv, inputs.cp_low_mv = evse.high_mv, evse.low_mv
    inputs.cp_noise_mv = evse.pilot_sd_mv
    noise = evse.noise
    if not noise.is_quiet:
        high_mv, low_mv, sd_mv = noise.apply(evse.high_mv, evse.low_mv, elapsed_ms)
        inputs.cp_high_mv, inputs.cp_low_mv = high_mv, low_mv
        inputs.cp_noise_mv = max(sd_mv, evse.pilot_sd_mv)
    if evse.causes.pp_short:
        inputs.pp_ohm = 0
    elif evse.causes.pp_open or not evse.spec.is_socket:
        inputs.pp_ohm = PP_OPEN_OHM
    else:
        inputs.pp_ohm = evse.plug.proximity_ohm(evse.car)


def _fill_power(inputs: Inputs, evse: "EvseWorld") -> None:
    if evse.causes.measuring == "ok":
        inputs.voltage_l1_mv, inputs.voltage_l2_mv, inputs.voltage_l3_mv = evse.voltage_mv
        inputs.current_l1_ma, inputs.current_l2_ma, inputs.current_l3_ma = evse.current_ma
    else:
        inputs.voltage_l1_mv = inputs.voltage_l2_mv = inputs.voltage_l3_mv = UNKNOWN
        inputs.current_l1_ma = inputs.current_l2_ma = inputs.current_l3_ma = UNKNOWN
    inputs.supply_ok = int(evse.voltage_mv[0] >= LIVE_MV)
    inputs.outlet_live = int(evse.is_outlet_live())
    inputs.over_current = int(evse.monitor.is_tripped)


def _fill_temperatures(inputs: Inputs, evse: "EvseWorld", elapsed_ms: int) -> None:
    causes = evse.causes
    inside_c, plug_c = causes.temperature_c, causes.plug_temperature_c
    if plug_c is None:
        plug_c = inside_c
    inputs.temperature_dc = evse.inside.step(elapsed_ms, round(inside_c * 10))
    inputs.plug_temperature_dc = evse.connector.step(elapsed_ms, round(plug_c * 10))
    if causes.temperature_sensor != "ok":
        inputs.temperature_dc = BROKEN_SENSOR_DC[causes.temperature_sensor]


def pilot_block(
    load: circuit.Load, duty_ticks: int, touching: Sequence[bool], s2_seen: Sequence[int]
) -> tuple[int, int, int]:
    """Mean high, mean low and the worse standard deviation of a block that moved within.

    The contact of the plug and S2 are given for each millisecond. One period of the pilot is
    1 ms, so each gives one sample of either level.
    """
    highs: list[int] = []
    lows: list[int] = []
    diode = load.diode
    for is_touching, s2 in zip(touching, s2_seen, strict=True):
        load.is_connected = is_touching
        load.is_s2_closed = s2 != OPEN
        load.diode = "short" if s2 == CLOSED_BARE else diode
        high_mv, low_mv = circuit.levels_mv(load, duty_ticks)
        highs.append(high_mv)
        lows.append(low_mv)
    load.diode = diode
    return _mean(highs), _mean(lows), max(_deviation(highs), _deviation(lows))


def _mean(values: list[int]) -> int:
    return round(sum(values) / len(values))


def _deviation(values: list[int]) -> int:
    mean = sum(values) / len(values)
    return round(math.sqrt(sum((value - mean) ** 2 for value in values) / len(values)))
