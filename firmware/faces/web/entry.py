"""Entry: who asks, and whether he may. Pure but for what it remembers of guesses and sessions.

A browser shows the id of its session in a cookie, and with each change what only its page knows; a
program shows a token. Whoever shows a wrong token waits before anything of his is looked at; a
right one clears nothing of what he guessed.
"""

import hmac
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ampkeeper.firmware.access.book import Book
from ampkeeper.firmware.access.guesses import AccountGuesses, Guesses
from ampkeeper.firmware.access.kept import take_up, to_text
from ampkeeper.firmware.access.passwords import digest_of
from ampkeeper.firmware.access.roles import RIGHTS, Right, Role, may
from ampkeeper.firmware.access.sessions import Session, Sessions, mark_of
from ampkeeper.firmware.faces.web.headers import cookie_of, origin_problem
from ampkeeper.firmware.faces.web.routes import Row
from ampkeeper.firmware.station.audit import By

CSRF = "x-csrf-token"
SCHEME = "bearer"


class Refusal(Exception):
    """No: the status of the answer, the sentence, and headers that go with it."""

    def __init__(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = dict(headers or {})


class WrongToken(Refusal):
    """A token that nobody has, and who showed it."""

    def __init__(self, by: By, wait_s: float) -> None:
        super().__init__(401, f"token: wrong, the next is looked at in {wait_s:.3g} s", _asks())
        self.by = by


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks; without a role he is nobody. ``secret`` is the id of his session, if he has one."""

    by: By
    role: Role | None = None
    session: Session | None = None
    secret: str = ""

    @property
    def rights(self) -> list[str]:
        """What he may do."""
        return sorted(RIGHTS[self.role]) if self.role is not None else []


class Entry:
    """Knows whom it let in; ``price_digest`` is that of the token of [price], or empty."""

    def __init__(self, sessions: Sessions, cookie_name: str, price_digest: str = "") -> None:
        self.sessions = sessions
        self.guesses = Guesses()
        self.accounts = AccountGuesses()
        self.cookie_name = cookie_name
        self._price_digest = price_digest

    def take_up(self, text: str, now: datetime, now_s: float) -> str:
        """Go on with what was kept before a restart; return what is wrong with it."""
        return take_up(text, self.sessions, self.guesses, self.accounts, now, now_s)

    def to_text(self, now: datetime, now_s: float) -> str:
        """What is kept over a restart; no secret is in it."""
        return to_text(self.sessions, self.guesses, self.accounts, now, now_s)

    def visitor(
        self, headers: Mapping[str, str], tokens: list[str], address: str, book: Book, now_s: float
    ) -> Visitor:
        """Who asks; Refusal if what he shows is wrong. ``tokens``: all Authorization headers."""
        if tokens:
            return self._program(tokens, address, book, now_s)
        secret = cookie_of(headers, self.cookie_name)
        found = self.person(secret, address, book, now_s) if secret else None
        return found or Visitor(By("nobody", "", f"page from {address}"))

    def person(
        self, secret: str, address: str, book: Book, now_s: float, *, is_act: bool = True
    ) -> Visitor | None:
        """Whose session has this id; None: nobody's, or he is no user any more."""
        session = self.sessions.find(secret, now_s, is_act=is_act)
        user = book.user(session.user) if session is not None else None
        if session is None or user is None or session.of != mark_of(user.password):
            return None
        by = By(user.name, user.role, f"page from {address}")
        return Visitor(by, user.role, session, secret)

    def admit(self, visitor: Visitor, row: Row, headers: Mapping[str, str], scheme: str) -> None:
        """Let him have what the row asks for, or say why not."""
        if row.is_change and (problem := origin_problem(headers, scheme)):
            raise Refusal(403, problem)
        if row.right is None:
            return
        if visitor.role is None:
            raise Refusal(401, "nobody is logged in: log in, or show a token", _asks())
        if not may(visitor.role, row.right):
            raise Refusal(403, _not_allowed(visitor.role, row.right))
        if visitor.session is not None and row.is_change:
            shown = headers.get(CSRF, "").encode("utf-8", "replace")
            if not hmac.compare_digest(shown, visitor.session.csrf.encode()):
                raise Refusal(403, f"{CSRF}: must be what the page was told at the log-in")

    def admit_body(self, visitor: Visitor, row: Row, body: Mapping[str, object]) -> None:
        """Refuse a member that is not for everybody who may have the row."""
        for name, right in row.guarded.items():
            if name in body and (visitor.role is None or not may(visitor.role, right)):
                told = _not_allowed(visitor.role, right) if visitor.role else "log in"
                raise Refusal(403, f"{name}: {told}")

    def hold(self, address: str, now_s: float, account: str = "") -> None:
        """Say no to who guessed wrong and does not wait; also others, at the same account."""
        left_s = self.guesses.left_s(address, now_s)
        if account:
            left_s = max(left_s, self.accounts.left_s(account, address, now_s))
        if left_s > 0.0:
            after = {"retry-after": str(math.ceil(left_s))}
            raise Refusal(429, f"a wrong secret before: wait {math.ceil(left_s)} s", after)

    def _program(self, tokens: list[str], address: str, book: Book, now_s: float) -> Visitor:
        self.hold(address, now_s)
        scheme, _, token = (tokens[0] if len(tokens) == 1 else "").partition(" ")
        if scheme.lower() != SCHEME or not token.strip():
            raise Refusal(401, "token: must be one Authorization: Bearer TOKEN", _asks())
        digest = digest_of(token.strip())
        found = self._by_token(digest, address, book)
        if found is None:
            by = By("nobody", "", f"token from {address}")
            raise WrongToken(by, self.guesses.wrong(address, now_s, digest))
        return found

    def _by_token(self, digest: str, address: str, book: Book) -> Visitor | None:
        if self._price_digest and hmac.compare_digest(digest, self._price_digest):
            by = By("price.token_file", Role.PRICES, f"token from {address}")
            return Visitor(by, Role.PRICES)
        token = book.token(digest)
        if token is None:
            return None
        return Visitor(By(token.name, token.role, f"token from {address}"), token.role)


def _asks() -> dict[str, str]:
    return {"www-authenticate": "Bearer"}


def _not_allowed(role: Role, right: Right) -> str:
    who = [each.value for each, rights in RIGHTS.items() if right in rights]
    return f"role {role.value}: may not do this; allowed are {', '.join(who)}"
