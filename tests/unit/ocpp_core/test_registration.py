"""Registration: the table is whole, and the waits between boots."""

from itertools import product

from ampkeeper.firmware.ocpp import registration as reg
from ampkeeper.firmware.ocpp.registration import BootBackoff, Registration

OWN = BootBackoff(10.0, 60.0)
V = "ocpp1.6"


def test_no_pair_has_two_rows() -> None:
    pairs = [row[:2] for row in reg.TABLE]
    assert len(pairs) == len(set(pairs))


def test_every_pair_is_a_row_or_ignored_on_purpose() -> None:
    pairs = {row[:2] for row in reg.TABLE}
    assert not pairs & reg.IGNORED
    assert pairs | reg.IGNORED == set(product(range(len(reg.STATES)), range(len(reg.EVENTS))))


def test_all_states_can_be_reached() -> None:
    reached = {reg.OFFLINE}
    for _ in reg.STATES:
        reached |= {row[2] for row in reg.TABLE if row[0] in reached}
    assert reached == set(range(len(reg.STATES)))


def test_each_row_does_what_it_says() -> None:
    for state, event, next_state, may_send, answering in reg.TABLE:
        registration = Registration()
        registration.state = state
        assert registration.feed(event)
        assert (registration.state, registration.may_send, registration.answering) == (
            next_state,
            may_send,
            answering,
        )


def test_an_ignored_event_changes_nothing() -> None:
    for state, event in reg.IGNORED:
        registration = Registration()
        registration.state = state
        assert not registration.feed(event)
        assert registration.state == state


def test_only_accepted_may_say_everything() -> None:
    assert {row[2] for row in reg.TABLE if row[3] == reg.SAY_ALL} == {reg.ACCEPTED}
    assert {row[3] for row in reg.TABLE if row[2] == reg.ACCEPTED} == {reg.SAY_ALL}


def booted(status: str, interval_s: float = 0.0, now_s: float = 0.0) -> Registration:
    registration = Registration()
    registration.connect(V, now_s)
    registration.take_answer(status, interval_s, V, now_s, OWN)
    return registration


def test_the_interval_is_waited_for_and_then_asked_again() -> None:
    registration = booted("pending", 30.0)
    registration.tick(29.9)
    assert registration.state == reg.PENDING
    registration.tick(30.0)
    assert (registration.state, registration.boot_due_s) == (reg.BOOTING, 30.0)


def test_without_interval_the_own_back_off_doubles_up_to_its_limit() -> None:
    registration = booted("rejected", 0.0)
    waits = [registration.boot_due_s]
    for _ in range(4):
        registration.tick(registration.boot_due_s)
        before_s = registration.boot_due_s
        registration.take_answer("none", 0.0, V, before_s, OWN)
        waits.append(registration.boot_due_s - before_s)
    assert waits == [10.0, 20.0, 40.0, 60.0, 60.0]


def test_a_thousand_failures_do_not_overflow() -> None:
    registration = booted("none")
    for _ in range(1000):
        registration.take_answer("none", 0.0, V, 0.0, OWN)
    assert registration.boot_due_s == 60.0


def test_registered_once_needs_no_boot_with_the_same_version() -> None:
    registration = booted("accepted")
    registration.lose()
    registration.connect(V, 100.0)
    assert registration.state == reg.ACCEPTED


def test_another_version_has_to_boot() -> None:
    registration = booted("accepted")
    registration.lose()
    registration.connect("ocpp2.0.1", 100.0)
    assert registration.state == reg.BOOTING


def test_a_wait_goes_on_over_a_reconnect() -> None:
    for status, state in (("pending", reg.PENDING), ("rejected", reg.REJECTED)):
        registration = booted(status, 300.0)
        registration.lose()
        registration.connect(V, 100.0)
        assert registration.state == state
        registration.lose()
        registration.connect(V, 301.0)
        assert registration.state == reg.BOOTING


def test_a_trigger_ends_the_wait() -> None:
    registration = booted("pending", 300.0)
    registration.retry(5.0)
    assert (registration.state, registration.boot_due_s) == (reg.BOOTING, 5.0)


def test_another_central_system_has_to_hear_of_us_even_if_it_knew_us() -> None:
    registration = Registration()
    for system in ("ws://a", "ws://b", "ws://a"):  # 2.0.1 B10.FR.10
        registration.connect(V, 0.0, system)
        assert registration.state == reg.BOOTING
        registration.take_answer("accepted", 300.0, V, 0.0, OWN)
        registration.lose()
    registration.connect(V, 0.0, "ws://a")
    assert registration.state == reg.ACCEPTED


def test_who_told_us_to_wait_is_left_in_peace_while_another_is_asked() -> None:
    registration = Registration()
    registration.connect(V, 0.0, "ws://a")
    registration.take_answer("rejected", 300.0, V, 0.0, OWN)
    registration.lose()
    registration.connect(V, 10.0, "ws://b")
    assert (registration.state, registration.boot_due_s) == (reg.BOOTING, 10.0)
    registration.take_answer("pending", 60.0, V, 10.0, OWN)
    registration.lose()
    registration.connect(V, 20.0, "ws://a")
    assert (registration.state, registration.boot_due_s) == (reg.REJECTED, 300.0)
    registration.lose()
    registration.connect(V, 30.0, "ws://b")
    assert (registration.state, registration.boot_due_s) == (reg.PENDING, 70.0)


def test_words_to_wait_of_a_thousand_systems_are_not_all_kept() -> None:
    registration = Registration()
    for number in range(1000):
        registration.connect(V, 0.0, f"ws://{number}")
        registration.take_answer("rejected", 300.0, V, 0.0, OWN)
        registration.lose()
    assert len(registration._held) == reg.SYSTEMS_MAX
