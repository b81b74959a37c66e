"""The frames that OCPP 2.1 adds: a message without an answer, and an error about an answer."""

import pytest

from ampkeeper.firmware.ocpp.dialect import Call
from ampkeeper.firmware.ocpp.outcome import Odd, Refusal, Result
from tests.unit.ocpp_core.core_fakes import NOON_TEXT
from tests.unit.ocpp_core.test_exchange import HEARTBEAT, TIME, Bench


@pytest.mark.parametrize(
    ("subprotocol", "replies"), [("ocpp1.6", 0), ("ocpp2.0.1", 1), ("ocpp2.1", 0)]
)
def test_frame_types_5_and_6_belong_to_2_1(subprotocol: str, replies: int) -> None:
    for kind in (5, 6):
        bench = Bench(subprotocol)
        bench.receive(kind, "a", "InternalError", {})
        assert len(bench.written) == replies
        if replies:
            assert bench.code == "MessageTypeNotSupported"


def test_a_send_needs_no_answer_and_does_not_wait_for_one() -> None:
    bench = Bench("ocpp2.1")
    data = [{"t": 0.0, "v": "1"}]
    call = Call(
        "NotifyPeriodicEventStream", {"id": 1, "pending": 0, "basetime": NOON_TEXT, "data": data}
    )
    bench.exchange.call(HEARTBEAT, "ours", "key", 0.0)
    assert bench.exchange.send(call, "s")
    assert bench.written[-1][:3] == [6, "s", "NotifyPeriodicEventStream"]
    assert not Bench("ocpp2.0.1").exchange.send(call, "s")


def test_2_1_says_what_is_wrong_with_a_result() -> None:
    bench = Bench("ocpp2.1")
    bench.exchange.call(HEARTBEAT, "a", "key", 0.0)
    bench.receive(3, "a", {})
    assert bench.written[-1][:3] == [5, "a", "OccurrenceConstraintViolation"]
    assert isinstance(bench.finished[0].outcome, Refusal)


@pytest.mark.parametrize(
    "text",
    [
        '[6,"s","NotifyPeriodicEventStream",{}]',
        '[6,"s","NoSuchMessage",{}]',
        '[6,"s","NotifyPeriodicEventStream"]',
        '[6,"s",1,{}]',
        '[6,1,"NotifyPeriodicEventStream",{}]',
        '[6,"","NotifyPeriodicEventStream",{}]',
        '[6,"s","NotifyPeriodicEventStream",{"id":1,"id":2}]',
        '[6,"s","NotifyPeriodicEventStream",{"x":"\\ud800"}]',
        "[6]",
    ],
)
def test_a_send_is_never_answered_whatever_it_is(text: str) -> None:
    """Part 4, 4.2.4: neither with CALLRESULT nor with CALLERROR."""
    bench = Bench("ocpp2.1")
    bench.exchange.receive(text, 0.0)
    assert bench.written == []
    assert [type(out) for out in bench.outputs] == [Odd]
    assert bench.handled == []


def test_a_result_error_is_noted_and_the_answer_is_not_sent_again() -> None:
    bench = Bench("ocpp2.1")
    bench.receive(2, "a", "Reset", bench.reset)
    bench.receive(5, "a", "FormatViolation", "what was that?", {"more": 1})
    assert len(bench.written) == 1
    assert bench.exchange.counts.unmatched_errors == 1
    (odd,) = [out for out in bench.outputs if isinstance(out, Odd)]
    assert "FormatViolation what was that?" in odd.text


def test_a_result_error_does_not_end_a_call_of_ours() -> None:
    bench = Bench("ocpp2.1")
    bench.exchange.call(HEARTBEAT, "ours", "key", 0.0)
    bench.receive(5, "ours", "InternalError", "", {})
    assert not bench.exchange.is_free
    bench.receive(3, "ours", TIME)
    assert isinstance(bench.finished[0].outcome, Result)


@pytest.mark.parametrize("text", ['[5,"a"]', "[5]", '[5,1,"x","",{}]', '[5,"a",1,2,3,4]'])
def test_a_result_error_of_no_shape_is_survived_in_silence(text: str) -> None:
    bench = Bench("ocpp2.1")
    bench.exchange.receive(text, 0.0)
    assert bench.written == []


def test_a_result_that_is_good_but_for_a_field_too_many_is_taken_and_not_refused() -> None:
    bench = Bench("ocpp2.1")
    bench.exchange.call(HEARTBEAT, "a", "key", 0.0)
    bench.receive(3, "a", TIME | {"surplus": 1})
    assert [frame[0] for frame in bench.written] == [2]
    assert isinstance(bench.finished[0].outcome, Result)


def test_a_bad_result_that_comes_too_late_is_refused_too() -> None:
    bench = Bench("ocpp2.1")
    bench.exchange.call(HEARTBEAT, "a", "key", 0.0)
    bench.exchange.tick(31.0)
    bench.receive(3, "a", {"currentTime": 1})
    assert bench.written[-1][:3] == [5, "a", "TypeConstraintViolation"]
    assert len(bench.finished) == 1


@pytest.mark.parametrize("subprotocol", ["ocpp1.6", "ocpp2.0.1"])
def test_a_bad_result_is_refused_in_2_1_only(subprotocol: str) -> None:
    bench = Bench(subprotocol)
    bench.exchange.call(HEARTBEAT, "a", "key", 0.0)
    bench.receive(3, "a", {})
    assert [frame[0] for frame in bench.written] == [2]


def test_a_send_that_breaks_the_schema_is_not_sent() -> None:
    bench = Bench("ocpp2.1")
    assert not bench.exchange.send(Call("NotifyPeriodicEventStream", {"id": 1}), "s")
    assert bench.written == []
