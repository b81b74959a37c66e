"""The desk: what is promised to the central system, and what happens when it cannot be kept."""

from collections import deque
from typing import Any

import pytest

from ampkeeper.firmware.facts import IdToken
from ampkeeper.firmware.ocpp.dialect import Later
from ampkeeper.firmware.ocpp.variables import EvseHardware, Hardware, Settings
from ampkeeper.firmware.safety import lock
from ampkeeper.firmware.station.desk import Desk, Event
from ampkeeper.firmware.station.owed import Owed
from ampkeeper.firmware.store.changes import SaveSetting

from .charger import Charger
from .guarded import security_of

TOKEN = IdToken("APP-1", "Central")
INTERVAL = "SampledDataCtrlr.TxUpdatedInterval"


class Office:
    """A desk whose inbox the test empties, or fills."""

    def __init__(self) -> None:
        self.charger = Charger()
        self.inbox: deque[Event] = deque()
        self.has_room = True
        self.settings = Settings(Hardware((EvseHardware(1, 3, 32.0, True),), "A"))
        self.desk = Desk(
            self.charger.station,
            self.settings,
            {},
            lambda: self.charger.now,
            self._post,
            Owed(),
            security_of(self.settings, lambda: self.charger.now, self._post),
        )

    def _post(self, event: Event) -> bool:
        if self.has_room:
            self.inbox.append(event)
        return self.has_room

    def handle(self) -> list[Any]:
        """Let the station take one event; what it wrote, in force from then on."""
        effects = self.charger.do(self.inbox.popleft())
        for act in effects.acts:
            act()
        return effects.changes


REQUESTS = {
    "remote start": (lambda desk: desk.remote_start(1, TOKEN, None), (False, None)),
    "availability": (lambda desk: desk.change_availability(1, False), "rejected"),
    "reset": (lambda desk: desk.reset("soft", None), "rejected"),
    "clear cache": (lambda desk: desk.clear_cache(), False),
    "setting": (lambda desk: desk.set_variable(INTERVAL, "7"), "rejected"),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_full_inbox_refuses_and_changes_nothing(name: str):
    office = Office()
    office.charger.unplug()
    office.has_room = False
    ask, refusal = REQUESTS[name]
    before = office.settings.value(INTERVAL)
    assert ask(office.desk) == refusal
    assert office.settings.value(INTERVAL) == before


def test_a_full_inbox_refuses_a_stop_and_an_unlock():
    office = Office()
    office.charger.start()
    office.charger.draw(lock=lock.LOCKED)
    office.has_room = False
    answers: list[Any] = []
    assert not office.desk.remote_stop(office.charger.evse.transaction.tx_id)
    assert office.desk.unlock(1, Later(answers.append), ends_transaction=True) == "failed"
    assert answers == []


def test_a_setting_is_in_force_once_it_is_written():
    office = Office()
    assert office.desk.set_variable(INTERVAL, "7") == "accepted"
    assert office.desk.variable(INTERVAL) != 7
    assert office.handle() == [SaveSetting(INTERVAL, "7")]
    assert office.desk.variable(INTERVAL) == 7


def test_a_limit_that_was_set_is_acted_upon_at_once_while_a_car_charges():
    office = Office()
    office.charger.start()
    station = office.charger.station
    station.variable = office.settings.value
    assert office.desk.set_variable("LimitCtrlr.MaxCurrent", "10") == "accepted"
    office.handle()
    assert office.charger.evse.permit().current_a > 10
    office.handle()
    assert not office.inbox
    assert office.charger.evse.permit().current_a == 10


def test_a_stop_that_comes_too_late_does_not_touch_the_next_session():
    office = Office()
    charger = office.charger
    charger.start()
    assert office.desk.remote_stop(charger.evse.transaction.tx_id)
    charger.swipe("0BCAFE01")
    charger.opened()
    charger.wait(2)
    charger.swipe("0BCAFE01")
    second = charger.evse.transaction
    office.handle()
    assert charger.evse.transaction is second
    assert second.stop is None
