"""Frames: read into parts or into what is wrong, without ever raising."""

import json
import time

import pytest

from ampkeeper.firmware.ocpp import frame as frames
from ampkeeper.firmware.ocpp.frame import BadFrame, Frame, decode


def test_a_call_is_read_into_its_parts() -> None:
    assert decode('[2,"a","Heartbeat",{}]') == Frame(frames.CALL, "a", "Heartbeat", {})


def test_a_result_is_read_into_its_parts() -> None:
    assert decode('[3,"a",{"b":1}]') == Frame(frames.CALL_RESULT, "a", "", {"b": 1})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[4,"a"]', Frame(4, "a", "GenericError", {}, "")),
        ('[4,"a","X"]', Frame(4, "a", "X", {}, "")),
        ('[4,"a","X","why"]', Frame(4, "a", "X", {}, "why")),
        ('[4,"a","X","why",{"b":1}]', Frame(4, "a", "X", {"b": 1}, "why")),
        ('[4,"a",7,null,"text"]', Frame(4, "a", "GenericError", {}, "")),
        ('[4,null,"X"]', Frame(4, frames.NO_ID, "X", {}, "")),
        ('[4,"-1","X"]', Frame(4, frames.NO_ID, "X", {}, "")),
    ],
)
def test_an_error_may_leave_out_what_it_likes(text: str, expected: Frame) -> None:
    assert decode(text) == expected


@pytest.mark.parametrize(
    ("text", "flaw", "message_id"),
    [
        ("", frames.UNREADABLE, None),
        ("hello", frames.UNREADABLE, None),
        ("{}", frames.UNREADABLE, None),
        ("[]", frames.UNREADABLE, None),
        ("2", frames.UNREADABLE, None),
        ('[2,"a","Heartbeat",{}', frames.UNREADABLE, None),
        ('[2,"a","Heartbeat",NaN]', frames.UNREADABLE, None),
        ('[2,"a","Heartbeat",1e999]', frames.UNREADABLE, None),
        ('[2,"a","Heartbeat",' + "9" * 5000 + "]", frames.UNREADABLE, None),
        ('[9,"a","Heartbeat",{}]', frames.UNKNOWN_TYPE, "a"),
        ('[true,"a","Heartbeat",{}]', frames.UNKNOWN_TYPE, "a"),
        ('[2.0,"a","Heartbeat",{}]', frames.UNKNOWN_TYPE, "a"),
        ('["2","a","Heartbeat",{}]', frames.UNKNOWN_TYPE, "a"),
        ("[[]]", frames.UNKNOWN_TYPE, None),
        ("[2]", frames.BAD_ID, None),
        ('[2,7,"Heartbeat",{}]', frames.BAD_ID, None),
        ('[2,"","Heartbeat",{}]', frames.BAD_ID, None),
        ('[2,null,"Heartbeat",{}]', frames.BAD_ID, None),
        ('[2,"a"]', frames.BAD_SHAPE, "a"),
        ('[2,"a","Heartbeat"]', frames.BAD_SHAPE, "a"),
        ('[2,"a","Heartbeat",{},{}]', frames.BAD_SHAPE, "a"),
        ('[2,"a",{},{}]', frames.BAD_SHAPE, "a"),
        ('[3,"a"]', frames.BAD_REPLY, "a"),
        ("[3,7,{}]", frames.BAD_REPLY, None),
        ("[4]", frames.BAD_REPLY, None),
        ('[4,7,"X"]', frames.BAD_REPLY, None),
        ('[4,"a","X","",{},1]', frames.BAD_REPLY, "a"),
        ('[2,"a","Reset",{"type":"Soft","type":"Hard"}]', frames.DOUBLED, "a"),
        ('[2,"a","DataTransfer",{"data":[{"x":{"y":1,"\\u0079":1}}]}]', frames.DOUBLED, "a"),
        ('[3,"a",{"status":"Accepted","status":"Rejected"}]', frames.BAD_REPLY, "a"),
        ('[4,"a","X","",{"b":1,"b":1}]', frames.BAD_REPLY, "a"),
        ('[2,"a","Reset",{"type":"Soft","type":"Hard"}', frames.UNREADABLE, None),
        ('[2,7,"Reset",{"type":"Soft","type":"Hard"}]', frames.BAD_ID, None),
        ('{"a":1,"a":2}', frames.UNREADABLE, None),
    ],
)
def test_each_flaw_is_named_and_its_id_kept(text: str, flaw: int, message_id: str | None) -> None:
    bad = decode(text)
    assert isinstance(bad, BadFrame)
    assert (bad.flaw, bad.id) == (flaw, message_id)


