"""From readings to sampled values: what is unknown is left out, what is known is exact."""

import math
from dataclasses import replace

import pytest

from ampkeeper.firmware.ocpp.samples import (
    ENERGY,
    MEASURANDS,
    MEASURANDS_ALLOWED,
    ended_measurands,
    exact_text,
    phases_used,
    sampled_values,
)


def test_a_sparse_meter_gives_only_what_it_knows(fake):
    reading = replace(fake.stamped(fake.SPARSE), offered_a=None, soc_percent=None)
    values = sampled_values(reading, MEASURANDS)
    assert [(value.measurand, value.value) for value in values] == [(ENERGY, "12345")]


def test_a_zero_that_was_measured_is_sent(fake):
    idle = replace(fake.SPARSE, power_w=0.0, current_a=(0.0, None, None))
    values = sampled_values(fake.stamped(idle), ["Power.Active.Import", "Current.Import"])
    assert [(value.phase, value.value) for value in values] == [(None, "0"), ("L1", "0")]


def test_a_full_meter_gives_every_measurand_by_phase(fake):
    values = sampled_values(fake.stamped(), MEASURANDS)
    assert {value.measurand for value in values} == set(MEASURANDS)
    by_phase = {value.phase for value in values if value.measurand == "Voltage"}
    assert by_phase == {"L1-N", "L2-N", "L3-N"}
    offered = [value for value in values if value.measurand == "Current.Offered"]
    assert [(value.value, value.unit) for value in offered] == [("16", "A")]


def test_one_phase_may_be_asked_for_alone(fake):
    values = sampled_values(fake.stamped(), ["Current.Import.L3", "Power.Active.Import.L2"])
    assert [(value.phase, value.value) for value in values] == [("L3", "16.1"), ("L2", "3679.9")]


def test_nothing_is_sent_twice(fake):
    values = sampled_values(fake.stamped(), [ENERGY, ENERGY, "Voltage.L1", "Voltage"])
    assert [value.phase for value in values] == [None, "L1-N", "L2-N", "L3-N"]


def test_every_measurand_that_may_be_asked_for_gives_a_value_of_a_full_meter(fake):
    for name in MEASURANDS_ALLOWED:
        assert sampled_values(fake.stamped(), [name]), name


def test_an_unknown_measurand_gives_nothing(fake):
    assert sampled_values(fake.stamped(), ["RPM", "", "L1", "RPM.L1"]) == ()


@pytest.mark.parametrize(
    ("quantity", "unit", "text"),
    [
        (16.1, "A", "16.1"),
        (0.1 + 0.2, "A", "0.3"),
        (11040.04, "W", "11040"),
        (-0.0001, "A", "0"),
        (-5.25, "A", "-5.25"),
        (100.0, "Percent", "100"),
        (1e22, "W", "10000000000000000000000"),
        (0.98765, "", "0.9877"),
        (math.nan, "A", None),
        (math.inf, "V", None),
    ],
)
def test_values_are_plain_decimal_text(quantity, unit, text):
    assert exact_text(quantity, unit) == text


def test_what_goes_with_the_end_is_both_lists_without_repeats(station):
    station.settings.change("SampledDataCtrlr.TxEndedMeasurands", f"{ENERGY},Voltage")
    station.settings.change("AlignedDataCtrlr.TxEndedMeasurands", f"Frequency,{ENERGY}")
    assert ended_measurands(station.variable) == (ENERGY, "Voltage", "Frequency")


@pytest.mark.parametrize(
    ("amps", "phases", "used"),
    [
        ((16.0, 16.0, 16.0), 3, 3),
        ((16.0, 0.0, 0.1), 3, 1),
        ((0.0, 0.0, 0.0), 3, 0),
        ((16.0, None, None), 1, 1),
        ((16.0, None, 16.0), 3, None),
        ((16.0, float("nan"), 16.0), 3, None),
        ((None, None, None), 1, None),
    ],
)
def test_the_phases_in_use_are_those_that_carry_current(fake, amps, phases, used):
    """What one of them carries is not known: nothing is said."""
    sample = fake.stamped()
    sample = replace(sample, reading=replace(sample.reading, current_a=amps))
    assert phases_used(sample, phases) == used
