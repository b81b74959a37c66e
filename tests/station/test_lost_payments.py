"""Money for a session that the books lost: kept, told of, and ended by a person alone."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.terminal import CAPTURED, HELD, RELEASED
from ampkeeper.board.emulated.virtual_charger import VirtualCharger
from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.store.store import STORE_FILE
from tests.station.test_paid_at_a_terminal import charger, held, kept, pay_and_charge, state


def lose_session(made: VirtualCharger) -> None:
    with contextlib.closing(sqlite3.connect(made.state_dir / STORE_FILE)) as books:
        books.execute("UPDATE session SET state = '{}' WHERE is_open = 1")
        books.commit()


def test_money_for_a_session_that_the_books_lost_is_neither_kept_nor_given_back_in_silence(
    tmp_path: Path,
) -> None:
    made = charger(tmp_path)

    async def play() -> None:
        async with made.running():
            await pay_and_charge(made)
            await asyncio.sleep(15)
        lose_session(made)
        async with made.running():
            await made.until(lambda: bool(made.trace.of("payment_owed")), 90)
            await asyncio.sleep(600)

    run_virtual(play())
    assert [one.state for one in held(made)] == [HELD]
    assert [one.state for one in kept(made)] == ["SETTLING"]
    (owed,) = made.trace.of("payment_owed")
    assert (owed["amount"], owed["why"]) == (2_000, "the books have no end of that session")


async def lost_payment(made: VirtualCharger) -> str:
    """A station whose books lost the session, and the reference of the payment for it."""
    async with made.running():
        await pay_and_charge(made)
        ask = made.app.people.at_the_station
        with pytest.raises(LocalRefusedError, match="it is held, and goes its way by itself"):
            await ask("payments", {"action": "release", "payment": kept(made)[0].reference})
    lose_session(made)
    return kept(made)[0].reference


@pytest.mark.parametrize(
    ("asked", "end", "captured"),
    [
        ({"action": "release"}, ("RETURNED", RELEASED, "released by a person"), 0),
        (
            {"action": "claim", "amount": "4.20"},
            ("PAID", CAPTURED, "claimed by a person"),
            420,
        ),
    ],
)
def test_a_person_decides_of_money_for_a_session_that_the_books_lost(
    tmp_path: Path, asked: dict[str, str], end: tuple[str, str, str], captured: int
) -> None:
    made = charger(tmp_path)

    async def play() -> list[dict[str, Any]]:
        reference = await lost_payment(made)
        async with made.running():
            ask = made.app.people.at_the_station
            await made.until(lambda: bool(made.trace.of("payment_owed")), 90)
            await asyncio.sleep(1)
            told: Any = await ask("payments", {"action": "list"})
            assert told["payments"][0]["note"] == "the books have no end of that session"
            for wrong in ("0", "20.01", "4.205", "-1", "1e1", "4,20", "", None):
                with pytest.raises(LocalRefusedError, match="is allowed"):
                    await ask(
                        "payments",
                        {**asked, "action": "claim", "amount": wrong} | {"payment": reference},
                    )
            for unknown in ("nobody-knows", "x", 5):
                with pytest.raises(LocalRefusedError, match=r"one is wanted|characters"):
                    await ask("payments", {**asked, "payment": unknown})
            await ask("payments", {**asked, "payment": reference[:8]})
            await made.until(lambda: state(made) == end[0], 90)
            with pytest.raises(LocalRefusedError, match="0 that are open"):
                await ask("payments", {**asked, "payment": reference})
            told = await ask("access", {"action": "audit"})
            return [one for one in told["entries"] if one["action"] == "payments"]

    entries = run_virtual(play())
    (hold,) = held(made)
    (payment,) = kept(made)
    assert (payment.state, hold.state, payment.note) == end
    assert hold.captured == captured
    done = [one for one in entries if one["result"] == "ordered"]
    assert any(f"action={asked['action']}" in one["detail"] for one in done)


def test_without_a_terminal_nobody_can_decide_of_its_money(tmp_path: Path) -> None:
    made = VirtualCharger(tmp_path, sets=())

    async def play() -> None:
        async with made.running():
            asked = {"action": "release", "payment": "nobody-knows"}
            with pytest.raises(LocalRefusedError, match=r"payment\.terminal is off"):
                await made.app.api.answer("payments", asked)
            assert await made.app.api.answer("payments", {}) == {"payments": []}

    run_virtual(play())
