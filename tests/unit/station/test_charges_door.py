"""The charge log and receipts, for who asks at the page."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ampkeeper.firmware.config import parse
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.station.charges_door import ChargesDoor
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.rows import SessionRow
from ampkeeper.hal.fake import FakeClock
from tests.support.configs import FREE

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def row(tx_id: str, at: datetime, *, is_open: bool = False) -> SessionRow:
    end, end_wh = (None, None) if is_open else (at + timedelta(hours=1), 11_000)
    return SessionRow(tx_id, 1, "", at, "04A224B1", 0, is_open, end, end_wh, "Local", None, False)


class Books:
    """Sessions of October and November, and one that runs."""

    def __init__(self) -> None:
        self.is_broken = False
        october = NOON - timedelta(days=30)
        self.rows = [row("tx-3", NOON, is_open=True), row("tx-2", NOON), row("tx-1", october)]

    def sessions(self, limit: int) -> list[SessionRow]:
        if self.is_broken:
            raise StoreError("no disk")
        return self.rows[:limit]

    def sessions_before(self, tx_id: str, limit: int) -> list[SessionRow]:
        names = [one.tx_id for one in self.rows]
        return self.rows[names.index(tx_id) + 1 :][:limit]

    def costs(self, tx_ids: Sequence[str]) -> dict[str, str]:
        return {}

    def session(self, tx_id: str) -> SessionRow | None:
        return next((one for one in self.rows if one.tx_id == tx_id), None)

    async def run_aside(self, read: Callable[[Any], Any]) -> Any:
        return read(self)


def door(books: Books) -> ChargesDoor:
    worker: Any = books
    return ChargesDoor(parse(FREE + '[energy]\ntime_zone = "UTC"\n'), worker, FakeClock())


async def test_the_log_of_a_month_has_what_was_charged_in_it() -> None:
    told = await door(Books()).answer({"month": "2026-11", "kind": "json"})
    assert (told["name"], told["kind"]) == ("charges-2026-11.json", "application/json")
    found = json.loads(bytes.fromhex(told["hex"]))
    assert [one["session"] for one in found["charges"]] == ["tx-2"]


@pytest.mark.parametrize(("user", "count"), [("04a224b1", 1), ("Anna", 0), ("", 1)])
async def test_the_log_of_a_month_may_be_that_of_one_user(user: str, count: int) -> None:
    told = await door(Books()).answer({"month": "2026-11", "kind": "json", "user": user})
    assert len(json.loads(bytes.fromhex(told["hex"]))["charges"]) == count


@pytest.mark.parametrize(
    ("arguments", "begin", "name"),
    [
        ({"month": "2026-10", "kind": "csv"}, b"session,", "charges-2026-10.csv"),
        ({"month": "2026-10", "kind": "html"}, b"<!doctype", "charges-2026-10.html"),
        ({"month": "2026-10"}, b"%PDF", "charges-2026-10.pdf"),
        ({"session": "tx-2"}, b"%PDF", "receipt-20261122-1200.pdf"),
        ({"session": "tx-2", "kind": "html"}, b"<!doctype", "receipt-20261122-1200.html"),
    ],
)
async def test_it_comes_as_a_file_of_the_kind_that_was_asked_for(
    arguments: dict[str, Any], begin: bytes, name: str
) -> None:
    told = await door(Books()).answer(arguments)
    assert bytes.fromhex(told["hex"]).lstrip(b"\xef\xbb\xbf").startswith(begin)
    assert told["name"] == name


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "such as 2026-11"),
        ({"month": "2026-13"}, "such as 2026-11"),
        ({"month": 11}, "such as 2026-11"),
        ({"month": "2026-11", "kind": "docx"}, "csv, json, html, pdf"),
        ({"session": "tx-2", "kind": "csv"}, "allowed are html, pdf"),
        ({"session": "tx-3"}, "none that is over"),
        ({"session": ""}, "1 to 36"),
        ({"session": 2}, "1 to 36"),
    ],
)
async def test_what_is_not_there_is_refused(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(LocalRefusedError, match=said):
        await door(Books()).answer(arguments)


async def test_books_that_cannot_be_read_are_said_to_be() -> None:
    books = Books()
    books.is_broken = True
    with pytest.raises(LocalRefusedError, match="cannot be read now: no disk"):
        await door(books).answer({"month": "2026-11"})
