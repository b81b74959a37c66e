"""Charging profiles at the station: they limit, they follow transactions, they are in the books."""

from functools import partial
from typing import Any

import pytest

from ampkeeper.firmware.charging_profile import Kind, Period, Profile, Purpose, Unit
from ampkeeper.firmware.facts import IdToken
from ampkeeper.firmware.limits.profile_book import ProfileRefused
from ampkeeper.firmware.station.entry import Remote
from ampkeeper.firmware.store.changes import DropProfile, SaveProfile
from tests.support.profiles import profile_at
from tests.unit.station.charger import START, Charger

NOON_S = int(START.timestamp())
profile = partial(profile_at, NOON_S - 60)


def install(charger: Charger, one: Profile) -> None:
    charger.do(charger.station.charging.on_install, charger.station.charging.bound(one))


def books(charger: Charger) -> list[Any]:
    kinds = SaveProfile | DropProfile
    return [
        (type(change), change.profile_id) for change in charger.changes if isinstance(change, kinds)
    ]


def test_a_profile_binds_at_once_and_says_whose_it_is():
    charger = Charger()
    charger.start()
    assert charger.evse.permit().current_a == 20.0
    install(charger, profile(1, 10.0))
    assert charger.evse.permit().current_a == 10.0
    (binding, *_) = charger.evse.ledger.entries()
    assert (binding.source, binding.reason) == (
        "profile_default",
        "charging profile 1 for every transaction, set by the central system",
    )
    charger.do(charger.station.charging.on_clear, (1,))
    assert charger.evse.permit().current_a == 20.0
    assert books(charger) == [(SaveProfile, 1), (DropProfile, 1)]


def test_a_schedule_moves_the_limit_as_time_passes():
    charger = Charger()
    charger.start()
    rows = (Period(0, 16.0), Period(70, 0.0), Period(80, 12.0))
    install(charger, profile(1, 0.0, periods=rows))
    seen = []
    for _ in range(3):
        seen.append(charger.evse.permit().current_a)
        charger.wait(10.0)
    assert seen == [16.0, 0.0, 12.0]


def test_a_clock_set_back_is_believed():
    charger = Charger()
    rows = (Period(0, 16.0), Period(70, 6.0))
    install(charger, profile(1, 0.0, periods=rows))
    charger.wait(20.0)
    assert charger.evse.limit()[0] == 6.0
    charger.step -= 2 * (charger.now - START)
    charger.wait(1.0)
    assert charger.evse.limit()[0] == 16.0


def test_a_transactions_profile_dies_with_it():
    charger = Charger()
    with pytest.raises(ProfileRefused, match="does not run"):
        install(charger, profile(1, 10.0, purpose=Purpose.TX))
    charger.start()
    install(charger, profile(1, 10.0, purpose=Purpose.TX))
    assert charger.evse.permit().current_a == 10.0
    charger.unplug()
    charger.wait(3.0)
    assert charger.evse.transaction is None
    assert charger.station.charging.book.profiles() == ()
    assert books(charger) == [(SaveProfile, 1), (DropProfile, 1)]


def test_another_transactions_profile_is_refused():
    charger = Charger()
    charger.start()
    with pytest.raises(ProfileRefused, match="does not run"):
        install(charger, profile(1, 10.0, purpose=Purpose.TX, tx_id="another"))


def test_a_remote_starts_profile_waits_for_its_transaction():
    charger = Charger()
    brought = profile(7, 9.0, purpose=Purpose.TX, kind=Kind.RELATIVE, start_s=None)
    token = IdToken("04A224B1", "Central")
    charger.do(charger.station.on_remote_start, 1, token, Remote(77, brought), False)
    assert charger.station.charging.book.profiles() == ()
    charger.read()
    charger.plug()
    assert charger.evse.transaction is not None
    (bound,) = charger.station.charging.book.profiles()
    assert (bound.id, bound.tx_id) == (7, charger.evse.transaction.tx_id)
    assert charger.evse.permit().current_a == 9.0


def test_a_profile_of_a_start_that_came_to_nothing_is_forgotten():
    charger = Charger()
    brought = profile(7, 9.0, purpose=Purpose.TX)
    token = IdToken("04A224B1", "Central")
    charger.do(charger.station.on_remote_start, 1, token, Remote(77, brought), False)
    charger.wait(130.0)
    charger.start()
    assert charger.station.charging.book.profiles() == ()
    assert charger.evse.permit().current_a == 20.0


def test_the_stations_limit_is_shared_by_who_charges():
    charger = Charger(2)
    charger.start()
    install(charger, profile(1, 18.0, evse_id=0, purpose=Purpose.STATION_MAX))
    assert charger.evse.permit().current_a == 18.0
    charger.read(2)
    charger.plug(2)
    charger.do(charger.station.on_remote_start, 2, IdToken("X"), Remote(), False)
    charger.draw(2)
    offered = [evse.permit().current_a for evse in charger.station.evses.values()]
    assert offered == [9.0, 9.0]


def test_profiles_are_taken_up_from_the_books():
    before, after = Charger(), Charger()
    before.start()
    install(before, profile(1, 10.0))
    install(before, profile(2, 8.0, purpose=Purpose.TX))
    texts = [one.to_text() for one in before.station.charging.book.profiles()]
    wrong = after.station.charging.recall([*texts, "{}"])
    assert len(wrong) == 1
    running = before.evse.transaction
    assert running is not None
    after.do(after.station.on_restore, [(running, None)], False)
    after.read()
    after.plug()
    assert [one.id for one in after.station.charging.book.profiles()] == [1, 2]
    assert after.evse.limit()[0] == 8.0


def test_profiles_of_a_transaction_that_is_over_are_not_taken_up():
    charger = Charger()
    charger.station.charging.recall([profile(2, 8.0, purpose=Purpose.TX, tx_id="old").to_text()])
    charger.do(charger.station.on_restore, [], False)
    assert books(charger) == [(DropProfile, 2)]


def test_the_composite_schedule_knows_the_boards_rating():
    charger = Charger(2)
    rows = (Period(0, 80.0), Period(120, 10.0, 1))
    install(charger, profile(1, 0.0, periods=rows))
    charging = charger.station.charging
    told = charging.composite(1, START, 600, Unit.AMPERE)
    assert told.periods == (Period(0, 32.0), Period(60, 10.0, 1))
    told = charging.composite(1, START, 600, Unit.WATT)
    assert told.periods == (Period(0, 22_080.0), Period(60, 2_300.0, 1))
    told = charging.composite(0, START, 600, Unit.AMPERE)
    assert told.periods == (Period(0, 64.0), Period(60, 42.0))  # what the EVSEs may take
