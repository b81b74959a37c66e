"""What is driven and what is measured, pin by pin."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ampkeeper.board.pi_peak.facts import load_facts
from ampkeeper.board.pi_peak.hardware import (
    CHECK_ADC,
    LOST_BLOCKS,
    UNREADABLE_MV,
    PeakHardware,
)
from ampkeeper.firmware.safety.signals import (
    DUTY_F,
    ENCLOSURE_OPEN,
    LOCK_DRIVE,
    NO_SENSOR,
    UNKNOWN,
    UNLOCK_DRIVE,
    Inputs,
    Outputs,
)
from tools.bench.peak_twin import PERIOD_NS, Twin


@pytest.fixture
def twin(tmp_path: Path) -> Iterator[Twin]:
    made = Twin(tmp_path)
    yield made
    made.close()


@pytest.fixture
def hardware(twin: Twin) -> Iterator[PeakHardware]:
    made = twin.hardware()
    made.open()
    yield made
    made.close()


def measured(twin: Twin, hardware: PeakHardware) -> Inputs:
    inputs = Inputs()
    hardware.begin()
    twin.sleep(0.0015)
    hardware.release()
    twin.sleep(0.002)
    hardware.measure(inputs)
    return inputs


def test_at_the_start_all_is_off_and_the_pilot_at_12_v(twin: Twin, hardware: PeakHardware) -> None:
    assert [twin.pin(name) for name in twin.facts.lines.outputs] == [0] * 8
    assert twin.duty_ns() == PERIOD_NS


def test_the_coil_is_claimed_before_any_other_pin(twin: Twin) -> None:
    made = twin.hardware()
    claimed: list[int] = []
    claim = made._pins.output

    def note(gpio: int):
        claimed.append(gpio)
        return claim(gpio)

    made._pins.output = note
    made.open()
    assert claimed[0] == twin.facts.lines.outputs["coil"]
    made.close()


@pytest.mark.parametrize(
    ("change", "pins"),
    [
        ({"coil": 1}, {"coil"}),
        ({"phases": 3}, {"phase_relay"}),
        ({"phases": 1}, set()),
        ({"cp_connected": 0}, {"cp_disconnect"}),
        ({"lock_drive": LOCK_DRIVE}, {"lock_in"}),
        ({"lock_drive": UNLOCK_DRIVE}, {"lock_out"}),
        ({"rcd_test": 1}, {"rcd_test"}),
    ],
)
def test_each_output_has_its_pin(
    twin: Twin, hardware: PeakHardware, change: dict[str, int], pins: set[str]
) -> None:
    outputs = Outputs()
    vars(outputs).update(change)
    hardware.drive(outputs)
    assert {name for name in twin.facts.lines.outputs if twin.pin(name)} - {"heartbeat"} == pins


def test_the_heartbeat_changes_with_every_block(twin: Twin, hardware: PeakHardware) -> None:
    beats = []
    for _ in range(4):
        hardware.drive(Outputs())
        beats.append(twin.pin("heartbeat"))
    assert beats == [1, 0, 1, 0]


def test_the_duty_goes_out_in_nanoseconds(twin: Twin, hardware: PeakHardware) -> None:
    outputs = Outputs()
    for outputs.duty_ticks in (16_666, DUTY_F, 62_500):
        hardware.drive(outputs)
        assert twin.duty_ns() == outputs.duty_ticks * 16


def test_a_free_charger_measures_what_is_there(twin: Twin, hardware: PeakHardware) -> None:
    inputs = measured(twin, hardware)
    assert inputs.cp_high_mv == pytest.approx(12_000, abs=8)
    assert inputs.cp_low_mv == pytest.approx(12_000, abs=8)
    assert inputs.cp_noise_mv == 0
    assert inputs.pp_ohm > 100_000
    assert inputs.temperature_dc == pytest.approx(250, abs=2)
    assert inputs.plug_temperature_dc == pytest.approx(250, abs=2)
    assert inputs.rail_high_mv == pytest.approx(12_000, abs=5)
    assert inputs.rail_low_mv == pytest.approx(12_000, abs=5)
    assert (inputs.mirror, inputs.rcd_ac, inputs.rcd_dc, inputs.emergency_stop) == (0, 0, 0, 0)
    assert (inputs.pe_ok, inputs.supply_ok, inputs.outlet_live, inputs.tamper) == (1, 1, 0, 0)
    assert (inputs.checks_known, inputs.checks_failed) == (CHECK_ADC, 0)
    assert inputs.current_l1_ma == UNKNOWN


@pytest.mark.parametrize(("ohm", "cable_a"), [(1_500, 13), (680, 20), (220, 32), (100, 63)])
def test_a_cable_is_measured_in_ohm(
    twin: Twin, hardware: PeakHardware, ohm: int, cable_a: int
) -> None:
    twin.world.change_car({"plugged": True, "cable_a": cable_a})
    twin.sleep(0.01)
    assert measured(twin, hardware).pp_ohm == pytest.approx(ohm, rel=0.01)


def test_every_wire_that_is_torn_reads_as_the_worse(twin: Twin, hardware: PeakHardware) -> None:
    twin.sleep(0.01)
    for name in twin.facts.lines.inputs:
        twin.tear(name)
    inputs = measured(twin, hardware)
    assert (inputs.rcd_ac, inputs.rcd_dc, inputs.emergency_stop) == (1, 1, 1)
    assert (inputs.pe_ok, inputs.supply_ok, inputs.lock_closed, inputs.mirror) == (0, 0, 0, 0)
    assert inputs.tamper == ENCLOSURE_OPEN


def test_a_detector_that_is_never_let_go_reads_zero(twin: Twin, hardware: PeakHardware) -> None:
    inputs = Inputs()
    hardware.begin()
    twin.sleep(0.01)
    hardware.measure(inputs)
    assert abs(inputs.cp_high_mv) <= 8
    assert abs(inputs.cp_low_mv) <= 8


def test_two_readings_that_differ_are_noise(twin: Twin, hardware: PeakHardware) -> None:
    counts = iter([3_628, 520, 3_600, 520])
    read = hardware._adc.read
    hardware._adc.read = lambda channel: next(counts) if channel < 2 else read(channel)
    inputs = Inputs()
    hardware.measure(inputs)
    assert inputs.cp_noise_mv == 108  # half of 28 counts of 7.7 mV
    assert inputs.cp_high_mv == pytest.approx(11_892, abs=8)


def test_a_dead_line_makes_the_pilot_unreadable(twin: Twin, hardware: PeakHardware) -> None:
    twin.is_spi_broken = True
    inputs = measured(twin, hardware)
    assert inputs.cp_high_mv == inputs.cp_low_mv == UNREADABLE_MV
    for _ in range(LOST_BLOCKS - 1):
        assert inputs.checks_failed == 0
        hardware.measure(inputs)
    assert (inputs.checks_known, inputs.checks_failed) == (CHECK_ADC, CHECK_ADC)


@pytest.mark.parametrize(("mv", "is_fine"), [(2_460, True), (2_540, True), (2_440, False)])
def test_the_reference_proves_the_converter(
    twin: Twin, hardware: PeakHardware, mv: int, is_fine: bool
) -> None:
    twin.reference_mv = mv
    assert (measured(twin, hardware).checks_failed == 0) is is_fine


def test_slow_channels_come_round_in_five_blocks(twin: Twin, hardware: PeakHardware) -> None:
    inputs = measured(twin, hardware)
    twin.world.causes.rail_mv = 11_000
    for _ in range(5):
        twin.sleep(0.01)
        hardware.measure(inputs)
    assert inputs.rail_high_mv == pytest.approx(11_000, abs=5)
    assert inputs.rail_low_mv == pytest.approx(11_000, abs=5)


def test_what_is_not_fitted_stays_unknown(tmp_path: Path) -> None:
    whole = load_facts()
    channels = {name: whole.channels[name] for name in ("cp_high", "cp_low")}
    outputs = {name: whole.lines.outputs[name] for name in ("coil", "heartbeat", "peak_reset")}
    inputs = {"mirror": whole.lines.inputs["mirror"]}
    lines = whole.lines._replace(outputs=outputs, inputs=inputs)
    twin = Twin(tmp_path, whole._replace(channels=channels, lines=lines))
    hardware = twin.hardware()
    hardware.open()
    seen = measured(twin, hardware)
    assert (seen.temperature_dc, seen.plug_temperature_dc) == (NO_SENSOR, NO_SENSOR)
    assert (seen.rail_high_mv, seen.outlet_live, seen.lock_charged) == (UNKNOWN,) * 3
    assert seen.checks_known == 0
    hardware.drive(Outputs())
    twin.is_spi_broken = True
    for _ in range(LOST_BLOCKS):
        hardware.measure(seen)
    assert seen.checks_failed == CHECK_ADC
    twin.is_spi_broken = False
    hardware.measure(seen)
    assert seen.checks_failed == 0, "no reference is there to say so"
    hardware.close()
    hardware.close()
    twin.close()
