"""Frames of Modbus/TCP: what is whole is a request, what is none ends the connection."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.faces.modbus.frames import Exceptional, Frames, NoModbus, Request
from ampkeeper.firmware.faces.modbus.obey import Wish, reply
from tests.unit.modbus_face.modbus_rig import READ_STATUS, frame
from tests.unit.mqtt_face.mqtt_rig import state_of

FRAME_BYTES_MAX = 260
BRIEF = settings(max_examples=40, deadline=None)


def test_a_request_that_comes_byte_by_byte_is_one() -> None:
    frames = Frames()
    found = [one for byte in READ_STATUS for one in frames.feed(bytes([byte]))]
    assert found == [Request(7, 1, 3, bytes.fromhex("00640001"))]
    assert not frames.is_midway


@BRIEF
@given(st.lists(st.binary(min_size=1, max_size=253), max_size=5), st.data())
def test_however_the_stream_is_cut_the_requests_are_the_same(pdus, data) -> None:
    stream = b"".join(frame(pdu, number) for number, pdu in enumerate(pdus))
    at = data.draw(st.integers(0, len(stream)))
    frames = Frames()
    found = frames.feed(stream[:at]) + frames.feed(stream[at:])
    assert [(one.transaction, bytes([one.function]) + one.data) for one in found] == list(
        enumerate(pdus)
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "protocol 21536: must be 0"),
        (bytes.fromhex("00010000000001"), "length 0: must be 2 to 254"),
        (bytes.fromhex("00010000000101"), "length 1"),
        (bytes.fromhex("0001000000ff01"), "length 255"),
        (bytes.fromhex("00010000ffff01"), "length 65535"),
    ],
)
def test_what_is_no_modbus_is_told_at_once(data: bytes, words: str) -> None:
    with pytest.raises(NoModbus, match=words):
        Frames().feed(data)


@BRIEF
@given(st.lists(st.binary(max_size=600), max_size=6))
def test_no_bytes_do_more_than_to_be_refused_and_little_is_held(pieces: list[bytes]) -> None:
    frames, state = Frames(), state_of(evses=2)
    try:
        for piece in pieces:
            for request in frames.feed(piece):
                answered(request, state, may_write=False)
    except NoModbus:
        return
    assert len(frames._held) < FRAME_BYTES_MAX


@BRIEF
@given(st.sampled_from((3, 4, 6, 16, 43)), st.binary(max_size=252), st.booleans())
def test_any_data_of_a_known_function_is_answered_or_refused(function, data, may_write) -> None:
    told = answered(Request(1, 1, function, data), state_of(evses=2), may_write)
    if isinstance(told, int):
        assert told in (1, 2, 3)
    elif isinstance(told, Wish):
        assert may_write
        assert function in (6, 16)


@BRIEF
@given(st.integers(0, 255).filter(lambda function: function not in (3, 4, 6, 16, 43)))
def test_other_functions_there_are_none(function: int) -> None:
    assert answered(Request(1, 1, function, b"\x00\x64\x00\x01"), state_of(), True) == 1


def answered(request: Request, state, may_write: bool) -> bytes | Wish | int:
    """What it is answered with, or the code that it is refused with."""
    try:
        return reply(request, state, may_write)
    except Exceptional as error:
        return error.code
