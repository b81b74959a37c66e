"""The book of users: people whom the owner lets charge, with their cards, days and energy.

Who is removed loses his cards and keeps his name, for sessions that are in the books; only
``forget`` takes that too. A change is found good as a whole, or refused with a sentence. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

USERS_MAX = 1_000
CARDS_MAX = 10  # of one user
NAME_CHARS_MAX = 60
CARD_CHARS_MAX = 36  # 2.0.1 IdTokenType
BUDGET_WH_MAX = 100_000_000
NOT_IN_CARDS = " ;,\"'"
NOBODY = ("FREE",)  # what stands for a card where none is needed


class UsersRefused(ValueError):
    """The book stays as it is; the text is for the person."""


@dataclass(frozen=True, slots=True)
class User:
    """One person. Valid from ``valid_from`` on, before ``valid_until``; None: no such bound.

    ``budget_wh``: at most so much in a month; None: any. ``cards`` are in upper case.
    """

    number: int
    name: str
    cards: tuple[str, ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    budget_wh: int | None = None
    is_removed: bool = False

    def why_not(self, now: datetime) -> str:
        """Why the days do not let him charge; empty: they do."""
        if self.valid_from is not None and now < self.valid_from:
            return f"the user may charge from {_day(self.valid_from)} on"
        if self.valid_until is not None and now >= self.valid_until:
            return f"the user might charge until {_day(self.valid_until)}"
        return ""


class UserBook:
    """Everybody, by number; what ``checked`` lets pass is put in force by ``take``."""

    def __init__(self, users: Iterable[User] = ()) -> None:
        self._users: dict[int, User] = {}
        self._by_card: dict[str, int] = {}
        self.take(users)

    @property
    def users(self) -> list[User]:
        """Who may charge here, by name."""
        there = (user for user in self._users.values() if not user.is_removed)
        return sorted(there, key=lambda user: user.name.casefold())

    def of_card(self, card: str) -> User | None:
        """Whose card it is."""
        number = self._by_card.get(card.upper())
        return None if number is None else self._users[number]

    def named(self, name: object, with_removed: bool = False) -> User:
        """Who is called so, without case; or 3, or "#3", for the number."""
        name = f"#{name}" if type(name) is int else name
        removed = [one for one in self._users.values() if one.is_removed and with_removed]
        for user in self.users + removed:
            if isinstance(name, str) and name.strip().casefold() in (
                user.name.casefold(),
                f"#{user.number}",
            ):
                return user
        raise UsersRefused(f"user {name!r:.70}: nobody here is called so")

    def name_of(self, number: int | None) -> str | None:
        """How somebody is called, also if he was removed."""
        user = self._users.get(number) if number is not None else None
        return user.name if user is not None else None

    def next_number(self) -> int:
        """For somebody new."""
        return max(self._users, default=0) + 1

    def checked(self, changed: Sequence[User]) -> tuple[User, ...]:
        """``changed``, if the book would be whole with them; UsersRefused says what is wrong."""
        after = dict(self._users) | {user.number: user for user in changed}
        there = [user for user in after.values() if not user.is_removed]
        if len(there) > USERS_MAX:
            raise UsersRefused(f"{len(there)} users: at most {USERS_MAX} are allowed")
        names: dict[str, int] = {}
        cards: dict[str, str] = {}
        for user in there:
            if names.setdefault(user.name.casefold(), user.number) != user.number:
                raise UsersRefused(f"user {user.name!r}: somebody here is called so already")
            for card in user.cards:
                if cards.setdefault(card, user.name) != user.name:
                    raise UsersRefused(f"card {card}: {cards[card]!r} has it already")
        return tuple(changed)

    def take(self, users: Iterable[User]) -> None:
        """Put what was checked in force."""
        for user in users:
            self._users[user.number] = user
        self._index()

    def forget(self, number: int) -> None:
        """Nobody knows any more that there was somebody."""
        self._users.pop(number, None)
        self._index()

    def _index(self) -> None:
        self._by_card = {card: user.number for user in self.users for card in user.cards}


def removed(user: User) -> User:
    """Without cards and bounds; the name stays with the sessions."""
    return User(user.number, user.name, is_removed=True)


def with_card(user: User, card: str) -> User:
    """With one card more."""
    cards = (*user.cards, *({card_of(card)} - set(user.cards)))
    return replace(user, cards=cards_of(cards))


def name_of(value: object) -> str:
    """A name, without spaces round it; UsersRefused for what is none."""
    name = " ".join(value.split()) if isinstance(value, str) else ""
    if not 1 <= len(name) <= NAME_CHARS_MAX or not name.isprintable() or name.startswith("#"):
        allowed = f"1 to {NAME_CHARS_MAX} characters are allowed, the first is no #"
        raise UsersRefused(f"name {value!r:.70}: {allowed}")
    return name


def card_of(value: object) -> str:
    """The number of a card as the book has it."""
    card = value.strip().upper() if isinstance(value, str) else ""
    is_plain = card.isascii() and card.isprintable() and not set(card) & set(NOT_IN_CARDS)
    if not 1 <= len(card) <= CARD_CHARS_MAX or not is_plain or card in NOBODY:
        allowed = f"1 to {CARD_CHARS_MAX} letters and digits are allowed"
        raise UsersRefused(f"card {value!r:.50}: {allowed}")
    return card


def cards_of(values: Iterable[object]) -> tuple[str, ...]:
    """The cards of one user, each once."""
    cards = tuple(dict.fromkeys(map(card_of, values)))
    if len(cards) > CARDS_MAX:
        raise UsersRefused(f"{len(cards)} cards: a user has at most {CARDS_MAX}")
    return cards


def ordered(user: User) -> User:
    """``user``, if his days are in order."""
    first, last = user.valid_from, user.valid_until
    if first is not None and last is not None and first >= last:
        raise UsersRefused(f"until {_day(last)}: it must be after {_day(first)}")
    return user


def _day(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")
