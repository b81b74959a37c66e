"""Tokens as OCPP 2.0.1 rules on them: master pass, places, the cache's lifetime."""

from datetime import timedelta

import pytest

from ampkeeper.firmware.authorise.decide import Known
from ampkeeper.firmware.facts import (
    UNSAID,
    IdToken,
    StopReason,
    TransactionEnded,
    TransactionStarted,
)
from ampkeeper.firmware.local_list import ListEntry, ListUpdate
from ampkeeper.firmware.reservation import Reservation
from ampkeeper.firmware.station.entry import Remote
from ampkeeper.firmware.store.changes import SaveVerdict

from .charger import Charger

CARD = "04A224B1"


def starts(charger: Charger) -> int:
    return sum(isinstance(fact, TransactionStarted) for fact in charger.facts)


def ready(**variables: object) -> Charger:
    charger = Charger()
    charger.variables.update(variables)
    charger.read()
    charger.plug()
    return charger


def answer(charger: Charger, known: Known) -> None:
    charger.do(charger.station.on_verdict, IdToken(CARD), known)


def test_a_master_pass_stops_every_transaction() -> None:
    """TC_C_47: C16.FR.02."""
    charger = Charger()
    charger.variables["AuthCtrlr.MasterPassGroupId"] = "Police"
    charger.start()
    charger.swipe(CARD)
    answer(charger, Known("Accepted", "POLICE"))
    charger.opened()
    charger.wait(2)
    (ended,) = [fact for fact in charger.facts if isinstance(fact, TransactionEnded)]
    assert ended.reason is StopReason.MASTER_PASS
    assert ended.token == IdToken(CARD)


def test_a_master_pass_starts_nothing() -> None:
    """TC_C_49: C16.FR.03."""
    charger = ready(**{"AuthCtrlr.MasterPassGroupId": "Police"})
    charger.swipe(CARD)
    answer(charger, Known("Accepted", "Police"))
    assert starts(charger) == 0


def test_a_master_pass_of_a_remote_start_stops_nothing() -> None:
    charger = Charger()
    charger.variables["AuthCtrlr.MasterPassGroupId"] = "Police"
    charger.start()
    remote = Remote(1, None, "Police")
    charger.do(charger.station.on_remote_start, 1, IdToken(CARD), remote, False)
    assert charger.evse.transaction is not None
    assert charger.evse.transaction.stop is None


def test_without_a_master_group_no_group_is_one() -> None:
    charger = ready()
    charger.swipe(CARD)
    answer(charger, Known("Accepted", ""))
    assert starts(charger) == 1


@pytest.mark.parametrize(("evse_ids", "count"), [((), 1), ((1, 2), 1), ((2,), 0)])
def test_a_token_charges_only_where_it_may(evse_ids: tuple[int, ...], count: int) -> None:
    """C01.FR.21."""
    charger = ready()
    charger.swipe(CARD)
    answer(charger, Known("Accepted", evse_ids=evse_ids))
    assert starts(charger) == count


def test_where_a_token_may_charge_is_remembered() -> None:
    charger = ready()
    answer(charger, Known("Accepted", evse_ids=(2,)))
    (saved,) = [change for change in charger.changes if isinstance(change, SaveVerdict)]
    assert saved.evse_ids == (2,)
    charger.swipe(CARD)
    assert starts(charger) == 0


def test_a_token_that_may_not_charge_here_is_refused_after_the_start_too() -> None:
    charger = Charger()
    charger.start()
    known = Known("Accepted", evse_ids=(2,))
    charger.do(charger.station.on_fact_answered, charger.facts[0], None, known)
    assert charger.evse.transaction is not None
    assert charger.evse.transaction.stop is not None
    assert charger.evse.transaction.stop.reason is StopReason.DE_AUTHORIZED


def test_the_cache_forgets_after_its_lifetime() -> None:
    """TC_C_36: C10.FR.08."""
    charger = ready(**{"AuthCacheCtrlr.LifeTime": 60})
    answer(charger, Known("Accepted"))
    charger.station.entrance.is_online = False
    charger.wait(61)
    charger.swipe(CARD)
    assert starts(charger) == 0


def test_an_expiry_that_was_told_wins_over_the_lifetime() -> None:
    """TC_C_37: C10.FR.13."""
    charger = ready(**{"AuthCacheCtrlr.LifeTime": 60})
    answer(charger, Known("Accepted", expires=charger.now + timedelta(hours=1)))
    charger.station.entrance.is_online = False
    charger.wait(61)
    charger.swipe(CARD)
    assert starts(charger) == 1


@pytest.mark.parametrize(("is_final", "asks"), [(False, 1), (True, 0)])
def test_a_remembered_refusal_is_asked_for_again_unless_that_is_switched_off(
    is_final: bool, asks: int
) -> None:
    """TC_C_32, TC_C_33: C10.FR.03, DisablePostAuthorize."""
    charger = ready(**{"AuthCacheCtrlr.DisablePostAuthorize": is_final})
    answer(charger, Known("Blocked"))
    effects = charger.swipe(CARD)
    assert len(effects.asks) == asks


@pytest.mark.parametrize(("kind", "is_same"), [("ISO14443", True), ("KeyCode", False)])
def test_value_and_type_make_a_token(kind: str, is_same: bool) -> None:
    """C01.FR.25: at the door, on the list, in the cache, and for what is reserved."""
    other = IdToken(CARD.lower(), kind, (("x", "y"),))
    assert IdToken(CARD).is_same(other) is is_same
    assert (IdToken(CARD).key == other.key) is is_same
    charger = Charger()
    charger.start(CARD)
    answer(charger, Known("Accepted"))
    charger.offer()
    charger.draw()
    charger.wait(1)
    assert starts(charger) == 1
    assert (other.key in charger.station.entrance.known) is is_same
    charger.do(charger.station.on_tag, other)
    seen = {notice for effects in charger.effects for notice, _ in effects.notices}
    assert ("tag_stops" in seen) is is_same
    listed = Charger()
    update = ListUpdate(1, is_full=True, entries=(ListEntry(IdToken(CARD).key, "Accepted"),))
    listed.do(listed.station.listed.on_update, update)
    assert (listed.station.listed.known(other) is not None) is is_same
    wish = Reservation(1, 1, IdToken(CARD), charger.now)
    assert wish.is_for(other, None) is is_same


@pytest.mark.parametrize("kind", ["ISO14443", "KeyCode", "Central"])
def test_a_token_of_16_has_no_type(kind: str) -> None:
    said = IdToken(CARD, UNSAID)
    assert said.is_same(IdToken(CARD, kind))
    assert IdToken(CARD, kind).is_same(said)
    listed = Charger(version="1.6")
    update = ListUpdate(1, is_full=True, entries=(ListEntry(CARD, "Accepted"),))
    listed.do(listed.station.listed.on_update, update)
    assert listed.station.listed.known(IdToken(CARD, kind)) is not None
