"""Messages of a site: what is written is read, and nothing else is."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.site.messages import (
    Beat,
    CircuitRow,
    Grant,
    Lease,
    MemberRow,
    Overview,
    Report,
)
from ampkeeper.firmware.site.turns import NEW, Standing
from ampkeeper.firmware.site.wire import NotAMessage, Reading, decoded, encoded, parsed

BEAT = Beat(Lease(3, "AK1"), 17)
TURN = Standing(True, 90.0)
REPORT = Report("left", "b00t", 5, BEAT, 4, (0, 2), 16.0, 6.0, (15.9, 0.0, 16.1), TURN)
GRANT = Grant(Lease(3, "AK1"), "left", "b00t", 5, 12.5, 3.25)
READING = Reading("feeder", BEAT, (-3.5, 40.25, 0.0), 12, -0.5)
MEMBER = MemberRow(4, True, 12.5, (12.4, 0.0, 12.6))
CIRCUIT = CircuitRow(1, (20.5, 0.0, 3.0), "meter of circuit 'feeder': turned")
OVERVIEW = Overview(Lease(3, "AK1"), (MEMBER, MEMBER), (CIRCUIT,))
ALL = (BEAT, REPORT, GRANT, READING, OVERVIEW)


@pytest.mark.parametrize("message", ALL, ids=lambda each: type(each).__name__)
def test_what_is_written_is_read_again(message: Any) -> None:
    assert decoded(parsed(json.dumps(encoded(message)).encode())) == message


def test_a_report_of_who_follows_nobody_is_one() -> None:
    alone = Report("left", "b00t", 1, None, 0, (1,), 0.0, 6.0, (0.0, 0.0, 0.0))
    assert decoded(encoded(alone)) == alone


def test_who_does_not_tell_how_it_stands_is_new() -> None:
    told = encoded(REPORT)
    del told["in"], told["for_s"]
    assert decoded(told).standing == NEW


@pytest.mark.parametrize(
    ("message", "change", "words"),
    [
        (REPORT, {"max_a": 10_000}, "max_a 10000: must be 0 to 80 A"),
        (REPORT, {"max_a": -1}, "max_a -1"),
        (REPORT, {"max_a": True}, "max_a True"),
        (REPORT, {"min_a": float("nan")}, "min_a nan"),
        (REPORT, {"a": [0.0, 0.0]}, "three currents"),
        (REPORT, {"a": [0.0, float("inf"), 0.0]}, "three currents"),
        (REPORT, {"a": [0.0, 5000.0, 0.0]}, "three currents to 1000 A"),
        (REPORT, {"phases": []}, "phases"),
        (REPORT, {"phases": [3]}, "phases"),
        (REPORT, {"phases": "L1"}, "phases"),
        (REPORT, {"member": ""}, "member"),
        (REPORT, {"boot": 7}, "boot"),
        (REPORT, {"number": -1}, "number"),
        (REPORT, {"number": 1.5}, "number"),
        (REPORT, {"beat": 4}, "beat"),
        (REPORT, {"in": 1}, "in 1 for 90"),
        (REPORT, {"for_s": -1}, "in True for -1"),
        (REPORT, {"for_s": 1e9}, "0 to 604800 s"),
        (GRANT, {"a": 81}, "a 81: must be 0 to 80 A"),
        (GRANT, {"good_s": -1}, "good_s -1: must be 0 to 60 s"),
        (GRANT, {"good_s": None}, "good_s None"),
        (READING, {"after_s": 61}, "after_s 61: must be -60 to 60 s"),
        (GRANT, {"holder": "x" * 100}, "holder"),
        (BEAT, {"term": 1 << 60}, "term"),
        (READING, {"a": [1e6, 0, 0]}, "three currents"),
        (BEAT, {"kind": "order"}, "kind 'order'"),
        (OVERVIEW, {"members": 7}, "members: must be at most 64 rows of 6"),
        (OVERVIEW, {"members": [[1, True]]}, "members: must be at most 64 rows of 6"),
        (OVERVIEW, {"members": [[1, 1, 6.0, 0, 0, 0]]}, "follows 1"),
        (OVERVIEW, {"members": [[-1, True, 6.0, 0, 0, 0]]}, "place -1"),
        (OVERVIEW, {"members": [[1, True, 600.0, 0, 0, 0]]}, "given 600.0"),
        (OVERVIEW, {"circuits": [[1, "", 0, 0, 1e6]]}, "three currents"),
        (OVERVIEW, {"circuits": [[1, "x" * 201, 0, 0, 0]]}, "doubt: must be text"),
        (OVERVIEW, {"circuits": [[]] * 65}, "circuits: must be at most 64 rows of 5"),
    ],
)
def test_what_no_charger_says_is_refused_with_its_value(
    message: Any, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(NotAMessage, match=words.replace("(", ".")):
        decoded(encoded(message) | change)


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_being_refused(data: bytes) -> None:
    with suppress(NotAMessage):
        decoded(parsed(data))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(st.sampled_from(ALL), st.data())
def test_no_value_in_a_message_does_more_than_being_refused(message: Any, data: Any) -> None:
    found = encoded(message)
    found[data.draw(st.sampled_from(sorted(found)))] = data.draw(JSON)
    with suppress(NotAMessage):
        decoded(found)
