"""What a mains meter says, as one value: import positive, and nothing that cannot be."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.energy.mains import (
    GOOD,
    REFUSED,
    SILENT,
    Fitting,
    Flow,
    FlowRefused,
    Mains,
    checked,
    flow_of_reading,
    flow_of_values,
)
from ampkeeper.firmware.energy.own import Draw, Own, on_mains
from ampkeeper.firmware.energy.payload import PayloadRefused, is_place, number_in
from ampkeeper.hal.ports import MeterReading

PLAIN, TURNED = Fitting(), Fitting(is_reversed=True)


def test_a_current_takes_the_direction_of_its_power() -> None:
    reading = MeterReading(
        5.0, 0, current_a=(3.0, 4.0, 5.0), power_phase_w=(-690.0, 920.0, -1150.0), power_w=-920.0
    )
    flow = flow_of_reading(reading, PLAIN)
    assert flow.current_a == (-3.0, 4.0, -5.0)
    assert (flow.taken_s, flow.total_w) == (5.0, -920.0)


def test_a_meter_the_wrong_way_round_can_be_turned() -> None:
    reading = MeterReading(5.0, 0, current_a=(3.0, 4.0, 5.0), power_phase_w=(690.0, 920.0, 1150.0))
    flow = flow_of_reading(reading, TURNED)
    assert (flow.current_a, flow.total_w) == ((-3.0, -4.0, -5.0), -2760.0)


@pytest.mark.parametrize(
    ("values", "is_power", "current_a", "total_w"),
    [
        ([-2300.0], True, (None, None, None), -2300.0),
        ([10.0], False, (None, None, None), 2300.0),
        ([230.0, -460.0, 0.0], True, (1.0, -2.0, 0.0), -230.0),
        ([1.0, -2.0, 0.0], False, (1.0, -2.0, 0.0), -230.0),
    ],
)
def test_values_are_a_total_or_three_phases(
    values: list[float], is_power: bool, current_a: object, total_w: float
) -> None:
    flow = flow_of_values(values, is_power, 1.0, PLAIN)
    assert (flow.current_a, flow.total_w) == (current_a, total_w)


@pytest.mark.parametrize(
    "flow",
    [
        Flow(0.0, (float("nan"), 0.0, 0.0)),
        Flow(0.0, (2001.0, 0.0, 0.0)),
        Flow(0.0, (1.0, 1.0, None)),
    ],
)
def test_what_cannot_be_is_refused(flow: Flow) -> None:
    with pytest.raises(FlowRefused):
        checked(flow)


def test_a_value_counts_for_five_seconds() -> None:
    mains = Mains()
    assert mains.quality(0.0)[0] == SILENT
    mains.see(Flow(10.0, total_w=100.0))
    assert mains.flow(15.0) is not None
    assert mains.quality(15.0) == (GOOD, "")
    assert mains.flow(15.1) is None


def test_a_refused_value_is_told_and_never_replaces_a_good_one() -> None:
    mains = Mains()
    mains.see(Flow(10.0, total_w=100.0))
    mains.refuse("nan A", 12.0)
    assert mains.flow(12.0) == Flow(10.0, total_w=100.0)
    mains.refuse("nan A", 16.0)
    assert mains.quality(16.0)[0] == REFUSED


def test_an_older_value_changes_nothing() -> None:
    mains = Mains()
    mains.see(Flow(10.0, total_w=100.0))
    mains.see(Flow(9.0, total_w=900.0))
    assert mains.newest == Flow(10.0, total_w=100.0)


def test_what_chargers_drew_is_known_for_the_moment_of_the_reading() -> None:
    own = Own()
    own.see(10.0, Draw((1.0, 0.0, 0.0), 230.0))
    own.see(11.0, Draw((2.0, 0.0, 0.0), 460.0))
    assert own.at(10.9) == Draw((2.0, 0.0, 0.0), 460.0)
    assert own.at(14.0) is None


def test_a_rotated_charger_draws_on_other_phases() -> None:
    assert on_mains((16.0, None, None), (1, 2, 0)) == (0.0, 16.0, 0.0)


@pytest.mark.parametrize(
    ("payload", "place", "number"),
    [
        (b"123.5", "", 123.5),
        (b" -7 ", "", -7.0),
        (b'{"em": {"total_act_power": -42}}', "em.total_act_power", -42.0),
        (b'{"phases": [{"p": "1.5"}, {"p": 2}]}', "phases[1].p", 2.0),
        (b"[[1, 2], [3]]", "x", None),
        (b"nan", "", None),
        (b"1e999", "", None),
        (b"on", "", None),
        (b"true", "", None),
        (b'{"a": true}', "a", None),
        (b'{"a": null}', "a", None),
        (b'{"a": [1]}', "a[1]", None),
        (b"\xff", "", None),
        (b"{", "a", None),
        (b"[" * 60_000, "a", None),
        (b"1" * 70_000, "", None),
    ],
)
def test_a_message_holds_a_number_or_is_refused(
    payload: bytes, place: str, number: float | None
) -> None:
    if number is not None:
        assert number_in(payload, place) == number
        return
    with pytest.raises(PayloadRefused):
        number_in(payload, place)


@given(payload=st.binary(max_size=60), place=st.sampled_from(["", "a", "a[0].b"]))
def test_no_message_does_anything_but_give_a_number_or_be_refused(
    payload: bytes, place: str
) -> None:
    with suppress(PayloadRefused):
        assert abs(number_in(payload, place)) < float("inf")


@pytest.mark.parametrize(
    ("place", "is_good"),
    [
        ("a.b[0]", True),
        ("a..b", False),
        ("[0]", False),
        ("a b", False),
        ("a.b.c.d.e.f.g.h.i", False),
    ],
)
def test_a_place_is_names_and_numbers(place: str, is_good: bool) -> None:
    assert is_place(place) is is_good
