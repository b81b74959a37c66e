"""A car that nobody shows a card for (OCPP 1.6 errata 3.20): it is not charged on the next card."""

import pytest

from ampkeeper.firmware.authorise.decide import Known
from ampkeeper.firmware.facts import IdToken, TransactionStarted
from ampkeeper.firmware.station.entry import LOCAL

from .charger import Charger

CARD = "0BCAFE01"


def two_plugs() -> Charger:
    """A car at the first, and nobody has shown a card; the second is free."""
    made = Charger(count=2)
    for evse_id in (1, 2):
        made.read(evse_id)
        made.unplug(evse_id)
    made.plug(1)
    return made


def told(made: Charger, evse_id: int = 1) -> str:
    return str(made.station.evses[evse_id].state)


def test_within_the_time_a_card_means_the_car_that_waits():
    made = two_plugs()
    made.wait(100)
    assert told(made) == "Preparing"
    made.swipe(CARD)
    assert [fact.evse_id for fact in made.facts] == [1]


def test_later_a_card_means_the_free_plug_and_not_a_strangers_car():
    made = two_plugs()
    made.wait(121)
    assert (told(made, 1), told(made, 2)) == ("Finishing", "Available")
    made.swipe(CARD)
    assert made.facts == []
    assert (told(made, 1), told(made, 2)) == ("Finishing", "Preparing")
    made.plug(2)
    assert [fact.evse_id for fact in made.facts] == [2]


def test_who_charged_there_before_is_not_who_plugged_in_now():
    made = two_plugs()
    made.swipe(CARD)
    made.swipe(CARD)
    made.opened()
    made.wait(2)
    made.unplug(1)
    made.plug(1)
    made.wait(121)
    made.swipe(CARD)
    assert told(made, 2) == "Preparing"


@pytest.mark.parametrize("is_remote", [False, True])
def test_it_may_still_be_started_without_replugging(is_remote):
    made = Charger()
    made.read()
    made.plug()
    made.wait(121)
    assert made.statuses[-1] == "Finishing"
    if is_remote:
        made.do(made.station.on_remote_start, 1, IdToken(CARD), LOCAL, False)
    else:
        made.swipe(CARD)
    assert isinstance(made.facts[0], TransactionStarted)


def test_the_time_does_not_run_while_the_connector_is_not_for_use():
    made = Charger()
    made.read()
    made.plug()
    made.do(made.station.on_availability, 1, False)
    made.wait(300)
    made.do(made.station.on_availability, 1, True)
    made.wait(100)
    assert made.statuses[-1] == "Preparing"
    made.wait(30)
    assert made.statuses[-1] == "Finishing"


def test_a_card_that_is_being_asked_for_is_waited_for():
    made = Charger()
    made.read()
    made.plug()
    made.wait(115)
    made.swipe("04AAAAAA")
    made.wait(8)
    assert made.statuses[-1] == "Preparing"
    made.do(made.station.on_verdict, IdToken("04AAAAAA"), Known("Accepted"))
    assert isinstance(made.facts[0], TransactionStarted)


@pytest.mark.parametrize("rules", [{"is_free": True}, {}])
def test_without_a_reader_or_in_free_mode_no_card_is_missed(rules):
    made = Charger(**rules)
    made.variables["TokenReader.Available"] = bool(rules)
    made.read()
    made.do(made.station.on_availability, 1, not rules)
    made.plug()
    made.wait(300)
    made.do(made.station.on_availability, 1, True)
    made.wait(1)
    assert made.statuses[-1] == "Preparing"
    assert bool(made.facts) == bool(rules)
