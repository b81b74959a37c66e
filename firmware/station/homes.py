"""Homes: in whose books each transaction stands, where there are several central systems.

A transaction belongs to the books of the central system to which its begin was first sent, for
that one may know it, answered or not. What comes later waits for a system that keeps these
books: to any other its number means nothing in OCPP 1.6, or somebody else's transaction. Only
what belongs to books that no configured system keeps any more goes to whoever is connected.
"""

from collections.abc import Callable, Iterable, Mapping

from ampkeeper.firmware.station.owed import Owed

KEPT_MAX = 10_000  # homes of transactions; of more, those that nobody asks for are forgotten


class Homes:
    """Books by transaction; of those that run or owe messages."""

    def __init__(self) -> None:
        self.here = ""  # whose books the connected system keeps; "": nobody cares
        self.known: frozenset[str] = frozenset()  # the books of all configured systems
        self._of: dict[str, str] = {}

    def load(self, homes: Mapping[str, str]) -> None:
        """Take the books of each transaction as they stand in the store."""
        self._of = dict(homes)

    def claim(self, tx_id: str) -> None:
        """A transaction is begun here."""
        self._of[tx_id] = self.here

    def forget(self, needed: Iterable[str]) -> None:
        """Keep only the homes of these, if there are too many."""
        if len(self._of) > KEPT_MAX:
            self._of = {tx_id: self._of[tx_id] for tx_id in needed if tx_id in self._of}

    def must_claim(self, tx_id: str) -> bool:
        """True if sending its begin here makes it one of these books."""
        return bool(self.here) and self._of.get(tx_id) != self.here

    def knows_number(self, tx_id: str) -> bool:
        """True if the number of this transaction, if it has one, was given in these books."""
        return self._of.get(tx_id, self.here) == self.here

    def belongs_here(self, tx_id: str | None) -> bool:
        """True if what is said of this transaction may be said here."""
        return self.home(tx_id) in ("", self.here)

    def home(self, tx_id: str | None) -> str:
        """Whose books it stands in; "" for nobody's, or for those that nobody keeps any more."""
        books = "" if tx_id is None else self._of.get(tx_id, "")
        return books if books in self.known else ""


class Bonds:
    """What ties the station to one central system or another just now."""

    def __init__(self, homes: Homes, owed: Owed, running: Callable[[], Iterable[str]]) -> None:
        self._homes = homes
        self._owed = owed
        self._running = running  # the transactions that run

    def binds(self, books: str) -> bool:
        """True if the system with these books has to hear of something yet, or of what runs."""
        return any(self._homes.home(tx_id) in ("", books) for tx_id in self._all())

    def owed_to(self, books: str) -> int:
        """How many messages wait for the system with these books."""
        counts = self._owed.counts
        return sum(counts[tx_id] for tx_id in counts if self._homes.home(tx_id) == books)

    def owed_elsewhere(self) -> frozenset[str]:
        """The books to which something is owed that the connected system cannot take."""
        found = {self._homes.home(tx_id) for tx_id in self._owed.tx_ids}
        self._homes.forget(self._all())
        return frozenset(found - {"", self._homes.here})

    def _all(self) -> list[str]:
        return [*self._owed.tx_ids, *self._running()]
