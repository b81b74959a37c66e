"""Guesses: who shows a wrong secret waits before the next one is looked at. Pure.

Each address by itself (an IPv6 one by its /64), so that nobody locks others out; 1 s after the
first wrong secret, twice as long after each further one, at most a minute. A quarter of an hour
without a wrong one, and it is forgotten. What is right for one account clears nothing: it says
nothing of the guesses at another. The same wrong token again is no further guess: a program that
was left with an old one shuts out nobody behind the same address.

Each account too, whatever address guesses: after a few wrong ones in a row it waits in the same
way, but for seconds only, as its owner at a new address waits with it. Not where it came in from
before: there only the address counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from ampkeeper.firmware.access.passwords import digest_of

WAIT_S_FIRST = 1.0
WAIT_S_MAX = 60.0
FORGET_S = 900.0
ADDRESSES_MAX = 256  # a further one takes the place of who guessed longest ago
TOKENS_MAX = 8  # of one address; the oldest counts again
WHOLE_NET_BITS = 64
FREE_OF_ACCOUNT = 5  # wrong ones in a row, from wherever, before an account waits too
ACCOUNT_WAIT_S_MAX = 4.0  # some 20,000 guesses a day, however many addresses there are
ACCOUNT_CHARS = 16  # of the digest of its name: what was typed for a name may be a password


@dataclass(slots=True)
class Guesser:
    """One address: so many wrong secrets, the last one when (monotonic); digests of tokens."""

    count: int
    last_s: float
    shown: tuple[str, ...] = ()


class Guesses:
    """All addresses that showed a wrong secret; ``free``: so many wrong ones cost no wait."""

    def __init__(self, free: int = 0, wait_s_max: float = WAIT_S_MAX) -> None:
        self._free = free
        self._wait_s_max = wait_s_max
        self._guessers: dict[str, Guesser] = {}

    def left_s(self, address: str, now_s: float) -> float:
        """How long nothing that this address shows is looked at."""
        known = self._guessers.get(_name(address))
        return max(0.0, known.last_s + self._wait_s(known) - now_s) if known is not None else 0.0

    def wrong(self, address: str, now_s: float, digest: str = "") -> float:
        """It showed a wrong one, a token with this digest if any; return how long it waits now."""
        name = _name(address)
        known = self._guessers.get(name)
        if known is None or now_s - known.last_s >= FORGET_S:
            known = Guesser(0, now_s)
        if digest and digest in known.shown:
            return self.left_s(address, now_s)
        shown = (*known.shown, digest)[-TOKENS_MAX:] if digest else known.shown
        guesser = Guesser(known.count + 1, now_s, shown)
        self._guessers.pop(name, None)
        if len(self._guessers) >= ADDRESSES_MAX:
            del self._guessers[next(iter(self._guessers))]
        self._guessers[name] = guesser
        return self._wait_s(guesser)

    def known(self, now_s: float) -> Iterator[tuple[str, int, float]]:
        """Who has to wait, or would longer for the next: name, count and when."""
        for name, one in self._guessers.items():
            if now_s - one.last_s < FORGET_S:
                yield name, one.count, one.last_s

    def go_on(self, name: str, count: int, last_s: float) -> None:
        """One of before the restart."""
        if len(self._guessers) < ADDRESSES_MAX:
            self._guessers[name] = Guesser(max(1, count), last_s)

    def right(self, address: str) -> None:
        """It showed the right one."""
        self._guessers.pop(_name(address), None)

    def _wait_s(self, one: Guesser) -> float:
        """How long it waits after the last one."""
        if one.count <= self._free:
            return 0.0
        doublings = min(one.count - self._free - 1, 10)  # far above the most
        return min(self._wait_s_max, WAIT_S_FIRST * 2.0**doublings)


class AccountGuesses:
    """All names of accounts that somebody guessed at, whether there are such accounts or not."""

    def __init__(self) -> None:
        self._guesses = Guesses(FREE_OF_ACCOUNT, ACCOUNT_WAIT_S_MAX)
        self._came_in: dict[tuple[str, str], None] = {}

    def left_s(self, account: str, address: str, now_s: float) -> float:
        """How long nothing is looked at that this address shows for the account."""
        if (_account(account), _name(address)) in self._came_in:
            return 0.0
        return self._guesses.left_s(_account(account), now_s)

    def wrong(self, account: str, now_s: float) -> None:
        """Somebody showed a wrong password for it."""
        self._guesses.wrong(_account(account), now_s)

    def right(self, account: str, address: str) -> None:
        """It came in from there."""
        self._guesses.right(_account(account))
        place = (_account(account), _name(address))
        self._came_in.pop(place, None)
        if len(self._came_in) >= ADDRESSES_MAX:
            del self._came_in[next(iter(self._came_in))]
        self._came_in[place] = None

    def known(self, now_s: float) -> Iterator[tuple[str, int, float]]:
        """Who was guessed at: the digest of the name, count and when."""
        return self._guesses.known(now_s)

    def came_in(self) -> Iterator[tuple[str, str]]:
        """Who came in from where, oldest first: the digest of the name, and the address."""
        return iter(self._came_in)

    def go_on(self, account: str, count: int, last_s: float) -> None:
        """One that was guessed at before the restart."""
        self._guesses.go_on(account, count, last_s)

    def go_on_from(self, account: str, address: str) -> None:
        """One that came in before the restart."""
        if len(self._came_in) < ADDRESSES_MAX:
            self._came_in[account, address] = None


def _account(name: str) -> str:
    return digest_of(name.casefold())[:ACCOUNT_CHARS]


def _name(address: str) -> str:
    try:
        known = ip_address(address)
    except ValueError:
        return address[:80]
    if not isinstance(known, IPv6Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return f"{int(known) >> WHOLE_NET_BITS:x}::/64"
