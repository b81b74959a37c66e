"""Mutated frames against the shipped dialects: nothing raises, every well-formed call is answered.

Every request and every answer of the version is mutated. ``AMPKEEPER_FUZZ_FRAMES`` sets how many
frames; a failure prints the seed and the frame, a success what was covered. A million take two
or three minutes: AMPKEEPER_FUZZ_FRAMES=1000000 pytest tests/conformance/traps/test_frames_fuzzed.py
"""

import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from ampkeeper.firmware.ocpp import effects as fx
from ampkeeper.firmware.ocpp.dialect import Call
from tests.conformance.bad_input.calls_16 import CALLS
from tests.conformance.traps.samples import request_names, request_text, response_text
from tests.conformance.traps.trap_rigs import NEW, OLD, real_rig
from tests.unit.ocpp_core.core_fakes import NOON_TEXT, Rig
from tests.unit.ocpp_dialects.station_fake import ended, started, updated

FRAMES = int(os.environ.get("AMPKEEPER_FUZZ_FRAMES", "20000"))
FACTS = (started, updated, ended)
TOKEN = {"idToken": "04A224B1", "type": "ISO14443"}
VARIABLE = {"component": {"name": "TxCtrlr"}, "variable": {"name": "EVConnectionTimeOut"}}
KNOWING: dict[str, list[tuple[str, Any]]] = {  # requests that name what is there
    OLD: list(CALLS.items()),
    NEW: [
        ("ChangeAvailability", {"operationalStatus": "Inoperative", "evse": {"id": 1}}),
        ("DataTransfer", {"vendorId": "v", "messageId": "m", "data": {"a": [1]}}),
        ("GetVariables", {"getVariableData": [VARIABLE]}),
        ("SetVariables", {"setVariableData": [{**VARIABLE, "attributeValue": "60"}]}),
        ("GetBaseReport", {"requestId": 1, "reportBase": "SummaryInventory"}),
        ("RequestStartTransaction", {"idToken": TOKEN, "remoteStartId": 1, "evseId": 1}),
        ("RequestStopTransaction", {"transactionId": "t"}),
        ("Reset", {"type": "OnIdle", "evseId": 1}),
        ("TriggerMessage", {"requestedMessage": "StatusNotification"}),
        ("UnlockConnector", {"evseId": 1, "connectorId": 1}),
    ],
}
ODD_VALUES: list[Any] = [
    None, True, False, 0, -1, 2, 3, 4, 5, 6, 7, 1.5, 10**30, 10**400, -0.0, 1e300, "", "a", "-1",
    "x" * 37, "x" * 3000,
    "\x00", "\ud800", "ä€𝄞", "__class__", "../../etc/passwd", [], {}, [[]], [{}],
    {"": ""}, {"connectorId": {}}, NOON_TEXT, "NaN",
]  # fmt: skip
ODD_JSON = [json.dumps(value) for value in ODD_VALUES]
ODD_NAMES = [str(value)[:40] for value in ODD_VALUES]
ODD_TEXT = [
    "[",
    "]",
    "{",
    "}",
    '"',
    ",",
    ":",
    "\\",
    "\x00",
    "1e999",
    "NaN",
    "9" * 30,
    "\ud800",
    "é",
]


class Fuzzer:
    """Makes frames out of good ones."""

    def __init__(self, subprotocol: str, seed: int) -> None:
        self.chance = random.Random(f"{subprotocol} {seed}")
        self.subprotocol = subprotocol
        made = [(name, request_text(subprotocol, name)) for name in request_names(subprotocol)]
        known = [(name, json.dumps(payload)) for name, payload in KNOWING[subprotocol]]
        self.requests = made + known
        self.number = 0

    def text(self, open_call: list[Any] | None) -> str:
        """One more frame, mutated or not."""
        frame = self._good(open_call)
        kind = self.chance.random()
        if kind < 0.1:
            return json.dumps(frame)
        if kind < 0.7:
            for _ in range(self.chance.choice((1, 1, 1, 2, 4))):
                self._change_part(frame)
            return json.dumps(frame)
        return self._change_text(json.dumps(frame))

    def answer(self, call: list[Any]) -> str:
        """A good answer to a call, with some of its parts changed."""
        frame = [3, call[1], json.loads(response_text(self.subprotocol, call[2]))]
        for _ in range(self.chance.choice((1, 1, 2))):
            self._change_part(frame[2:])
        return json.dumps(frame)

    def _good(self, open_call: list[Any] | None) -> list[Any]:
        self.number += 1
        kind = self.chance.random()
        if kind < 0.8 or open_call is None:
            action, payload = self.chance.choice(self.requests)
            message_id = f"id{self.number - (self.chance.random() < 0.05)}"
            return [2, message_id, action, json.loads(payload)]
        _, message_id, action, _ = open_call
        if kind < 0.95:
            return [3, message_id, json.loads(response_text(self.subprotocol, action))]
        return [4, message_id, "InternalError", "", {}]

    def _change_part(self, frame: list[Any]) -> None:
        places: list[tuple[Any, Any]] = [(frame, index) for index in range(len(frame))]
        todo = [part for part in frame if isinstance(part, dict | list)]
        while todo:
            value = todo.pop()
            keys = list(value) if isinstance(value, dict) else list(range(len(value)))
            places += [(value, key) for key in keys]
            todo += [value[key] for key in keys if isinstance(value[key], dict | list)]
        if not places:
            return
        parent, key = self.chance.choice(places)
        kind = self.chance.random()
        if kind < 0.2:
            del parent[key]
        elif kind < 0.3 and isinstance(parent, dict):
            parent[self.chance.choice(ODD_NAMES)] = json.loads(self.chance.choice(ODD_JSON))
        else:
            parent[key] = json.loads(self.chance.choice(ODD_JSON))

    def _change_text(self, text: str) -> str:
        at = self.chance.randrange(len(text) + 1)
        kind = self.chance.random()
        if kind < 0.4:
            return text[:at] + self.chance.choice(ODD_TEXT) + text[at:]
        if kind < 0.6:
            return text[:at]
        if kind < 0.8:
            return text[:at] + text[at + self.chance.randrange(1, 9) :]
        if kind < 0.9:
            return text + text
        depth = self.chance.randrange(2, 200)
        return text[:at] + "[" * depth + text[at:]


