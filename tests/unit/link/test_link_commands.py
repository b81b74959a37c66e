"""Commands that wait: one after the other, and what speaks of one boot only is dropped."""

import pytest

from ampkeeper.hal.link.commands import COMMANDS_MAX, RESTORES, Commands
from ampkeeper.hal.link.messages import (
    CLEAR_FAULT,
    DONE,
    REFUSED,
    REPORT_TESTS,
    RESTORE_CLOSINGS,
    RESTORE_FAULTS,
    RESTORE_RCD_RETRIES,
)


def run(commands: Commands, result: int = DONE) -> bool:
    """Let ring 1 answer the oldest; return whether the next may be sent."""
    commands.command_id = 7
    return commands.settle(7, result)


def test_ring_1_is_reminded_when_it_has_confirmed_the_faults_and_all_the_rest() -> None:
    commands = Commands()
    commands.add(RESTORE_CLOSINGS, 12)
    commands.add(RESTORE_FAULTS, 0)
    assert not commands.has_reminded()
    assert run(commands)
    assert not commands.has_reminded()
    assert not run(commands)
    assert commands.has_reminded()
    commands.add(RESTORE_RCD_RETRIES, 2)
    assert not commands.has_reminded(), "something more has to be put back first"


def test_counts_alone_remind_of_nothing() -> None:
    commands = Commands()
    commands.add(RESTORE_CLOSINGS, 12)
    run(commands)
    assert not commands.has_reminded()


def test_a_refusal_reminds_of_nothing_and_is_counted() -> None:
    commands = Commands()
    commands.add(RESTORE_FAULTS, 4)
    run(commands, REFUSED)
    assert not commands.has_reminded()
    assert commands.declined_count == 1
    commands.add(RESTORE_FAULTS, 4)
    assert commands.waiting == [(RESTORE_FAULTS, 4)], "it may be tried again"


@pytest.mark.parametrize("code", RESTORES)
def test_a_greeting_drops_what_speaks_of_one_boot_and_keeps_the_rest(code: int) -> None:
    commands = Commands()
    commands.add(REPORT_TESTS, 0)
    commands.add(code, 4)
    commands.begin_epoch()
    assert commands.waiting == [(REPORT_TESTS, 0)]
    assert commands.given_up_count == 0, "the station says it anew"


def test_a_greeting_gives_up_what_a_person_wanted_cleared_and_counts_it() -> None:
    commands = Commands()
    commands.add(REPORT_TESTS, 0)
    commands.add(CLEAR_FAULT, 2)
    commands.add(CLEAR_FAULT, 3)
    commands.begin_epoch()
    assert commands.waiting == [(REPORT_TESTS, 0)]
    assert commands.given_up_count == 2
    assert commands.add(CLEAR_FAULT, 2), "a person may ask again"
    assert commands.waiting == [(REPORT_TESTS, 0), (CLEAR_FAULT, 2)]


def test_after_a_greeting_ring_1_has_to_be_reminded_anew() -> None:
    commands = Commands()
    commands.add(RESTORE_FAULTS, 4)
    run(commands)
    commands.begin_epoch()
    assert not commands.has_reminded()
    commands.add(RESTORE_FAULTS, 4)
    assert commands.waiting == [(RESTORE_FAULTS, 4)]


def test_what_was_put_back_already_does_not_wait_again() -> None:
    commands = Commands()
    commands.add(RESTORE_FAULTS, 4)
    run(commands)
    assert commands.add(RESTORE_FAULTS, 4)
    assert commands.waiting == []
    assert commands.add(RESTORE_FAULTS, 5), "more faults are another matter"
    assert commands.waiting == [(RESTORE_FAULTS, 5)]


def test_a_command_that_is_no_reminder_may_be_given_again() -> None:
    commands = Commands()
    for _ in range(2):
        commands.add(REPORT_TESTS, 0)
        assert commands.waiting == [(REPORT_TESTS, 0)]
        run(commands)


def test_an_answer_to_another_command_settles_nothing() -> None:
    commands = Commands()
    commands.add(CLEAR_FAULT, 2)
    assert not commands.settle(0, DONE), "nothing was sent yet"
    commands.command_id = 7
    assert not commands.settle(6, DONE)
    assert commands.waiting == [(CLEAR_FAULT, 2)]


def test_too_many_are_refused_and_the_oldest_stay() -> None:
    commands = Commands()
    taken = [commands.add(CLEAR_FAULT, fault) for fault in range(COMMANDS_MAX + 1)]
    assert taken == [True] * COMMANDS_MAX + [False]
    assert commands.waiting[0] == (CLEAR_FAULT, 0)
    commands.clear()
    assert commands.waiting == []
