"""Guesses: who shows a wrong secret waits before the next one is looked at. Pure.

Each address by itself (an IPv6 one by its /64), so that nobody locks others out; 1 s after the
first wrong secret, twice as long after each further one, at most a minute. A right one, or a
quarter of an hour without a wrong one, and it is forgotten.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

WAIT_S_FIRST = 1.0
WAIT_S_MAX = 60.0
FORGET_S = 900.0
ADDRESSES_MAX = 256  # a further one takes the place of who guessed longest ago
WHOLE_NET_BITS = 64


@dataclass(slots=True)
class Guesser:
    """One address: so many wrong secrets, the last one when (monotonic)."""

    count: int
    last_s: float

    @property
    def wait_s(self) -> float:
        """How long it waits after the last one."""
        doublings = min(self.count - 1, 10)  # far above the most
        return min(WAIT_S_MAX, WAIT_S_FIRST * 2.0**doublings)


class Guesses:
    """All addresses that showed a wrong secret."""

    def __init__(self) -> None:
        self._guessers: dict[str, Guesser] = {}

    def left_s(self, address: str, now_s: float) -> float:
        """How long nothing that this address shows is looked at."""
        known = self._guessers.get(_name(address))
        return max(0.0, known.last_s + known.wait_s - now_s) if known is not None else 0.0

    def wrong(self, address: str, now_s: float) -> float:
        """It showed a wrong one; return how long it waits now."""
        name = _name(address)
        known = self._guessers.pop(name, None)
        is_old = known is None or now_s - known.last_s >= FORGET_S
        guesser = Guesser(1 if known is None or is_old else known.count + 1, now_s)
        if len(self._guessers) >= ADDRESSES_MAX:
            del self._guessers[next(iter(self._guessers))]
        self._guessers[name] = guesser
        return guesser.wait_s

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
