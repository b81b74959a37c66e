"""Passwords: which are good enough, and that only the right one is right."""

import pytest

from ampkeeper.firmware.access import passwords

GOOD = "Blaue Ampel 7"
SALT = bytes(range(16))
KEPT = passwords.hashed(GOOD, SALT)


@pytest.mark.parametrize(
    "password",
    [
        "", "short", "x" * 129, "1234567890", "Password123", "aaaaaaaaaaaa", "121212121212",
        "anna is great", "ANNA-1970-06",
    ],
)  # fmt: skip
def test_what_anybody_would_try_is_refused(password: str) -> None:
    assert passwords.problem_of(password, "anna").startswith("password: ")


@pytest.mark.parametrize(
    "password", [GOOD, "пароль-длинный", "correct horse battery", "🔌" * 7 + "abc"]
)
def test_any_letters_are_allowed(password: str) -> None:
    assert passwords.problem_of(password, "anna") == ""


def test_only_the_right_one_is_right() -> None:
    assert passwords.is_right(GOOD, KEPT)
    assert not passwords.is_right(GOOD.lower(), KEPT)
    assert passwords.is_kept_well(KEPT)
    assert GOOD not in KEPT


def test_the_same_letters_from_another_keyboard_are_the_same_password() -> None:
    assert passwords.is_right("Blaue Ampel \N{FULLWIDTH DIGIT SEVEN}", KEPT)


def test_nobody_s_password_is_never_right_and_takes_as_long() -> None:
    assert passwords.is_kept_well(passwords.OF_NOBODY)
    assert not passwords.is_right("", passwords.OF_NOBODY)


@pytest.mark.parametrize(
    "kept", ["", "$$$$$", KEPT[:-1], KEPT + "$", KEPT.replace("$8$", "$1$"), "md5" + KEPT[6:],
             KEPT[:-2] + "zz"]
)  # fmt: skip
def test_what_was_kept_otherwise_is_not_taken(kept: str) -> None:
    assert not passwords.is_kept_well(kept)
