"""Presence: when a card counts as shown."""

from ampkeeper.hal.readers.presence import Presence, is_random


def test_a_card_that_stays_is_shown_once() -> None:
    presence = Presence()
    assert [presence.see("04A2", poll * 0.25) for poll in range(40)] == [True] + 39 * [False]


def test_a_card_lost_for_a_poll_or_two_is_still_the_same() -> None:
    presence = Presence()
    assert presence.see("04A2", 0.0)
    presence.see_nothing(0.25)
    presence.see_nothing(0.5)
    assert not presence.see("04A2", 0.75)
    presence.see_nothing(1.0)
    assert not presence.see("04A2", 1.75)


def test_a_card_away_for_a_second_is_shown_again() -> None:
    presence = Presence()
    assert presence.see("04A2", 0.0)
    presence.see_nothing(0.25)
    presence.see_nothing(1.0)
    assert presence.see("04A2", 1.25)


def test_another_card_is_shown_at_once() -> None:
    presence = Presence()
    assert presence.see("04A2", 0.0)
    assert presence.see("04A3", 0.25)
    assert presence.see("04A2", 0.5)


def test_a_card_held_while_the_reader_was_silent_was_not_shown_again() -> None:
    presence = Presence()
    assert presence.see("04A2", 0.0)
    assert not presence.see("04A2", 5.0)


def test_after_a_long_silence_it_was() -> None:
    presence = Presence()
    assert presence.see("04A2", 0.0)
    assert presence.see("04A2", 10.0)


def test_a_phone_that_makes_up_uids_is_one_phone() -> None:
    presence = Presence()
    assert presence.see("08112233", 0.0)
    assert not presence.see("08445566", 0.25)
    presence.see_nothing(0.5)
    assert presence.see("08778899", 1.5)


def test_only_four_bytes_with_the_prefix_are_random() -> None:
    assert is_random("08112233")
    assert not is_random("04112233")
    assert not is_random("08112233445566")
