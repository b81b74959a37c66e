"""Sessions from plug to unplug, as the station decides them."""

import pytest

from ampkeeper.firmware.authorise.decide import Known
from ampkeeper.firmware.facts import (
    IdToken,
    StopReason,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    Trigger,
)
from ampkeeper.firmware.safety import fault
from ampkeeper.firmware.session import table
from ampkeeper.firmware.session.session import Stop
from ampkeeper.firmware.station.entry import LOCAL
from ampkeeper.firmware.store.changes import AddStopSample, SaveSession, SaveVerdict

from .charger import Charger, ended


def test_plug_first_then_card_charges_and_the_same_card_stops():
    charger = Charger()
    charger.start()
    assert charger.statuses == ["Available", "Preparing", "Charging"]
    assert charger.evse.permit().current_a == 20.0
    charger.energy_wh += 500
    charger.wait(2)
    charger.swipe("0bcafe01")
    assert charger.evse.permit().current_a == 0.0
    charger.opened()
    charger.wait(2)
    charger.unplug()
    fact = ended(charger)
    assert (fact.reason, fact.token.value) == (StopReason.LOCAL, "0bcafe01")
    assert fact.end.reading.energy_wh - fact.begin.reading.energy_wh == 500
    assert charger.statuses[-2:] == ["Finishing", "Available"]


def test_card_first_then_plug_charges():
    charger = Charger()
    charger.unplug()
    charger.read()
    charger.swipe("0BCAFE01")
    assert charger.statuses[-1] == "Preparing"
    charger.plug()
    assert isinstance(charger.facts[0], TransactionStarted)


def test_an_accepted_card_without_a_car_runs_out():
    charger = Charger()
    charger.unplug()
    charger.swipe("0BCAFE01")
    charger.wait(119)
    assert charger.evse.session.grant is not None
    charger.wait(2)
    assert charger.evse.session.grant is None
    assert charger.statuses[-1] == "Available"


def test_no_transaction_starts_without_a_fresh_meter_reading():
    charger = Charger()
    charger.plug()
    charger.swipe("0BCAFE01")
    charger.wait(4, with_meter=False)
    assert charger.facts == []
    assert charger.evse.permit().current_a == 0.0
    charger.read()
    assert isinstance(charger.facts[0], TransactionStarted)


def test_unplugging_ends_with_that_reason_and_frees_the_plug():
    charger = Charger()
    charger.start()
    charger.unplug()
    assert not charger.evse.permit().keep_locked
    charger.wait(3)
    assert ended(charger).reason is StopReason.EV_DISCONNECTED
    assert charger.statuses[-1] == "Available"


def test_the_first_reason_of_a_stop_stays():
    charger = Charger()
    charger.start()
    tx_id = charger.evse.transaction.tx_id
    charger.do(charger.station.on_stop, tx_id, Stop(StopReason.REMOTE, Trigger.REMOTE_STOP))
    charger.unplug()
    charger.do(charger.station.on_stop, tx_id, Stop(StopReason.LOCAL, Trigger.STOP_AUTHORIZED))
    charger.wait(3)
    assert ended(charger).reason is StopReason.REMOTE


def test_the_end_waits_for_a_reading_taken_after_the_contactor_opened():
    charger = Charger()
    charger.start()
    charger.swipe("0BCAFE01")
    charger.read()
    assert not any(isinstance(fact, TransactionEnded) for fact in charger.facts)
    charger.opened()
    charger.energy_wh += 3
    charger.wait(2)
    assert ended(charger).end.reading.energy_wh == 10_003


def test_a_meter_that_dies_at_the_end_leaves_the_last_booked_reading():
    charger = Charger()
    charger.start()
    charger.wait(61)
    charger.swipe("0BCAFE01")
    charger.opened()
    charger.wait(13, with_meter=False)
    assert ended(charger).end.reading.energy_wh == 10_000
    assert ended(charger).end.context == "Transaction.End"


