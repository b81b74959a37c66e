"""Statuses that are owed: in order, each until it is heard, over power cuts, never too many."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ampkeeper.firmware.ocpp.ports.transfer import LOG, UPDATE, TransferStatus
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.statuses import OWED_MAX, Statuses
from ampkeeper.firmware.store.changes import SaveTransfer

NOW = datetime(2026, 11, 22, tzinfo=UTC)


class Wire:
    """The central system's end, and the station's inbox."""

    def __init__(self) -> None:
        self.said: list[TransferStatus] = []
        self.kept = "[]"
        self._heard: list[Callable[[Any, bool], None]] = []
        self.statuses = Statuses(self, self.post)

    def tell(self, word: Callable[[Any], Any], heard: Callable[[Any, bool], None]) -> None:
        word(self)
        self._heard.append(heard)

    def transfer_status(self, status: TransferStatus) -> None:
        self.said.append(status)

    def post(self, event: Callable[[datetime, float], Effects]) -> bool:
        for change in event(NOW, 0.0).changes:
            assert isinstance(change, SaveTransfer)
            self.kept = change.text
        return True

    def answer(self, payload: Any = None, is_refused: bool = False) -> None:
        self._heard.pop(0)(payload, is_refused)

    def owe(self, *statuses: TransferStatus) -> None:
        self.kept = self.statuses.add(statuses).text
        self.statuses.say()


def status(word: str, number: int | None = 1, area: str = UPDATE) -> TransferStatus:
    return TransferStatus(area, word, number)


ONE, TWO = status("Downloading"), status("Downloaded")


def test_each_is_said_in_order_and_only_after_the_one_before_was_heard() -> None:
    wire = Wire()
    wire.owe(ONE)
    wire.owe(TWO)
    assert wire.said == [ONE]
    wire.answer({})
    assert wire.said == [ONE, TWO]
    wire.answer({})
    assert json.loads(wire.kept) == []


def test_one_that_was_not_heard_is_said_again_when_there_is_a_chance() -> None:
    wire = Wire()
    wire.owe(ONE, TWO)
    wire.answer(None)
    assert wire.said == [ONE]
    wire.statuses.say()
    wire.answer({})
    assert wire.said == [ONE, ONE, TWO]


def test_one_that_nobody_wants_to_hear_is_owed_no_more() -> None:
    wire = Wire()
    wire.owe(ONE, TWO)
    wire.answer(None, is_refused=True)
    assert wire.said == [ONE, TWO]


def test_what_is_owed_survives_a_power_cut() -> None:
    wire = Wire()
    wire.owe(ONE, TWO, status("Uploading", None, LOG))
    wire.answer({})
    after = Wire()
    after.statuses.recall(wire.kept)
    after.statuses.say()
    assert after.said == [TWO]
    after.answer({})
    assert after.said == [TWO, status("Uploading", None, LOG)]


@pytest.mark.parametrize("text", ["", "{", "null", "[1]", '[["a"]]', "[[1,2,3,4]]", "[" * 9999])
def test_what_cannot_be_read_is_owed_no_more(text: str) -> None:
    wire = Wire()
    wire.statuses.recall(text)
    wire.statuses.say()
    assert wire.said == []


def test_when_too_many_are_owed_the_oldest_go_but_not_the_one_on_its_way() -> None:
    wire = Wire()
    wire.owe(ONE)
    many = [status("Installing", number) for number in range(100)]
    for each in many:
        wire.owe(each)
    assert len(json.loads(wire.kept)) == OWED_MAX
    wire.answer({})
    assert wire.said == [ONE, many[-(OWED_MAX - 1)]]
