"""Privacy's door: what is kept of one person, told as one document, and forgotten where asked.

A person is a user of this charger, or who has a card. What is forgotten: name, cards, days and
budget, whose sessions were, what was told of the cards and kept for them. What stays: energy,
times and cost of the sessions, for the books; the central system's list; messages that are owed
to it, with the card, until they are delivered; the audit, which names no person for these verbs.
A session by a card that had somebody else then is his: it is neither told nor forgotten with who
has it now.
"""

from datetime import datetime
from functools import partial
from typing import Any

from ampkeeper.firmware.billing import payments
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.faces.shapes import session_shape, stamp
from ampkeeper.firmware.station.customers import forget_verdicts, is_of_token
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.station import Station
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.firmware.users.book import User, UsersRefused, card_of
from ampkeeper.firmware.users.changes import ForgetPerson
from ampkeeper.firmware.users.forms import shape

CARD_NEEDED = tuple(payments.STATES[state] for state in (payments.ASKING, payments.HELD))
Who = tuple[User | None, tuple[str, ...]]


class PrivacyDoor:
    """Answers "privacy"."""

    def __init__(
        self, station: Station, task: StationTask, books: tuple[Store, StoreWorker]
    ) -> None:
        self._station = station
        self._users = station.entrance.users
        self._task = task
        self._store, self._worker = books

    async def answer(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Tell, or forget."""
        action = arguments.get("action", "export")
        if action not in ("export", "delete"):
            raise LocalRefusedError("privacy: allowed actions are export, delete")
        try:
            who = self._who(arguments)
        except UsersRefused as error:
            raise LocalRefusedError(str(error)) from error
        return await (self._export(who) if action == "export" else self._delete(who))

    def _who(self, arguments: dict[str, Any]) -> Who:
        name, card = arguments.get("user"), arguments.get("card")
        if (name is None) == (card is None):
            raise LocalRefusedError("privacy: say whose, by user or by card")
        if name is None:
            number = card_of(card)
            user = self._users.book.of_card(number)
            return user, tuple({number, *(user.cards if user is not None else ())})
        user = self._users.book.named(name, with_removed=True)
        return user, user.cards

    async def _export(self, who: Who) -> dict[str, Any]:
        user, cards = who
        station = self._station
        listed = station.listed.list.entries
        return {
            "user": shape(user, 0, "") if user is not None else None,
            "cards": sorted(cards),
            "sessions": await self._sessions(who),
            "local_list": [key for key in listed if is_of_any(key, cards)],
            "cache": [
                {"token": key, "status": known.status}
                for key, known in station.entrance.known.items()
                if is_of_any(key, cards)
            ],
            "reservations": [
                {"id": kept.id, "evse_id": kept.evse_id, "until": stamp(kept.expires_at)}
                for kept in station.reservations.book.values()
                if kept.token.value.upper() in cards
            ],
        }

    async def _sessions(self, who: Who) -> list[dict[str, Any]]:
        user, cards = who
        number = user.number if user is not None else None
        try:
            rows = await self._worker.run(self._store.sessions_of_person, number, cards)
            told = await self._worker.run(self._store.costs, [row.tx_id for row in rows])
        except StoreError as error:
            raise LocalRefusedError(f"the books cannot be read now: {error}") from error
        costs = self._station.costs.shown
        return [
            session_shape(row)
            | {"cost": costs.shape(told[row.tx_id]) if row.tx_id in told else None}
            for row in rows
        ]

    async def _delete(self, who: Who) -> dict[str, Any]:
        refusals: list[str] = []
        left = await self._left(who[0])
        await self._look_for_payments({*who[1], *left})
        event = partial(self._on_delete, who, left, refusals)
        await self._task.put(event)
        await self._task.settled()
        if refusals:
            raise LocalRefusedError(refusals[0])
        stays = "energy, times and cost of the sessions; the central system's own list"
        return {"result": "forgotten", "stays": stays}

    async def _left(self, user: User | None) -> tuple[str, ...]:
        """The cards of a user's sessions that nobody has now."""
        if user is None:
            return ()
        try:
            tokens = await self._worker.run(self._store.tokens_of_user, user.number)
        except StoreError as error:
            raise LocalRefusedError(f"the books cannot be read now: {error}") from error
        return tuple(one for one in tokens if self._users.book.of_card(one) is None)

    async def _look_for_payments(self, cards: set[str]) -> None:
        """A card at the terminal is needed until its session is over."""
        try:
            asked = await self._worker.run(self._store.open_payments)
        except StoreError as error:
            raise LocalRefusedError(f"the books cannot be read now: {error}") from error
        if any(one.state in CARD_NEEDED and one.card.upper() in cards for one in asked):
            raise LocalRefusedError("the person pays at the terminal: wait until that is over")

    def _on_delete(
        self, who: Who, left: tuple[str, ...], refusals: list[str], now: datetime, now_s: float
    ) -> Effects:
        user, cards = who
        effects = Effects()
        for evse in self._station.evses.values():
            holder = evse.session.charge or evse.session.grant
            token = holder.token if holder is not None else None
            if token is not None and token.value.upper() in (*cards, *left):
                refusals.append(f"evse {evse.evse_id}: the person charges there: stop that first")
                return effects
        for card in (*cards, *left):
            forget_verdicts(self._station, card, effects)
        effects.changes.append(ForgetPerson(user.number if user is not None else None, cards))
        if user is not None:
            effects.acts.append(partial(self._users.book.forget, user.number))
        return effects


def is_of_any(key: str, cards: tuple[str, ...]) -> bool:
    """True for a token of one of these cards, of whatever kind."""
    return any(is_of_token(key, card) for card in cards)