def test_a_full_car_is_suspended_by_itself_and_a_limit_of_zero_by_the_charger():
    charger = Charger()
    charger.start()
    charger.offer()
    assert charger.statuses[-1] == "SuspendedEV"
    charger.draw()
    charger.variables["LimitCtrlr.MaxCurrent"] = 0
    charger.do(charger.station.on_tick)
    assert charger.evse.permit().current_a == 0.0
    assert charger.evse.limit() == (0.0, "ocpp")
    charger.opened()
    assert charger.statuses[-1] == "SuspendedEVSE"
    charger.variables["LimitCtrlr.MaxCurrent"] = 10
    charger.do(charger.station.on_tick)
    assert charger.evse.permit().current_a == 10.0


def test_samples_are_booked_at_their_interval_and_left_out_while_the_meter_is_stale():
    charger = Charger()
    charger.start()
    charger.wait(121)
    samples = [f for f in charger.facts if isinstance(f, TransactionUpdated) and f.sample]
    assert [f.sample.context for f in samples] == ["Sample.Periodic"] * 2
    charger.wait(60, with_meter=False)
    assert len([f for f in charger.facts if isinstance(f, TransactionUpdated) and f.sample]) == 2


def test_a_stale_meter_clamps_and_a_silent_one_stops_the_current():
    charger = Charger()
    charger.start()
    charger.wait(6, with_meter=False)
    assert charger.evse.limit() == (6.0, "meter")
    charger.wait(10, with_meter=False)
    assert charger.evse.permit().current_a == 0.0
    assert charger.statuses[-1] == "Faulted"
    charger.wait(2)
    assert charger.evse.permit().current_a == 20.0


def test_facts_count_without_a_gap_and_each_is_saved_with_its_session():
    charger = Charger()
    charger.start()
    charger.wait(125)
    charger.swipe("0BCAFE01")
    charger.opened()
    charger.wait(2)
    assert [fact.seq_no for fact in charger.facts] == list(range(len(charger.facts)))
    for effects in charger.effects:
        kinds = [type(change).__name__ for change in effects.changes]
        assert kinds.count("SaveSession") >= kinds.count("AddFact")
    rows = [change for change in charger.changes if isinstance(change, SaveSession)]
    assert (rows[-1].is_open, rows[-1].reason, rows[-1].id_token) == (False, "Local", "0BCAFE01")


def test_an_unknown_card_is_asked_for_and_its_verdict_is_kept():
    charger = Charger()
    charger.read()
    charger.plug()
    assert charger.swipe().asks == [IdToken("04A224B1")]
    charger.do(charger.station.on_verdict, IdToken("04A224B1"), Known("Accepted", "family"))
    assert isinstance(charger.facts[0], TransactionStarted)
    assert any(isinstance(change, SaveVerdict) for change in charger.changes)
    charger.do(charger.station.on_tag, IdToken("04FFFFFF"))
    charger.do(charger.station.on_verdict, IdToken("04FFFFFF"), Known("Accepted", "family"))
    assert charger.evse.session.table.state == table.STOPPING


@pytest.mark.parametrize("status", ["Blocked", "Expired", "Invalid", "Unknown"])
def test_a_refused_card_starts_nothing(status: str):
    charger = Charger()
    charger.read()
    charger.plug()
    charger.swipe()
    charger.do(charger.station.on_verdict, IdToken("04A224B1"), Known(status))
    assert charger.facts == []
    assert ("tag_refused", status) in [
        (kind, fields.get("why")) for e in charger.effects for kind, fields in e.notices
    ]


def test_without_an_answer_the_offline_rules_decide():
    charger = Charger()
    charger.read()
    charger.plug()
    charger.swipe()
    charger.wait(31)
    assert charger.facts == []
    charger.station.entrance.known["04A224B1"] = Known("Accepted")
    charger.station.entrance.is_online = False
    charger.swipe()
    assert isinstance(charger.facts[0], TransactionStarted)


def test_free_mode_charges_whoever_plugs_in():
    charger = Charger(is_free=True)
    charger.read()
    charger.plug()
    assert charger.facts[0].token == IdToken("FREE", "NoAuthorization")


