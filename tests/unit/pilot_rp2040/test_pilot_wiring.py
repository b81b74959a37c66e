"""Wiring: code, board.toml and main.py say the same, and the pins can do what is asked of them."""

import ast
import tomllib
from math import exp
from pathlib import Path

from ampkeeper.board.pilot_rp2040 import wiring as w
from ampkeeper.hal.micro import coil, edges, thermistor, watchdog, windows

FOLDER = Path(w.__file__).parent
FACTS = tomllib.loads((FOLDER / "board.toml").read_text())
PINS = FACTS["pins"]


def test_every_pin_is_the_same_in_the_code():
    for name, gpio in PINS.items():
        assert getattr(w, name.upper()) == (tuple(gpio) if isinstance(gpio, list) else gpio), name


def test_no_pin_has_two_uses_and_a_pico_has_them_all():
    gpios = [gpio for name, gpio in PINS.items() if name != "select"] + PINS["select"]
    assert len(gpios) == len(set(gpios))
    assert set(gpios) <= {*range(23), 26, 27, 28}


def test_no_pwm_slice_has_two_uses():
    slices = [(gpio >> 1) & 7 for gpio in (w.CP_PWM, w.COIL, w.OUTLET, w.SUPPLY, w.EARTH)]
    assert len(slices) == len(set(slices))


def test_the_slow_inputs_are_the_same_in_the_code():
    for name, number in FACTS["slow"].items():
        assert getattr(w, name.upper()) == number, name
    assert len(FACTS["slow"]) == w.SLOW_INPUTS


def test_the_pilots_scale_follows_from_its_resistors():
    cp, reference_mv = FACTS["control_pilot"], FACTS["reference"]["adc_mv"]
    conductances = [1 / cp[key] for key in ("to_pilot_ohm", "to_reference_ohm", "to_ground_ohm")]
    factor = sum(conductances) / conductances[0]
    assert abs(reference_mv * factor - w.CP_SPAN_MV) < 1
    assert reference_mv * cp["to_pilot_ohm"] / cp["to_reference_ohm"] == w.CP_ZERO_MV


def test_the_error_budget_of_req_cp_08_holds_for_these_parts():
    inl_mv = 8 * w.CP_SPAN_MV / 4_096  # requirements 7.3: 7.9 counts
    gain_mv = (12_000 + w.CP_ZERO_MV) * 0.002  # reference
    divider_mv = (12_000 + w.CP_ZERO_MV) * 0.001 * 2
    offset_mv = 2 * w.CP_SPAN_MV / 3_300  # follower
    settling_mv = 24_000 * mean_settling(28, 38)  # worst cable, the shorter window
    assert inl_mv + gain_mv + divider_mv + offset_mv + settling_mv <= 300


def mean_settling(from_us, to_us, tau_us=5.5):
    """Share of a step that is still missing, over a window after it."""
    return (exp(-from_us / tau_us) - exp(-to_us / tau_us)) * tau_us / (to_us - from_us)


def test_the_other_scales_follow_from_their_parts():
    rails, reference = FACTS["rails"], FACTS["reference"]
    factor = (rails["from_rail_ohm"] + rails["to_ground_ohm"]) / rails["to_ground_ohm"]
    assert reference["adc_mv"] * factor == w.RAIL_SPAN_MV
    share = rails["from_rail_ohm"] / rails["to_ground_ohm"]
    assert reference["adc_mv"] * share == w.RAIL_LOW_ZERO_MV
    assert rails["lock_charged_mv"] == w.LOCK_CHARGED_MV
    assert FACTS["proximity"]["pull_ohm"] == w.PP_PULL_OHM
    count = 4_096 * reference["mid_mv"] / reference["adc_mv"]
    assert abs(count - w.REFERENCE_COUNT) < 1
    assert abs(count * reference["mid_tolerance_percent"] / 100 - w.REFERENCE_COUNT_OFF) < 1
    assert reference["ground_counts_max"] == w.GROUND_COUNT_MAX


def test_times_are_the_same_in_the_code():
    contactor = FACTS["contactor"]
    assert contactor["pull_in_ms"] == coil.PULL_IN_MS
    assert contactor["hold_permille"] * coil.PERIOD == 1_000 * coil.HOLD
    assert contactor["coil_hz"] * coil.PERIOD == FACTS["board"]["clock_hz"]
    assert FACTS["watchdog"]["processor_ms"] == watchdog.TIMEOUT_MS
    assert FACTS["control_pilot"]["settling_ns_max"] * 2 <= windows.SAMPLE_NS
    assert edges.WINDOW_MS == 100
    assert thermistor.STEP_DC == 100


def test_main_makes_the_same_pins_safe_without_the_package():
    tree = ast.parse((FOLDER / "main.py").read_text())
    given = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            names = {"COIL": given.get("COIL")}
            code = compile(ast.Expression(node.value), "main", "eval")
            given[node.targets[0].id] = eval(code, names)
    assert given["COIL"] == w.COIL
    assert given["CP_PWM"] == w.CP_PWM
    assert given["LOW"][0] == w.COIL, "the coil comes first"
    assert set(given["LOW"]) == set(w.OUTPUTS_LOW)
    before_main = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    built_in = {"gc", "machine", "sys"}  # in MicroPython itself: no file can be missing
    assert {alias.name for node in before_main for alias in node.names} == built_in


def test_the_readme_names_every_pin():
    text = (FOLDER / "README.md").read_text()
    for name, gpio in PINS.items():
        shown = ", ".join(map(str, gpio)) if isinstance(gpio, list) else str(gpio)
        assert f"| {shown} | `{name}` |" in text, name