def call_id_of(text: str) -> str | None:
    """The id, if ``text`` is a well-formed call: this test's own reading of the standard."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(frame, list) or len(frame) != 4 or type(frame[0]) is not int:
        return None
    is_id = isinstance(frame[1], str) and 1 <= len(frame[1]) <= 36
    is_call = frame[0] == 2 and is_id and isinstance(frame[2], str)
    if is_call and ("NaN" in text or "1e999" in text or text.count("[") + text.count("{") > 60):
        return None  # not JSON by the standard, or beyond our limit of nesting
    return frame[1] if is_call else None


def feed(rig: Rig, fuzzer: Fuzzer, covered: Counter[str]) -> None:
    """One frame, and what has to come of it."""
    open_calls = [frame for frame in rig.sent if frame[0] == 2]
    open_call = open_calls[-1] if open_calls else None
    text = fuzzer.text(open_call)
    rig.sent.clear()
    rig.sent.extend(open_calls[-1:])
    try:
        rig.receive_text(text)
    except Exception as error:
        raise AssertionError(f"raised by {text[:500]!r}") from error
    replies = [frame for frame in rig.sent if frame[0] in (3, 4)]
    message_id = call_id_of(text)
    if message_id is not None:
        assert [frame[1] for frame in replies] == [message_id], (text[:500], replies)
        covered["well-formed calls"] += 1
    assert len(replies) <= 1, text[:500]
    for reply in replies:
        covered["results" if reply[0] == 3 else str(reply[2])] += 1
    for told in rig.told(fx.ToldAnswered):
        covered["own calls " + ("answered" if told.payload is not None else "given up")] += 1
    for note in rig.told(fx.Noted):
        assert "failed:" not in note.text, (text[:500], note)
        assert "our " not in note.text, (text[:500], note)
    rig.events.clear()


@pytest.mark.parametrize("subprotocol", [OLD, NEW])
@pytest.mark.timeout(300 + FRAMES // 100)
def test_no_frame_raises_and_every_well_formed_call_is_answered(
    subprotocol: str, seed: int, record_property: Callable[[str, object], None]
) -> None:
    rig = real_rig(subprotocol)
    rig.station.lock = "no_lock"
    fuzzer = Fuzzer(subprotocol, seed)
    actions = request_names(subprotocol)
    covered: Counter[str] = Counter()
    slowest_s, began_s = 0.0, time.process_time()
    for number in range(FRAMES // 2):
        if number % 10 == 0:
            tell(rig, subprotocol, actions[number // 10 % len(actions)])
        if number % 100 == 0:
            rig.add_fact(FACTS[number // 100 % len(FACTS)]())
            rig.authorize()
        if number % 500 == 0:
            rig.disconnect()
            rig.sent.clear()
            rig.connect()
        frame_s = time.perf_counter()  # the processor's time would cost more than the frame
        feed(rig, fuzzer, covered)
        slowest_s = max(slowest_s, time.perf_counter() - frame_s)
        rig.station.asked.clear()
        rig.now_s += 0.5
        rig.tick()
    rate = FRAMES // 2 / (time.process_time() - began_s)
    found = ", ".join(f"{count} {what}" for what, count in covered.most_common())
    speed = f"{rate:.0f} frames/s of processor time, the slowest {slowest_s * 1e3:.0f} ms"
    record_property("covered", f"{FRAMES // 2} frames of {len(actions)} actions; {found}; {speed}")


@pytest.mark.parametrize("subprotocol", [OLD, NEW])
@pytest.mark.timeout(300 + FRAMES // 100)
def test_no_answer_to_a_boot_raises(subprotocol: str, seed: int) -> None:
    fuzzer = Fuzzer(subprotocol, seed)
    dialect = real_rig(subprotocol).dialect
    for _ in range(FRAMES // 200):
        rig = Rig(subprotocol, dialect=dialect)
        rig.connect()
        text = fuzzer.answer(rig.next())
        try:
            rig.receive_text(text)
            rig.wait(400.0)
        except Exception as error:
            raise AssertionError(f"raised by {text[:500]!r}") from error
        assert rig.state != "OFFLINE"


def tell(rig: Rig, subprotocol: str, action: str) -> None:
    """Let the station make this call of its own."""
    payload = json.loads(request_text(subprotocol, action))
    rig.cp.tell(lambda dialect: Call(action, payload), rig.now_s)
    rig.carry_out()
