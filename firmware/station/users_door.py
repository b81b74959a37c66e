"""Users' door: who may charge here, for the owner at the station or at the page.

A change is in the books before it counts. A refusal is a ``LocalRefusedError`` with a sentence.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any

from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.firmware.station.users import Users
from ampkeeper.firmware.users.book import (
    User,
    UserBook,
    UsersRefused,
    cards_of,
    name_of,
    ordered,
    removed,
)
from ampkeeper.firmware.users.changes import SaveUsers
from ampkeeper.firmware.users.csv_file import users_of
from ampkeeper.firmware.users.forms import budget_wh_of, shape, time_of

LESSON_S, LESSON_S_MAX = 30, 300
CARDS_TOLD_MAX = 100
BUDGET = "budget_kwh"
ACTIONS = "list, add, change, remove, import, learn, lesson"

Work = Callable[[UserBook], list[User]]


class UsersDoor:
    """Answers "user"."""

    def __init__(self, users: Users, task: StationTask, now: Callable[[], datetime]) -> None:
        self._users = users
        self._task = task
        self._now = now
        self._actions: dict[str, Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]] = {
            "list": self._list,
            "add": self._add,
            "change": self._change,
            "remove": self._remove,
            "import": self._import,
            "learn": self._learn,
            "lesson": self._lesson,
        }

    async def answer(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Do what is asked."""
        action = self._actions.get(str(arguments.get("action", "list")))
        if action is None:
            raise LocalRefusedError(f"user: allowed actions are {ACTIONS}")
        try:
            return await action(arguments)
        except UsersRefused as error:
            raise LocalRefusedError(str(error)) from error

    async def _list(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"users": [self._shape(user) for user in self._users.book.users]}

    async def _add(self, arguments: dict[str, Any]) -> dict[str, Any]:
        def work(book: UserBook) -> list[User]:
            new = User(book.next_number(), name_of(arguments.get("user")))
            return [_told(new, arguments)]

        return await self._done(work)

    async def _change(self, arguments: dict[str, Any]) -> dict[str, Any]:
        def work(book: UserBook) -> list[User]:
            return [_told(book.named(arguments.get("user")), arguments)]

        return await self._done(work)

    async def _remove(self, arguments: dict[str, Any]) -> dict[str, Any]:
        await self._done(lambda book: [removed(book.named(arguments.get("user")))])
        return {"result": "removed"}

    async def _import(self, arguments: dict[str, Any]) -> dict[str, Any]:
        is_trial = arguments.get("dry_run", False)
        if not isinstance(is_trial, bool):
            raise LocalRefusedError(f"dry_run {is_trial!r:.40}: true or false is allowed")
        found = users_of(arguments.get("table"), self._users.book)
        self._users.book.checked(found)
        if is_trial:
            return {"result": "nothing was changed", "users": [self._shape(one) for one in found]}
        return await self._done(lambda book: users_of(arguments.get("table"), book))

    async def _learn(self, arguments: dict[str, Any]) -> dict[str, Any]:
        user = self._users.book.named(arguments.get("user"))
        for_s = arguments.get("for_s", LESSON_S)
        if type(for_s) is not int or not 1 <= for_s <= LESSON_S_MAX:
            raise LocalRefusedError(f"for_s {for_s!r:.40}: 1 to {LESSON_S_MAX} s is allowed")
        await self._task.put(partial(self._on_learn, user, for_s))
        await self._task.settled()
        return await self._lesson({})

    async def _lesson(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"lesson": self._users.lesson, "says": self._users.lesson_says or None}

    def _on_learn(self, user: User, for_s: int, now: datetime, now_s: float) -> Effects:
        self._users.teach(user, now_s + for_s)
        return Effects()

    async def _done(self, work: Work) -> dict[str, Any]:
        """Change the book, write it, and only then let it count."""
        refusals: list[UsersRefused] = []
        changed: list[User] = []

        def event(now: datetime, now_s: float) -> Effects:
            try:
                users = self._users.book.checked(work(self._users.book))
            except UsersRefused as error:
                refusals.append(error)
                return Effects()
            changed.extend(users)
            take = partial(self._users.book.take, users)
            return Effects(changes=[SaveUsers(users)], acts=[take])

        await self._task.put(event)
        await self._task.settled()
        for refusal in refusals:
            raise refusal
        return {"result": "done", "users": [self._shape(user) for user in changed]}

    def _shape(self, user: User) -> dict[str, Any]:
        now = self._now()
        return shape(user, self._users.used_wh(user, now), self._users.why_not(user, now))


def _told(user: User, arguments: dict[str, Any]) -> User:
    """``user`` as the arguments say; what they leave out stays."""
    cards: list[object] = list(user.cards)
    if "cards" in arguments:
        cards = _list(arguments, "cards")
    cards += _list(arguments, "add_cards")
    gone = set(cards_of(_list(arguments, "drop_cards")))
    missing = gone - set(user.cards)
    if missing:
        raise UsersRefused(f"card {min(missing)}: {user.name!r} does not have it")
    name, first, last, budget = (arguments.get(key) for key in ("called", "from", "until", BUDGET))
    told = User(
        user.number,
        user.name if name is None else name_of(name),
        tuple(card for card in cards_of(cards) if card not in gone),
        user.valid_from if first is None else time_of("from", first),
        user.valid_until if last is None else time_of("until", last),
        user.budget_wh if budget is None else budget_wh_of(budget),
    )
    return ordered(told)


def _list(arguments: dict[str, Any], name: str) -> list[object]:
    value = arguments.get(name, [])
    if not isinstance(value, list) or len(value) > CARDS_TOLD_MAX:
        raise UsersRefused(f"{name} {value!r:.40}: a list of cards is allowed")
    return value
