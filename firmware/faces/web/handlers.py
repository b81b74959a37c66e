"""Handlers: what is answered where asking the station by a verb is not all.

Each is named in the table of routes. Passwords are checked one at a time in a thread, and only a
few may wait for that; a wrong one makes its address wait.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ampkeeper.firmware.access import passwords
from ampkeeper.firmware.access.book import Book, Token, User, as_shown
from ampkeeper.firmware.access.roles import Right, Role, may
from ampkeeper.firmware.access.sessions import mark_of
from ampkeeper.firmware.faces.api import State, for_guest, shape
from ampkeeper.firmware.faces.gate import NOT_YET
from ampkeeper.firmware.faces.web.entry import Entry, Refusal, Visitor
from ampkeeper.firmware.faces.web.events import Hub
from ampkeeper.firmware.faces.web.headers import cookie, is_loopback
from ampkeeper.firmware.faces.web.refused import Refused
from ampkeeper.firmware.station.access_desk import AccessDesk
from ampkeeper.firmware.station.audit import Audit, By
from ampkeeper.hal.ports import Clock

SECRET_BYTES = 32  # of sessions and tokens
CHECKS_MAX = 4  # passwords that wait to be checked; one more is refused


@dataclass(slots=True)
class Visit:
    """One request, after everything about it was checked."""

    visitor: Visitor
    address: str
    is_secure: bool
    places: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    text: str = ""  # the body as it came
    cookie: str = ""  # to be set with the answer


@dataclass(frozen=True, slots=True)
class Means:
    """What the handlers are given."""

    desk: AccessDesk
    audit: Audit
    read: Callable[[], State]
    hub: Hub
    clock: Clock
    new_bytes: Callable[[int], bytes]
    push_prices: Callable[[str], Awaitable[dict[str, Any]]]
    configuration: Callable[[], dict[str, Any]]
    life_s: int
    has_world: bool = False
    folder: Path = Path()  # for what is sent
    has_kiosk: bool = False


class Handlers:
    """Answers; what it returns is the answer's JSON."""

    def __init__(self, means: Means, entry: Entry) -> None:
        self._means = means
        self._entry = entry
        self._desk = means.desk
        self._one_at_a_time = asyncio.Semaphore(1)
        self._checks = 0
        self._refused = Refused(means.audit, means.clock)

    # who comes in

    async def welcome(self, visit: Visit) -> dict[str, Any]:
        """What the page has to know first."""
        return {
            "is_set_up": self._desk.book.is_set_up,
            "can_set_up": self._desk.can_set_up,
            "has_world": self._means.has_world,
            "who": _who(visit.visitor),
        }

    async def set_up(self, visit: Visit) -> dict[str, Any]:
        """Who has the code owns the charger."""
        now_s = self._means.clock.now_s()
        self._entry.hold(visit.address, now_s)
        if not self._desk.can_set_up:
            raise Refusal(409, "the set-up is done already: log in")
        if not self._desk.is_code(visit.body["code"]):
            wait_s = self._entry.guesses.wrong(visit.address, now_s)
            await self.note_refused(visit.visitor.by, "set-up")
            raise Refusal(401, f"code: wrong, the next is looked at in {wait_s:g} s")
        name = visit.body["name"]
        kept = await self._kept(visit.body["password"], name)
        owner = User(name, Role.OWNER, kept)
        by = By(name, Role.OWNER, visit.visitor.by.way)
        await self._desk.change(lambda book: book.with_first_owner(owner), by, "set-up", "")
        return await self._begin(visit, owner)

    async def log_in(self, visit: Visit) -> dict[str, Any]:
        """Somebody shows a name and a password."""
        if not self._desk.book.is_set_up:
            raise Refusal(409, "nobody can log in yet: set the charger up first")
        user = self._desk.book.user(visit.body["name"])
        kept = user.password if user is not None else passwords.OF_NOBODY
        name = visit.body["name"]
        if not await self._is_right(visit, name, visit.body["password"], kept) or user is None:
            wait_s = self._wrong(visit, name)
            await self.note_refused(visit.visitor.by, "log-in")
            raise Refusal(401, f"name or password: wrong, the next is looked at in {wait_s:g} s")
        if self._desk.book.user(user.name) != user:
            raise Refusal(401, "name or password: changed just now")
        self._entry.accounts.right(user.name, visit.address)
        by = By(user.name, user.role, visit.visitor.by.way)
        await self._means.audit.note(by, "log-in", "")
        return await self._begin(visit, user)

    async def log_out(self, visit: Visit) -> dict[str, Any]:
        """This browser is nobody's any more."""
        self._entry.sessions.end(visit.visitor.secret)
        await self._keep()
        visit.cookie = cookie(self._entry.cookie_name, "", 0, visit.is_secure)
        return {"result": "logged out"}

    async def change_password(self, visit: Visit) -> dict[str, Any]:
        """One's own; every other session of him ends."""
        user = self._desk.book.user(visit.visitor.by.who)
        if visit.visitor.session is None or user is None:
            raise Refusal(403, "a token has no password")
        if not await self._is_right(visit, user.name, visit.body["old"], user.password):
            wait_s = self._wrong(visit, user.name)
            await self.note_refused(visit.visitor.by, "password")
            raise Refusal(403, f"old: wrong, the next is looked at in {wait_s:g} s")
        await self._set_password(visit, user.name, visit.body["new"], besides=visit.visitor.secret)
        return {"result": "the password is changed"}

    async def note_refused(self, by: By, action: str) -> None:
        """A wrong secret was shown: let it be known, and let who guessed wait after a restart."""
        if await self._refused.note(by, action):
            await self._keep()

    # what is so

    async def state(self, visit: Visit) -> dict[str, Any]:
        """The read model."""
        state = self._means.read()
        return shape(state if _sees_all(visit.visitor) else for_guest(state))

    async def display(self, visit: Visit) -> dict[str, Any]:
        """What a guest sees, for the screen at the charger: who stands there sees it anyway."""
        if not self._means.has_kiosk:
            raise Refusal(409, "display: web.kiosk is false")
        if not is_loopback(visit.address):
            raise Refusal(403, "display: is only shown at the charger itself")
        return shape(for_guest(self._means.read()))

    async def curve(self, visit: Visit) -> dict[str, Any]:
        """The last hour of an EVSE."""
        known = self._means.hub.curves
        evse_id = visit.places["evse"]
        if evse_id not in known:
            raise Refusal(404, f"evse {evse_id}: there are {', '.join(map(str, known))}")
        return known[evse_id].shape()

    async def configuration(self, visit: Visit) -> dict[str, Any]:
        """What the file says, and the defaults."""
        return self._means.configuration()

    async def configuration_schema(self, visit: Visit) -> dict[str, Any]:
        """What may stand in the file."""
        from ampkeeper.firmware.config.schema import schema

        return schema()

    async def prices(self, visit: Visit) -> dict[str, Any]:
        """What a kWh costs from now on."""
        if not self._desk.book.is_set_up:
            raise Refusal(409, NOT_YET)
        await self._means.audit.note(visit.visitor.by, "price", "")
        return {"price": (await self._means.push_prices(visit.text))["price"]}

    # who may come in

    async def users(self, visit: Visit) -> dict[str, Any]:
        """People and programs."""
        return as_shown(self._desk.book)

    async def add_user(self, visit: Visit) -> dict[str, Any]:
        """Somebody more."""
        name, role = visit.body["name"], Role(visit.body["role"])
        user = User(name, role, await self._kept(visit.body["password"], name))
        return await self._change(
            visit, lambda book: book.with_user(user), "add user", f"name={name} role={role.value}"
        )

    async def set_password(self, visit: Visit) -> dict[str, Any]:
        """By the owner, for who forgot his."""
        await self._set_password(visit, visit.places["name"], visit.body["password"])
        return as_shown(self._desk.book)

    async def drop_user(self, visit: Visit) -> dict[str, Any]:
        """He is out at once, everywhere."""
        user = self._desk.book.user(visit.places["name"])
        name = user.name if user is not None else visit.places["name"]
        told = await self._change(
            visit, lambda book: book.without_user(name), "drop user", f"name={name}"
        )
        self._entry.sessions.end_all_of(name)
        await self._keep()
        return told

    async def add_token(self, visit: Visit) -> dict[str, Any]:
        """A token is told this once, and only its digest is kept."""
        name, role = visit.body["name"], Role(visit.body["role"])
        secret = self._means.new_bytes(SECRET_BYTES).hex()
        token = Token(name, role, passwords.digest_of(secret))
        told = await self._change(
            visit,
            lambda book: book.with_token(token),
            "add token",
            f"name={name} role={role.value}",
        )
        return told | {"token": secret}

    async def drop_token(self, visit: Visit) -> dict[str, Any]:
        """It is worth nothing from now on."""
        name = visit.places["name"]
        return await self._change(
            visit, lambda book: book.without_token(name), "drop token", f"name={name}"
        )

    async def audit(self, visit: Visit) -> dict[str, Any]:
        """Who asked for which change."""
        return await self._desk.audit(visit.query.get("limit", 50))

    # helpers

    async def _change(
        self, visit: Visit, change: Callable[[Book], Book], action: str, detail: str
    ) -> dict[str, Any]:
        await self._desk.change(change, visit.visitor.by, action, detail)
        return as_shown(self._desk.book)

    async def _set_password(
        self, visit: Visit, name: str, password: str, besides: str = ""
    ) -> None:
        user = self._desk.book.user(name)
        name = user.name if user is not None else name
        kept = await self._kept(password, name)
        by = visit.visitor.by
        await self._desk.change(
            lambda book: book.with_password(name, kept), by, "password", f"name={name}"
        )
        self._entry.sessions.end_all_of(name, besides)
        if besides and visit.visitor.session is not None:
            visit.visitor.session.of = mark_of(kept)
        await self._keep()

    async def _keep(self) -> None:
        """Who is in now is so after a restart."""
        clock = self._means.clock
        await self._desk.keep_log_ins(self._entry.to_text(clock.now(), clock.now_s()))

    async def _begin(self, visit: Visit, user: User) -> dict[str, Any]:
        """He is in: a new id, which nobody could have put into his browser before."""
        secret = self._means.new_bytes(SECRET_BYTES).hex()
        of, now_s = mark_of(user.password), self._means.clock.now_s()
        session = self._entry.sessions.begin(user.name, secret, of, now_s)
        await self._keep()
        life_s = self._means.life_s
        visit.cookie = cookie(self._entry.cookie_name, secret, life_s, visit.is_secure)
        by = By(user.name, user.role, visit.visitor.by.way)
        return {"who": _who(Visitor(by, user.role, session, secret))}

    def _wrong(self, visit: Visit, account: str) -> float:
        """A wrong password; return how long its address waits now."""
        now_s = self._means.clock.now_s()
        self._entry.accounts.wrong(account, now_s)
        return self._entry.guesses.wrong(visit.address, now_s)

    async def _is_right(self, visit: Visit, account: str, password: str, kept: str) -> bool:
        async with self._turn():
            self._entry.hold(visit.address, self._means.clock.now_s(), account)
            return await asyncio.to_thread(passwords.is_right, password, kept)

    async def _kept(self, password: str, name: str) -> str:
        """A new password as it is kept, if it is good enough."""
        if problem := passwords.problem_of(password, name):
            raise Refusal(400, problem)
        salt = self._means.new_bytes(passwords.SALT_BYTES)
        async with self._turn():
            return await asyncio.to_thread(passwords.hashed, password, salt)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for the one password that is checked at a time; ended by the checks before it."""
        if self._checks >= CHECKS_MAX:
            raise Refusal(429, "too many log in at once: try again", {"retry-after": "2"})
        self._checks += 1
        try:
            async with self._one_at_a_time:
                yield
        finally:
            self._checks -= 1


def _who(visitor: Visitor) -> dict[str, Any] | None:
    if visitor.role is None:
        return None
    csrf = visitor.session.csrf if visitor.session is not None else None
    return {
        "name": visitor.by.who,
        "role": visitor.role.value,
        "rights": visitor.rights,
        "csrf": csrf,
    }


def _sees_all(visitor: Visitor) -> bool:
    return visitor.role is not None and may(visitor.role, Right.HISTORY)
