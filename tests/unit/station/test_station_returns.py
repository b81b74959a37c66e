"""What the books hand back after a power cut, whatever became of configuration and memory."""

from dataclasses import replace

from ampkeeper.firmware.authorise.decide import Known
from ampkeeper.firmware.facts import (
    IdToken,
    StampedReading,
    StopReason,
    TransactionEnded,
    Trigger,
)
from ampkeeper.firmware.session.session import Stop, Transaction
from ampkeeper.firmware.station.books import restored
from ampkeeper.firmware.store.changes import SaveSession
from ampkeeper.hal.ports import MeterIdentity, MeterReading

from .charger import START, Charger

TOKEN = IdToken("APP-1", "Central")


def running(tx_id: str = "tx-1", evse_id: int = 1) -> Transaction:
    begin = StampedReading(START, MeterReading(5.0, 9_000), "Transaction.Begin")
    last = StampedReading(START, MeterReading(65.0, 9_400), "Sample.Periodic")
    return Transaction(tx_id, evse_id, TOKEN, None, begin, last, seq_no=4)


def ends(charger: Charger) -> list[TransactionEnded]:
    return [fact for fact in charger.facts if isinstance(fact, TransactionEnded)]


def test_a_transaction_whose_evse_is_configured_no_more_ends_by_the_books():
    charger = Charger()
    charger.do(charger.station.on_restore, [(running(evse_id=2), 7)], False)
    (fact,) = ends(charger)
    assert (fact.tx_id, fact.evse_id, fact.seq_no) == ("tx-1", 2, 4)
    assert (fact.reason, fact.trigger) == (StopReason.POWER_LOSS, Trigger.ABNORMAL_CONDITION)
    assert fact.end.reading.energy_wh - fact.begin.reading.energy_wh == 400
    (row,) = [change for change in charger.changes if isinstance(change, SaveSession)]
    assert (row.is_open, row.energy_wh_end) == (False, 9_400)


def test_an_orphan_that_was_being_stopped_keeps_its_reason():
    charger = Charger()
    stop = Stop(StopReason.REMOTE, Trigger.REMOTE_STOP)
    charger.do(charger.station.on_restore, [(replace(running(evse_id=2), stop=stop), 7)], False)
    assert ends(charger)[0].reason is StopReason.REMOTE


def test_of_two_open_transactions_on_one_evse_the_newest_goes_on():
    charger = Charger()
    both = [(running("tx-1"), None), (running("tx-2"), None)]
    charger.do(charger.station.on_restore, both, False)
    assert charger.evse.transaction.tx_id == "tx-2"
    assert [fact.tx_id for fact in ends(charger)] == ["tx-1"]


def test_a_paused_charge_of_a_refused_token_stays_paused_over_a_power_cut():
    charger = Charger()
    charger.variables["TxCtrlr.StopTxOnInvalidId"] = False
    charger.start()
    charger.do(charger.station.on_fact_answered, charger.facts[0], 7, Known("Blocked"))
    state = next(c.state for c in reversed(charger.changes) if isinstance(c, SaveSession))
    again = Charger()
    again.do(again.station.on_restore, [(restored(state), 7)], False)
    again.read()
    again.wait(2)
    again.draw()
    assert again.evse.permit().current_a == 0.0
    assert again.evse.limit()[1] == "authorisation"


def test_power_lost_is_an_abnormal_condition_and_a_reset_a_command():
    for was_reset, trigger in ((False, Trigger.ABNORMAL_CONDITION), (True, Trigger.RESET_COMMAND)):
        charger = Charger(ends_on_power_return=True)
        charger.do(charger.station.on_restore, [(running(), None)], was_reset)
        charger.plug()
        charger.wait(2)
        assert ends(charger)[0].trigger is trigger


def test_an_exchanged_meter_is_counted_from_its_first_value():
    charger = Charger()
    charger.do(charger.station.on_meter, 1, MeterIdentity("Eastron", "SDM630", "1"))
    charger.start()
    charger.energy_wh += 100
    charger.wait(2)
    charger.do(charger.station.on_meter, 1, MeterIdentity("Eastron", "SDM630", "2"))
    charger.energy_wh += 50_000
    charger.wait(4)
    charger.energy_wh += 7
    charger.wait(2)
    charger.swipe("0BCAFE01")
    charger.opened()
    charger.wait(3)
    (fact,) = ends(charger)
    assert fact.end.reading.energy_wh - fact.begin.reading.energy_wh == 107


def test_a_meter_that_dies_is_billed_up_to_its_newest_value():
    charger = Charger()
    charger.variables["SampledDataCtrlr.TxUpdatedInterval"] = 0
    charger.start()
    for _ in range(10):
        charger.energy_wh += 3
        charger.wait(1)
    charger.swipe("0BCAFE01")
    charger.opened()
    charger.wait(13, with_meter=False)
    (fact,) = ends(charger)
    assert fact.end.reading.energy_wh - fact.begin.reading.energy_wh == 30
