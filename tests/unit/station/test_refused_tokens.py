"""A token that the central system refuses after its transaction began."""

from ampkeeper.firmware.authorise.decide import Known
from ampkeeper.firmware.facts import StopReason, TransactionEnded
from ampkeeper.firmware.station.books import restored
from ampkeeper.firmware.store.changes import SaveSession

from .charger import Charger, ended


def test_a_token_refused_after_the_start_ends_the_charge():
    charger = Charger()
    charger.start()
    started = charger.facts[0]
    charger.do(charger.station.on_fact_answered, started, 7, Known("Blocked"))
    charger.opened()
    charger.wait(2)
    assert ended(charger).reason is StopReason.DE_AUTHORIZED


def test_a_refused_token_may_only_pause_the_charge_as_the_setting_says():
    charger = Charger()
    charger.variables["TxCtrlr.StopTxOnInvalidId"] = False
    charger.start()
    charger.do(charger.station.on_fact_answered, charger.facts[0], 7, Known("Blocked"))
    assert charger.evse.permit().current_a == 0.0
    assert charger.evse.limit() == (0.0, "authorisation")
    charger.unplug()
    charger.wait(3)
    assert ended(charger).reason is StopReason.EV_DISCONNECTED
    assert charger.evse.limit()[1] == "board"


def test_a_refused_token_may_have_so_much_energy_that_the_car_drives_away():
    charger = Charger()
    charger.variables["TxCtrlr.StopTxOnInvalidId"] = False
    charger.variables["TxCtrlr.MaxEnergyOnInvalidId"] = 6
    charger.start()
    charger.do(charger.station.on_fact_answered, charger.facts[0], 7, Known("Blocked"))
    for _ in range(2):
        assert charger.evse.permit().current_a > 0.0
        charger.energy_wh += 3
        charger.wait(1)
    assert charger.evse.permit().current_a == 0.0
    charger.opened()
    charger.wait(2)
    assert not any(isinstance(fact, TransactionEnded) for fact in charger.facts)


def test_a_refused_token_that_is_stopped_gets_no_more_energy():
    charger = Charger()
    charger.variables["TxCtrlr.StopTxOnInvalidId"] = True
    charger.variables["TxCtrlr.MaxEnergyOnInvalidId"] = 6
    charger.start()
    charger.do(charger.station.on_fact_answered, charger.facts[0], 7, Known("Blocked"))
    assert charger.evse.permit().current_a == 0.0
    charger.opened()
    charger.wait(2)
    assert any(isinstance(fact, TransactionEnded) for fact in charger.facts)


def test_the_energy_left_to_a_refused_token_outlives_a_power_cut():
    charger = Charger()
    charger.variables["TxCtrlr.StopTxOnInvalidId"] = False
    charger.variables["TxCtrlr.MaxEnergyOnInvalidId"] = 6
    charger.start()
    charger.do(charger.station.on_fact_answered, charger.facts[0], 7, Known("Blocked"))
    state = next(c.state for c in reversed(charger.changes) if isinstance(c, SaveSession))
    again = Charger()
    again.variables["TxCtrlr.StopTxOnInvalidId"] = False
    again.variables["TxCtrlr.MaxEnergyOnInvalidId"] = 6
    again.energy_wh = charger.energy_wh + 5
    again.do(again.station.on_restore, [(restored(state), 7)], False)
    again.read()
    again.draw()
    again.wait(2)
    assert again.evse.permit().current_a > 0.0
    again.energy_wh += 1
    again.wait(2)
    assert again.evse.permit().current_a == 0.0
