"""Users: what makes one, what the book refuses, and tables that are taken whole or not at all."""

from datetime import UTC, datetime

import pytest

from ampkeeper.firmware.users.book import (
    CARDS_MAX,
    USERS_MAX,
    User,
    UserBook,
    UsersRefused,
    card_of,
    name_of,
    ordered,
    removed,
    with_card,
)
from ampkeeper.firmware.users.csv_file import users_of
from ampkeeper.firmware.users.forms import budget_wh_of, time_of

ANNA = User(1, "Anna", ("04A1", "04A2"))
BOB = User(2, "Bob", ("04B1",), budget_wh=10_000)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_a_card_is_known_without_case_and_a_removed_user_keeps_only_the_name() -> None:
    book = UserBook([ANNA, BOB])
    assert book.of_card("04a2") == ANNA
    book.take([removed(ANNA)])
    assert book.of_card("04A2") is None
    assert book.name_of(1) == "Anna"
    assert [user.name for user in book.users] == ["Bob"]
    assert book.next_number() == 3
    book.forget(1)
    assert book.name_of(1) is None


def test_somebody_is_found_by_name_or_number() -> None:
    book = UserBook([ANNA, BOB])
    assert book.named(" anna ") == book.named("#1") == ANNA
    with pytest.raises(UsersRefused, match="'Eve': nobody here is called so"):
        book.named("Eve")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ([User(3, "ANNA")], "somebody here is called so already"),
        ([User(3, "Eve", ("04B1",))], "card 04B1: 'Bob' has it already"),
        ([User(n, f"N{n}") for n in range(3, 3 + USERS_MAX)], f"at most {USERS_MAX}"),
    ],
)
def test_a_book_that_would_not_be_whole_is_refused(changed: list[User], said: str) -> None:
    with pytest.raises(UsersRefused, match=said):
        UserBook([ANNA, BOB]).checked(changed)


def test_a_card_may_move_with_one_change() -> None:
    book = UserBook([ANNA, BOB])
    book.take(book.checked([User(1, "Anna", ("04A1",)), User(2, "Bob", ("04B1", "04A2"))]))
    assert book.of_card("04A2") == User(2, "Bob", ("04B1", "04A2"))


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\nb\0", "#3", None, 7])
def test_a_name_that_is_none_is_refused(name: object) -> None:
    with pytest.raises(UsersRefused, match="1 to 60 characters"):
        name_of(name)


@pytest.mark.parametrize("card", ["", "A B", "A,B", "x" * 37, "ä1", "FREE", None, 4])
def test_a_card_that_is_none_is_refused(card: object) -> None:
    with pytest.raises(UsersRefused, match="1 to 36 letters and digits"):
        card_of(card)


def test_a_user_has_so_many_cards_and_no_more() -> None:
    user = User(1, "Anna", tuple(f"C{n}" for n in range(CARDS_MAX)))
    assert with_card(user, "c0") == user
    with pytest.raises(UsersRefused, match="at most 10"):
        with_card(user, "NEW")


def test_days_are_whole_and_in_order() -> None:
    user = User(1, "A", (), time_of("from", "2026-12-01"), time_of("until", "2026-12-01"))
    assert ordered(user).valid_until == datetime(2026, 12, 2, tzinfo=UTC)
    assert time_of("from", "2026-12-01T01:00+01:00") == datetime(2026, 12, 1, tzinfo=UTC)
    assert "from 2026-12-01 00:00 UTC on" in user.why_not(NOW)
    assert user.why_not(datetime(2026, 12, 1, 23, 59, tzinfo=UTC)) == ""
    assert "until 2026-12-02" in user.why_not(datetime(2026, 12, 2, tzinfo=UTC))
    with pytest.raises(UsersRefused, match="must be after"):
        ordered(User(1, "A", (), user.valid_until, user.valid_from))


@pytest.mark.parametrize("value", ["soon", "2026-13-01", "2026-12-01T10:00", 7, None, "9" * 50])
def test_a_day_that_is_none_is_refused(value: object) -> None:
    with pytest.raises(UsersRefused, match="a day such as 2026-12-31"):
        time_of("until", value)


@pytest.mark.parametrize(
    ("value", "energy_wh"), [("12.5", 12_500), (100, 100_000), ("0.001", 1), ("off", None)]
)
def test_energy_is_written_in_kwh(value: object, energy_wh: int | None) -> None:
    assert budget_wh_of(value) == energy_wh


@pytest.mark.parametrize("value", ["0", "-1", "1e9", "nan", "inf", "0.0001", "x", True, None, []])
def test_energy_that_is_none_is_refused(value: object) -> None:
    with pytest.raises(UsersRefused, match="kWh"):
        budget_wh_of(value)


def test_a_table_brings_new_users_and_changes_those_that_are_there() -> None:
    table = "\ufeffname;cards;budget_kwh\r\nanna;04A3 04A4;50\r\n\r\nEve;;\r\n"
    anna, eve = users_of(table, UserBook([ANNA, BOB]))
    assert anna == User(1, "anna", ("04A3", "04A4"), budget_wh=50_000)
    assert eve == User(3, "Eve")
    (anna,) = users_of("name,until\nAnna,2026-12-31\n", UserBook([ANNA]))
    assert anna.cards == ANNA.cards
    assert anna.valid_until == datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "line 1: the columns are name, cards"),
        ("name,colour\nA,red\n", "line 1: .*'colour' is none"),
        ("name,name\nA,A\n", "line 1: "),
        ("name,cards\nEve,04B1\n", "line 2, column 2: 'Bob' has card 04B1"),
        ("name,cards\nEve,E1\nDan,E1\n", "line 3, column 2: 'Eve' has card E1"),
        ("name\nEve\neve\n", "line 3, column 1: 'eve' is in line 2"),
        ("name,until\nEve,never\n", "line 2, column 2: until 'never'"),
        ("name,from,until\nEve,2026-12-02,2026-12-01\n", "line 2, column 3: until"),
        ("name,budget_kwh\nEve,0\nDan,-1\n", "line 2, column 2: .*; line 3, column 2: "),
        ("name,cards\nEve\n", "line 2, column 1: 1 cells, where there are 2 columns"),
        ('name\n"Eve\n', "line 2: "),
        (None, "at most 60000"),
        ("name\n" + "x\n" * 40_000, "at most 60000"),
        ("name\n" + "".join(f"{n}\n" for n in range(1_001)), "at most 1000 users"),
    ],
)
def test_a_table_with_a_problem_is_refused_with_line_and_column(table: object, said: str) -> None:
    with pytest.raises(UsersRefused, match=said):
        users_of(table, UserBook([ANNA, BOB]))
