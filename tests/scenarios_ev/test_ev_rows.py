"""Every row of the EV model and every quirk has a test, and the page says which."""

from tests.scenarios_ev import rows


def test_every_row_has_a_test() -> None:
    by_row = rows.found()
    assert [row for row in by_row if not by_row[row]] == []


def test_the_table_in_the_page_is_current() -> None:
    page = rows.README.read_text(encoding="utf-8")
    assert page == rows.with_table(page), "run: python -m tests.scenarios_ev.rows"
