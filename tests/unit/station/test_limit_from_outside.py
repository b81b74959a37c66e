"""A limit that somebody else than the central system sets: obeyed, kept, told and released."""

from typing import Any

import pytest

from ampkeeper.firmware.charging_profile import Profile, Purpose, Unit
from ampkeeper.firmware.facts import TransactionUpdated, Trigger
from ampkeeper.firmware.ocpp.v16.dialect import Dialect16
from ampkeeper.firmware.ocpp.v201.dialect import Dialect201
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.outside import NEWS_S, Outside
from ampkeeper.firmware.station.owner_limit import OwnerLimit
from ampkeeper.firmware.store.changes import DropProfile, SaveProfile
from tests.unit.ocpp_dialects.conftest import is_valid
from tests.unit.ocpp_dialects.station_fake import FakeStation

from .charger import Charger


class Ear:
    """A central system that hears, and answers when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[Any] = []
        self.heard: list[Any] = []

    def tell(self, word: Any, heard: Any) -> None:
        self.waiting.append(heard)
        self.heard.append(word(Dialect201(FakeStation())))
        assert is_valid("ocpp2.0.1", self.heard[-1])

    def answer(self, payload: dict[str, Any] | None) -> None:
        self.waiting.pop(0)(payload, False)


def limited() -> tuple[Charger, Outside, Ear]:
    charger, ear = Charger(), Ear()
    charger.variables["SmartChargingCtrlr.LimitChangeSignificance"] = 1.0
    outside = Outside(charger.station, ear)
    followed(charger, outside, Effects())
    return charger, outside, ear


def followed(charger: Charger, outside: Outside, effects: Effects) -> None:
    """As the station's task does after each event."""
    before = len(effects.changes)
    outside.follow(effects, charger.now, charger.now_s)
    charger.changes += effects.changes[before:]
    for act in effects.acts:
        act()


def set_limit(charger: Charger, outside: Outside, current_a: float | None) -> None:
    charger.now_s += NEWS_S
    if current_a is None:
        effects = charger.do(outside.on_release)
    else:
        effects = charger.do(outside.on_limit, current_a, "EMS")
    followed(charger, outside, effects)


def owned(charger: Charger, outside: Outside, current_a: float | None, evse_id: int = 1) -> None:
    """The owner limits one EVSE, or no more."""
    owner = charger.station.limiting.owner
    if current_a is None:
        effects = charger.do(owner.on_clear, evse_id)
    else:
        effects = charger.do(owner.on_limit, evse_id, OwnerLimit(current_a, charger.now))
    followed(charger, outside, effects)


def rates(charger: Charger) -> int:
    updates = [fact for fact in charger.facts if isinstance(fact, TransactionUpdated)]
    return sum(fact.trigger is Trigger.CHARGING_RATE_CHANGED for fact in updates)


def test_it_is_obeyed_written_down_told_and_noted_in_the_transaction() -> None:
    """K11.FR.01 to FR.06."""
    charger, outside, ear = limited()
    charger.start()
    set_limit(charger, outside, 8.0)
    assert charger.evse.limit()[0] == 8.0
    assert any(isinstance(change, SaveProfile) for change in charger.changes)
    assert outside.limit is not None
    assert outside.limit.id < 0
    assert rates(charger) == 1
    (call,) = ear.heard
    assert call.action == "NotifyChargingLimit"
    assert call.payload["chargingLimit"] == {"chargingLimitSource": "EMS"}
    assert call.payload["chargingSchedule"][0]["chargingSchedulePeriod"][0]["limit"] == 8.0


@pytest.mark.parametrize(("current_a", "count"), [(10.05, 1), (10.2, 2)])
def test_a_change_that_hardly_matters_is_obeyed_but_not_told(current_a: float, count: int) -> None:
    """K12.FR.02."""
    charger, outside, ear = limited()
    charger.start()
    set_limit(charger, outside, 10.0)
    ear.answer({})
    set_limit(charger, outside, current_a)
    assert charger.evse.limit()[0] == current_a
    assert (len(ear.heard), rates(charger)) == (count, count)


