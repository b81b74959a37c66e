"""Who guesses a token waits, each address by itself."""

from ampkeeper.firmware.access.guesses import (
    ADDRESSES_MAX,
    FORGET_S,
    TOKENS_MAX,
    WAIT_S_MAX,
    AccountGuesses,
    Guesses,
)

MALLORY, ANNA = "192.0.2.1", "192.0.2.2"


def test_each_wrong_token_doubles_the_wait_up_to_a_minute() -> None:
    guesses = Guesses()
    waits = []
    now_s = 0.0
    for _ in range(9):
        waits.append(guesses.wrong(MALLORY, now_s))
        now_s += waits[-1]
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]


def test_only_who_guessed_waits_and_only_for_so_long() -> None:
    guesses = Guesses()
    guesses.wrong(MALLORY, 100.0)
    assert guesses.left_s(MALLORY, 100.25) == 0.75
    assert guesses.left_s(ANNA, 100.25) == 0.0
    assert guesses.left_s(MALLORY, 101.0) == 0.0


def test_a_right_token_or_a_quarter_of_an_hour_is_a_new_beginning() -> None:
    guesses = Guesses()
    guesses.wrong(MALLORY, 0.0)
    guesses.right(MALLORY)
    assert guesses.wrong(MALLORY, 10.0) == 1.0
    assert guesses.wrong(MALLORY, 20.0) == 2.0
    assert guesses.wrong(MALLORY, 20.0 + FORGET_S) == 1.0


def test_a_network_of_ipv6_is_one_guesser_and_a_mapped_address_is_the_same_as_its_own() -> None:
    guesses = Guesses()
    guesses.wrong("2001:db8::1", 0.0)
    assert guesses.left_s("2001:db8::ffff", 0.0) == 1.0
    assert guesses.left_s("2001:db8:0:1::1", 0.0) == 0.0
    guesses.wrong(f"::ffff:{MALLORY}", 0.0)
    assert guesses.left_s(MALLORY, 0.0) == 1.0


def test_of_too_many_guessers_the_oldest_gives_way() -> None:
    guesses = Guesses()
    for number in range(ADDRESSES_MAX + 1):
        guesses.wrong(f"10.0.{number // 256}.{number % 256}", 0.0)
    assert guesses.left_s("10.0.0.0", 0.0) == 0.0
    assert guesses.left_s("10.0.0.1", 0.0) == 1.0
    assert guesses.left_s("10.0.1.0", 0.0) == 1.0


def test_the_same_wrong_token_counts_once_and_another_one_again() -> None:
    guesses = Guesses()
    assert guesses.wrong(MALLORY, 0.0, "old") == 1.0
    assert guesses.wrong(MALLORY, 0.25, "old") == 0.75
    assert guesses.wrong(MALLORY, 30.0, "old") == 0.0
    assert guesses.wrong(MALLORY, 60.0, "other") == 2.0
    assert guesses.wrong(ANNA, 60.0, "old") == 1.0
    assert guesses.wrong(MALLORY, 60.0 + FORGET_S, "old") == 1.0


def test_of_too_many_tokens_the_oldest_counts_again() -> None:
    guesses = Guesses()
    for number in range(TOKENS_MAX + 1):
        guesses.wrong(MALLORY, 0.0, str(number))
    assert guesses.wrong(MALLORY, 100.0, "1") == 0.0
    assert guesses.wrong(MALLORY, 100.0, "0") == WAIT_S_MAX


def test_an_account_bears_some_wrong_ones_then_doubles_the_wait() -> None:
    accounts = AccountGuesses()
    waits = []
    for number in range(9):
        accounts.wrong("Anna" if number % 2 else "anna", 60.0 * number)
        waits.append(accounts.left_s("anna", MALLORY, 60.0 * number))
    assert waits == [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 4.0, 4.0]


def test_one_stranger_holds_an_account_for_a_small_part_of_the_time() -> None:
    accounts, guesses = AccountGuesses(), Guesses()
    now_s, held_s = 0.0, 0.0
    while now_s < 3_600.0:
        wait_s = guesses.wrong(MALLORY, now_s)
        accounts.wrong("anna", now_s)
        held_s += accounts.left_s("anna", ANNA, now_s)
        now_s += max(wait_s, accounts.left_s("anna", MALLORY, now_s))
    assert 0.0 < held_s < 0.07 * now_s


def test_where_somebody_came_in_before_nobody_locks_him_out() -> None:
    accounts = AccountGuesses()
    accounts.right("anna", ANNA)
    for _ in range(9):
        accounts.wrong("anna", 0.0)
    assert accounts.left_s("ANNA", ANNA, 0.0) == 0.0
    assert accounts.left_s("anna", MALLORY, 0.0) > 0.0
    assert accounts.left_s("bert", ANNA, 0.0) == 0.0


def test_the_right_one_forgets_what_was_guessed_at_the_account() -> None:
    accounts = AccountGuesses()
    for _ in range(9):
        accounts.wrong("anna", 0.0)
    accounts.right("anna", ANNA)
    assert accounts.left_s("anna", MALLORY, 100.0) == 0.0


def test_of_too_many_places_to_come_in_from_the_oldest_gives_way() -> None:
    accounts = AccountGuesses()
    for number in range(ADDRESSES_MAX + 1):
        accounts.right("anna", f"10.0.{number // 256}.{number % 256}")
    for _ in range(6):
        accounts.wrong("anna", 0.0)
    assert accounts.left_s("anna", "10.0.0.0", 0.0) == 1.0
    assert accounts.left_s("anna", "10.0.0.1", 0.0) == 0.0
