"""Kept free for an update: nobody new is let in, nobody is thrown out, all comes back."""

from ampkeeper.firmware.facts import ConnectorState, IdToken
from ampkeeper.firmware.station.hold import Hold
from ampkeeper.firmware.store.changes import SaveEvse
from tests.unit.station.charger import Charger
from tests.unit.station.test_station_desk import Office

CARD = IdToken("0BCAFE01", "ISO14443")


def charging(count: int = 2) -> tuple[Charger, Hold]:
    """EVSE 1 charges; the others are free."""
    charger = Charger(count)
    for evse_id in charger.station.evses:
        charger.report(evse_id)
        charger.read(evse_id)
    charger.plug(1)
    charger.do(charger.station.on_tag, CARD, evse_id=1)
    charger.read(1)
    charger.offer(1)
    assert charger.station.is_busy
    return charger, Hold(charger.station)


def told(charger: Charger, evse_id: int) -> ConnectorState:
    return charger.station.evses[evse_id].report(charger.now).state


def test_the_free_one_is_unavailable_and_the_running_one_goes_on() -> None:
    charger, hold = charging()
    effects = charger.do(hold.on_begin)
    assert told(charger, 2) == ConnectorState.UNAVAILABLE
    assert [report.evse_id for report in effects.reports] == [2]
    assert charger.station.evses[1].permit().current_a > 0
    assert not charger.station.can_start(1)
    assert not charger.station.can_start(2)
    assert not any(isinstance(change, SaveEvse) for change in effects.changes)


def test_whoever_was_let_in_but_has_not_begun_is_not_let_in_any_more() -> None:
    charger = Charger()
    charger.report()
    charger.do(charger.station.on_tag, CARD)
    assert told(charger, 1) == ConnectorState.PREPARING
    charger.do(Hold(charger.station).on_begin)
    assert told(charger, 1) == ConnectorState.UNAVAILABLE
    charger.plug()
    charger.read()
    assert not charger.station.is_busy


def test_a_station_that_is_being_installed_is_not_restarted() -> None:
    office = Office()
    office.desk.hold.is_installing = True
    kinds = ("soft", "hard", "on_idle")
    assert [office.desk.reset(kind, None) for kind in kinds] == ["rejected"] * 3
    assert not office.inbox
    office.desk.hold.is_installing = False
    assert office.desk.reset("hard", None) == "accepted"


def test_the_end_gives_back_what_the_books_hold() -> None:
    charger, hold = charging(3)
    charger.do(hold.on_begin)
    charger.station.availability.load({0: True, 2: True, 3: False})
    charger.do(hold.on_end)
    assert told(charger, 2) == ConnectorState.AVAILABLE
    assert told(charger, 3) == ConnectorState.UNAVAILABLE
    assert charger.station.evses[1].in_service
    assert not hold.is_on


def test_what_the_central_system_says_meanwhile_is_written_and_counts_afterwards() -> None:
    charger, hold = charging()
    charger.do(hold.on_begin)
    effects = charger.do(hold.on_availability, 2, True)
    assert SaveEvse(2, True) in effects.changes
    assert told(charger, 2) == ConnectorState.UNAVAILABLE
    effects = charger.do(hold.on_availability, 0, False)
    kept = {change.evse_id: change.in_service for change in effects.changes}
    assert kept == {0: False}
    assert charger.station.report(charger.now).state == ConnectorState.UNAVAILABLE
    charger.do(hold.on_end)
    assert told(charger, 2) == ConnectorState.UNAVAILABLE
