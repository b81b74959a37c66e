"""Who may come in: people, programs, and the first owner."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.access.book import (
    TOKENS_MAX,
    USERS_MAX,
    AccessRefused,
    Book,
    Token,
    User,
    as_shown,
    book_of,
    new_code,
    plain_code,
)
from ampkeeper.firmware.access.roles import PEOPLE, Right, Role, may

KEPT = "scrypt$16384$8$5$" + "11" * 16 + "$" + "22" * 32
OTHER = KEPT.replace("22", "33")
ANNA, BERT = User("anna", Role.OWNER, KEPT), User("Bert", Role.GUEST, OTHER)
PUSHER = Token("tibber", Role.PRICES, "ab" * 32)
BOOK = Book().with_first_owner(ANNA).with_user(BERT).with_token(PUSHER)


def test_the_set_up_makes_one_owner_and_is_over() -> None:
    book = Book(code="7K2M-90QX-3DVB-ZT5A")
    assert not book.is_set_up
    book = book.with_first_owner(replace(BERT, name="first"))
    assert (book.users[0].role, book.is_set_up, book.code) == (Role.OWNER, True, "")
    with pytest.raises(AccessRefused, match="done already"):
        book.with_first_owner(ANNA)


def test_a_name_is_one_s_own_in_whichever_case() -> None:
    assert BOOK.user("BERT") == BERT
    with pytest.raises(AccessRefused, match="somebody has it already"):
        BOOK.with_user(replace(BERT, name="bERT"))


@pytest.mark.parametrize("name", ["", "a b", "ä", "-x", "a" * 33, "a/b", "<b>", "a\n"])
def test_a_name_is_letters_and_digits(name: str) -> None:
    with pytest.raises(AccessRefused, match="must be 1 to 32 letters"):
        BOOK.with_user(replace(BERT, name=name))


def test_the_last_owner_stays() -> None:
    with pytest.raises(AccessRefused, match="is the last owner"):
        BOOK.without_user("anna")
    two = BOOK.with_user(User("carl", Role.OWNER, KEPT))
    assert [one.name for one in two.without_user("ANNA").users] == ["Bert", "carl"]


def test_a_program_s_role_is_none_for_people() -> None:
    with pytest.raises(AccessRefused, match="role prices: allowed are owner"):
        BOOK.with_user(replace(BERT, name="x", role=Role.PRICES))


def test_a_password_is_changed_for_one_alone() -> None:
    book = BOOK.with_password("bert", KEPT)
    assert [one.password for one in book.users] == [KEPT, KEPT]
    with pytest.raises(AccessRefused, match="nobody of that name"):
        BOOK.with_password("carl", KEPT)


def test_a_token_is_found_by_its_digest_and_goes_by_its_name() -> None:
    assert BOOK.token("ab" * 32) == PUSHER
    assert BOOK.token("ab" * 31 + "ac") is None
    assert BOOK.without_token("TIBBER").tokens == ()
    with pytest.raises(AccessRefused, match="none of that name"):
        BOOK.without_token("tibb")
    with pytest.raises(AccessRefused, match="one of that name already"):
        BOOK.with_token(replace(PUSHER, digest="cd" * 32))


def test_of_users_and_tokens_there_is_a_most() -> None:
    book = Book().with_first_owner(ANNA)
    for number in range(USERS_MAX - 1):
        book = book.with_user(replace(BERT, name=f"user{number}"))
    with pytest.raises(AccessRefused, match="20 users: that is the most"):
        book.with_user(replace(BERT, name="more"))
    for number in range(TOKENS_MAX):
        book = book.with_token(replace(PUSHER, name=f"token{number}"))
    with pytest.raises(AccessRefused, match="20 tokens: that is the most"):
        book.with_token(replace(PUSHER, name="more"))
    assert book_of(book.to_text()) == book


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"users": [], "tokens": []}',
        BOOK.to_text().replace("guest", "god"),
        BOOK.to_text().replace("Bert", "ANNA"),
        BOOK.to_text().replace("Bert", "B t"),
        BOOK.to_text().replace("scrypt", "plain"),
        BOOK.to_text().replace("16384", "2"),
        BOOK.to_text()[:-1],
        "[" * 100_000,
    ],
)
def test_a_book_that_cannot_be_right_is_no_book(text: str) -> None:
    with pytest.raises(AccessRefused, match="is damaged"):
        book_of(text)


@given(st.text(max_size=60))
def test_no_text_at_all_lets_anybody_in(text: str) -> None:
    with pytest.raises(AccessRefused):
        book_of(text)


def test_what_is_shown_holds_no_secret() -> None:
    for text in (str(as_shown(BOOK)), repr(BOOK), repr(Book(code="7K2M-90QX"))):
        assert not any(secret in text for secret in (KEPT, OTHER, "abab", "7K2M"))


def test_a_code_is_of_80_random_bits_and_forgives_how_it_is_typed() -> None:
    assert new_code(bytes(10)) == "0000-0000-0000-0000"
    assert len({new_code(number.to_bytes(10, "big")) for number in range(1_000)}) == 1_000
    assert plain_code("7k2m 90qx-3dvb-ilo5") == "7K2M90QX3DVB1105"


# fmt: off
TABLE = {
    #                see history charge limit service configure access prices own
    Role.OWNER:     "x   x       x      x     x       x         x      x      x",
    Role.INSTALLER: "x   x       x      x     x       x         -      x      x",
    Role.GUEST:     "x   -       x      -     -       -         -      -      x",
    Role.READER:    "x   x       -      -     -       -         -      -      x",
    Role.PRICES:    "-   -       -      -     -       -         -      x      -",
}
# fmt: on


@pytest.mark.parametrize("role", Role)
def test_what_each_role_may_do(role: Role) -> None:
    marks = TABLE[role].split()
    assert [may(role, right) for right in Right] == [mark == "x" for mark in marks]
    assert (role in PEOPLE) == may(role, Right.OWN)
