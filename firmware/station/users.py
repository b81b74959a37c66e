"""Users at work: asked at the door, watched while they charge, and taught a card by a tap. Pure.

A session is of the user whose card began it, and counts in the month in which it began.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ampkeeper.firmware.authorise.decide import Decision, Ruling
from ampkeeper.firmware.facts import IdToken, StopReason, Trigger
from ampkeeper.firmware.session.session import Stop
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.seat import charged_wh
from ampkeeper.firmware.store.changes import SaveSession
from ampkeeper.firmware.store.reads import Reads
from ampkeeper.firmware.users.book import User, UserBook, UsersRefused, with_card
from ampkeeper.firmware.users.changes import SaveUsers

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse
    from ampkeeper.firmware.station.station import Station

NOBODY = ("NoAuthorization", "Central")  # kinds of tokens that are no person's
USED_UP = Stop(StopReason.ENERGY_LIMIT, Trigger.ENERGY_LIMIT)
LEARNT, LEARNING, LAPSED, IDLE, REFUSED = "learnt", "waits", "lapsed", "idle", "refused"

Month = tuple[int, int]


class Users:
    """Everybody of the book, what each has used, and who is being taught a card."""

    def __init__(self, station: "Station") -> None:
        self.book = UserBook()
        self._station = station
        self._used_wh: dict[tuple[int, Month], int] = {}
        self._pupil: tuple[int, float] | None = None  # number, until when (monotonic)
        self.lesson = IDLE
        self.lesson_says = ""

    def load(self, users: Iterable[User]) -> None:
        """Take up what the books hold."""
        self.book = UserBook(users)

    def recall(self, books: Reads, now: datetime) -> None:
        """Take up the book, and what counts of the months of all sessions that run, and of now."""
        self.load(books.users())
        began = [row.started_at for row in books.open_sessions()]
        first = min([now, *began]).astimezone(UTC)
        month = first.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        self.load_used(books.used_by_users(month))

    def load_used(self, rows: Iterable[tuple[int, datetime, int]]) -> None:
        """Take up the sessions that are over: (user, begin, Wh)."""
        self._used_wh.clear()
        for number, began, energy_wh in rows:
            self._count(number, began, energy_wh)

    def of(self, token: IdToken | None) -> User | None:
        """Whose card it is; None: nobody's here."""
        if token is None or token.kind in NOBODY:
            return None
        return self.book.of_card(token.value)

    def ruling(self, token: IdToken, now: datetime) -> Ruling | None:
        """What the owner's book says of a card; None: nothing."""
        user = self.of(token)
        if user is None:
            return None
        why = self.why_not(user, now)
        if why:
            return Ruling(Decision.REFUSE, why)
        return Ruling(Decision.ACCEPT, "a user of this charger", f"user {user.number}")

    def why_not(self, user: User, now: datetime) -> str:
        """Why somebody may not begin to charge now; empty: he may."""
        why = user.why_not(now)
        if not why and user.budget_wh is not None and self.used_wh(user, now) >= user.budget_wh:
            why = f"the user's {user.budget_wh / 1_000:g} kWh of this month are used up"
        return why

    def used_wh(self, user: User, at: datetime) -> int:
        """What somebody has charged in sessions that began in this month."""
        month = _month(at)
        return self._used_wh.get((user.number, month), 0) + sum(
            charged_wh(evse)
            for evse in self._evses
            if evse.session.charge is not None
            and self.of(evse.session.charge.token) == user
            and _month(evse.session.charge.begin.at) == month
        )

    def teach(self, user: User, until_s: float) -> None:
        """The next card that is held to a reader is his."""
        self._pupil = (user.number, until_s)
        self.lesson, self.lesson_says = LEARNING, ""

    def hears(self, token: IdToken, now_s: float, effects: Effects) -> bool:
        """A card was held to a reader; True if it was to be learnt: then it starts nothing."""
        if self._pupil is None or now_s >= self._pupil[1]:
            return False
        number, self._pupil = self._pupil[0], None
        try:
            user = with_card(self.book.named(f"#{number}"), token.value)
            changed = self.book.checked([user])
        except UsersRefused as error:
            self.lesson, self.lesson_says = REFUSED, str(error)
            effects.notice("card_refused", why=str(error))
            return True
        effects.changes.append(SaveUsers(changed))
        self.book.take(changed)
        self.lesson, self.lesson_says = LEARNT, token.value.upper()
        effects.notice("card_learnt", user=number)
        return True

    def tick(self, now: datetime, now_s: float, effects: Effects) -> None:
        """A session whose user has used up the energy of its month stops."""
        if self._pupil is not None and now_s >= self._pupil[1]:
            self._pupil, self.lesson = None, LAPSED
        for evse in self._evses:
            charge = evse.session.charge
            user = self.of(charge.token) if charge is not None and not charge.is_closing else None
            if charge is None or user is None or user.budget_wh is None:
                continue
            if self.used_wh(user, charge.begin.at) >= user.budget_wh and evse.stop(
                USED_UP, now, now_s, effects
            ):
                effects.notice("budget_used_up", evse_id=evse.evse_id, user=user.number)

    def follow(self, effects: Effects, now: datetime, now_s: float) -> None:
        """What is written of sessions that ended counts."""
        for change in effects.changes:
            if not isinstance(change, SaveSession) or change.energy_wh_end is None:
                continue
            user = self.book.of_card(change.id_token) if change.id_token is not None else None
            if user is not None:
                energy_wh = change.energy_wh_end - change.energy_wh_start
                self._count(user.number, change.started_at, energy_wh)

    @property
    def _evses(self) -> Iterable["Evse"]:
        return self._station.evses.values()

    def _count(self, number: int, began: datetime, energy_wh: int) -> None:
        key = (number, _month(began))
        self._used_wh[key] = self._used_wh.get(key, 0) + max(0, energy_wh)


def _month(at: datetime) -> Month:
    at = at.astimezone(UTC)
    return at.year, at.month
