"""RPC: the call and result exchange of one connection, on the standard's wire names (Part 4 §4).

One call of ours is outstanding at a time; calls of the peer are answered at once, whatever of
ours waits, or later where a handler asks for it. Every frame is survived and answered as its
version says. It knows no action, no socket and no clock: outputs go to ``emit``, in order.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from ampkeeper.firmware.ocpp import frame as frames
from ampkeeper.firmware.ocpp.dialect import Answer, Call, Later, Payload
from ampkeeper.firmware.ocpp.frame import BadFrame, Frame
from ampkeeper.firmware.ocpp.outcome import (
    INVALID,
    REPLAY,
    Answered,
    Counts,
    Finished,
    Odd,
    Output,
    Refusal,
    Result,
    Silence,
    Written,
)
from ampkeeper.firmware.ocpp.rules import Rules
from ampkeeper.firmware.ocpp.schemas import (
    FORMAT,
    OCCURRENCE,
    PROPERTY,
    TYPE,
    Schemas,
    Violation,
    round_decimals,
)

LATERS_MAX = 8  # more are refused: a peer may have one call outstanding, or has given up on it
REPLIES_KEPT = 8  # of the newest calls, for a peer that sends one twice
TIMED_OUT_KEPT = 8  # of our calls, for a peer that answers too late

# How calls are met. A rejected 1.6 station does not even respond (4.2).
MEET, TURN_AWAY, STAY_SILENT = range(3)

Parameters = ParamSpec("Parameters")
Returned = TypeVar("Returned")


@dataclass(slots=True)
class _Pending:
    """Our outstanding call."""

    id: str
    action: str
    key: object
    until_s: float
    has_heard: bool = False


@dataclass(slots=True)
class _Waiting:
    """A call of the peer that a handler answers later."""

    id: str
    action: str
    later: Later
    until_s: float


class Exchange:
    """Calls and results on one connection; make a new one for each."""

    def __init__(
        self,
        rules: Rules,
        schemas: Schemas,
        handle: Callable[[str, Payload], Answer | Later],
        emit: Callable[[Output], None],
    ) -> None:
        self.rules = rules
        self.meeting = MEET
        self.counts = Counts()
        self.call_timeout_s = 30.0
        self.later_timeout_s = 25.0
        self._schemas = schemas
        self._handle = handle
        self._emit = emit
        self._pending: _Pending | None = None
        self._timed_out: OrderedDict[str, _Pending] = OrderedDict()
        self._waiting: dict[str, _Waiting] = {}
        self._replies: OrderedDict[str, tuple[int, str]] = OrderedDict()
        self._error_codes = {
            FORMAT: rules.format_error,
            OCCURRENCE: rules.occurrence_error,
            TYPE: "TypeConstraintViolation",
            PROPERTY: "PropertyConstraintViolation",
        }

    @property
    def is_free(self) -> bool:
        """True if no call of ours is outstanding."""
        return self._pending is None

    @property
    def is_idle(self) -> bool:
        """True if nobody waits for an answer, on either side."""
        return self._pending is None and not self._waiting

    @property
    def deadline_s(self) -> float | None:
        """When ``tick`` has something to do."""
        times = [waiting.until_s for waiting in self._waiting.values()]
        if self._pending is not None:
            times.append(self._pending.until_s)
        return min(times, default=None)

    def call(self, call: Call, message_id: str, key: object, now_s: float) -> bool:
        """Send a request, to be finished under ``key``. False: it is not one, nothing is sent."""
        assert self._pending is None, "one call at a time"
        text = self._write_request(frames.CALL, call, message_id)
        if text is None:
            return False
        until_s = now_s + self.call_timeout_s
        self._pending = _Pending(message_id, call.action, key, until_s)
        self._timed_out.pop(message_id, None)  # the same message again: its answer is on time
        self._emit(Written(text))
        return True

    def send(self, call: Call, message_id: str) -> bool:
        """Send what needs no answer (2.1). False: this version cannot, or it is not valid."""
        if not self.rules.has_send:
            return False
        text = self._write_request(frames.SEND, call, message_id)
        if text is not None:
            self._emit(Written(text))
        return text is not None

    def receive(self, text: str | bytes, now_s: float) -> None:
        """Take one frame."""
        if self._pending is not None:
            self._pending.has_heard = True
        frame = frames.decode(text)
        if isinstance(frame, BadFrame):
            self._refuse_frame(frame)
        elif frame.type == frames.CALL:
            self._receive_call(frame, hash(text), now_s)
        elif frame.type == frames.CALL_RESULT:
            self._receive_result(frame)
        elif frame.type == frames.CALL_ERROR:
            self._receive_error(frame)
        else:
            self._receive_2_1(frame)

    def tick(self, now_s: float) -> None:
        """Give up what has waited too long."""
        for waiting in list(self._waiting.values()):
            if now_s >= waiting.until_s:
                waiting.later.answer(Answer(error="InternalError", description="no result in time"))
        pending = self._pending
        if pending is None or now_s < pending.until_s:
            return
        self._pending = None
        self._timed_out[pending.id] = pending
        if len(self._timed_out) > TIMED_OUT_KEPT:
            self._timed_out.popitem(last=False)
        self._emit(Finished(pending.key, Silence(is_total=not pending.has_heard)))

    def close(self) -> object | None:
        """The connection is lost: forget everything; return the key of the call it cuts off."""
        for waiting in self._waiting.values():
            waiting.later.on_answer = None
        self._waiting.clear()
        pending, self._pending = self._pending, None
        return pending.key if pending is not None else None

    # Inbound calls.

    def _receive_call(self, frame: Frame, fingerprint: int, now_s: float) -> None:
        if self.meeting == STAY_SILENT:
            self.counts.refused_calls += 1
            return
        if self.meeting == TURN_AWAY:
            self.counts.refused_calls += 1
            self._reply_error(frame.id, "SecurityError", "not accepted yet")
            return
        if self._is_repeated(frame, fingerprint):
            return
        answer = self._answer(frame)
        if isinstance(answer, Later):
            self._defer(frame, answer, now_s)
        else:
            self._reply(frame.id, frame.action, answer, fingerprint)

    def _is_repeated(self, frame: Frame, fingerprint: int) -> bool:
        """Answer a call that came before: the same again, or an error if it is another one."""
        if frame.id in self._waiting:
            self.counts.repeated_calls += 1
            self._reply_error(frame.id, self.rules.replay_error, "this call is being handled")
            return True
        kept = self._replies.get(frame.id)
        if kept is None:
            return False
        self.counts.repeated_calls += 1
        if kept[0] == fingerprint:
            self._emit(Written(kept[1], is_result=True))
        else:
            self._emit(Odd(f"{frame.action} under the id of an earlier call", REPLAY))
            self._reply_error(frame.id, self.rules.replay_error, "the message id was used before")
        return True

    def _answer(self, frame: Frame) -> Answer | Later:
        payload = frame.payload
        if payload is None and self.rules.rounds_decimals:
            payload = {}  # 1.6J 4.2.1: null or {} where there is nothing to say
        if not self._schemas.has(frame.action):
            return Answer(error="NotImplemented", description="the action is not known")
        if not isinstance(payload, dict):
            return Answer(error=self.rules.format_error, description="the payload is no object")
        violation = self._schemas.check_request(frame.action, payload)
        if violation is not None:
            self.counts.invalid_payloads += 1
            self._emit(Odd(f"call {frame.action}: {_words(violation)}", INVALID))
            return Answer(error=self._error_codes[violation.kind], description=_words(violation))
        if len(self._waiting) >= LATERS_MAX:
            return Answer(error="InternalError", description="too many calls at a time")
        answer, error = attempt(self._handle, frame.action, payload)
        if answer is None:
            self.counts.failed_handlers += 1
            self._emit(Odd(f"handler of {frame.action} failed: {error}"))
            return Answer(error="InternalError", description="the request could not be processed")
        if isinstance(answer, Answer) and answer.error == "NotImplemented":
            # The standards' tables: an action without schema is not implemented, one with a
            # schema that we do not handle is not supported.
            return Answer(error="NotSupported", description=answer.description)
        return answer

    def _defer(self, frame: Frame, later: Later, now_s: float) -> None:
        message_id, action = frame.id, frame.action
        until_s = now_s + self.later_timeout_s
        self._waiting[message_id] = _Waiting(message_id, action, later, until_s)

        def deliver(answer: Answer) -> None:
            if self._waiting.pop(message_id, None) is not None:
                self._reply(message_id, action, answer, None)

        later.on_answer = deliver

    def _reply(self, message_id: str, action: str, answer: Answer, fingerprint: int | None) -> None:
        if answer.error is None:
            text = self._write_result(message_id, action, answer.payload)
            if text is None:
                answer = Answer(error="InternalError", description="the answer is not valid")
        if answer.error is not None:
            self.counts.refused_calls += 1
            text = _write_error(message_id, answer.error, answer.description, answer.payload)
        assert text is not None
        if fingerprint is not None:
            self._keep_reply(message_id, fingerprint, text)
        self._emit(Written(text, is_result=answer.error is None))
        self._emit(Answered(answer))

    def _keep_reply(self, message_id: str, fingerprint: int, text: str) -> None:
        self._replies[message_id] = (fingerprint, text)
        if len(self._replies) > REPLIES_KEPT:
            self._replies.popitem(last=False)

    def _refuse_frame(self, bad: BadFrame) -> None:
        self.counts.bad_frames += 1
        self._emit(Odd(f"frame with {frames.FLAWS[bad.flaw]}: {bad.text}", INVALID))
        if bad.flaw == frames.BAD_REPLY or self.meeting == STAY_SILENT:
            return
        if bad.flaw == frames.DOUBLED and bad.id is not None:
            self._reply_error(bad.id, self.rules.format_error, bad.text)
        elif self.rules.answers_unreadable:
            is_unknown = bad.flaw == frames.UNKNOWN_TYPE
            code = "MessageTypeNotSupported" if is_unknown else self.rules.shape_error
            self._reply_error(bad.id or frames.NO_ID, code, bad.text)
        elif bad.id is not None and bad.flaw in (frames.BAD_ID, frames.BAD_SHAPE):
            self._reply_error(bad.id, self.rules.shape_error, bad.text)  # 1.6J 4.2.3

    def _reply_error(self, message_id: str, code: str, description: str) -> None:
        self._emit(Written(_write_error(message_id, code, description, {})))

    # Answers to our call.

    def _receive_result(self, frame: Frame) -> None:
        pending, is_late = self._take_pending(frame.id)
        if pending is None:
            self.counts.unmatched_replies += 1
            return
        payload = {} if frame.payload is None and self.rules.rounds_decimals else frame.payload
        violation = self._schemas.check_response(pending.action, payload)
        if violation is None:
            self._emit(Finished(pending.key, Result(payload), is_late))
            return
        self.counts.invalid_payloads += 1
        if self._schemas.has_only_extras(pending.action, payload):
            self._emit(Odd(f"answer to {pending.action}: {_words(violation)}", INVALID))
            self._emit(Finished(pending.key, Result(payload), is_late))
            return
        code = self._error_codes[violation.kind]
        if self.rules.has_send:
            error = [frames.CALL_RESULT_ERROR, frame.id, code, _words(violation), {}]
            self._emit(Written(frames.encode(error)))
        if not is_late:
            self._emit(Finished(pending.key, Refusal(code, f"answer: {_words(violation)}")))

    def _receive_error(self, frame: Frame) -> None:
        if frame.id == frames.NO_ID:  # about a frame whose id the peer could not read
            self.counts.unmatched_errors += 1
            self._emit(Odd(f"error without id: {frame.action} {frame.description}"))
            return
        pending, is_late = self._take_pending(frame.id)
        if pending is None:
            self.counts.unmatched_errors += 1
        elif not is_late:
            self._emit(Finished(pending.key, Refusal(frame.action, frame.description)))

    def _take_pending(self, message_id: str) -> tuple[_Pending | None, bool]:
        pending = self._pending
        if pending is not None and pending.id == message_id:
            self._pending = None
            return pending, False
        late = self._timed_out.pop(message_id, None)
        if late is not None:
            self.counts.late_replies += 1
        return late, True

    def _receive_2_1(self, frame: Frame) -> None:
        """Frame types 5 and 6: nothing to answer on 2.1, unknown types before."""
        if not self.rules.has_send:
            text = f"message type {frame.type}"
            self._refuse_frame(BadFrame(frames.UNKNOWN_TYPE, frame.id, text))
            return
        self.counts.unmatched_errors += frame.type == frames.CALL_RESULT_ERROR
        self._emit(Odd(f"peer sent type {frame.type}: {frame.action} {frame.description}"))

    # Writing.

    def _write_request(self, kind: int, call: Call, message_id: str) -> str | None:
        try:
            payload = self._to_wire(call.payload)
            violation = self._schemas.check_request(call.action, payload)
            if violation is None:
                return frames.encode([kind, message_id, call.action, payload])
            reason = _words(violation)
        except (TypeError, ValueError) as error:
            reason = str(error)
        self._emit(Odd(f"our {call.action} is not valid: {reason}"))
        return None

    def _write_result(self, message_id: str, action: str, payload: Payload) -> str | None:
        try:
            payload = self._to_wire(payload)
            violation = self._schemas.check_response(action, payload)
            if violation is None:
                return frames.encode([frames.CALL_RESULT, message_id, payload])
            reason = _words(violation)
        except (TypeError, ValueError) as error:
            reason = str(error)
        self._emit(Odd(f"our answer to {action} is not valid: {reason}"))
        return None

    def _to_wire(self, payload: Payload) -> Any:
        return round_decimals(payload) if self.rules.rounds_decimals else payload


def attempt(
    run: Callable[Parameters, Returned], *args: Parameters.args, **kwargs: Parameters.kwargs
) -> tuple[Returned | None, str]:
    """Run a dialect's code on what came from the network: (result, "") or (None, what failed).

    What it raises is our bug, and still must not end the link: the standards have InternalError
    to say so, and a message that trips us would trip us again after every restart.
    """
    try:
        return run(*args, **kwargs), ""
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"


def _write_error(message_id: str, code: str, description: str, details: Payload) -> str:
    description = description[: frames.TEXT_CHARS_MAX]
    try:
        return frames.encode([frames.CALL_ERROR, message_id, code, description, details])
    except (TypeError, ValueError):
        return frames.encode([frames.CALL_ERROR, message_id, code, description, {}])


def _words(violation: Violation) -> str:
    return f"{violation.path}: {violation.text}" if violation.path else violation.text
