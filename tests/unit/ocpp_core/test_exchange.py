"""The exchange of calls and results on one connection."""

import json
from typing import Any

import pytest

from ampkeeper.firmware.ocpp.dialect import Answer, Call, Later
from ampkeeper.firmware.ocpp.outcome import (
    Answered,
    Finished,
    Odd,
    Refusal,
    Result,
    Silence,
    Written,
)
from ampkeeper.firmware.ocpp.rpc import LATERS_MAX, STAY_SILENT, TURN_AWAY, Exchange
from ampkeeper.firmware.ocpp.rules import RULES
from ampkeeper.firmware.ocpp.schemas import schemas_for
from tests.unit.ocpp_core.core_fakes import NOON_TEXT

HEARTBEAT = Call("Heartbeat", {})
TIME = {"currentTime": NOON_TEXT}
RESET = {
    "ocpp1.6": {"type": "Soft"},
    "ocpp2.0.1": {"type": "OnIdle"},
    "ocpp2.1": {"type": "OnIdle"},
}
BOTH = pytest.mark.parametrize("subprotocol", ["ocpp1.6", "ocpp2.0.1"])


class Bench:
    """An exchange with its outputs kept."""

    def __init__(self, subprotocol: str = "ocpp1.6") -> None:
        self.reset = RESET[subprotocol]
        self.answer: Any = Answer({"status": "Accepted"})
        self.handled: list[tuple[str, Any]] = []
        self.outputs: list[Any] = []
        rules, schemas = RULES[subprotocol], schemas_for(subprotocol)
        self.exchange = Exchange(rules, schemas, self._handle, self.outputs.append)

    def _handle(self, action: str, payload: dict[str, Any]) -> Any:
        self.handled.append((action, payload))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer() if callable(self.answer) else self.answer

    def receive(self, *parts: Any, now_s: float = 0.0) -> None:
        self.exchange.receive(json.dumps(list(parts)), now_s)

    @property
    def written(self) -> list[Any]:
        return [json.loads(out.text) for out in self.outputs if isinstance(out, Written)]

    @property
    def finished(self) -> list[Finished]:
        return [out for out in self.outputs if isinstance(out, Finished)]

    @property
    def code(self) -> str:
        """The code of the newest frame, which is an error."""
        frame = self.written[-1]
        assert frame[0] == 4
        assert len(frame) == 5
        return str(frame[2])


def test_a_call_is_answered_and_then_its_work_is_released() -> None:
    bench = Bench()
    bench.receive(2, "a", "Reset", bench.reset)
    assert bench.written == [[3, "a", {"status": "Accepted"}]]
    assert [type(out) for out in bench.outputs] == [Written, Answered]


def test_a_call_is_answered_while_ours_waits() -> None:
    bench = Bench()
    bench.exchange.call(HEARTBEAT, "ours", "key", 0.0)
    bench.receive(2, "theirs", "Reset", bench.reset)
    assert bench.written[-1][:2] == [3, "theirs"]
    bench.receive(3, "ours", TIME)
    assert bench.finished == [Finished("key", Result(TIME))]


def test_the_same_id_in_both_directions_is_two_calls() -> None:
    bench = Bench()
    bench.exchange.call(HEARTBEAT, "a", "key", 0.0)
    bench.receive(2, "a", "Reset", bench.reset)
    assert bench.written[-1] == [3, "a", {"status": "Accepted"}]
    assert not bench.exchange.is_free


def test_an_error_reply_finishes_the_call_as_refused() -> None:
    bench = Bench()
    bench.exchange.call(HEARTBEAT, "a", "key", 0.0)
    bench.receive(4, "a", "InternalError", "why", {})
    assert bench.finished == [Finished("key", Refusal("InternalError", "why"))]
    assert bench.exchange.is_free


def test_an_unknown_reply_is_counted_and_changes_nothing() -> None:
    bench = Bench()
    bench.exchange.call(HEARTBEAT, "a", "key", 0.0)
    bench.receive(3, "b", TIME)
    bench.receive(4, "b", "InternalError", "", {})
    assert bench.exchange.counts.unmatched_replies == 1
    assert bench.exchange.counts.unmatched_errors == 1
    assert not bench.exchange.is_free
    assert bench.finished == []


def test_a_second_reply_is_counted_and_changes_nothing() -> None:
    bench = Bench()
    bench.exchange.call(HEARTBEAT, "a", "key", 0.0)
    bench.receive(3, "a", TIME)
    bench.receive(3, "a", TIME)
    assert len(bench.finished) == 1
    assert bench.exchange.counts.unmatched_replies == 1


