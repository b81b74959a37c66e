"""Commands over MQTT: each as it is meant, and all else refused with what is allowed."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.faces.mqtt.commands import CommandRefused, command_of
from ampkeeper.hal.ports import BusMessage

from .mqtt_rig import TOPICS


def said(tail: str, payload: bytes, is_retained: bool = False) -> BusMessage:
    return BusMessage(f"{TOPICS.base}/{tail}", payload, is_retained)


@pytest.mark.parametrize(
    ("tail", "payload", "verb", "arguments"),
    [
        ("evse/1/set/charge", b"start", "start", {"evse": 1}),
        ("evse/2/set/charge", b"stop", "stop", {"evse": 2}),
        ("evse/1/set/charge_now", b"ON", "charge", {"now": True, "evse": 1}),
        ("evse/1/set/charge_now", b"OFF", "charge", {"now": False, "evse": 1}),
        ("evse/1/set/limit", b"10", "limit", {"current_a": 10.0, "evse": 1, "by": "MQTT"}),
        ("evse/1/set/limit", b" 0\n", "limit", {"current_a": 0.0, "evse": 1, "by": "MQTT"}),
        ("evse/1/set/limit", b"off", "limit", {"evse": 1, "by": "MQTT"}),
        ("set/mode", b"min+surplus", "mode", {"mode": "min+surplus"}),
    ],
)
def test_each_is_asked_as_at_every_door(
    tail: str, payload: bytes, verb: str, arguments: dict[str, Any]
) -> None:
    command = command_of(said(tail, payload), TOPICS)
    assert (command.verb, command.arguments) == (verb, arguments)


@pytest.mark.parametrize(
    ("tail", "payload", "words"),
    [
        ("evse/1/set/charge", b"go", "charge 'go': start or stop"),
        ("evse/1/set/charge", b"", "charge '': start or stop"),
        ("evse/1/set/charge_now", b"on", "charge_now 'on': ON or OFF"),
        ("evse/1/set/limit", b"ten", "limit 'ten': A per phase, 0 to pause, or off"),
        ("evse/1/set/limit", b"nan", "limit 'nan'"),
        ("evse/1/set/limit", b"inf", "limit 'inf'"),
        ("evse/1/set/limit", b"1" * 65, "65 bytes: at most 64"),
        ("evse/1/set/limit", b"\xff", "no text in ASCII"),
        ("evse/0/set/limit", b"10", "allowed are set/mode and evse/N/set/"),
        ("evse/1/set/reset", b"hard", "allowed are charge, charge_now and limit"),
        ("set/config", b"{}", "allowed are set/mode"),
    ],
)
def test_what_cannot_be_meant_is_refused(tail: str, payload: bytes, words: str) -> None:
    with pytest.raises(CommandRefused) as refused:
        command_of(said(tail, payload), TOPICS)
    assert words in str(refused.value)


@pytest.mark.parametrize("payload", [b"start", b"stop", b"nonsense"])
def test_what_was_retained_is_refused_whatever_it_says(payload: bytes) -> None:
    with pytest.raises(CommandRefused, match="a retained command"):
        command_of(said("evse/1/set/charge", payload, is_retained=True), TOPICS)


@given(st.text(max_size=40), st.binary(max_size=80), st.booleans())
def test_no_message_does_more_than_being_refused(
    tail: str, payload: bytes, is_retained: bool
) -> None:
    with suppress(CommandRefused):
        command_of(said(tail, payload, is_retained), TOPICS)
