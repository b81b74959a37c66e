"""The answer to a fact: what it says is in the books before the fact leaves the outbox."""

import asyncio
from typing import Any

import pytest

from ampkeeper.firmware.ocpp import effects as fx
from ampkeeper.firmware.ocpp.dialect import FactAnswer
from ampkeeper.firmware.station.csms import CsmsDesk
from ampkeeper.firmware.station.desk import Event
from tests.unit.station.charger import Charger


class Inbox:
    """A station's task that writes all down when it is waited for."""

    def __init__(self, charger: Charger) -> None:
        self.station = charger.station
        self.waited = 0
        self._charger = charger
        self._events: list[Event] = []

    async def put(self, event: Event) -> None:
        self._events.append(event)

    async def settled(self) -> None:
        self.waited += 1
        for event in self._events:
            self._charger.do(event)
        self._events.clear()


def hear(inbox: Inbox, charger: Charger, answer: FactAnswer) -> None:
    task: Any = inbox
    desk = CsmsDesk(task, lambda kind, fields: None, lambda name, text: None)
    asyncio.run(desk.on_event(fx.FactAnswered(charger.facts[0], answer)))


@pytest.fixture
def charger() -> Charger:
    charger = Charger()
    charger.start()
    return charger


def test_a_number_is_kept_before_the_start_leaves_the_outbox(charger: Charger) -> None:
    inbox = Inbox(charger)
    hear(inbox, charger, FactAnswer(csms_tx_id=7))
    assert inbox.waited == 1
    assert charger.evse.csms_tx_id == 7


def test_an_answer_that_says_nothing_keeps_nobody_waiting(charger: Charger) -> None:
    inbox = Inbox(charger)
    hear(inbox, charger, FactAnswer())
    assert inbox.waited == 0
