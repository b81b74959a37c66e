"""Whose a session was: told of one person, and forgotten with him, and of nobody else."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ampkeeper.firmware.store.changes import AddSignedRecord, SavePayment, SaveSession
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.users.book import User, removed
from ampkeeper.firmware.users.changes import ForgetPerson, SaveUsers
from tests.unit.store.examples import START, at, closed_session

CARD = "04A224B1"
ANNA, BOB = User(1, "Anna", (CARD,)), User(2, "Bob", (CARD,))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "ampkeeper.db")
    yield opened
    opened.close()


def charged(store: Store, tx_id: str, card: str = CARD) -> None:
    session = replace(closed_session(tx_id), id_token=card, state='{"token": "' + card + '"}')
    assert isinstance(session, SaveSession)
    record = AddSignedRecord(tx_id, "Transaction.Begin", "OCMF", f"OCMF|{card}|", "", None)
    store.commit([session, record])


def paid(tx_id: str | None) -> SavePayment:
    times = (START, at(60))
    return SavePayment(f"r-{tx_id}", "claimed", False, 1, CARD, 2000, "EUR", *times, tx_id, 500)


def whose(store: Store) -> dict[str, str | None]:
    return {row.tx_id: row.id_token for row in store.sessions()}


def hand_over(store: Store) -> None:
    """Before Anna, hers, then Bob's, all by the same card."""
    charged(store, "tx-0")
    store.commit([SaveUsers((ANNA,))])
    charged(store, "tx-1")
    store.commit([SaveUsers((removed(ANNA), BOB))])
    charged(store, "tx-2", CARD.lower())


def test_a_card_that_was_handed_on_tells_nothing_of_who_had_it_before(store: Store) -> None:
    hand_over(store)
    assert [row.tx_id for row in store.sessions_of_person(2, (CARD,))] == ["tx-2", "tx-0"]
    assert [row.tx_id for row in store.sessions_of_person(1, ())] == ["tx-1"]
    assert [row.tx_id for row in store.sessions_of_person(None, (CARD,))] == ["tx-0"]


def test_who_is_forgotten_takes_nothing_of_who_had_his_card_before(store: Store) -> None:
    hand_over(store)
    store.commit([ForgetPerson(2, (CARD,))])
    assert whose(store) == {"tx-0": None, "tx-1": CARD, "tx-2": None}
    assert [len(store.signed_records(tx)) for tx in ("tx-0", "tx-1", "tx-2")] == [0, 1, 0]
    assert [user.name for user in store.users()] == ["Anna"]


def test_the_card_of_a_payment_is_forgotten_with_whose_session_it_paid(store: Store) -> None:
    hand_over(store)
    for tx_id in ("tx-0", "tx-1", "tx-2", None):
        store.commit([paid(tx_id)])
    store.commit([ForgetPerson(2, (CARD,))])
    assert {one.tx_id: one.card for one in store.payments(9)} == {
        "tx-0": "",
        "tx-1": CARD,
        "tx-2": "",
        None: "",
    }


@pytest.mark.parametrize(
    ("state", "card"),
    [("ASKING", CARD), ("HELD", CARD), ("SETTLING", ""), ("CLAIMING", ""), ("RETURNING", "")],
)
def test_an_open_payment_keeps_a_card_only_while_that_is_asked_for(
    store: Store, state: str, card: str
) -> None:
    store.commit([SaveUsers((BOB,))])
    charged(store, "tx-2")
    store.commit([replace(paid("tx-2"), state=state, is_open=True)])
    store.commit([ForgetPerson(2, (CARD,))])
    assert [one.card for one in store.open_payments()] == [card]
    store.commit([replace(paid("tx-2"), state="PAID", is_open=False)])
    assert [one.card for one in store.payments(9)] == [card], "what is known later stays out"
