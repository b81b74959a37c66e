"""What an EVSE waits for, and why a card was refused: what people ask first."""

import json
from importlib import resources

import pytest

from ampkeeper.firmware.authorise.decide import Known
from ampkeeper.firmware.faces.cli.evse_table import WAITS as WORDS
from ampkeeper.firmware.facts import IdToken
from ampkeeper.firmware.safety import fault
from ampkeeper.firmware.session import table
from ampkeeper.firmware.station import waiting

from .charger import Charger

STRANGER = "04A224B1"


def waits_for(charger: Charger) -> str | None:
    return waiting.waits_for(charger.evse, charger.station.entrance.is_asked_for(1))


def test_each_step_of_a_charge_says_what_it_waits_for():
    charger = Charger()
    charger.unplug()
    assert waits_for(charger) == "plug"
    charger.plug()
    assert waits_for(charger) == "card"
    charger.swipe(STRANGER)
    assert waits_for(charger) == "answer"
    charger.do(charger.station.on_verdict, IdToken(STRANGER), Known("Accepted"))
    assert waits_for(charger) == "checks", "its meter was not read"
    charger.read()
    assert waits_for(charger) == "car"
    charger.offer()
    charger.draw()
    assert waits_for(charger) is None
    charger.swipe(STRANGER)
    charger.opened()
    charger.wait(2)
    assert waits_for(charger) == "again"
    charger.unplug()
    assert waits_for(charger) == "plug"


def test_a_limit_of_nothing_and_a_sated_car_are_told_apart():
    charger = Charger()
    charger.start()
    assert charger.evse.session.table.feed(table.OFFER)
    assert waits_for(charger) == "car"
    assert charger.evse.session.table.feed(table.HOLD)
    assert waits_for(charger) == "limit"


def test_a_fault_comes_before_all_else():
    charger = Charger()
    charger.plug()
    charger.report(faults=frozenset({fault.PE_LOST}))
    assert waits_for(charger) == "repair"


def test_a_refused_card_is_told_with_its_reason_until_another_is_let_in():
    charger = Charger()
    charger.read()
    charger.plug()
    charger.station.entrance.is_online = False
    charger.swipe(STRANGER)
    told = charger.station.entrance.refused
    assert told is not None
    assert (told.token, told.evse_id) == ("04****B1", 1)
    assert told.why == "offline, and the tag is not known here"
    assert waits_for(charger) == "card"
    charger.swipe("0BCAFE01")
    assert charger.station.entrance.refused is None


def test_the_central_system_s_no_is_told_in_its_words():
    charger = Charger()
    charger.plug()
    charger.swipe(STRANGER)
    charger.do(charger.station.on_verdict, IdToken(STRANGER), Known("Blocked"))
    told = charger.station.entrance.refused
    assert told is not None
    assert told.why == "Blocked"


def test_a_refused_card_is_forgotten_after_a_while():
    charger = Charger()
    charger.station.entrance.is_online = False
    charger.plug()
    charger.swipe(STRANGER)
    told = charger.station.entrance.refused
    assert waiting.still_told(told, charger.now_s + waiting.SHOWN_S - 1.0) == told
    assert waiting.still_told(told, charger.now_s + waiting.SHOWN_S) is None


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_page_has_words_for_all_that_is_waited_for(language: str):
    pages = resources.files("ampkeeper.firmware.faces.web").joinpath("page", f"{language}.json")
    words = json.loads(pages.read_text(encoding="utf-8"))
    assert {f"waits.{one}" for one in waiting.WAITS} == {
        key for key in words if key.startswith("waits.")
    }
    assert set(WORDS) == set(waiting.WAITS)