def test_released_it_limits_no_more_and_that_is_told() -> None:
    """K13.FR.01 to FR.03."""
    charger, outside, ear = limited()
    charger.start()
    set_limit(charger, outside, 8.0)
    ear.answer({})
    set_limit(charger, outside, None)
    assert charger.evse.limit()[0] > 8.0
    assert any(isinstance(change, DropProfile) for change in charger.changes)
    call = ear.heard[-1]
    assert (call.action, call.payload) == ("ClearedChargingLimit", {"chargingLimitSource": "EMS"})
    assert rates(charger) == 2


def test_what_was_not_heard_is_told_again_as_it_is_then() -> None:
    charger, outside, ear = limited()
    set_limit(charger, outside, 8.0)
    ear.answer(None)
    set_limit(charger, outside, 6.0)
    assert len(ear.heard) == 2
    ear.answer({})
    outside.tell()
    assert len(ear.heard) == 2


def test_the_central_system_s_own_profiles_do_not_get_its_number() -> None:
    charger, outside, _ = limited()
    set_limit(charger, outside, 8.0)
    number = outside.limit.id if outside.limit is not None else 0
    set_limit(charger, outside, 9.0)
    found = charger.station.charging.book.profiles()
    assert [(one.id, one.purpose) for one in found] == [(number, Purpose.EXTERNAL)]


def test_1_6_has_no_word_for_it() -> None:
    limit: Profile | None = None
    assert Dialect16(FakeStation()).outside_limit("EMS", 0, limit) is None


def test_a_source_of_the_ledger_that_is_external_is_told_for_its_evse_and_cleared() -> None:
    charger, outside, ear = limited()
    charger.start()
    owned(charger, outside, 9.0)
    assert rates(charger) == 1
    (call,) = ear.heard
    assert call.action == "NotifyChargingLimit"
    assert (call.payload["evseId"], call.payload["chargingLimit"]) == (
        1,
        {"chargingLimitSource": "Other"},
    )
    ear.answer({})
    owned(charger, outside, None)
    assert rates(charger) == 2
    call = ear.heard[-1]
    assert (call.action, call.payload) == (
        "ClearedChargingLimit",
        {"chargingLimitSource": "Other", "evseId": 1},
    )


def test_it_is_reported_and_in_the_composite_schedule_but_limits_only_once() -> None:
    charger, outside, _ = limited()
    charger.start()
    owned(charger, outside, 9.0)
    charging = charger.station.charging
    (told,) = charging.book.reflected
    assert (told.purpose, told.source, told.evse_id) == (Purpose.EXTERNAL, "Other", 1)
    assert told.id < 0
    composite = charging.composite(1, charger.now, 600, Unit.AMPERE)
    assert [period.limit for period in composite.periods] == [9.0]
    charger.wait(1.0)
    sources = [entry.source for entry in charger.evse.ledger.entries()]
    assert (sources[0], "profile_external" in sources) == ("owner", False)
    owned(charger, outside, None)
    assert charging.book.reflected == ()
    assert charger.evse.limit()[0] == 20.0, "nothing of it is left to bind"


def test_a_limit_that_moves_all_the_time_is_told_every_ten_seconds_at_most() -> None:
    charger, outside, ear = limited()
    charger.start()
    for tenth in range(100):
        charger.now_s += 0.5
        owned(charger, outside, 7.0 + (tenth % 20) / 2)
        if ear.waiting:
            ear.answer({})
    assert len(ear.heard) == rates(charger)
    assert 5 <= len(ear.heard) <= 6


def test_what_limited_before_the_start_is_told_once_registered_and_is_no_change() -> None:
    charger, ear = Charger(), Ear()
    charger.variables["SmartChargingCtrlr.LimitChangeSignificance"] = 1.0
    charger.start()
    charger.do(charger.station.limiting.owner.on_limit, 1, OwnerLimit(9.0, charger.now))
    outside = Outside(charger.station, ear)
    followed(charger, outside, Effects())
    assert (ear.heard, rates(charger)) == ([], 0)
    outside.tell()
    assert [call.action for call in ear.heard] == ["NotifyChargingLimit"]
