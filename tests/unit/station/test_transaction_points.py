"""What begins and ends a transaction, at the corners: cuts, resets, faults, changes on the way."""

from typing import Any

import pytest

from ampkeeper.firmware.facts import (
    ChargingState,
    Fact,
    StopReason,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    Trigger,
)
from ampkeeper.firmware.safety import contactor, lock, pilot, sequence
from ampkeeper.firmware.session.session import Phase, Transaction
from ampkeeper.firmware.station.books import restored
from ampkeeper.firmware.store.changes import DropSession, SaveSession

from .charger import Charger, ended

OTHER = "0BCAFE02"
CARD = "0BCAFE01"


def made(start: str = "PowerPathClosed", stop: str = "PowerPathClosed", **rules: Any) -> Charger:
    charger = Charger(local_tags=frozenset({CARD, OTHER}), **rules)
    charger.variables["TxCtrlr.TxStartPoint"] = tuple(start.split())
    charger.variables["TxCtrlr.TxStopPoint"] = tuple(stop.split())
    charger.read()
    return charger


def told(charger: Charger) -> list[tuple[str, str]]:
    return [
        (type(fact).__name__.removeprefix("Transaction"), fact.trigger) for fact in facts(charger)
    ]


def facts(charger: Charger) -> list[TransactionStarted | TransactionUpdated | TransactionEnded]:
    kinds = (TransactionStarted, TransactionUpdated, TransactionEnded)
    found: list[Fact] = charger.facts
    return [fact for fact in found if isinstance(fact, kinds)]


def in_books(charger: Charger) -> Transaction | None:
    """What a power cut would leave."""
    rows = {}
    for change in charger.changes:
        if isinstance(change, SaveSession):
            rows[change.tx_id] = change
        elif isinstance(change, DropSession):
            del rows[change.tx_id]
    found = [restored(row.state) for row in rows.values() if row.is_open]
    assert len(found) <= 1
    return found[0] if found else None


def after_a_cut(before: Charger, **rules: Any) -> Charger:
    """The next life, with the same car and meter."""
    after = made(**rules)
    after.energy_wh = before.energy_wh
    after.variables |= before.variables
    running = in_books(before)
    after.changes += [change for change in before.changes if isinstance(change, SaveSession)]
    after.do(after.station.on_restore, [] if running is None else [(running, None)], False)
    return after


def stop_by_card(charger: Charger) -> None:
    charger.swipe(CARD)
    charger.wait(1)
    charger.opened()
    charger.wait(1)


def test_of_a_transaction_without_energy_that_only_energy_begins_nothing_is_left():
    charger = made("EnergyTransfer")
    charger.plug()
    charger.swipe(CARD)
    charger.offer()
    running = in_books(charger)
    assert running is not None
    assert running.opening is not None
    stop_by_card(charger)
    assert facts(charger) == []
    assert in_books(charger) is None
    assert not charger.station.is_busy


def test_energy_that_flowed_before_a_cut_is_told_although_its_begin_was_not():
    charger = made("EnergyTransfer")
    charger.plug()
    charger.swipe(CARD)
    after = after_a_cut(charger)
    after.energy_wh += 40  # the contactor closed just before the power went
    after.unplug()
    after.wait(15)
    assert told(after) == [
        ("Started", Trigger.CHARGING_STATE_CHANGED),
        ("Ended", Trigger.EV_DEPARTED),
    ]
    fact = ended(after)
    assert fact.end.reading.energy_wh - fact.begin.reading.energy_wh == 40
    assert [each.seq_no for each in facts(after)] == [0, 1]
    assert in_books(after) is None


def test_a_held_back_transaction_whose_evse_is_gone_leaves_nothing():
    charger = made("EnergyTransfer")
    charger.plug()
    charger.swipe(CARD)
    running = in_books(charger)
    assert running is not None
    after = Charger()
    after.station.evses.clear()
    after.do(after.station.on_restore, [(running, None)], False)
    assert facts(after) == []
    assert DropSession(running.tx_id) in after.changes


def test_a_transaction_waits_for_the_meter_and_then_says_what_began_it():
    charger = Charger()
    charger.variables["TxCtrlr.TxStartPoint"] = ("EVConnected",)
    charger.plug()
    assert facts(charger) == []
    charger.read()
    assert told(charger) == [("Started", Trigger.CABLE_PLUGGED_IN)]


def test_a_car_that_left_before_the_meter_spoke_began_nothing():
    charger = Charger()
    charger.variables["TxCtrlr.TxStartPoint"] = ("EVConnected",)
    charger.plug()
    charger.unplug()
    charger.read()
    assert facts(charger) == []


@pytest.mark.parametrize("stop", ["EVConnected", "Authorized", "PowerPathClosed", "EnergyTransfer"])
def test_a_car_that_leaves_unauthorised_ends_its_transaction_whatever_the_stop_point(stop: str):
    charger = made("EVConnected", stop)
    charger.plug()
    charger.unplug()
    charger.wait(2)
    fact = ended(charger)
    assert (fact.reason, fact.charging_state) == (StopReason.EV_DISCONNECTED, ChargingState.IDLE)
    assert not charger.station.is_busy


