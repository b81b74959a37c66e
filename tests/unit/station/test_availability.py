"""Availability at each level: the station, and each EVSE on its own."""

import pytest

from ampkeeper.firmware.facts import ConnectorState
from ampkeeper.firmware.station.availability import CONNECTORS_KEY, Availability
from ampkeeper.firmware.store.changes import SaveEvse, SaveMeta

from .charger import Charger


def service(version: str) -> Availability:
    return Availability((1, 2), lambda: version)


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
def test_an_evse_that_was_out_stays_out_when_the_station_comes_back(version: str) -> None:
    """G03.FR.07, G04.FR.07, FR.08 and its note: each level has a state of its own."""
    made = service(version)
    assert made.change(1, False) == [SaveEvse(1, False)]
    assert made.change(0, False) == [SaveEvse(0, False)]
    assert [made.holds(1), made.holds(2)] == [False, False]
    assert made.change(0, True) == [SaveEvse(0, True)]
    assert [made.holds(1), made.holds(2)] == [False, True]


def test_what_an_evse_is_told_meanwhile_counts_when_the_station_comes_back() -> None:
    made = service("2.0.1")
    made.change(1, False)
    made.change(0, False)
    made.change(1, True)
    assert not made.holds(1)
    made.change(0, True)
    assert made.holds(1)


def test_in_1_6_the_whole_charge_point_is_all_its_connectors() -> None:
    """1.6 5.2."""
    made = service("1.6")
    made.change(1, False)
    assert made.change(0, True) == [SaveEvse(0, True), SaveEvse(1, True), SaveEvse(2, True)]
    assert made.holds(1)
    made.change(0, False)
    made.change(2, True)
    assert [made.holds(1), made.holds(2)] == [False, True]


def test_the_books_hold_each_level() -> None:
    made = service("2.0.1")
    made.load({0: False, 1: True, 2: False, 9: False})
    assert [made.station, made.holds(1), made.holds(2)] == [False, False, False]
    made.change(0, True)
    assert [made.holds(1), made.holds(2)] == [True, False]


def test_a_connector_that_was_out_stays_out_when_its_evse_comes_back() -> None:
    """G03.FR.07, and its note."""
    made = service("2.0.1")
    assert made.change(1, False, is_connector=True) == [SaveMeta(CONNECTORS_KEY, "1")]
    made.change(1, False)
    made.change(1, True)
    made.change(0, False)
    made.change(0, True)
    assert [made.holds(1), made.holds(2)] == [False, True]
    again = service("2.0.1")
    again.load({}, "1")
    assert not again.holds(1)
    assert made.change(1, True, is_connector=True) == [SaveMeta(CONNECTORS_KEY, "")]
    assert made.holds(1)


def test_a_station_tells_its_connectors_as_they_are_after_both_changes() -> None:
    charger = Charger(2)
    for number in (1, 2):
        charger.report(number)
    for evse_id, in_service in ((1, False), (0, False), (0, True)):
        charger.do(charger.station.on_availability, evse_id, in_service)
    states = [charger.station.evses[number].report(charger.now).state for number in (1, 2)]
    assert states == [ConnectorState.UNAVAILABLE, ConnectorState.AVAILABLE]
