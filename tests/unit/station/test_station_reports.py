"""What the station tells the central system of itself and of its connectors, unasked."""

from ampkeeper.firmware.station.effects import Effects

from .charger import Charger


def told(effects: Effects) -> list[tuple[int, str, str]]:
    return [(report.evse_id, str(report.state), report.error) for report in effects.reports]


def test_a_station_put_out_of_service_says_so_of_itself_too():
    charger = Charger()
    charger.unplug()
    gone = charger.do(charger.station.on_availability, 0, False)
    assert told(gone) == [(0, "Unavailable", "NoError"), (1, "Unavailable", "NoError")]
    back = charger.do(charger.station.on_availability, 0, True)
    assert told(back) == [(0, "Available", "NoError"), (1, "Available", "NoError")]


def test_one_evse_out_of_service_is_not_the_station():
    charger = Charger(count=2)
    charger.unplug(1)
    charger.unplug(2)
    effects = charger.do(charger.station.on_availability, 1, False)
    assert told(effects) == [(1, "Unavailable", "NoError")]


def test_a_station_already_out_of_service_says_nothing_twice():
    charger = Charger()
    charger.do(charger.station.on_availability, 0, False)
    assert told(charger.do(charger.station.on_availability, 0, False)) == []


def test_a_fault_that_stops_nothing_is_told_beside_the_state():
    charger = Charger()
    charger.unplug()
    silent = charger.do(charger.station.on_reader, is_silent=True)
    assert told(silent) == [(1, "Available", "ReaderFailure")]
    assert not charger.evse.is_faulted
    heard = charger.do(charger.station.on_reader, is_silent=False)
    assert told(heard) == [(1, "Available", "NoError")]


def test_a_fault_that_stops_the_charge_is_told_before_one_that_does_not():
    charger = Charger()
    charger.unplug()
    charger.do(charger.station.on_reader, is_silent=True)
    lost = charger.do(charger.station.on_pilot_lost, 1)
    assert told(lost) == [(1, "Faulted", "InternalError")]