def test_no_energy_flows_without_a_transaction_even_if_its_begin_was_chosen_too_late():
    charger = made()
    charger.plug()
    charger.variables["TxCtrlr.TxStartPoint"] = ("EVConnected",)
    charger.swipe(CARD)
    assert [kind for kind, _ in told(charger)] == ["Started"]
    assert charger.evse.permit().current_a > 0


def test_a_transaction_ends_by_the_stop_point_that_it_began_with():
    charger = made(stop="EVConnected")
    charger.start(CARD)
    charger.variables["TxCtrlr.TxStopPoint"] = ("Authorized",)
    stop_by_card(charger)
    assert told(charger)[-1] == ("Updated", Trigger.STOP_AUTHORIZED)
    charger.unplug()
    charger.wait(2)
    assert ended(charger).reason is StopReason.LOCAL


def test_once_its_authorisation_is_over_nobody_is_let_in_and_no_energy_flows():
    charger = made(stop="EVConnected")
    charger.start(CARD)
    stop_by_card(charger)
    for card in (CARD, OTHER):
        charger.swipe(card)
        charger.wait(1)
    assert not charger.station.can_start(1)
    assert charger.evse.permit().current_a == 0
    assert not charger.evse.permit().keep_locked
    running = in_books(charger)
    assert running is not None
    assert running.phase is Phase.OVER


def test_it_stays_so_over_a_power_cut():
    charger = made(stop="EVConnected")
    charger.start(CARD)
    stop_by_card(charger)
    after = after_a_cut(charger)
    after.plug(bolt=lock.UNLOCKED)
    after.wait(5)
    assert after.evse.permit().current_a == 0
    assert facts(after) == []
    after.unplug()
    after.wait(2)
    fact = ended(after)
    assert (fact.reason, fact.trigger) == (StopReason.LOCAL, Trigger.EV_DEPARTED)


def test_a_stop_that_the_power_cut_before_the_contactor_opened_is_told_after_it():
    charger = made(stop="EVConnected")
    charger.start(CARD)
    charger.swipe(CARD)
    after = after_a_cut(charger)
    after.plug()
    after.wait(2)
    assert told(after) == [("Updated", Trigger.STOP_AUTHORIZED)]
    assert after.evse.permit().current_a == 0


def test_a_fault_or_a_reset_ends_a_transaction_that_only_waits():
    charger = made("EVConnected", "EVConnected")
    charger.plug()
    charger.do(charger.station.on_reset, "soft")
    charger.wait(2)
    assert ended(charger).reason is StopReason.SOFT_RESET
    assert charger.effects[-1].restart == "soft"


def test_to_unlock_ends_no_transaction_that_nobody_was_let_in_to():
    charger = made("EVConnected", "EVConnected")
    charger.plug()
    charger.do(charger.station.on_unlock, 1, lambda is_free: None)
    charger.wait(2)
    assert [kind for kind, _ in told(charger)] == ["Started"]


def test_a_fault_after_the_authorisation_keeps_the_first_reason():
    charger = made(stop="EVConnected")
    charger.start(CARD)
    stop_by_card(charger)
    charger.do(charger.station.on_reset, "soft")
    charger.wait(2)
    fact = ended(charger)
    assert (fact.reason, fact.trigger) == (StopReason.LOCAL, Trigger.RESET_COMMAND)


def test_ocpp_1_6_keeps_its_own_rule_whatever_was_chosen():
    charger = made("EVConnected", "EVConnected")
    charger.do(charger.station.on_version, "1.6")
    charger.plug()
    assert facts(charger) == []
    charger.swipe(CARD)
    charger.offer()
    charger.draw()
    stop_by_card(charger)
    assert ended(charger).reason is StopReason.LOCAL


def test_out_of_service_a_car_begins_nothing():
    charger = made("EVConnected")
    charger.do(charger.station.on_availability, 1, False)
    charger.plug()
    charger.wait(2)
    assert facts(charger) == []
    assert charger.statuses[-1] == "Unavailable"


def test_put_out_of_service_a_connector_is_told_so_when_its_transaction_is_over():
    charger = made("EVConnected", "EVConnected")
    charger.plug()
    charger.do(charger.station.on_availability, 1, False)
    assert charger.statuses[-1] != "Unavailable"
    charger.unplug()
    charger.wait(2)
    assert charger.statuses[-1] == "Unavailable"


def test_energy_that_stops_for_a_limit_ends_what_energy_keeps_open():
    charger = made(stop="EnergyTransfer")
    charger.start(CARD)
    charger.report(
        pilot=pilot.C,
        sequence=sequence.CONNECTED,
        contactor=contactor.OPEN,
        lock=lock.LOCKED,
        cable_a=20.0,
    )
    charger.opened()
    charger.wait(3)
    fact = ended(charger)
    assert (fact.reason, fact.trigger) == (StopReason.OTHER, Trigger.CHARGING_STATE_CHANGED)


def test_a_price_is_shown_to_who_is_let_in_not_to_a_car():
    charger = made("EVConnected")
    charger.variables["TariffCostCtrlr.TariffFallbackMessage"] = "see the app"
    for shown, act in ((0, charger.plug), (1, lambda: charger.swipe(CARD)), (1, charger.offer)):
        act()
        notices = [kind for effects in charger.effects for kind, _ in effects.notices]
        assert notices.count("tariff_message") == shown
