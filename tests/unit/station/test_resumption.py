"""Which transactions go on after an interruption, and how: OCPP 2.1 E17 and B13."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ampkeeper.firmware.facts import (
    IdToken,
    StampedReading,
    StopReason,
    TransactionEnded,
    TransactionUpdated,
    Trigger,
)
from ampkeeper.firmware.session.session import Stop, Transaction
from ampkeeper.firmware.station.resumption import ALLOWED, BY_ORDER, KEY, RANDOM_RANGE, TIMEOUT
from ampkeeper.firmware.store.changes import SaveMeta, SaveSession
from ampkeeper.hal.ports import MeterReading

from .charger import START, Charger

TOKEN = IdToken("APP-1", "Central")


def running(at_s: float = 0.0, stop: Stop | None = None) -> Transaction:
    begin = StampedReading(START, MeterReading(5.0, 9_000), "Transaction.Begin")
    last_at = START + timedelta(seconds=at_s)
    last = StampedReading(last_at, MeterReading(65.0, 9_400), "Sample.Periodic")
    return Transaction("tx-1", 1, TOKEN, None, begin, last, seq_no=4, stop=stop)


def returned(
    gone_s: float, alive_at_s: float | None = None, chance: float = 0.0, **variables: Any
) -> Charger:
    """A station whose power is back ``gone_s`` after the last sample."""
    charger = Charger()
    charger.variables |= variables
    charger.step = timedelta(seconds=gone_s)
    alive = None if alive_at_s is None else (START + timedelta(seconds=alive_at_s)).isoformat()
    charger.station.resumption.recall({KEY: alive}.get, lambda: chance)
    charger.do(charger.station.on_restore, [(running(), 7)], False)
    charger.read()
    charger.offer()
    return charger


def kept(charger: Charger) -> list[str]:
    return [one.value for one in charger.changes if isinstance(one, SaveMeta) and one.key == KEY]


def test_within_the_time_it_goes_on_and_says_so() -> None:
    """E17.FR.10, FR.14."""
    charger = returned(gone_s=3600.0)
    fact = charger.facts[0]
    assert isinstance(fact, TransactionUpdated)
    assert (fact.trigger, fact.seq_no) == (Trigger.TX_RESUMED, 4)
    assert charger.evse.permit().current_a > 0


def test_after_the_time_it_ends_and_was_never_resumed() -> None:
    """E17.FR.20, FR.21."""
    charger = returned(gone_s=3601.0)
    assert charger.facts == []
    rows = [one for one in charger.changes if isinstance(one, SaveSession)]
    assert rows, "the reason is in the books before anything acts on it"
    assert charger.evse.permit().current_a == 0
    charger.wait(60.0)
    (fact,) = charger.facts
    assert isinstance(fact, TransactionEnded)
    assert (fact.reason, fact.trigger) == (StopReason.POWER_LOSS, Trigger.ABNORMAL_CONDITION)


def test_the_time_counts_from_the_last_sign_of_life() -> None:
    """E17.FR.02: a sample may be old, where few are taken."""
    assert returned(gone_s=7200.0, alive_at_s=3600.0).evse.transaction is not None
    assert returned(7200.0, 3600.0).facts[0].trigger is Trigger.TX_RESUMED
    assert returned(7201.0, 3600.0).facts == []


def test_a_time_of_0_resumes_nothing() -> None:
    charger = returned(gone_s=0.0, **{TIMEOUT: 0})
    assert charger.evse.permit().current_a == 0
    assert not charger.station.resumption.is_possible


def test_a_stop_from_before_keeps_its_reason_however_late() -> None:
    charger = Charger()
    charger.step = timedelta(days=30)
    stop = Stop(StopReason.REMOTE, Trigger.REMOTE_STOP)
    charger.do(charger.station.on_restore, [(running(stop=stop), 7)], False)
    charger.wait(60.0)
    (fact,) = charger.facts
    assert (fact.reason, fact.trigger) == (StopReason.REMOTE, Trigger.REMOTE_STOP)


def test_where_energy_is_not_allowed_again_it_waits_until_its_end() -> None:
    """E17.FR.12."""
    charger = returned(gone_s=10.0, **{ALLOWED: False})
    assert charger.evse.permit().current_a == 0
    charger.wait(3600.0, step_s=60.0)
    assert charger.evse.permit().current_a == 0
    assert charger.evse.transaction is not None
    charger.do(charger.station.on_stop, "tx-1", Stop(StopReason.REMOTE, Trigger.REMOTE_STOP))
    charger.wait(60.0)
    assert charger.evse.transaction is None
    assert charger.evse.ledger.drop("resumption") is False, "the next one may charge"


@pytest.mark.parametrize(("chance", "wait_s"), [(0.0, 0.0), (0.5, 300.0), (0.99, 594.0)])
def test_energy_flows_again_at_a_time_by_chance(chance: float, wait_s: float) -> None:
    """E17.FR.18."""
    charger = returned(10.0, chance=chance, **{RANDOM_RANGE: 600})
    if wait_s:
        charger.wait(wait_s - 1.0, step_s=1.0)
        assert charger.evse.permit().current_a == 0
        charger.wait(2.0, step_s=1.0)
    assert charger.evse.permit().current_a > 0


def test_while_somebody_charges_the_books_say_once_a_minute_that_it_lives() -> None:
    charger = Charger()
    charger.wait(300.0, step_s=10.0)
    assert kept(charger) == []
    charger.do(charger.station.on_restore, [(running(), 7)], False)
    charger.wait(300.0, step_s=10.0)
    assert len(kept(charger)) == 6
    assert kept(charger) == sorted(kept(charger))


def test_a_reset_to_go_on_is_resumed_however_long_it_took() -> None:
    """B13.FR.23."""
    charger = Charger()
    charger.do(charger.station.on_restore, [(running(), 7)], False)
    charger.read()
    effects = charger.do(charger.station.on_reset, "resume")
    assert effects.restart == "soft"
    assert kept(charger)[-1] == BY_ORDER
    assert charger.evse.permit().current_a == 0, "B13.FR.20"
    told = charger.facts[-1]
    assert isinstance(told, TransactionUpdated)
    assert told.trigger is Trigger.RESET_COMMAND
    charger.wait(120.0)
    assert kept(charger)[-1] == BY_ORDER, "nothing says otherwise until the end"

    after = Charger()
    after.step = timedelta(days=2)
    after.station.resumption.recall({KEY: BY_ORDER}.get, lambda: 0.0)
    after.do(after.station.on_restore, [(replace(running(), seq_no=6), 7)], False)
    assert after.facts[0].trigger is Trigger.TX_RESUMED
