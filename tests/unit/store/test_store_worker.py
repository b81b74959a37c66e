"""The store's thread: calls in order, errors where they belong, and an end."""

import asyncio
import threading
from pathlib import Path

import pytest

from ampkeeper.firmware.store import task
from ampkeeper.firmware.store.changes import AddFact, SaveSetting
from ampkeeper.firmware.store.errors import StoreError, UnreadableFactError
from ampkeeper.firmware.store.reads import Reads
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker
from tests.unit.store.examples import open_session, started


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "ampkeeper.db")


async def test_calls_run_in_one_named_thread_and_in_order(store: Store) -> None:
    worker = StoreWorker(store)
    await worker.commit([open_session(), AddFact(started(), "m1")])
    row = await worker.run(store.outbox_head)
    assert row is not None
    await worker.run(store.outbox_done, row.id, csms_tx_id=5)
    assert await worker.run(store.tx_by_csms_id, 5) == "tx-1"
    names = {(await worker.run(threading.current_thread)).name for _ in range(3)}
    assert len(names) == 1
    assert names.pop().startswith("store")
    await worker.close()


async def test_an_error_is_raised_to_the_caller_and_the_next_call_works(store: Store) -> None:
    worker = StoreWorker(store)
    with pytest.raises(StoreError):
        await worker.commit([AddFact(started("unknown"), "m1")])
    await worker.commit([SaveSetting("a", "1")])
    assert await worker.run(store.settings) == {"a": "1"}
    await worker.close()


async def test_too_many_waiting_calls_are_refused(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task, "WAITING_MAX", 0)
    worker = StoreWorker(store)
    with pytest.raises(StoreError, match="at most that many"):
        await worker.commit([SaveSetting("a", "1")])
    monkeypatch.undo()
    await worker.close()


async def test_what_must_be_written_is_tried_until_it_is_and_the_trouble_is_told_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task, "RETRY_S", 0.0)
    worker = StoreWorker(store)
    told: list[bool] = []
    worker.on_trouble = told.append
    attempts = iter((StoreError("full"), StoreError("full"), None))

    def write() -> str:
        error = next(attempts)
        if error is not None:
            raise error
        return "written"

    assert await worker.insist(write) == "written"
    assert told == [True, False]
    await worker.close()


async def test_a_row_that_cannot_be_read_is_not_tried_again(store: Store) -> None:
    worker = StoreWorker(store)

    def read() -> None:
        raise UnreadableFactError("nonsense", 7)

    with pytest.raises(UnreadableFactError):
        await worker.insist(read)
    await worker.close()


async def test_no_commit_waits_for_a_long_reading_which_sees_what_was_committed(
    store: Store,
) -> None:
    worker, is_committed = StoreWorker(store), threading.Event()
    await worker.commit([SaveSetting("name", "before")])

    def read(books: Reads) -> str | None:
        assert is_committed.wait(10), "the commit waits for the reading"
        assert threading.current_thread().name.startswith("store reader")
        return books.settings().get("name")

    reading = asyncio.ensure_future(worker.run_aside(read))
    await worker.commit([SaveSetting("name", "meanwhile")])
    is_committed.set()
    assert await reading == "meanwhile"
    await worker.close()


async def test_closing_lets_another_store_open_and_is_safe_twice(store: Store) -> None:
    worker = StoreWorker(store)
    await worker.commit([SaveSetting("a", "1")])
    await worker.close()
    await worker.close()
    again = Store(store.path)
    assert again.settings() == {"a": "1"}
    again.close()
