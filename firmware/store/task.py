"""The store's thread: calls go in from the event loop and are carried out one after another.

SQLite waits for the disk, so it has a worker of its own. In virtual time the loop runs the same
calls inline.
"""

import asyncio
import functools
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

from ampkeeper.firmware.store.changes import Change
from ampkeeper.firmware.store.errors import StoreError, UnreadableFactError
from ampkeeper.firmware.store.reads import Reads, open_read_only
from ampkeeper.firmware.store.store import Store

WAITING_MAX = 1_000
RETRY_S = 1.0  # between two tries of what must be written

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)


class StoreWorker:
    """Runs calls to one store in one named thread, in order."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.on_trouble: Callable[[bool], None] = _nobody
        self._executor = ThreadPoolExecutor(1, "store")
        self._aside = ThreadPoolExecutor(1, "store reader")
        self._waiting = 0
        self._insisting = 0  # calls that have failed and are tried again
        self._is_closed = False

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Carry out ``call`` in the store's thread; what it raises is raised here.

        The wait is ended by the call itself: SQLite gives up after its busy time-out of 5 s.
        """
        if self._waiting >= WAITING_MAX:
            raise StoreError(f"{self._waiting} calls are waiting for the store: at most that many")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(
                self._executor, functools.partial(call, *args, **kwargs)
            )
        finally:
            self._waiting -= 1

    async def run_aside(self, read: Callable[[Reads], T]) -> T:
        """Read for long: by a thread and a connection of their own, so no commit waits for it.

        It sees what was committed before; StoreError as of the store itself.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._aside, _read, self.store.path, read)

    async def insist(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Carry out ``call`` for as long as it takes; a row that cannot be read still raises.

        ``on_trouble`` hears True when the first call fails, and False when none does any more.
        """
        has_failed = False
        while True:
            try:
                result = await self.run(call, *args, **kwargs)
            except UnreadableFactError:
                raise
            except StoreError as error:
                if not has_failed:
                    has_failed = True
                    self._count_trouble(1, str(error))
                await asyncio.sleep(RETRY_S)
            else:
                if has_failed:
                    self._count_trouble(-1, "")
                return result

    def _count_trouble(self, step: int, error: str) -> None:
        was_fine = self._insisting == 0
        self._insisting += step
        if was_fine:
            log.error("the books cannot be written: %s", error)
            self.on_trouble(True)
        elif self._insisting == 0:
            log.warning("the books can be written again")
            self.on_trouble(False)

    async def commit(self, changes: Sequence[Change]) -> None:
        """``Store.commit`` in the store's thread."""
        await self.run(self.store.commit, changes)

    async def close(self) -> None:
        """Close the store after all waiting calls, and end the thread; safe twice."""
        if not self._is_closed:
            self._is_closed = True
            await self.run(self.store.close)
            self._executor.shutdown(wait=False)
            self._aside.shutdown(wait=False, cancel_futures=True)


def _read(path: Path, read: Callable[[Reads], T]) -> T:
    books = open_read_only(path)
    try:
        return read(books)
    finally:
        books.close()


def _nobody(is_failing: bool) -> None:
    """Nobody has to know."""
