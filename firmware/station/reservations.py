"""Reservations at work: who is let in where, what is told of it, and when each one ends.

Pure, as ``station.py`` is. A reservation of no EVSE in particular keeps one of the free ones: which
one is open until its holder comes. Each is in the books before it keeps anybody out, and outlives
a power cut; its time may run out meanwhile.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from ampkeeper.firmware.facts import ConnectorState, IdToken, TransactionStarted, TransactionUpdated
from ampkeeper.firmware.reservation import ANY, Reservation, reservation_of
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.store.changes import (
    AddFact,
    Change,
    DropReservation,
    SaveReservation,
)

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse
    from ampkeeper.firmware.station.station import Station

RESERVATIONS_MAX = 32  # more than EVSEs, for those of no EVSE in particular
ACCEPTED, FAULTED, OCCUPIED = "accepted", "faulted", "occupied"
UNAVAILABLE, REJECTED = "unavailable", "rejected"
EXPIRED, USED, CANCELLED, REMOVED = "expired", "used", "cancelled", "removed"
ENABLED = "ReservationCtrlr.Enabled"

Owe = Callable[[int, str], tuple[list[Change], list[Callable[[], None]]]]


class Reservations:
    """The station's reservations, by id."""

    def __init__(self, station: "Station") -> None:
        self.book: dict[int, Reservation] = {}
        self.owe: Owe = _nothing  # what tells the central system that one is over: changes, acts
        self._station = station

    # events

    def on_reserve(self, reservation: Reservation, now: datetime, now_s: float) -> Effects:
        """The central system keeps an EVSE for somebody; the same id is the same one, changed."""
        effects = Effects()
        before = self.book.get(reservation.id)
        made_at = before.made_at if before is not None else now
        reservation = replace(reservation, made_at=made_at)
        self.book[reservation.id] = reservation
        effects.changes.append(SaveReservation(reservation.id, reservation.to_text()))
        effects.notice("reserved", evse_id=reservation.evse_id, reservation=reservation.id)
        return self._station.settle(now, now_s, effects)

    def on_cancel(self, reservation_id: int, now: datetime, now_s: float) -> Effects:
        """The central system gives an EVSE free."""
        effects = Effects()
        self._end(reservation_id, CANCELLED, effects)
        return self._station.settle(now, now_s, effects)

    def forget(self, is_of: Callable[[str], bool], effects: Effects) -> None:
        """Whose card it is, is forgotten: nothing is kept for him any more."""
        for kept in [one for one in self.book.values() if is_of(one.token.key)]:
            self._end(kept.id, REMOVED, effects)

    def settle(self, now: datetime, effects: Effects) -> None:
        """End what is over, and mark the EVSEs that are kept, before anything is told."""
        for change in list(effects.changes):
            fact = change.fact if isinstance(change, AddFact) else None
            if not isinstance(fact, TransactionStarted | TransactionUpdated):
                continue
            if fact.reservation_id is not None:
                self._end(fact.reservation_id, USED, effects)
        for kept in list(self.book.values()):
            if now >= kept.expires_at:
                self._end(kept.id, EXPIRED, effects)
            elif kept.evse_id != ANY and self._state(kept.evse_id) in (FAULTED, UNAVAILABLE):
                self._end(kept.id, REMOVED, effects)
        for evse in self._station.evses.values():
            evse.is_reserved = self.keeps(evse.evse_id)

    def recall(self, texts: Iterable[str]) -> list[str]:
        """Take up what the books hold; return what of it cannot be used, in words."""
        wrong = []
        for text in texts:
            try:
                found = reservation_of(text)
            except ValueError as error:
                wrong.append(str(error))
                continue
            if found.evse_id in (ANY, *self._station.evses):
                self.book[found.id] = found
            else:
                wrong.append(f"reservation {found.id} is for EVSE {found.evse_id}: there is none")
        return wrong

    # what others ask

    def verdict(self, asked: Reservation, now: datetime) -> str:
        """What becomes of such a wish now: ACCEPTED, FAULTED, OCCUPIED, UNAVAILABLE, REJECTED."""
        evses = self._station.evses
        if asked.evse_id not in (ANY, *evses) or now >= asked.expires_at:
            return REJECTED
        targets = self._targets(asked)
        if not targets or not self._station.variable(ENABLED):
            return REJECTED  # 2.0.1 H01.FR.01
        if asked.id not in self.book and len(self.book) >= RESERVATIONS_MAX:
            return REJECTED
        if asked.evse_id != ANY:
            word = self._state(asked.evse_id)
            is_kept = any(
                kept.evse_id == asked.evse_id for kept in self.book.values() if kept.id != asked.id
            )
            return OCCUPIED if word == ACCEPTED and is_kept else word
        others = [kept for kept in self.book.values() if kept.id != asked.id]
        if self._served([*others, asked]) > self._served(others):
            return ACCEPTED
        words = {self._state(evse_id) for evse_id in targets}
        return words.pop() if words in ({FAULTED}, {UNAVAILABLE}) else OCCUPIED

    def holder(self, evse_id: int, token: IdToken, group_id: str | None) -> Reservation | None:
        """The reservation that this token would use here, the EVSE's own before one of any."""
        mine = [
            kept
            for kept in self.book.values()
            if evse_id in self._targets(kept) and kept.is_for(token, group_id)
        ]
        return max(mine, key=lambda kept: kept.evse_id, default=None)

    def allows(self, evse_id: int, token: IdToken, group_id: str | None) -> bool:
        """True if nothing here is kept for somebody else."""
        return self.holder(evse_id, token, group_id) is not None or not self.keeps(evse_id)

    def depends_on_group(self, evse_id: int, token: IdToken) -> bool:
        """True if the token is let in here only if it is of the group that it is kept for."""
        if self.allows(evse_id, token, None):
            return False
        return any(
            kept.group_id is not None and evse_id in self._targets(kept)
            for kept in self.book.values()
        )

    def keeps(self, evse_id: int) -> bool:
        """True if a stranger is kept out: without this EVSE somebody would find none."""
        kept = list(self.book.values())
        if any(one.evse_id == evse_id for one in kept):
            return True
        if not kept or self._state(evse_id) != ACCEPTED:
            return False
        return self._served(kept, without=evse_id) < self._served(kept)

    # helpers

    def _state(self, evse_id: int) -> str:
        """What stands in the way of a reservation here; ACCEPTED: nothing."""
        evse = self._station.evses[evse_id]
        told = evse.state
        if told is ConnectorState.FAULTED:
            return FAULTED
        if told is ConnectorState.UNAVAILABLE or not evse.in_service:
            return UNAVAILABLE
        is_free = told in (ConnectorState.AVAILABLE, ConnectorState.RESERVED)
        return ACCEPTED if is_free and self._station.can_start(evse_id) else OCCUPIED

    def _targets(self, kept: Reservation) -> tuple[int, ...]:
        """The EVSEs that would do for a reservation, in whatever state they are."""
        wanted = kept.connector_type
        return tuple(
            evse_id
            for evse_id in self._station.evses
            if kept.evse_id in (ANY, evse_id)
            and wanted in (None, self._station.variable(f"Connector@{evse_id}.ConnectorType"))
        )

    def _served(self, kept: list[Reservation], without: int | None = None) -> int:
        """For how many of these reservations at once an EVSE is free, ``without`` left out."""
        free = {
            evse_id
            for evse_id in self._station.evses
            if evse_id != without and self._state(evse_id) == ACCEPTED
        }
        return most_pairs([[one for one in self._targets(each) if one in free] for each in kept])

    def _end(self, reservation_id: int, why: str, effects: Effects) -> None:
        kept = self.book.pop(reservation_id, None)
        if kept is not None:
            effects.changes.append(DropReservation(reservation_id))
            effects.notice("reservation_ended", evse_id=kept.evse_id, reservation=kept.id, why=why)
            if why in (EXPIRED, REMOVED):
                changes, acts = self.owe(kept.id, why)
                effects.changes += changes
                effects.acts += acts


