"""What the central system and people ask of the station: remote, availability, unlock, reset."""

import pytest

from ampkeeper.firmware.facts import (
    IdToken,
    StampedReading,
    StopReason,
    TransactionEnded,
    TransactionStarted,
    Trigger,
)
from ampkeeper.firmware.safety import fault, lock, pilot, sequence
from ampkeeper.firmware.session.session import Transaction
from ampkeeper.firmware.station.books import open_session, restored
from ampkeeper.firmware.station.entry import LOCAL, Remote
from ampkeeper.firmware.store.changes import ClearFault, SaveEvse, SaveMeta
from ampkeeper.hal.ports import MeterReading

from .charger import START, Charger

TOKEN = IdToken("APP-1", "Central")


def reasons(charger: Charger) -> list[StopReason]:
    return [fact.reason for fact in charger.facts if isinstance(fact, TransactionEnded)]


def running(energy_wh: int = 9_000) -> Transaction:
    """What a power cut left in the books."""
    reading = StampedReading(START, MeterReading(5.0, energy_wh), "Transaction.Begin")
    return Transaction("tx-1", 1, TOKEN, None, reading, reading, seq_no=4)


def test_a_remote_start_carries_its_number_into_the_transaction():
    charger = Charger()
    charger.read()
    charger.plug()
    charger.do(charger.station.on_remote_start, 1, TOKEN, Remote(77), False)
    started = charger.facts[0]
    assert isinstance(started, TransactionStarted)
    assert (started.trigger, started.remote_start_id) == (Trigger.REMOTE_START, 77)


def test_a_remote_start_asks_first_where_the_setting_says_so():
    charger = Charger()
    charger.plug()
    effects = charger.do(charger.station.on_remote_start, 1, TOKEN, LOCAL, True)
    assert effects.asks == [TOKEN]


def test_out_of_service_starts_nothing_survives_and_is_told():
    charger = Charger()
    charger.unplug()
    effects = charger.do(charger.station.on_availability, 1, False)
    assert SaveEvse(1, False) in effects.changes
    assert charger.statuses[-1] == "Unavailable"
    charger.read()
    charger.plug()
    charger.swipe("0BCAFE01")
    assert charger.facts == []


def test_out_of_service_waits_for_the_running_transaction():
    charger = Charger()
    charger.start()
    charger.do(charger.station.on_availability, 0, False)
    assert charger.statuses[-1] == "Charging"
    assert charger.evse.permit().current_a == 20.0
    charger.swipe("0BCAFE01")
    charger.opened()
    charger.wait(2)
    assert charger.statuses[-1] == "Unavailable"


@pytest.mark.parametrize(("locked", "is_unlocked"), [(lock.UNLOCKED, True), (lock.JAMMED, False)])
def test_unlock_ends_the_transaction_and_answers_once_with_what_the_bolt_did(locked, is_unlocked):
    charger = Charger()
    answers: list[bool] = []
    charger.start()
    charger.do(charger.station.on_unlock, 1, answers.append)
    charger.report(pilot=pilot.B, sequence=sequence.CONNECTED, lock=lock.UNLOCKING)
    charger.wait(2)
    charger.report(pilot=pilot.B, sequence=sequence.CONNECTED, lock=locked)
    for effects in charger.effects:
        for act in effects.acts:
            act()
    assert reasons(charger) == [StopReason.UNLOCK_COMMAND]
    assert answers == [is_unlocked]


def test_a_soft_reset_ends_the_transaction_first():
    charger = Charger()
    charger.start()
    assert charger.do(charger.station.on_reset, "soft").restart is None
    charger.opened()
    charger.wait(2)
    assert reasons(charger) == [StopReason.SOFT_RESET]
    assert charger.effects[-1].restart == "soft"
    assert SaveMeta("reset_kind", "soft") in charger.effects[-1].changes


def test_a_hard_reset_is_at_once_and_is_written_down():
    charger = Charger()
    charger.start()
    effects = charger.do(charger.station.on_reset, "hard")
    assert effects.restart == "hard"
    assert SaveMeta("reset_kind", "hard") in effects.changes
    assert reasons(charger) == []


def test_a_reset_on_idle_waits_and_lets_nobody_start():
    charger = Charger()
    charger.start()
    assert charger.do(charger.station.on_reset, "on_idle").restart is None
    assert not charger.station.can_start(1)
    charger.unplug()
    charger.wait(3)
    assert charger.effects[-1].restart == "soft"
    assert SaveMeta("reset_kind", "on_idle") in charger.effects[-1].changes


def test_a_reset_on_idle_of_an_idle_station_is_a_soft_one():
    charger = Charger()
    effects = charger.do(charger.station.on_reset, "on_idle")
    assert effects.restart == "soft"
    assert SaveMeta("reset_kind", "soft") in effects.changes


def test_the_books_of_a_running_transaction_read_back_as_they_were_written():
    assert restored(open_session(running()).state) == running()


def test_after_a_power_cut_the_car_goes_on_in_the_same_transaction():
    charger = Charger()
    charger.do(charger.station.on_restore, [(running(), 7)], False)
    charger.read()
    charger.report(pilot=pilot.INVALID)
    charger.draw()
    assert charger.evse.transaction.tx_id == "tx-1"
    assert charger.evse.csms_tx_id == 7
    assert charger.evse.permit().current_a == 20.0
    assert [fact.seq_no for fact in charger.facts] == [4, 5]


def test_after_a_power_cut_a_car_that_has_gone_ends_it_with_power_loss():
    charger = Charger()
    charger.do(charger.station.on_restore, [(running(), 7)], False)
    charger.read()
    charger.unplug()
    charger.wait(2)
    assert reasons(charger) == [StopReason.POWER_LOSS]
    assert charger.statuses[-1] == "Available"


def test_the_configuration_may_end_it_at_power_return_with_the_meters_value():
    charger = Charger(ends_on_power_return=True)
    charger.do(charger.station.on_restore, [(running(), None)], False)
    charger.plug()
    charger.wait(2)
    assert reasons(charger) == [StopReason.POWER_LOSS]
    assert charger.facts[-1].end.reading.energy_wh == charger.energy_wh


def test_after_a_hard_reset_the_transaction_ends_with_that_reason():
    charger = Charger()
    charger.do(charger.station.on_restore, [(running(), None)], True)
    charger.plug()
    charger.wait(2)
    assert reasons(charger) == [StopReason.HARD_RESET]


def test_a_stop_that_was_written_before_the_cut_keeps_its_reason():
    charger = Charger()
    charger.start()
    charger.swipe("0BCAFE01")
    state = next(c.state for c in reversed(charger.changes) if hasattr(c, "state"))
    again = Charger()
    again.do(again.station.on_restore, [(restored(state), None)], False)
    again.unplug()
    again.wait(2)
    assert reasons(again) == [StopReason.LOCAL]


def test_a_weld_is_latched_across_a_reboot_and_a_passing_fault_is_not():
    charger = Charger()
    charger.do(charger.station.on_recall, 1, "ContactorWelded", START)
    effects = charger.do(charger.station.on_recall, 1, "SupplyLost", START)
    assert charger.station.service_faults(1) == [fault.CONTACTOR_WELDED]
    assert effects.changes == [ClearFault(1, "SupplyLost", charger.now)]
    assert str(charger.evse.report(charger.now).state) == "Faulted"
