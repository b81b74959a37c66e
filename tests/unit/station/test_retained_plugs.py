"""The cable of a charge whose token was refused stays in the socket until its owner comes."""

from dataclasses import replace

import pytest

from ampkeeper.firmware.authorise.decide import Known
from ampkeeper.firmware.facts import IdToken

from .charger import Charger

OWN, FAMILY, STRANGER = "0BCAFE01", "0BCAFE02", "04FFFFFF"


def refused(group_id=None):
    """A charge that was stopped because the central system refused its token."""
    charger = Charger()
    charger.start(OWN)
    known = Known("Invalid", group_id)
    charger.do(charger.station.on_fact_answered, charger.facts[0], 7, known)
    charger.opened()
    charger.wait(2)
    assert charger.evse.transaction is None
    return charger


def is_kept(charger):
    return charger.evse.permit().keep_locked


def notices(charger):
    return [kind for effects in charger.effects for kind, _ in effects.notices]


def test_the_cable_stays_and_the_same_card_frees_it_and_does_no_more():
    charger = refused()
    charger.wait(3_600, step_s=60)
    assert is_kept(charger)
    charger.swipe(OWN)
    assert not is_kept(charger)
    assert notices(charger)[-1] == "plug_released"
    assert charger.evse.session.grant is None


def test_a_stranger_does_not_free_it():
    charger = refused()
    charger.swipe(STRANGER)
    charger.do(charger.station.on_verdict, IdToken(STRANGER), Known("Invalid", "OTHERS"))
    assert is_kept(charger)


def test_a_card_of_the_same_family_frees_it_once_that_is_known():
    charger = refused("FAMILY")
    charger.swipe(FAMILY)
    assert is_kept(charger)
    charger.do(charger.station.on_verdict, IdToken(FAMILY), Known("Accepted", "FAMILY"))
    assert not is_kept(charger)
    assert charger.evse.session.grant is None


def test_a_card_whose_family_is_known_frees_it_without_asking():
    charger = refused("FAMILY")
    charger.station.entrance.known[FAMILY] = Known("Blocked", "FAMILY")
    effects = charger.swipe(FAMILY)
    assert not is_kept(charger)
    assert effects.asks == []


def test_unplugging_at_the_car_frees_it():
    charger = refused()
    charger.unplug()
    assert not is_kept(charger)
    charger.plug()
    assert not is_kept(charger)


def test_the_central_system_can_free_it():
    charger = refused()
    charger.do(charger.station.on_unlock, 1, lambda is_unlocked: None)
    assert not is_kept(charger)


def test_who_is_let_in_next_takes_the_plug_over():
    charger = refused()
    charger.swipe(STRANGER)
    charger.do(charger.station.on_verdict, IdToken(STRANGER), Known("Accepted"))
    charger.offer()
    charger.draw()
    charger.swipe(STRANGER)
    charger.opened()
    charger.wait(2)
    assert charger.evse.transaction is None
    assert not is_kept(charger)


@pytest.mark.parametrize("way", ["by card", "captive cable"])
def test_no_other_cable_stays(way):
    charger = Charger()
    if way == "captive cable":
        charger.evse.rules = replace(charger.evse.rules, is_socket=False)
    charger.start(OWN)
    if way == "by card":
        charger.swipe(OWN)
    else:
        charger.do(charger.station.on_fact_answered, charger.facts[0], 7, Known("Invalid"))
    charger.opened()
    charger.wait(2)
    assert charger.evse.transaction is None
    assert not is_kept(charger)
