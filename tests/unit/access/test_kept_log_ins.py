"""What of log-ins outlives a restart: no longer than it would have gone on, and no secret."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from ampkeeper.firmware.access.guesses import ADDRESSES_MAX, AccountGuesses, Guesses
from ampkeeper.firmware.access.kept import STEP_S, TEXT_CHARS_MAX, take_up, to_text
from ampkeeper.firmware.access.sessions import SESSIONS_MAX, Sessions, csrf_of

IDLE_S, WHOLE_S = 1_800.0, 43_200.0
AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOME = "192.0.2.7"
BEFORE_S, AFTER_S = 50_000.0, 5.0  # the monotonic clock begins anew


def kept(seen_s: float = 0.0) -> str:
    """Anna logged in at noon, and did something ``seen_s`` later; then the power went."""
    sessions, guesses, accounts = Sessions(IDLE_S, WHOLE_S), Guesses(), AccountGuesses()
    sessions.begin("anna", "secret", "mark", BEFORE_S)
    for _ in range(3):
        guesses.wrong("192.0.2.1", BEFORE_S)
    accounts.right("Anna", HOME)
    for _ in range(7):
        accounts.wrong("anna", BEFORE_S)
        accounts.wrong("Zoe", BEFORE_S)
    sessions.find("secret", BEFORE_S + seen_s)
    now = AT + timedelta(seconds=seen_s)
    return to_text(sessions, guesses, accounts, now, BEFORE_S + seen_s)


def back(text: str, passed_s: float) -> tuple[Sessions, Guesses, str]:
    """The same so long after noon, after a restart."""
    sessions, guesses, _, problem = all_back(text, passed_s)
    return sessions, guesses, problem


def all_back(text: str, passed_s: float) -> tuple[Sessions, Guesses, AccountGuesses, str]:
    """And the accounts."""
    sessions, guesses, accounts = Sessions(IDLE_S, WHOLE_S), Guesses(), AccountGuesses()
    now = AT + timedelta(seconds=passed_s)
    problem = take_up(text, sessions, guesses, accounts, now, AFTER_S)
    return sessions, guesses, accounts, problem


def test_who_is_in_stays_in_with_the_same_id() -> None:
    sessions, _, problem = back(kept(), 60.0)
    found = sessions.find("secret", AFTER_S)
    assert problem == ""
    assert found is not None
    assert (found.user, found.of, found.csrf) == ("anna", "mark", csrf_of("secret"))
    assert sessions.find("other", AFTER_S) is None


@pytest.mark.parametrize("passed_s", [IDLE_S, WHOLE_S])
def test_the_time_without_power_counts(passed_s: float) -> None:
    assert back(kept(), passed_s)[0].find("secret", AFTER_S) is None


def test_it_ends_rather_too_soon() -> None:
    text = kept(seen_s=STEP_S * 1.5)
    last_s = STEP_S + IDLE_S
    assert back(text, last_s - 1)[0].find("secret", AFTER_S) is not None
    assert back(text, last_s)[0].find("secret", AFTER_S) is None


def test_a_clock_that_went_back_logs_out_and_lets_who_guessed_wait() -> None:
    sessions, guesses, _ = back(kept(), -3_600.0)
    assert sessions.find("secret", AFTER_S) is None
    assert guesses.left_s("192.0.2.1", AFTER_S) == 4.0


def test_who_guessed_waits_for_what_is_left_and_is_not_forgotten() -> None:
    _, guesses, _ = back(kept(), 1.0)
    assert guesses.left_s("192.0.2.1", AFTER_S) == 3.0
    assert guesses.left_s("192.0.2.2", AFTER_S) == 0.0
    assert guesses.wrong("192.0.2.1", AFTER_S + 3.0) == 8.0


def test_an_account_that_was_guessed_at_waits_on_but_not_where_it_came_in() -> None:
    _, _, accounts, problem = all_back(kept(), 1.0)
    assert problem == ""
    assert accounts.left_s("ZOE", "192.0.2.8", AFTER_S) == 1.0
    assert accounts.left_s("anna", "192.0.2.8", AFTER_S) == 1.0
    assert accounts.left_s("anna", HOME, AFTER_S) == 0.0


def test_what_was_kept_before_accounts_were_is_taken_up() -> None:
    told = json.loads(kept())
    del told["accounts"], told["came_in"]
    sessions, _, _, problem = all_back(json.dumps(told), 60.0)
    assert problem == ""
    assert sessions.find("secret", AFTER_S) is not None


def test_no_secret_is_kept() -> None:
    text = kept()
    assert "zoe" not in text.casefold(), "people type passwords where a name belongs"
    assert "secret" not in text
    assert csrf_of("secret") not in text


def test_all_of_it_fits_and_no_more_is_taken() -> None:
    sessions, guesses, accounts = Sessions(IDLE_S, WHOLE_S), Guesses(), AccountGuesses()
    for number in range(SESSIONS_MAX):
        sessions.begin(f"{number:032}", f"secret {number}", "m" * 16, BEFORE_S)
    for number in range(ADDRESSES_MAX):
        guesses.wrong(f"2001:db8:{number:x}::1", BEFORE_S)
        accounts.right(f"{number:032}", f"2001:db8:{number:x}::1")
        accounts.wrong(f"\U0001f50c{number:079}", BEFORE_S)
    text = to_text(sessions, guesses, accounts, AT, BEFORE_S)
    assert len(text) < TEXT_CHARS_MAX
    told = json.loads(text)
    told["sessions"] += [["x", "y", "z", 0, 0]] * 9
    told["guesses"] += [["x", 1, 0]] * 9
    told["came_in"] += [["x", str(number)] for number in range(9)]
    again, waits, problem = back(json.dumps(told), 1.0)
    assert problem == ""
    assert len(list(again.running(AFTER_S))) <= SESSIONS_MAX
    assert len(list(waits.known(AFTER_S))) == ADDRESSES_MAX


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        '{"sessions": 1, "guesses": []}',
        '{"sessions": [[1]], "guesses": []}',
        '{"sessions": [["a", "b", "c", 1e300, 0]], "guesses": []}',
        '{"sessions": [["a", "b", "c", null, 0]], "guesses": []}',
        '{"sessions": [], "guesses": [["a", "x", 0]]}',
        '{"sessions": [], "guesses": [], "accounts": [["a", "x", 0]]}',
        '{"sessions": [], "guesses": [], "came_in": [["a"]]}',
        "[" * 50_000,
    ],
)
def test_what_cannot_be_read_lets_nobody_in(text: str) -> None:
    sessions, _, problem = back(text, 1.0)
    assert problem.startswith("log-ins that were kept cannot be read")
    assert list(sessions.running(AFTER_S)) == []
