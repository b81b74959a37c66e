"""Store: the one connection to the database. All or nothing, and on the disk when it returns.

Call it from one thread at a time: ``StoreWorker`` gives it a thread of its own. Every method
raises StoreError when it could not do what it says, and then nothing was changed.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ampkeeper.firmware.store import database, outbox, stop_samples, writes
from ampkeeper.firmware.store.changes import AddFact, AddStopSample, Change
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.reads import ROWS_MAX as ROWS_MAX
from ampkeeper.firmware.store.reads import Reads as Reads
from ampkeeper.firmware.store.reads import open_read_only as open_read_only

STORE_FILE = "ampkeeper.db"
KEEP_SESSIONS = 10_000
OUTBOX_MAX = 100_000
CHANGES_MAX = 1_000


class Store(Reads):
    """The store, open for writing; a second one on the same file is refused."""

    def __init__(
        self,
        path: str | Path,
        keep_sessions: int = KEEP_SESSIONS,
        outbox_max: int = OUTBOX_MAX,
        samples_max: int = stop_samples.SAMPLES_OF_ALL_MAX,
    ) -> None:
        assert keep_sessions >= 0
        assert outbox_max >= 1
        assert samples_max >= 1
        file = Path(path)
        self._keep_sessions = keep_sessions
        self._outbox_max = outbox_max
        self._samples_max = samples_max
        self._lock = database.lock(file)
        try:
            connection = database.open_database(file)
        except BaseException:
            self._lock.close()
            raise
        super().__init__(file, connection)

    def commit(self, changes: Sequence[Change]) -> int:
        """Write all ``changes`` in one transaction; return how much had to go for them."""
        dropped = 0
        if not changes:
            return dropped
        if len(changes) > CHANGES_MAX:
            raise StoreError(f"{len(changes)} changes in one commit: at most {CHANGES_MAX}")
        with self._transaction() as connection:
            for change in changes:
                if isinstance(change, AddFact):
                    dropped += outbox.add(connection, change, self._outbox_max)
                elif isinstance(change, AddStopSample):
                    dropped += stop_samples.add(connection, change, self._samples_max)
                else:
                    writes.write(connection, change)
            writes.prune(connection, changes, self._keep_sessions)
        return dropped

    def outbox_claim(self, row_id: int, books: str) -> None:
        """The message, a start, goes to the central system that keeps these books."""
        with self._transaction() as connection:
            outbox.claim(connection, row_id, books)

    def outbox_done(self, row_id: int, csms_tx_id: int | None = None) -> None:
        """The message was answered: delete it, and keep the number that came with the answer."""
        with self._transaction() as connection:
            outbox.done(connection, row_id, csms_tx_id)

    def outbox_failed(self, row_id: int) -> None:
        """The message was answered with an error: count the attempt."""
        with self._transaction() as connection:
            outbox.failed(connection, row_id)

    def outbox_discard(self, row_id: int) -> None:
        """Give the message up; a given-up start is remembered with its session."""
        with self._transaction() as connection:
            outbox.discard(connection, row_id)

    def outbox_mark_offline(self) -> None:
        """Every message that waits now happened while there was no link."""
        with self._transaction() as connection:
            outbox.mark_offline(connection)

    def close(self) -> None:
        """Release the file; safe twice."""
        try:
            super().close()
        finally:
            self._lock.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self._connection
        with self._errors():
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # a failed COMMIT may have left the transaction open, or ended it
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
