"""Passwords: whose turn it is, what is kept of them over a restart, and for how many systems."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ampkeeper.firmware.station.passwords import (
    ADDRESSES_MAX,
    BASIC_AUTH,
    KEPT_KEY,
    KEPT_MAX,
    Passwords,
)
from ampkeeper.firmware.store.changes import SaveMeta
from ampkeeper.hal.errors import CERTIFICATE, CREDENTIALS, AbsentError, DistrustError

from .security_bench import Bench

HERE = "a/ocpp AK0001"
OLD, NEW, NEWER = b"old-password-000", b"new-password-111", b"newer-password-2"
UNAUTHORIZED = DistrustError("HTTP 401", CREDENTIALS)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path, 1)
    made.security.here = HERE
    assert made.set(BASIC_AUTH, OLD.decode())
    connect(made.security.passwords, OLD)
    yield made
    made.store.close()


def connect(passwords: Passwords, right: bytes, attempts: int = 5) -> int:
    """Try to get in, so often at most; how often it took, 0: never."""
    for count in range(1, attempts + 1):
        if passwords.show(HERE, passwords.main) == right:
            passwords.got_in(HERE)
            return count
        passwords.refused(HERE, UNAUTHORIZED)
    return 0


def kept(bench: Bench) -> dict[str, list[str]]:
    """What the books hold."""
    return dict(json.loads(bench.store.meta(KEPT_KEY) or "{}"))


def test_the_one_before_has_its_turn_after_the_new_one_was_refused(bench: Bench) -> None:
    assert bench.set(BASIC_AUTH, NEW.decode())
    assert connect(bench.security.passwords, OLD) == 2
    assert connect(bench.security.passwords, OLD) == 1  # it stays with what gets in
    assert connect(bench.security.passwords, NEW) == 2  # and comes back to the new one
    assert kept(bench) == {}
    assert connect(bench.security.passwords, OLD) == 0


@pytest.mark.parametrize(
    "error", [AbsentError("nobody answers"), DistrustError("expired", CERTIFICATE)]
)
def test_who_is_away_or_not_to_be_trusted_is_shown_no_other(
    bench: Bench, error: AbsentError
) -> None:
    assert bench.set(BASIC_AUTH, NEW.decode())
    passwords = bench.security.passwords
    for _ in range(3):
        assert passwords.show(HERE, passwords.main) == NEW
        passwords.refused(HERE, error)


def test_what_worked_is_kept_over_restarts_and_after_many_changes(bench: Bench) -> None:
    assert bench.set(BASIC_AUTH, NEW.decode())
    for number in range(KEPT_MAX + 2):
        assert bench.set(BASIC_AUTH, f"{NEWER.decode()}-{number}")
    bench.restart()
    found = kept(bench)[HERE]
    assert len(found) == KEPT_MAX
    assert connect(bench.security.passwords, OLD) == 2
    assert connect(bench.security.passwords, found[1].encode()) == 2


def test_the_password_that_worked_may_be_told_again(bench: Bench) -> None:
    assert bench.set(BASIC_AUTH, NEW.decode())
    assert bench.set(BASIC_AUTH, OLD.decode())
    assert kept(bench) == {HERE: [NEW.decode()]}
    assert connect(bench.security.passwords, OLD) == 1
    assert kept(bench) == {}


def test_who_was_let_in_without_a_password_proved_none(bench: Bench) -> None:
    bench.security.passwords.show_none(HERE)
    bench.security.passwords.got_in(HERE)
    assert bench.set(BASIC_AUTH, NEW.decode())
    assert kept(bench) == {}


def test_a_change_between_the_attempt_and_its_note_keeps_what_worked(bench: Bench) -> None:
    """What was shown got in, but by then it is not the one that holds any more."""
    assert bench.set(BASIC_AUTH, NEW.decode())
    waiting = []
    passwords = bench.security.passwords
    passwords._post = lambda event: waiting.append(event) is None
    assert connect(passwords, NEW) == 1
    assert bench.set(BASIC_AUTH, NEWER.decode())
    for event in waiting:
        bench.carry_out(event(bench.now, bench.now_s))
    assert kept(bench) == {HERE: [NEW.decode(), OLD.decode()]}


def test_the_old_ones_stay_while_the_station_cannot_keep_up(bench: Bench) -> None:
    assert bench.set(BASIC_AUTH, NEW.decode())
    bench.has_room = False
    assert connect(bench.security.passwords, NEW) == 1
    bench.has_room = True
    assert kept(bench) == {HERE: [OLD.decode()]}
    assert connect(bench.security.passwords, NEW) == 1
    assert kept(bench) == {}


def test_of_many_systems_the_one_shown_longest_ago_is_forgotten(bench: Bench) -> None:
    assert bench.set(BASIC_AUTH, NEW.decode())
    for number in range(ADDRESSES_MAX):
        bench.security.passwords.show(f"{number} AK0001", NEW)
    assert connect(bench.security.passwords, OLD) == 0


@pytest.mark.parametrize("text", ["nonsense", "[]", '{"a": 1}', '{"a": ["\\u20ac"]}', "1", "[[]]"])
def test_what_the_books_hold_and_nobody_understands_is_no_password(bench: Bench, text: str) -> None:
    bench.store.commit([SaveMeta(KEPT_KEY, text)])
    bench.restart()
    assert bench.problems == ["passwords before the last change, stored by another version"]
    assert connect(bench.security.passwords, OLD) == 1


def test_no_password_is_in_the_log(bench: Bench) -> None:
    assert bench.set(BASIC_AUTH, NEW.decode())
    connect(bench.security.passwords, OLD)
    told = " ".join(row.tech_info for row in bench.store.security_events(100))
    assert "AuthorizationKey changed" in told
    assert "password-" not in told