def test_a_late_reply_is_told_as_late_once() -> None:
    bench = Bench()
    bench.exchange.call(HEARTBEAT, "a", "key", 0.0)
    bench.exchange.tick(30.0)
    assert bench.finished == [Finished("key", Silence(is_total=True))]
    bench.receive(3, "a", TIME)
    bench.receive(3, "a", TIME)
    assert bench.finished[1:] == [Finished("key", Result(TIME), is_late=True)]
    assert bench.exchange.counts.late_replies == 1
    assert bench.exchange.counts.unmatched_replies == 1


def test_a_late_error_is_only_counted() -> None:
    bench = Bench()
    bench.exchange.call(HEARTBEAT, "a", "key", 0.0)
    bench.exchange.tick(30.0)
    bench.receive(4, "a", "InternalError", "", {})
    assert len(bench.finished) == 1
    assert bench.exchange.counts.late_replies == 1


def test_a_late_reply_does_not_finish_the_next_call() -> None:
    bench = Bench()
    bench.exchange.call(HEARTBEAT, "a", "first", 0.0)
    bench.exchange.tick(30.0)
    bench.exchange.call(HEARTBEAT, "b", "second", 30.0)
    bench.receive(3, "a", TIME, now_s=31.0)
    assert not bench.exchange.is_free


def test_a_reply_to_a_message_sent_again_is_on_time() -> None:
    bench = Bench()
    bench.exchange.call(HEARTBEAT, "a", "key", 0.0)
    bench.exchange.tick(30.0)
    bench.exchange.call(HEARTBEAT, "a", "key", 60.0)
    bench.receive(3, "a", TIME, now_s=61.0)
    assert bench.finished[-1] == Finished("key", Result(TIME))
    assert bench.exchange.is_free


def test_a_call_times_out_by_the_time_argument_alone() -> None:
    bench = Bench()
    bench.exchange.call_timeout_s = 5.0
    bench.exchange.call(HEARTBEAT, "a", "key", 100.0)
    assert bench.exchange.deadline_s == 105.0
    bench.exchange.tick(104.9)
    assert bench.finished == []
    bench.exchange.tick(105.0)
    assert bench.finished == [Finished("key", Silence(is_total=True))]


def test_a_silence_is_not_total_when_the_peer_said_something_else() -> None:
    bench = Bench()
    bench.exchange.call(HEARTBEAT, "a", "key", 0.0)
    bench.receive(2, "x", "Reset", bench.reset, now_s=1.0)
    bench.exchange.tick(30.0)
    assert bench.finished == [Finished("key", Silence(is_total=False))]


def test_a_reply_that_breaks_the_schema_is_no_reply() -> None:
    bench = Bench()
    bench.exchange.call(HEARTBEAT, "a", "key", 0.0)
    bench.receive(3, "a", {"currentTime": 5})
    outcome = bench.finished[0].outcome
    assert isinstance(outcome, Refusal)
    assert outcome.code == "TypeConstraintViolation"


def test_a_reply_with_nothing_worse_than_unknown_fields_counts() -> None:
    bench = Bench()
    bench.exchange.call(HEARTBEAT, "a", "key", 0.0)
    bench.receive(3, "a", {"currentTime": "2026-11-22T12:00:00Z", "vendorExtra": {"x": 1}})
    assert isinstance(bench.finished[0].outcome, Result)
    bench.exchange.call(HEARTBEAT, "b", "key", 1.0)
    bench.receive(3, "b", {"currentTime": 5, "vendorExtra": 1})
    assert isinstance(bench.finished[1].outcome, Refusal)


@BOTH
def test_a_call_of_ours_that_breaks_the_schema_is_not_sent(subprotocol: str) -> None:
    bench = Bench(subprotocol)
    assert not bench.exchange.call(Call("Authorize", {"idTag": 5}), "a", "key", 0.0)
    assert bench.exchange.is_free
    assert bench.written == []


def test_a_call_of_ours_with_a_number_json_does_not_know_is_not_sent() -> None:
    bench = Bench()
    call = Call("DataTransfer", {"vendorId": "x", "data": float("nan")})
    assert not bench.exchange.call(call, "a", "key", 0.0)


@BOTH
def test_an_answer_of_ours_that_breaks_the_schema_becomes_an_internal_error(
    subprotocol: str,
) -> None:
    bench = Bench(subprotocol)
    bench.answer = Answer({"status": "Perhaps"})
    bench.receive(2, "a", "Reset", bench.reset)
    assert bench.code == "InternalError"
    assert any(isinstance(out, Odd) for out in bench.outputs)


@BOTH
def test_a_handler_that_fails_is_answered_with_an_internal_error(subprotocol: str) -> None:
    bench = Bench(subprotocol)
    bench.answer = KeyError("our bug")
    bench.receive(2, "a", "Reset", bench.reset)
    assert bench.code == "InternalError"
    assert "our bug" not in json.dumps(bench.written)
    assert bench.exchange.counts.failed_handlers == 1