def test_an_id_of_37_characters_is_flawed_and_echoed() -> None:
    bad = decode(json.dumps([2, "x" * 37, "Heartbeat", {}]))
    assert isinstance(bad, BadFrame)
    assert (bad.flaw, bad.id) == (frames.BAD_ID, "x" * 37)
    assert isinstance(decode(json.dumps([2, "x" * 36, "Heartbeat", {}])), Frame)


def test_an_endless_id_is_not_echoed() -> None:
    bad = decode(json.dumps([2, "x" * 10_000, "Heartbeat", {}]))
    assert isinstance(bad, BadFrame)
    assert bad.id is None


def test_binary_frames_are_refused() -> None:
    assert isinstance(decode(b'[2,"a","Heartbeat",{}]'), BadFrame)


def test_more_than_a_mebibyte_does_not_reach_the_parser() -> None:
    bad = decode('[2,"a","Heartbeat",{"x":"' + "x" * (10 << 20) + '"}]')
    assert isinstance(bad, BadFrame)
    assert "more than" in bad.text


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_100_000_open_brackets_do_not_reach_the_parser(opening: str) -> None:
    bad = decode(opening * 100_000)
    assert isinstance(bad, BadFrame)
    assert "nested" in bad.text


def test_depth_is_bounded_exactly() -> None:
    limit = frames.DEPTH_MAX
    assert not frames.is_too_deep("[" * limit + "]" * limit)
    assert frames.is_too_deep("[" * (limit + 1) + "]" * (limit + 1))


def test_many_flat_brackets_are_not_deep() -> None:
    assert not frames.is_too_deep("[" + "[]," * 5000 + "[]]")


def test_brackets_inside_strings_do_not_count() -> None:
    text = json.dumps([2, "a", "DataTransfer", {"vendorId": "[{" * 500, "data": '\\"[' * 100}])
    assert not frames.is_too_deep(text)


@pytest.mark.parametrize(
    "text",
    [
        '"' + '\\"' * 500_000,
        '"' * 1_000_000,
        "[]" * 500_000,
        '["' + "\\" * 999_990,
        '\\"[' * 300_000,
    ],
)
def test_no_text_makes_the_scan_slower_than_its_length(text: str) -> None:
    """A bound far above the linear time and far below the quadratic one, which takes hours."""
    before_s = time.process_time()
    frames.is_too_deep("[]" * 40 + text)
    assert time.process_time() - before_s < 20


@pytest.mark.parametrize(
    "payload", ['{"a":"\\ud800"}', '{"a":"\\uDFFF"}', '{"\\ud800":1}', '{"a":"\ud800"}']
)
def test_a_string_that_is_no_text_is_refused_with_its_id(payload: str) -> None:
    bad = decode(f'[2,"a","DataTransfer",{payload}]')
    assert isinstance(bad, BadFrame)
    assert (bad.flaw, bad.id) == (frames.BAD_SHAPE, "a")
    assert isinstance(decode(f'[3,"a",{payload}]'), BadFrame)


def test_a_pair_of_surrogates_is_text() -> None:
    assert isinstance(decode('[2,"a","DataTransfer",{"vendorId":"\\ud834\\udd1e"}]'), Frame)


def test_what_json_has_no_word_for_is_refused_when_writing() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        frames.encode([2, "a", "X", {"x": float("nan")}])


def test_a_lone_surrogate_is_written_as_an_escape() -> None:
    assert frames.encode([4, "\ud800", "X", "", {}]).isascii()
