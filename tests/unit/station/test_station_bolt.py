"""The bolt and the books: what is sold begins behind a plug that is held."""

from ampkeeper.firmware.facts import TransactionStarted
from ampkeeper.firmware.safety import fault, lock, pilot

from .charger import Charger


def test_no_transaction_starts_before_the_plug_is_held() -> None:
    charger = Charger()
    charger.read()
    charger.plug(bolt=lock.LOCKING)
    charger.swipe("0BCAFE01")
    assert charger.evse.permit().keep_locked
    charger.wait(4)
    assert charger.facts == []
    charger.plug(bolt=lock.LOCKED)
    charger.wait(1)
    assert isinstance(charger.facts[0], TransactionStarted)


def test_a_captive_cable_has_no_bolt_to_wait_for() -> None:
    charger = Charger()
    charger.read()
    charger.plug(bolt=lock.NO_LOCK)
    charger.swipe("0BCAFE01")
    assert isinstance(charger.facts[0], TransactionStarted)


def test_behind_a_bolt_that_jams_nothing_starts_until_it_is_mended() -> None:
    charger = Charger()
    charger.read()
    charger.plug(bolt=lock.LOCKING)
    charger.swipe("0BCAFE01")
    charger.report(pilot=pilot.B, lock=lock.JAMMED, faults=(fault.LOCK_FAILED,))
    charger.wait(10)
    assert charger.facts == []
    assert charger.statuses[-1] == "Faulted"
    charger.plug(bolt=lock.LOCKED)
    charger.wait(1)
    assert isinstance(charger.facts[0], TransactionStarted)