def most_pairs(choices: list[list[int]]) -> int:
    """How many of the ``choices`` can have one of theirs at once, nobody sharing one.

    Each gets what is free, or makes room: whoever has it takes another of his own.
    """
    holders: dict[int, int] = {}  # place -> who has it
    for first in range(len(choices)):
        came_from: dict[int, int] = {}  # place -> who would take it
        waiting = [first]
        while waiting and came_from.keys() <= holders.keys():
            who = waiting.pop()
            new = [place for place in choices[who] if place not in came_from]
            came_from |= dict.fromkeys(new, who)
            waiting += [holders[place] for place in new if place in holders]
        place = next((place for place in came_from if place not in holders), None)
        while place is not None:
            who = came_from[place]
            before = next((one for one, holder in holders.items() if holder == who), None)
            holders[place] = who
            place = before
    return len(holders)


def _nothing(reservation_id: int, why: str) -> tuple[list[Change], list[Callable[[], None]]]:
    """Nobody has to hear of it."""
    return [], []


def own_first(reservations: Reservations, evse: "Evse", token: IdToken) -> int:
    """Sorts EVSEs for a token: those kept for it, then free ones."""
    kept = reservations.holder(evse.evse_id, token, None)
    return 0 if kept is not None and kept.evse_id != ANY else 1
