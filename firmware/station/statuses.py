"""Statuses: what is still to be told of transfers and reservations, each until it is heard.

They are written down with the step that they belong to, so that a power cut neither loses one nor
tells one that did not happen. The central system hears of each at least once, and only of those
that are not answered twice.
"""

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from ampkeeper.firmware.ocpp.dialect import Call, Dialect, Payload
from ampkeeper.firmware.ocpp.ports.transfer import LOG, RESERVATION, UPDATE, TransferStatus
from ampkeeper.firmware.station.desk import Event
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.store.changes import Change, SaveTransfer

OWED_MAX = 32  # more than two whole updates; the oldest goes: the later ones say more
OWED = "owed"
AREAS = (UPDATE, LOG, RESERVATION)

Heard = Callable[[Payload | None, bool], None]


class Teller(Protocol):
    """Who speaks to the central system; see ``CsmsDesk.tell``."""

    def tell(self, word: Callable[[Dialect], Call | None], heard: Heard) -> None:
        """Say it once; ``heard`` gets the answer, or None."""


class Statuses:
    """The statuses that are owed."""

    def __init__(self, teller: Teller, post: Callable[[Event], bool]) -> None:
        self._teller = teller
        self._post = post
        self._owed: list[TransferStatus] = []
        self._is_saying = False
        self.on_owed: Callable[[], None] = _nobody

    @property
    def is_owing(self) -> bool:
        """True while something is still to be told."""
        return bool(self._owed)

    def recall(self, text: str) -> None:
        """Take up what was owed when the power went; what cannot be read is owed no more."""
        try:
            rows = [(str(a), str(b), None if c is None else int(c)) for a, b, c in json.loads(text)]
        except (ValueError, TypeError, RecursionError):
            rows = []
        self._owed = [TransferStatus(*row) for row in rows if row[0] in AREAS]
        del self._owed[:-OWED_MAX]
        if self._owed:
            self.on_owed()

    def add(self, statuses: Iterable[TransferStatus]) -> SaveTransfer:
        """Owe these too; the change goes with the step that they belong to, then ``say``."""
        self._owed += statuses
        first = 1 if self._is_saying else 0  # that one is on its way: its answer comes
        if len(self._owed) > OWED_MAX:
            del self._owed[first : first + len(self._owed) - OWED_MAX]
        self.on_owed()
        return self._change()

    def of_reservation(
        self, reservation_id: int, why: str
    ) -> tuple[list[Change], list[Callable[[], None]]]:
        """Owe that a reservation is over: what to write down, and what to do then (2.0.1 H04)."""
        told = TransferStatus(RESERVATION, why.capitalize(), reservation_id)
        return [self.add([told])], [self.say]

    def say(self) -> None:
        """Tell the oldest, unless that is under way."""
        if self._is_saying or not self._owed:
            return
        self._is_saying = True
        status = self._owed[0]
        self._teller.tell(lambda dialect: dialect.transfer_status(status), self._heard)

    def _heard(self, answer: Payload | None, is_refused: bool) -> None:
        """An answer, or a refusal that saying it again would not change, ends the debt."""
        self._is_saying = False
        if answer is None and not is_refused:
            return  # said again when the central system accepts us the next time
        del self._owed[0]
        self._post(self._on_heard)
        self.say()

    def _on_heard(self, now: datetime, now_s: float) -> Effects:
        """Written in the order of the inbox, as it stands then."""
        return Effects(changes=[self._change()])

    def _change(self) -> SaveTransfer:
        rows = [(status.area, status.status, status.request_id) for status in self._owed]
        return SaveTransfer(OWED, json.dumps(rows))


def _nobody() -> None:
    """Nobody waits for something to be owed."""
