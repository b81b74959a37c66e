"""JSON from outside is either plain and strict or refused; nothing else comes out."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.board.emulated.body import DEPTH_MAX, parse
from ampkeeper.board.emulated.keys import BadRequestError

# fmt: off
REFUSED = (
    (b"",                                "must be JSON"),
    (b"{",                               "must be JSON"),
    (b"\xff\xfe",                        "not UTF-8"),
    (b'{"a": NaN}',                      "NaN is not a number"),
    (b'{"a": -Infinity}',                "-Infinity is not a number"),
    (b'{"a": 1e999}',                    "must be finite"),
    (b'{"a": 1, "a": 2}',                "stands twice"),
    (b"[" * 60_000,                      "nested too deep"),
    (b"[" * (DEPTH_MAX + 1) + b"1" + b"]" * (DEPTH_MAX + 1), "nested too deep"),
    (b'{"a": ' + b"9" * 5_000 + b"}",    "too many digits"),
)
# fmt: on


@pytest.mark.parametrize(("data", "text"), REFUSED, ids=[row[1] for row in REFUSED])
def test_what_is_not_strict_json_is_refused(data: bytes, text: str) -> None:
    with pytest.raises(BadRequestError, match=text):
        parse(data)


def test_plain_json_is_read() -> None:
    assert parse(b'{"a": [1, 2.5, "x", null, true]}') == {"a": [1, 2.5, "x", None, True]}
    deepest = b"[" * DEPTH_MAX + b"1" + b"]" * DEPTH_MAX
    assert parse(deepest)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_a_refusal(data: bytes) -> None:
    with contextlib.suppress(BadRequestError):
        parse(data)
