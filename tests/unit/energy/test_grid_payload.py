"""A grid operator's order in a message is taken as it stands, or refused."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.energy.grid_payload import Order, OrderRefused, order_of


@pytest.mark.parametrize(
    ("payload", "order"),
    [
        (b"true", Order(True)),
        (b"4200", Order(True, 4_200.0)),
        (b" 6000.5\n", Order(True, 6_000.5)),
        (b"false", Order(False)),
        (b"null", Order(False)),
    ],
)
def test_what_is_said_is_taken(payload: bytes, order: Order):
    assert order_of(payload) == order


@pytest.mark.parametrize(
    "payload", [b"", b"on", b"0", b"1", b"-4200", b"NaN", b"1e999", b'"4200"', b"[]", b"9" * 65]
)
def test_what_is_no_order_is_refused(payload: bytes):
    with pytest.raises(OrderRefused):
        order_of(payload)


@given(st.binary(max_size=80))
def test_nothing_else_comes_out_of_it(payload: bytes):
    with contextlib.suppress(OrderRefused):
        assert isinstance(order_of(payload), Order)
