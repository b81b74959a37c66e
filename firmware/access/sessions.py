"""Sessions: who is logged in. Pure.

An id is random and kept by its digest; what each change has to show follows from the id, so it is
not kept at all. A session is worth as much as the password that it began with. It ends when
nothing was done in it for a while, and after so long in any case; of too many the one that did
nothing for longest ends.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ampkeeper.firmware.access.passwords import digest_of

SESSIONS_MAX = 64
OF_ONE_MAX = 8  # sessions of the same user
MARK_CHARS = 16


@dataclass(slots=True)
class Session:
    """One browser that somebody logged in with.

    ``csrf``: what each of its changes has to show; ``of``: the mark of the password that holds.
    """

    digest: str
    user: str
    of: str
    begun_s: float
    seen_s: float
    csrf: str = ""


def csrf_of(secret: str) -> str:
    """What the page of this session is told, and has to show with each change."""
    return digest_of(f"csrf of {secret}")


def mark_of(password: str) -> str:
    """Tells a password, as it is kept, from the next one."""
    return digest_of(password)[:MARK_CHARS]


class Sessions:
    """All of them; times are monotonic."""

    def __init__(self, idle_s: float, whole_s: float) -> None:
        self._idle_s = idle_s
        self._whole_s = whole_s
        self._sessions: dict[str, Session] = {}  # by digest

    def begin(self, user: str, secret: str, of: str, now_s: float) -> Session:
        """Somebody logged in; ``secret`` is the id that only his browser knows."""
        self._forget_old(now_s)
        own = [key for key, one in self._sessions.items() if one.user == user]
        if len(own) >= OF_ONE_MAX:
            self._forget_idlest(own)
        if len(self._sessions) >= SESSIONS_MAX:
            self._forget_idlest(list(self._sessions))
        key = digest_of(secret)
        made = self._sessions[key] = Session(key, user, of, now_s, now_s, csrf_of(secret))
        return made

    def go_on(self, digest: str, user: str, of: str, begun_s: float, seen_s: float) -> None:
        """One of before the restart."""
        if len(self._sessions) < SESSIONS_MAX:
            self._sessions[digest] = Session(digest, user, of, begun_s, seen_s)

    def running(self, now_s: float) -> Iterator[Session]:
        """All that go on."""
        self._forget_old(now_s)
        yield from self._sessions.values()

    def find(self, secret: str, now_s: float, *, is_act: bool = True) -> Session | None:
        """The session of this id; ``is_act``: its user did something, so it goes on."""
        key = digest_of(secret)
        found = self._sessions.get(key)
        if found is None:
            return None
        if self._is_over(found, now_s):
            del self._sessions[key]
            return None
        if is_act:
            found.seen_s = now_s
        found.csrf = csrf_of(secret)
        return found

    def end(self, secret: str) -> None:
        """Somebody logged out."""
        self._sessions.pop(digest_of(secret), None)

    def end_all_of(self, user: str, besides: str = "") -> None:
        """He is no user any more, or has another password; ``besides``: the id he did it with."""
        kept = digest_of(besides)
        for key in [key for key, one in self._sessions.items() if one.user == user]:
            if key != kept:
                del self._sessions[key]

    def _is_over(self, session: Session, now_s: float) -> bool:
        is_idle = now_s - session.seen_s >= self._idle_s
        return is_idle or now_s - session.begun_s >= self._whole_s

    def _forget_old(self, now_s: float) -> None:
        for key in [key for key, one in self._sessions.items() if self._is_over(one, now_s)]:
            del self._sessions[key]

    def _forget_idlest(self, keys: list[str]) -> None:
        del self._sessions[min(keys, key=lambda key: self._sessions[key].seen_s)]