def test_an_error_answer_carries_its_details() -> None:
    bench = Bench()
    bench.answer = Answer({"max": 5}, error="PropertyConstraintViolation", description="no")
    bench.receive(2, "a", "Reset", bench.reset)
    assert bench.written == [[4, "a", "PropertyConstraintViolation", "no", {"max": 5}]]


# Later.


def test_a_later_answer_goes_out_when_it_comes() -> None:
    bench = Bench()
    later = Later()
    bench.answer = later
    bench.receive(2, "a", "Reset", bench.reset)
    assert bench.written == []
    later.answer(Answer({"status": "Rejected"}))
    assert bench.written == [[3, "a", {"status": "Rejected"}]]
    assert bench.exchange.deadline_s is None


def test_a_later_answer_that_never_comes_is_an_internal_error_and_then_ignored() -> None:
    bench = Bench()
    later = Later()
    bench.answer = later
    bench.receive(2, "a", "Reset", bench.reset, now_s=0.0)
    bench.exchange.tick(bench.exchange.later_timeout_s)
    assert bench.code == "InternalError"
    later.answer(Answer({"status": "Accepted"}))
    assert len(bench.written) == 1


def test_a_later_answer_after_the_connection_is_lost_is_ignored() -> None:
    bench = Bench()
    later = Later()
    bench.answer = later
    bench.receive(2, "a", "Reset", bench.reset)
    bench.exchange.close()
    later.answer(Answer({"status": "Accepted"}))
    assert bench.written == []


def test_other_calls_are_answered_while_one_waits_for_the_hardware() -> None:
    bench = Bench()
    bench.answer = Later()
    bench.receive(2, "a", "Reset", bench.reset)
    bench.answer = Answer({"status": "Accepted"})
    bench.receive(2, "b", "Reset", bench.reset)
    assert bench.written == [[3, "b", {"status": "Accepted"}]]


def test_no_more_than_a_few_calls_may_wait() -> None:
    bench = Bench()
    bench.answer = Later
    for number in range(LATERS_MAX + 3):
        bench.receive(2, f"id{number}", "Reset", bench.reset)
    assert len(bench.written) == 3
    assert bench.code == "InternalError"


# Repeated calls.


@BOTH
def test_a_call_that_comes_twice_is_handled_once_and_answered_twice(subprotocol: str) -> None:
    bench = Bench(subprotocol)
    bench.receive(2, "a", "Reset", bench.reset)
    bench.receive(2, "a", "Reset", bench.reset)
    assert len(bench.handled) == 1
    assert bench.written == [[3, "a", {"status": "Accepted"}]] * 2
    assert bench.exchange.counts.repeated_calls == 1


@pytest.mark.parametrize(
    ("subprotocol", "code"), [("ocpp1.6", "GenericError"), ("ocpp2.0.1", "RpcFrameworkError")]
)
def test_another_call_under_a_used_id_is_refused(subprotocol: str, code: str) -> None:
    bench = Bench(subprotocol)
    bench.receive(2, "a", "Reset", bench.reset)
    bench.receive(2, "a", "ClearCache", {})
    assert len(bench.handled) == 1
    assert bench.code == code


def test_a_call_that_is_still_being_handled_is_refused_when_it_comes_again() -> None:
    bench = Bench()
    bench.answer = Later()
    bench.receive(2, "a", "Reset", bench.reset)
    bench.receive(2, "a", "Reset", bench.reset)
    assert len(bench.handled) == 1
    assert bench.code == "GenericError"


def test_the_memory_of_replies_is_short() -> None:
    bench = Bench()
    for number in range(20):
        bench.receive(2, f"id{number}", "Reset", bench.reset)
    bench.receive(2, "id0", "Reset", bench.reset)
    assert len(bench.handled) == 21


# Registration's wishes.


@BOTH
def test_a_silent_exchange_answers_nothing_but_hears_its_own_reply(subprotocol: str) -> None:
    bench = Bench(subprotocol)
    bench.exchange.call(HEARTBEAT, "ours", "key", 0.0)
    bench.outputs.clear()
    bench.exchange.meeting = STAY_SILENT
    bench.receive(2, "a", "Reset", bench.reset)
    bench.exchange.receive("garbage", 0.0)
    bench.receive(3, "ours", TIME)
    assert bench.written == []
    assert len(bench.finished) == 1


def test_an_exchange_that_turns_calls_away_says_security_error() -> None:
    bench = Bench("ocpp2.0.1")
    bench.exchange.meeting = TURN_AWAY
    bench.receive(2, "a", "Reset", bench.reset)
    assert bench.code == "SecurityError"
    assert bench.handled == []
