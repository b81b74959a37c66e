"""Book: who may come in: people with their passwords, programs with their tokens. A value, pure.

Until there is an owner only the set-up is open, to who has this charger's own code. The last owner
cannot be removed. A book that cannot be read lets nobody in.
"""

import json
import re
from dataclasses import dataclass, field, replace
from typing import Any

from ampkeeper.firmware.access import passwords
from ampkeeper.firmware.access.roles import PEOPLE, Role

USERS_MAX, TOKENS_MAX = 20, 20
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,31}")
NAME_WORDS = "1 to 32 letters, digits and . _ @ -"
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: none is mistaken for another
CODE_CHARS, CODE_GROUP = 16, 4  # 80 bits
TEXT_CHARS_MAX = 65_536


class AccessRefused(Exception):
    """No; the message says what, and what is allowed, and holds no secret."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who logs in with a password, kept as ``passwords.hashed`` makes it."""

    name: str
    role: Role
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Token:
    """A program that shows a token, of which only the digest is kept."""

    name: str
    role: Role
    digest: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Book:
    """All of them; ``code`` opens the set-up while there is no owner."""

    users: tuple[User, ...] = ()
    tokens: tuple[Token, ...] = ()
    code: str = field(default="", repr=False)

    @property
    def is_set_up(self) -> bool:
        """True once there is an owner."""
        return any(user.role is Role.OWNER for user in self.users)

    def user(self, name: str) -> User | None:
        """Who has this name, in whichever case."""
        folded = name.casefold()
        return next((one for one in self.users if one.name.casefold() == folded), None)

    def token(self, digest: str) -> Token | None:
        """Whose token has this digest."""
        return next((one for one in self.tokens if one.digest == digest), None)

    def with_user(self, user: User) -> "Book":
        """Somebody more may come in."""
        _check_name(user.name)
        if user.role not in PEOPLE:
            raise AccessRefused(f"role {user.role}: allowed are {', '.join(PEOPLE)}")
        if self.user(user.name) is not None:
            raise AccessRefused(f"name {user.name}: somebody has it already")
        if len(self.users) >= USERS_MAX:
            raise AccessRefused(f"{USERS_MAX} users: that is the most")
        return replace(self, users=(*self.users, user))

    def with_first_owner(self, user: User) -> "Book":
        """The set-up: somebody who showed the code owns it from now on."""
        if self.is_set_up:
            raise AccessRefused("the set-up is done already")
        return replace(self.with_user(replace(user, role=Role.OWNER)), code="")

    def with_password(self, name: str, password: str) -> "Book":
        """Somebody has another password."""
        known = self._known(name)
        users = tuple(
            replace(one, password=password) if one is known else one for one in self.users
        )
        return replace(self, users=users)

    def without_user(self, name: str) -> "Book":
        """Somebody may not come in any more."""
        known = self._known(name)
        left = replace(self, users=tuple(one for one in self.users if one is not known))
        if not left.is_set_up:
            raise AccessRefused(f"name {known.name}: is the last owner")
        return left

    def with_token(self, token: Token) -> "Book":
        """A program more may come in."""
        _check_name(token.name)
        if any(one.name.casefold() == token.name.casefold() for one in self.tokens):
            raise AccessRefused(f"token {token.name}: there is one of that name already")
        if len(self.tokens) >= TOKENS_MAX:
            raise AccessRefused(f"{TOKENS_MAX} tokens: that is the most")
        return replace(self, tokens=(*self.tokens, token))

    def without_token(self, name: str) -> "Book":
        """A program may not come in any more."""
        left = tuple(one for one in self.tokens if one.name.casefold() != name.casefold())
        if len(left) == len(self.tokens):
            raise AccessRefused(f"token {name:.32}: there is none of that name")
        return replace(self, tokens=left)

    def to_text(self) -> str:
        """As it is kept."""
        users = [
            {"name": one.name, "role": one.role, "password": one.password} for one in self.users
        ]
        tokens = [{"name": one.name, "role": one.role, "digest": one.digest} for one in self.tokens]
        return json.dumps({"users": users, "tokens": tokens, "code": self.code})

    def _known(self, name: str) -> User:
        known = self.user(name)
        if known is None:
            raise AccessRefused(f"name {name[:32]!a}: there is nobody of that name")
        return known


def book_of(text: str) -> Book:
    """Read what ``to_text`` wrote; AccessRefused if anything of it cannot be right."""
    try:
        told = json.loads(text[:TEXT_CHARS_MAX])
        users = tuple(
            User(str(one["name"]), Role(one["role"]), str(one["password"])) for one in told["users"]
        )
        tokens = tuple(
            Token(str(one["name"]), Role(one["role"]), str(one["digest"])) for one in told["tokens"]
        )
        book = Book(users, tokens, str(told["code"]))
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise AccessRefused(f"the book of who may come in is damaged: {error!r:.80}") from error
    names = [one.name.casefold() for one in users]
    is_whole = all(NAME.fullmatch(one.name) and one.role in PEOPLE for one in users)
    is_whole &= all(passwords.is_kept_well(one.password) for one in users)
    if not is_whole or len(set(names)) != len(names) or len(users) > USERS_MAX:
        raise AccessRefused("the book of who may come in is damaged: users that cannot be")
    return book


def new_code(random: bytes) -> str:
    """A code for the set-up, of 10 random bytes: such as 7K2M-90QX-3DVB-ZT5A."""
    assert len(random) == CODE_CHARS * 5 // 8, "5 bits each"
    number = int.from_bytes(random, "big")
    letters = [CODE_ALPHABET[number >> 5 * place & 31] for place in range(CODE_CHARS)]
    starts = range(0, CODE_CHARS, CODE_GROUP)
    return "-".join("".join(letters[start : start + CODE_GROUP]) for start in starts)


def plain_code(text: str) -> str:
    """A code as it is compared: without gaps, in capitals, and O is 0, I and L are 1."""
    clean = text.upper().replace("-", "").replace(" ", "")
    return clean.translate(str.maketrans("OIL", "011"))


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise AccessRefused(f"name {name[:40]!a}: must be {NAME_WORDS}")


def as_shown(book: Book) -> dict[str, Any]:
    """Who may come in, without a secret."""
    return {
        "users": [{"name": one.name, "role": one.role.value} for one in book.users],
        "tokens": [{"name": one.name, "role": one.role.value} for one in book.tokens],
    }
