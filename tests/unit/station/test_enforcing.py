"""A car that takes more than it is allowed: offered less, then stopped, with one reason."""

from ampkeeper.firmware.facts import StopReason, TransactionEnded, Trigger
from ampkeeper.firmware.faults import LIMIT_IGNORED
from ampkeeper.hal.ports import MeterReading

from .charger import Charger, ended


def charging(limit_a: float = 10.0, **rules: object) -> Charger:
    charger = Charger(**rules)
    charger.variables["LimitCtrlr.MaxCurrent"] = limit_a
    charger.start()
    return charger


def drive(charger: Charger, amps: float, seconds: int) -> None:
    """The car draws so much on L1, and the meter says so every second."""
    for _ in range(seconds):
        charger.now_s += 1.0
        charger.energy_wh += round(amps * 230 / 3600)
        reading = MeterReading(charger.now_s, charger.energy_wh, amps * 230, (amps, 0.0, 0.0))
        charger.do(charger.station.on_reading, 1, reading)
        charger.do(charger.station.on_tick)


def notices(charger: Charger, kind: str) -> list[dict[str, object]]:
    told = [notice for effects in charger.effects for notice in effects.notices]
    return [fields for each, fields in told if each == kind]


def test_it_is_offered_less_and_why_says_so():
    charger = charging()
    drive(charger, 11.4, 8)
    assert charger.evse.limit()[1] == "enforcement"
    assert 8.5 <= charger.evse.permit().current_a <= 8.7
    binding = charger.evse.ledger.binding()
    assert binding is not None
    assert binding.reason == "the car took more than it was allowed, on L1"
    assert [one["result"] for one in notices(charger, "limit_exceeded")] == ["offered less"]


def test_a_car_that_heeds_it_charges_on_and_the_next_one_begins_anew():
    charger = charging()
    drive(charger, 11.4, 8)
    drive(charger, 9.8, 600)
    assert charger.evse.transaction is not None
    assert charger.evse.limit()[1] == "enforcement"
    charger.unplug()
    charger.wait(20.0)
    charger.start("04A224B1")
    assert charger.evse.limit() == (10.0, "ocpp")


def test_a_car_that_does_not_is_stopped_with_a_fault_that_ends_when_it_leaves():
    charger = charging()
    drive(charger, 11.4, 40)
    assert LIMIT_IGNORED in charger.evse.faults
    charger.opened()
    drive(charger, 0.0, 10)
    fact = ended(charger)
    assert (fact.reason, fact.trigger) == (
        StopReason.OVERCURRENT_FAULT,
        Trigger.ABNORMAL_CONDITION,
    )
    assert charger.statuses[-1] == "Faulted"
    charger.unplug()
    charger.wait(2.0)
    assert charger.evse.faults == {}
    assert charger.statuses[-1] == "Available"


def test_after_a_lower_limit_the_car_has_its_time():
    charger = charging(20.0)
    drive(charger, 19.0, 20)
    charger.variables["LimitCtrlr.MaxCurrent"] = 6.0
    drive(charger, 19.0, 14)
    drive(charger, 5.9, 100)
    assert notices(charger, "limit_exceeded") == []


def test_a_stale_meter_accuses_nobody():
    charger = charging()
    drive(charger, 11.4, 3)
    charger.wait(60.0, with_meter=False)
    assert notices(charger, "limit_exceeded") == []


def test_nobody_is_judged_before_he_charges_and_after():
    charger = Charger()
    charger.variables["LimitCtrlr.MaxCurrent"] = 10.0
    drive(charger, 11.4, 30)
    assert notices(charger, "limit_exceeded") == []
    assert not [fact for fact in charger.facts if isinstance(fact, TransactionEnded)]
