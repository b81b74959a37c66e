"""Charge log and receipts: sums that are right to the coin, and files that nobody can misuse."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.billing import charge_log, receipt
from ampkeeper.firmware.billing.charge_log import Charge, coin, money, shared, sums, to_csv, to_json
from ampkeeper.firmware.billing.receipt import Letterhead
from ampkeeper.firmware.billing.receipt_pdf import to_pdf
from ampkeeper.firmware.billing.words import LANGUAGES, words_of
from ampkeeper.firmware.tariff import CHARGING, ENERGY, FIXED, PARTS, Amount

BEGAN = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HEAD = Letterhead("Müller & Söhne", ("Straße 1", "12345 Ort"), "DE123", "Thank you")


def amount(net: str, gross: str) -> Amount:
    return Amount(Decimal(net), Decimal(gross))


def charge(number: int = 1, user: str = "04A224B1", **told: object) -> Charge:
    parts = {
        ENERGY: amount("3.781513", "4.500004"),
        CHARGING: amount("0.504202", "0.600004"),
        FIXED: amount("1.260504", "1.499999"),
    }
    fields: dict[str, object] = {
        "session": f"{number:08d}-aaaa", "evse_id": 1, "user": user, "started": BEGAN,
        "ended": BEGAN + timedelta(hours=1, seconds=5), "begin_wh": 1_000, "end_wh": 11_005,
        "reason": "Local", "currency": "EUR", "total": amount("5.546219", "6.600007"),
        "parts": parts, "used": {ENERGY: 10_005, CHARGING: 3_600}, "tariff": "0.45 EUR/kWh",
    }  # fmt: skip
    return Charge(**(fields | told))  # type: ignore[arg-type]


exact = st.decimals(0, 10_000, places=6)


@given(st.dictionaries(st.sampled_from(PARTS), exact, min_size=1), st.sampled_from(("EUR", "JPY")))
def test_the_parts_of_a_receipt_sum_to_its_total_and_none_is_a_coin_off(
    parts: dict[str, Decimal], currency: str
) -> None:
    whole = sum(parts.values(), Decimal(0))
    step = coin(currency)
    total = whole.quantize(step)
    found = shared(total, parts, step)
    assert sum(found.values()) == total
    assert all(abs(found[part] - one) < step for part, one in parts.items())
    assert all(amount == amount.quantize(step) for amount in found.values())


def test_net_and_tax_sum_to_the_total() -> None:
    known = money(charge())
    assert known is not None
    assert (known.total, known.net, known.tax) == (
        Decimal("6.60"), Decimal("5.55"), Decimal("1.05"),
    )  # fmt: skip
    assert sum(known.parts.values()) == known.total


def test_a_table_says_everything_and_is_no_program() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv([charge(), charge(2, '=HYPERLINK("x")')]))))
    assert tuple(rows[0]) == charge_log.COLUMNS
    assert (rows[0]["total"], rows[0]["currency"], rows[0]["energy_wh"]) == ("6.60", "EUR", "10005")
    assert rows[0]["started"] == "2026-11-23T12:00:00+00:00"
    assert rows[1]["user"] == '\'=HYPERLINK("x")'


def test_sums_are_by_user_month_and_currency() -> None:
    december = charge(3, started=BEGAN + timedelta(days=30))
    free = charge(4, total=None, currency="", parts={})
    found = sums([charge(), charge(2), december, free])
    assert [(row["month"], row["charges"], row["total"]) for row in found] == [
        ("2026-11", 1, None), ("2026-11", 2, "13.20"), ("2026-12", 1, "6.60"),
    ]  # fmt: skip
    assert json.loads(to_json([charge()]))["sums"][0]["energy_wh"] == 10_005


def test_a_receipt_says_who_what_and_how_much_and_nothing_breaks_out_of_it() -> None:
    paper = receipt.receipt(charge(user="<script>(\\)"), HEAD, "Ampkeeper AK-0001", BEGAN)
    page = receipt.to_html(paper)
    assert "<script>" not in page
    for text in ("Müller &amp; Söhne", "6.60 EUR", "10.005 kWh", "1:00:00 h", "DE123", "1.05 EUR"):
        assert text in page
    file = to_pdf(paper)
    assert file.startswith(b"%PDF-")
    assert file.rstrip().endswith(b"%%EOF")
    assert "(Müller & Söhne)".encode("cp1252") in file
    assert b"(<script>\\(\\\\\\))" in file
    assert b"(6.60 EUR)" in file
    assert b"/Count 1>>" in file


def test_letters_that_its_font_lacks_break_no_pdf() -> None:
    assert b"(???)" in to_pdf(receipt.receipt(charge(user="山田中"), HEAD, "AK-0001", BEGAN))


def test_lines_break_between_words_and_a_long_word_is_whole_all_the_same() -> None:
    words = "0.49 EUR/kWh, 0.29 EUR/kWh 22:00-06:00, 0.50 EUR per session, 0.10 EUR/min idle"
    file = to_pdf(receipt.receipt(charge(tariff=words), HEAD, "AK-0001", BEGAN))
    assert b"(0.49 EUR/kWh, 0.29 EUR/kWh 22:00-06:00, 0.50 EUR per session, 0.10)" in file
    assert b"(EUR/min idle)" in file
    assert words_of("en")["not_signed"].rpartition(" meter")[0].encode() in file
    long = to_pdf(receipt.receipt(charge(tariff="x" * 100), HEAD, "AK-0001", BEGAN))
    assert b"(" + b"x" * 66 + b")" in long
    assert b"(" + b"x" * 34 + b")" in long


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [(0, "UTC"), (60, "UTC+01"), (330, "UTC+05:30"), (-210, "UTC-03:30")],
)
def test_a_time_says_how_far_it_is_from_utc(minutes: int, shown: str) -> None:
    zone = timezone(timedelta(minutes=minutes))
    paper = receipt.receipt(charge(), HEAD, "AK-0001", BEGAN.astimezone(zone))
    assert paper.date.endswith(f" {shown}")


def test_without_a_price_no_sum_is_made_up() -> None:
    free = charge(total=None, currency="", parts={}, tariff="")
    page = receipt.to_html(receipt.receipt(free, Letterhead(), "AK-0001", BEGAN))
    assert "No price is known" in page
    assert "EUR" not in page


def test_a_receipt_and_a_log_are_german_where_that_is_wanted() -> None:
    head = replace(HEAD, language="de")
    at = BEGAN.astimezone(timezone(timedelta(hours=1)))
    paper = receipt.receipt(charge(started=at), head, "AK-0001", at)
    page = receipt.to_html(paper)
    for text in (
        '<html lang="de">', "<h1>Beleg</h1>", "23.11.2026 13:00:00 UTC+01", "10,005 kWh",
        "6,60 EUR", "darin Steuer", "Steuernummer DE123", "Zählerstand am Ende",
    ):  # fmt: skip
        assert text in page
    assert "(Zählerstand am Ende)".encode("cp1252") in to_pdf(paper)
    log = receipt.to_html(receipt.statement([charge()], head, "AK-0001", "", BEGAN))
    for text in ("Ladeprotokoll", "alles, was vorliegt", "1 Ladevorgang", "6,60 EUR"):
        assert text in log


def test_every_language_has_every_text_and_shows_it_in_a_pdf() -> None:
    english = words_of("en")
    for language in LANGUAGES:
        words = words_of(language)
        assert list(words.texts) == list(english.texts)
        assert all(
            "?" not in text.encode("cp1252").decode("cp1252") for text in words.texts.values()
        )
    assert set(PARTS) <= set(english.texts)


def test_a_long_log_goes_over_several_pages() -> None:
    paper = receipt.statement([charge(n) for n in range(200)], HEAD, "AK-0001", "2026-11", BEGAN)
    assert [line.price for line in paper.lines[-2:]] == ["1320.00 EUR", "1320.00 EUR"]
    file = to_pdf(paper)
    assert b"/Count 5" in file
    assert file.count(b"(6.60 EUR)") == 200
