"""``ampkeeper charges`` and ``receipt``: from the books of a station that does not run."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ampkeeper.firmware.billing.account import Account
from ampkeeper.firmware.billing.own import OwnPrices, own_tariff
from ampkeeper.firmware.faces.cli import main
from ampkeeper.firmware.store.changes import SaveCost, SaveSession
from ampkeeper.firmware.store.store import STORE_FILE, Store
from ampkeeper.firmware.users.book import User
from ampkeeper.firmware.users.changes import SaveUsers
from tests.unit.config.files import SMALLEST

BEGAN = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)  # in Berlin it is December


def account() -> str:
    tariff = own_tariff(OwnPrices("EUR", Decimal("0.5"), tax_percent=Decimal(19)))
    assert tariff is not None
    made = Account(tariff, register_wh=1_000)
    made.open(BEGAN, lambda at: at, None)
    made.read(11_000, None, None, BEGAN, lambda at: at, 10)
    return json.dumps({"account": made.to_json()})


def closed(tx_id: str, at: datetime, user: str) -> SaveSession:
    end = at + timedelta(minutes=30)
    return SaveSession(tx_id, 1, "", at, user, 1_000, False, end, 11_000, "Local")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    text = SMALLEST + '[energy]\ntime_zone = "Europe/Berlin"\n[letterhead]\nname = "Shop"\n'
    (tmp_path / "ampkeeper.toml").write_text(text)
    store = Store(tmp_path / STORE_FILE)
    store.commit(
        [
            closed("aaaaaa-1", BEGAN - timedelta(days=3), "CARD1"),
            closed("aaaaaa-2", BEGAN, "CARD2"),
            SaveCost("aaaaaa-2", account()),
            closed("bbbbbb-3", BEGAN, "CARD1"),
            SaveCost("bbbbbb-3", "no JSON"),
            SaveSession("cccccc-4", 1, "", BEGAN, None, 11_000),
        ]
    )
    store.close()
    return tmp_path


def asked(state: Path, *words: str) -> int:
    return main([*words, "--state", str(state), "--config", str(state / "ampkeeper.toml")])


def test_the_log_has_what_is_over_by_month_and_user(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(state, "charges") == 0
    assert len(capsys.readouterr().out.splitlines()) == 4
    assert asked(state, "charges", "--month", "2026-12", "--user", "card2") == 0
    _, row = capsys.readouterr().out.splitlines()
    assert row.startswith("aaaaaa-2,1,CARD2,2026-12-01T00:30:00+01:00,")
    assert ",4.20,0.80,5.00,EUR," in row
    assert asked(state, "charges", "--format", "json", "--month", "2026-12") == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["total"] for row in told["sums"]] == [None, "5.00"]


def test_a_receipt_is_a_page_or_a_file(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(state, "receipt", "aaaaaa-2", "--format", "html") == 0
    page = capsys.readouterr().out
    assert "Shop" in page
    assert "5.00 EUR" in page
    file = state / "receipt.pdf"
    assert asked(state, "receipt", "aaaaaa-2", "--out", str(file)) == 0
    assert file.read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("receipt", "aaaaaa-"), "2 that are over begin so"),
        (("receipt", "cccccc"), "0 that are over begin so"),
        (("receipt", "aaa"), "at least 6 characters"),
        (("receipt", "aaaaaa-2"), "name one with --out"),
        (("charges", "--format", "pdf"), "name one with --out"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    state: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert asked(state, *words) == 1
    assert said in capsys.readouterr().err


def test_a_month_is_a_month(state: Path) -> None:
    assert asked(state, "charges", "--month", "2026-13") == 2


def test_all_cards_of_a_user_are_charged_in_his_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ampkeeper.toml").write_text(SMALLEST)
    store = Store(tmp_path / STORE_FILE)
    store.commit([SaveUsers((User(1, "Anna", ("CARD1", "CARD2")),))])
    cards = enumerate(("CARD1", "CARD2", "CARD3"))
    store.commit([closed(f"aaaaaa-{number}", BEGAN, card) for number, card in cards])
    store.close()
    assert asked(tmp_path, "charges", "--user", "anna", "--format", "json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [(row["user"], row["charges"]) for row in told["sums"]] == [("Anna", 2)]
    assert asked(tmp_path, "charges", "--user", "card3") == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
