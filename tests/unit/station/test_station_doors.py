"""Who gets which EVSE, and who gets none."""

from datetime import timedelta

import pytest

from ampkeeper.firmware.authorise.decide import Known
from ampkeeper.firmware.facts import IdToken, StopReason, TransactionEnded, TransactionStarted
from ampkeeper.firmware.safety import fault, pilot, sequence
from ampkeeper.firmware.session import table

from .charger import Charger

ANNA, BERT = "0BCAFE01", "0BCAFE02"
CARDS = frozenset({ANNA, BERT})


def starts(charger: Charger) -> list[tuple[int, str]]:
    facts = [fact for fact in charger.facts if isinstance(fact, TransactionStarted)]
    return [(fact.evse_id, fact.token.value) for fact in facts]


def ready(count: int = 2, **rules: object) -> Charger:
    charger = Charger(count, local_tags=CARDS, **rules)
    for evse_id in charger.station.evses:
        charger.unplug(evse_id)
        charger.read(evse_id)
    return charger


def test_a_card_means_the_car_that_waits_and_not_one_that_has_finished():
    charger = ready()
    charger.plug(1)
    charger.swipe(ANNA)
    charger.swipe(ANNA)
    charger.opened(1)
    charger.wait(2)
    assert charger.evse.session.table.state == table.FINISHED
    charger.plug(2)
    charger.swipe(BERT)
    assert starts(charger) == [(1, ANNA), (2, BERT)]


def test_a_card_means_the_car_that_was_plugged_in_last():
    charger = ready()
    charger.plug(1)
    charger.wait(60)
    charger.plug(2)
    charger.swipe(BERT)
    assert starts(charger) == [(2, BERT)]


def test_another_card_first_means_the_free_socket_and_the_same_card_the_finished_one():
    for card, evse_id in ((BERT, 2), (ANNA, 1)):
        charger = ready()
        charger.plug(1)
        charger.swipe(ANNA)
        charger.swipe(ANNA)
        charger.opened(1)
        charger.wait(2)
        charger.swipe(card)
        charger.plug(evse_id)
        assert starts(charger)[1:] == [(evse_id, card)]


def test_two_cards_that_wait_for_a_verdict_wait_for_two_cars():
    charger = ready()
    charger.plug(1)
    charger.plug(2)
    charger.swipe("04AAAAAA")
    charger.swipe("04BBBBBB")
    for uid in ("04AAAAAA", "04BBBBBB"):
        charger.do(charger.station.on_verdict, IdToken(uid), Known("Accepted"))
    assert len(starts(charger)) == 2


@pytest.mark.parametrize("code", [fault.CONTACTOR_WELDED, fault.DIODE_FAULT])
def test_nobody_starts_where_a_fault_stays_until_somebody_acts(code: int):
    charger = ready(1)
    charger.evse.raise_fault(code, charger.now, charger.effects[-1])
    assert not charger.station.can_start(1)


def test_a_card_may_wait_for_a_fault_that_passes_by_itself():
    charger = ready(1)
    charger.plug()
    charger.wait(16, with_meter=False)
    assert charger.statuses[-1] == "Faulted"
    charger.swipe(ANNA)
    charger.wait(2, with_meter=False)
    assert charger.facts == []
    charger.wait(1)
    assert starts(charger) == [(1, ANNA)]


def test_a_car_that_brings_a_fault_waits_until_it_is_gone():
    charger = ready(1)
    charger.swipe(ANNA)
    charger.report(pilot=pilot.B, sequence=sequence.FAULTED, faults=(fault.PROXIMITY_FAULT,))
    charger.wait(2)
    assert charger.facts == []
    charger.plug()
    assert starts(charger) == [(1, ANNA)]


def test_an_acceptance_runs_out_by_elapsed_time_whatever_the_clock_does():
    for step in (timedelta(hours=1), timedelta(hours=-1)):
        charger = ready(1)
        charger.swipe(ANNA)
        charger.step += step
        charger.wait(60)
        assert charger.evse.session.grant is not None
        charger.wait(61)
        assert charger.evse.session.grant is None