def test_a_finished_session_starts_again_without_replugging():
    charger = Charger()
    charger.start()
    charger.swipe("0BCAFE01")
    charger.opened()
    charger.wait(2)
    charger.swipe("0BCAFE01")
    assert sum(isinstance(fact, TransactionStarted) for fact in charger.facts) == 2


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (fault.RCD_DC, StopReason.GROUND_FAULT),
        (fault.EMERGENCY_STOP, StopReason.EMERGENCY_STOP),
        (fault.OVER_CURRENT, StopReason.OVERCURRENT_FAULT),
        (fault.CONTACTOR_STUCK, StopReason.OTHER),
    ],
)
def test_a_fault_that_stays_ends_the_transaction_with_its_reason(code, reason):
    charger = Charger()
    charger.start()
    charger.report(pilot=1, sequence=5, faults=(code,))
    charger.wait(3)
    assert ended(charger).reason is reason
    assert charger.statuses[-1] == "Faulted"


def test_a_fault_that_passes_only_suspends():
    charger = Charger()
    charger.start()
    charger.report(pilot=6, sequence=5, faults=(fault.PILOT_FAULT,))
    assert charger.statuses[-1] == "Faulted"
    charger.draw()
    assert charger.statuses[-1] == "Charging"
    assert not any(isinstance(fact, TransactionEnded) for fact in charger.facts)


def test_a_silent_ring_one_gets_no_permit_and_the_transaction_goes_on():
    charger = Charger()
    charger.start()
    charger.do(charger.station.on_pilot_lost, 1)
    assert charger.evse.permit().current_a == 0.0
    charger.draw()
    assert charger.evse.permit().current_a == 20.0


def test_a_meter_reset_in_mid_charge_never_bills_backwards():
    charger = Charger()
    charger.start()
    charger.energy_wh += 1
    charger.wait(2)
    charger.energy_wh = 5
    charger.wait(4)
    charger.swipe("0BCAFE01")
    charger.opened()
    charger.energy_wh = 7
    charger.wait(3)
    fact = ended(charger)
    assert 0 <= fact.end.reading.energy_wh - fact.begin.reading.energy_wh <= 10


@pytest.mark.parametrize(("jump_wh", "billed_wh"), [(5_000, 5_000), (1_000_000, 0), (-9_000, 0)])
def test_a_register_that_jumps_is_followed_only_as_far_as_a_car_could_go(jump_wh, billed_wh):
    charger = Charger()
    charger.start()
    charger.wait(2)
    charger.energy_wh += jump_wh
    charger.wait(4)
    charger.swipe("0BCAFE01")
    charger.opened()
    charger.wait(3)
    fact = ended(charger)
    assert fact.end.reading.energy_wh - fact.begin.reading.energy_wh == billed_wh


def test_without_a_central_system_nothing_is_owed():
    charger = Charger(has_csms=False)
    charger.start()
    assert charger.facts == []
    assert any(isinstance(change, SaveSession) for change in charger.changes)


def test_facts_know_whether_the_central_system_was_away():
    charger = Charger()
    charger.station.entrance.is_online = False
    charger.start()
    adds = [change for change in charger.changes if hasattr(change, "is_offline")]
    assert adds
    assert all(change.is_offline for change in adds)


def test_two_cars_share_the_stations_limit():
    charger = Charger(count=2, current_a_max=20.0)
    for evse_id, uid in ((1, "0BCAFE01"), (2, "0BCAFE01")):
        charger.read(evse_id)
        charger.plug(evse_id)
        charger.do(charger.station.on_remote_start, evse_id, IdToken(uid), LOCAL, False)
        charger.draw(evse_id)
    assert [evse.permit().current_a for evse in charger.station.evses.values()] == [10.0, 10.0]


def kept(charger):
    return [change.sample for change in charger.changes if isinstance(change, AddStopSample)]


def test_samples_are_kept_for_the_end_where_a_list_asks_for_them():
    charger = Charger()
    charger.variables["SampledDataCtrlr.TxEndedMeasurands"] = ("Energy.Active.Import.Register",)
    charger.start()
    charger.wait(125)
    assert [sample.context for sample in kept(charger)] == ["Sample.Periodic"] * 2


def test_samples_are_not_kept_where_nobody_wants_them():
    for rules in ({"keeps_samples": False}, {"has_csms": False}, {}):
        charger = Charger(**rules)
        listed = ("Energy.Active.Import.Register",) if rules else ()
        charger.variables["SampledDataCtrlr.TxEndedMeasurands"] = listed
        charger.start()
        charger.wait(65)
        assert kept(charger) == []
