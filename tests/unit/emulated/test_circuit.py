"""The pilot circuit gives the voltages of IEC 61851-1 Table A.4, whole and broken."""

from random import Random
from statistics import mean, stdev

import pytest

from ampkeeper.board.emulated import circuit
from ampkeeper.firmware.safety.signals import DUTY_F, DUTY_X1

PWM = 16_666
NEAR_MV = 50


def load(**values: object) -> circuit.Load:
    made = circuit.Load()
    made.is_connected = True
    for name, value in values.items():
        setattr(made, name, value)
    return made


STATE_C = {"is_s2_closed": True}
STATE_D = {"is_s2_closed": True, "has_ventilation": True}

# fmt: off
LEVELS = (
    # load                                    duty     high     low
    ({"is_connected": False},                 PWM,     12_000, -12_000),
    ({},                                      PWM,      8_980, -12_000),
    (STATE_C,                                 PWM,      5_990, -12_000),
    (STATE_D,                                 PWM,      2_930, -12_000),
    ({},                                      DUTY_X1,  8_980,   8_980),
    (STATE_C,                                 DUTY_X1,  5_990,   5_990),
    ({},                                      DUTY_F, -12_000, -12_000),
    ({"diode": "short"},                      PWM,      8_790,  -8_790),
    ({"diode": "short", **STATE_C},           PWM,      5_620,  -5_620),
    ({"diode": "short", **STATE_D},           PWM,      2_370,  -2_370),
    ({"diode": "open", **STATE_C},            PWM,     12_000, -12_000),
    ({"short": circuit.SHORT_AT_PLUG},        PWM,          0,       0),
    ({"short": circuit.SHORT_AFTER_DIODE},    PWM,        700, -12_000),
    ({"short": circuit.SHORT_AT_PLUG},        DUTY_F,       0,       0),
)
# fmt: on


@pytest.mark.parametrize(("values", "duty_ticks", "high_mv", "low_mv"), LEVELS)
def test_each_load_gives_its_levels(
    values: dict[str, object], duty_ticks: int, high_mv: int, low_mv: int
) -> None:
    high, low = circuit.levels_mv(load(**values), duty_ticks)
    assert abs(high - high_mv) <= NEAR_MV
    assert abs(low - low_mv) <= NEAR_MV


def test_a_constant_pilot_has_one_level() -> None:
    for duty_ticks in (DUTY_F, DUTY_X1):
        high, low = circuit.levels_mv(load(), duty_ticks)
        assert high == low


def test_noise_follows_from_its_seed_and_has_the_deviation_of_a_mean() -> None:
    first = [circuit.with_noise(9_000, 500, random) for random in [Random(7)] for _ in range(2_000)]
    again = [circuit.with_noise(9_000, 500, random) for random in [Random(7)] for _ in range(2_000)]
    assert first == again
    assert abs(mean(first) - 9_000) < 20
    assert abs(stdev(first) - 500 / circuit.SAMPLES_PER_LEVEL**0.5) < 20


@pytest.mark.parametrize(
    ("high_mv", "duty_ticks", "name"),
    [
        (12_000, DUTY_X1, "A1"),
        (12_000, PWM, "A2"),
        (8_979, PWM, "B2"),
        (5_995, PWM, "C2"),
        (5_995, DUTY_X1, "C1"),
        (2_930, PWM, "D2"),
        (0, PWM, "E"),
        (700, PWM, "E"),
        (-12_000, DUTY_F, "F"),
    ],
)
def test_a_voltmeter_names_the_state(high_mv: int, duty_ticks: int, name: str) -> None:
    assert circuit.state_name(high_mv, duty_ticks) == name
