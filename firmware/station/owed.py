"""How many messages are owed to the central system, by transaction, without asking the disk."""

from collections import Counter
from collections.abc import Iterable, Mapping

from ampkeeper.firmware.store.changes import AddFact, Change


class Owed:
    """Counts what goes into the outbox and what leaves it."""

    def __init__(self) -> None:
        self._counts: Counter[str | None] = Counter()  # None: of no transaction

    def load(self, counts: Mapping[str | None, int]) -> None:
        """Take the outbox as it stands."""
        self._counts = Counter(counts)

    def note(self, changes: Iterable[Change]) -> None:
        """These changes were committed."""
        self._counts.update(change.fact.tx_id for change in changes if isinstance(change, AddFact))

    def gone(self, tx_id: str | None) -> None:
        """One message of a transaction, or of none, was delivered or given up."""
        self._counts[tx_id] -= 1
        if self._counts[tx_id] <= 0:
            del self._counts[tx_id]

    @property
    def counts(self) -> Mapping[str | None, int]:
        """How many of each transaction; None: of no transaction."""
        return self._counts

    @property
    def tx_ids(self) -> list[str]:
        """The transactions that owe messages."""
        return [tx_id for tx_id in self._counts if tx_id is not None]

    @property
    def count(self) -> int:
        """All messages owed."""
        return self._counts.total()

    def has(self, tx_id: str | None) -> bool:
        """True if messages of this transaction, or of any, are owed."""
        if tx_id is not None:
            return tx_id in self._counts
        return any(counted is not None for counted in self._counts)
