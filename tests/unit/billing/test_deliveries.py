"""Receipts by e-mail and push: none is lost, none is made twice, and none holds up another."""

import asyncio
import email
import email.policy
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.billing.charge_log import Charge
from ampkeeper.firmware.billing.receipt import Letterhead
from ampkeeper.firmware.config import ConfigError, parse
from ampkeeper.firmware.faces.delivery.letters import MAIL, PUSH, mail, push, wait_s
from ampkeeper.firmware.faces.delivery.task import DeliveryFace, Source
from ampkeeper.firmware.ocpp.price_reading import final_text
from ampkeeper.firmware.prices import FinalCost
from ampkeeper.firmware.station.bills import ACCOUNT, FINAL
from ampkeeper.firmware.station.deliveries import Deliveries, charge_in, price_wait_s
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.store.changes import SaveCost
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.firmware.tariff import FIXED
from ampkeeper.hal.errors import RefusedError, TransientError
from tests.unit.billing.accounts import Session, price, tariff
from tests.unit.billing.test_charge_log import charge
from tests.unit.config.files import SMALLEST
from tests.unit.store.examples import closed_session, open_session

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "ampkeeper.db")
    yield opened
    opened.close()


def end(store: Store, tx_id: str) -> None:
    """A session ends, as the station's follower sees it."""
    effects = Effects(changes=[replace(closed_session(), tx_id=tx_id)])
    Deliveries((MAIL, PUSH), lambda: None).follow(effects, NOW, 0.0)
    store.commit(effects.changes)


def test_what_ended_is_owed_once_by_each_way_and_what_runs_is_not(store: Store) -> None:
    effects = Effects(changes=[open_session("tx-9")])
    Deliveries((MAIL,), lambda: None).follow(effects, NOW, 0.0)
    assert len(effects.changes) == 1
    end(store, "tx-1")
    end(store, "tx-1")
    for way in (MAIL, PUSH):
        owed = store.delivery(way)
        assert owed is not None
        assert (owed.message_id, owed.tx_id) == (f"tx-1.{way}", "tx-1")