def test_the_group_that_came_with_the_start_may_stop_it():
    charger = ready(1)
    charger.plug()
    charger.swipe(ANNA)
    charger.do(charger.station.on_fact_answered, charger.facts[0], 7, Known("Accepted", "family"))
    charger.swipe("04FFFFFF")
    charger.do(charger.station.on_verdict, IdToken("04FFFFFF"), Known("Accepted", "family"))
    assert charger.evse.session.table.state == table.STOPPING


@pytest.mark.parametrize("uid", ["A", "AB", "ABC", "ABCD", "ABCDEF", "04A224B1"])
def test_no_event_shows_a_whole_token(uid: str):
    charger = ready(1)
    charger.swipe(uid)
    shown = [
        fields["token"] for e in charger.effects for _, fields in e.notices if "token" in fields
    ]
    assert shown
    assert uid not in shown


def test_free_mode_starts_when_what_was_in_the_way_is_gone():
    charger = ready(1, is_free=True)
    charger.do(charger.station.on_availability, 1, False)
    charger.plug()
    assert charger.facts == []
    charger.do(charger.station.on_availability, 1, True)
    assert len(starts(charger)) == 1


def test_free_mode_does_not_start_while_a_reset_waits():
    charger = ready(2, is_free=True)
    charger.plug(1)
    charger.draw(1)
    charger.do(charger.station.on_reset, "on_idle")
    charger.plug(2)
    assert [evse_id for evse_id, _ in starts(charger)] == [1]


def test_a_car_that_came_while_the_last_one_was_booked_is_a_new_one():
    charger = ready(1)
    charger.plug()
    charger.swipe(ANNA)
    charger.draw()
    charger.unplug()
    charger.plug()
    charger.wait(2)
    assert isinstance(charger.facts[-1], TransactionEnded)
    assert charger.facts[-1].reason is StopReason.EV_DISCONNECTED
    assert charger.evse.session.table.state == table.PLUGGED
    assert charger.statuses[-1] == "Preparing"


def test_the_end_waits_until_ring_one_has_taken_the_permit_back():
    charger = ready(1)
    charger.plug()
    charger.swipe(ANNA)
    charger.offer()
    charger.swipe(ANNA)
    charger.offer()  # taken before the withdrawal reached ring 1
    charger.wait(1)
    assert not any(isinstance(fact, TransactionEnded) for fact in charger.facts)
    charger.draw()
    charger.energy_wh += 5
    charger.wait(1)
    charger.opened()
    charger.wait(2)
    assert charger.facts[-1].end.reading.energy_wh == charger.energy_wh


def test_no_permit_exceeds_the_share_when_the_second_begins():
    charger = ready(2, current_a_max=20.0)
    charger.plug(1)
    charger.swipe(ANNA)
    charger.draw(1)
    charger.wait(2)
    charger.plug(2)
    charger.swipe(BERT)
    assert [evse.permit().current_a for evse in charger.station.evses.values()] == [10.0, 10.0]


def test_a_share_is_free_only_when_its_contactor_is_open():
    charger = ready(2, current_a_max=20.0)
    for evse_id, card in ((1, ANNA), (2, BERT)):
        charger.plug(evse_id)
        charger.swipe(card)
        charger.draw(evse_id)
    charger.swipe(ANNA)
    assert charger.station.evses[2].permit().current_a == 10.0
    charger.opened(1)
    charger.wait(2)
    assert charger.station.evses[2].permit().current_a == 20.0


def test_who_came_first_keeps_the_only_share():
    charger = ready(2, current_a_max=10.0)
    charger.plug(2)
    charger.swipe(ANNA)
    charger.draw(2)
    charger.wait(2)
    charger.plug(1)
    charger.swipe(BERT)
    charger.wait(1)
    permits = {evse_id: evse.permit().current_a for evse_id, evse in charger.station.evses.items()}
    assert permits == {1: 0.0, 2: 10.0}


def test_an_unlock_that_nobody_can_carry_out_fails_in_time():
    charger = ready(1)
    answers: list[bool] = []
    charger.do(charger.station.on_unlock, 1, answers.append)
    charger.do(charger.station.on_pilot_lost, 1)
    charger.wait(21)
    for effects in charger.effects:
        for act in effects.acts:
            act()
    assert answers == [False]