class Far:
    """Whoever gets it: says no so many times, and then takes it."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.heard: list[str] = []
        self.totals: list[Decimal | None] = []

    def take(self, message_id: str, told: Charge) -> None:
        self.heard.append(message_id)
        self.totals.append(told.total.shown if told.total is not None else None)
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer


async def no_news(face: DeliveryFace) -> None:
    """Nobody tells it of anything."""


def delivered(
    store: Store,
    far: Far,
    for_s: float,
    now: datetime | None = None,
    meanwhile: Callable[[DeliveryFace], Awaitable[None]] = no_news,
) -> None:
    """``now``: when it begins, where a central system tells prices; None: nobody does."""

    async def play() -> None:
        began_s = asyncio.get_running_loop().time()

        def waits_s(told: Charge) -> float:
            passed_s = asyncio.get_running_loop().time() - began_s
            return price_wait_s(told, now + timedelta(seconds=passed_s)) if now else 0.0

        read = partial(charge_in, zone=UTC, currency="EUR")
        face = DeliveryFace(PUSH, Source(store, StoreWorker(store), read, waits_s), far.take)
        async with asyncio.TaskGroup() as group:
            (task,) = face.start(group)
            await meanwhile(face)
            await asyncio.sleep(for_s)
            task.cancel()

    run_virtual(play())


def test_all_arrive_in_order_and_none_again_after_a_restart(store: Store) -> None:
    for tx_id in ("tx-1", "tx-2", "tx-3"):
        end(store, tx_id)
    far = Far()
    delivered(store, far, 1.0)
    delivered(store, far, 200.0)
    assert far.heard == ["tx-1.push", "tx-2.push", "tx-3.push"]


def test_who_is_away_is_asked_again_with_the_same_id_and_ever_more_seldom(store: Store) -> None:
    end(store, "tx-1")
    end(store, "tx-2")
    far = Far(TransientError("away"), TransientError("away"), TransientError("away"))
    delivered(store, far, 29.0)
    assert far.heard == ["tx-1.push"]
    delivered(store, far, 30.0 + 60.0 + 1.0)
    assert far.heard == ["tx-1.push"] * 4 + ["tx-2.push"]


def test_a_message_that_is_refused_for_good_holds_up_no_other(store: Store) -> None:
    end(store, "tx-1")
    end(store, "tx-2")
    far = Far(RefusedError("no such person"))
    delivered(store, far, 5.0)
    assert far.heard == ["tx-1.push", "tx-2.push"]


class Poison(Far):
    """Takes all but one."""

    def __init__(self, poison: str, answer: Exception) -> None:
        super().__init__()
        self.poison, self.answer = poison, answer

    def take(self, message_id: str, told: Charge) -> None:
        super().take(message_id, told)
        if message_id == self.poison:
            raise self.answer


@pytest.mark.parametrize("answer", [TransientError("451 not this one"), ValueError("no letter")])
def test_a_message_that_never_arrives_holds_up_no_other(store: Store, answer: Exception) -> None:
    for tx_id in ("tx-1", "tx-2", "tx-3"):
        end(store, tx_id)
    far = Poison("tx-1.push", answer)
    delivered(store, far, 30.0 + 60.0 + 120.0 + 1.0)
    assert [one for one in far.heard if one != far.poison] == ["tx-2.push", "tx-3.push"]
    before = far.heard.count(far.poison)
    far.poison = ""
    delivered(store, far, 3_600.0)
    assert before <= 3
    assert far.heard.count("tx-1.push") == before + 1
    assert store.delivery(PUSH) is None


ENDED = closed_session().ended_at
assert ENDED is not None
LAST_WORD = json.dumps({FINAL: final_text(FinalCost(0, Decimal("7.5"), ""))})


def test_a_receipt_waits_for_the_central_system_s_last_word_and_leaves_with_it(
    store: Store,
) -> None:
    end(store, "tx-1")
    far = Far()

    async def tell(face: DeliveryFace) -> None:
        await asyncio.sleep(14 * 60.0)
        assert far.heard == []
        store.commit([SaveCost("tx-1", LAST_WORD)])
        face.grew.set()

    delivered(store, far, 1.0, ENDED, tell)
    assert far.totals == [Decimal("7.5")]


def test_without_a_last_word_a_receipt_leaves_after_a_quarter_of_an_hour(store: Store) -> None:
    end(store, "tx-1")
    far = Far()
    delivered(store, far, 14 * 60.0, ENDED)
    assert far.heard == []
    delivered(store, far, 61.0, ENDED + timedelta(minutes=14))
    assert far.heard == ["tx-1.push"]


def test_by_the_charger_s_own_price_a_receipt_leaves_at_once(store: Store) -> None:
    account = Session(tariff({FIXED: price("2")}, is_own=True)).account
    end(store, "tx-1")
    store.commit([SaveCost("tx-1", json.dumps({ACCOUNT: account.to_json()}))])
    far = Far()
    delivered(store, far, 1.0, ENDED)
    assert far.heard == ["tx-1.push"]


@pytest.mark.parametrize(("fee", "heard"), [("2", ["tx-1.push"]), ("0", [])])
def test_without_energy_there_is_a_receipt_for_what_is_to_be_paid(
    store: Store, fee: str, heard: list[str]
) -> None:
    account = Session(tariff({FIXED: price(fee)}, is_own=True)).account
    row = closed_session()
    ended = replace(row, tx_id="tx-1", energy_wh_end=row.energy_wh_start)
    effects = Effects(changes=[ended])
    Deliveries((PUSH,), lambda: None).follow(effects, NOW, 0.0)
    store.commit([*effects.changes, SaveCost("tx-1", json.dumps({ACCOUNT: account.to_json()}))])
    far = Far()
    delivered(store, far, 1.0, ENDED)
    assert far.heard == heard
    assert store.delivery(PUSH) is None


def test_waits_grow_up_to_an_hour() -> None:
    assert [wait_s(tries) for tries in (1, 2, 3, 8, 9, 10_000)] == [30, 60, 120, 3600, 3600, 3600]


def test_a_letter_has_the_receipt_twice_and_an_id_that_stays() -> None:
    told = ("tx-1.mail", charge(), Letterhead("Shop"), "AK-0001", "bills@example.com", "a@b.org")
    letter = email.message_from_bytes(mail(*told), policy=email.policy.SMTP)
    assert letter["Message-ID"] == "<tx-1.mail@example.com>"
    assert letter["To"] == "a@b.org"
    kinds = [part.get_content_type() for part in letter.walk()]
    assert [kind for kind in kinds if not kind.startswith("multipart")] == [
        "text/plain", "text/html", "application/pdf",
    ]  # fmt: skip
    told_again = json.loads(push("tx-1.push", charge(), "AK-0001"))
    assert (told_again["message_id"], told_again["charge"]["total"]) == ("tx-1.push", "6.60")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('mail_to = "a@b.org"\n', "delivery.mail_to needs it"),
        ('mail_to = "a@b.org\\r\\nBcc: c@d.org"\n', "an e-mail address"),
        ('push_url = "http://example.com/"\n', "begins with https://"),
        ('push_url = "https://me:secret@example.com/"\n', "without user and password"),
        ('smtp_user = "me"\n', "delivery.smtp_user needs it"),
        ('smtp_tls = "none"\n', "tls"),
    ],
)
def test_what_cannot_be_sent_is_refused_in_the_file(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse(SMALLEST + "[delivery]\n" + text)
