"""Customers in the words of OCPP 2.0.1: N09 and N10."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.ocpp.ports.customer import DATA_CHARS_MAX, CustomerOrder, CustomerPage
from ampkeeper.firmware.ocpp.v16.dialect import Dialect16
from ampkeeper.firmware.ocpp.v201.dialect import Dialect201
from ampkeeper.firmware.station.customers import pages_of
from tests.unit.ocpp_dialects.conftest import Asked, is_valid

ASK = {"requestId": 4, "report": True, "clear": False}
TOKEN = {"idToken": {"idToken": "04A224B1", "type": "ISO14443"}}
HASH = {"hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": "c"}


def test_an_order_goes_on_after_the_answer(station: Any, ask_new: Asked) -> None:
    """TC_N_27, TC_N_30."""
    answer = ask_new("CustomerInformation", ASK | TOKEN | {"clear": True})
    assert answer.payload == {"status": "Accepted"}
    assert station.customers.orders == []
    answer.then()
    assert station.customers.orders == [CustomerOrder(4, "04A224B1", True, True)]


@pytest.mark.parametrize("named", [{"customerIdentifier": "Mr. X"}, {"customerCertificate": HASH}])
def test_somebody_by_another_name_is_taken_too(
    named: dict[str, Any], station: Any, ask_new: Asked
) -> None:
    """TC_N_28, TC_N_31: N09.FR.06: told that there is nothing."""
    ask_new("CustomerInformation", ASK | named).then()
    assert station.customers.orders == [CustomerOrder(4, None, True, False)]


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        (ASK, "Invalid"),  # N09.FR.09
        (ASK | TOKEN | {"customerIdentifier": "Mr. X"}, "Invalid"),
        (ASK | TOKEN | {"report": False}, "Rejected"),  # N09.FR.07, N10.FR.07
    ],
)
def test_what_makes_no_sense_is_refused(asked: dict[str, Any], word: str, ask_new: Asked) -> None:
    """TC_N_32, TC_N_62."""
    answer = ask_new("CustomerInformation", asked)
    assert (answer.payload["status"], answer.then) == (word, None)


def test_no_more_orders_are_taken_than_can_wait(station: Any, ask_new: Asked) -> None:
    station.customers.has_room = False
    assert ask_new("CustomerInformation", ASK | TOKEN).payload["status"] == "Rejected"


def test_a_page_is_worded(new: Dialect201, old: Dialect16) -> None:
    page = CustomerPage(4, 1, "cache: Accepted", True)
    call = new.customer_page(page)
    assert is_valid("ocpp2.0.1", call)
    assert (call.payload["seqNo"], call.payload["tbc"]) == (1, True)
    assert old.customer_page(page) is None


@given(st.lists(st.text("ab", min_size=1, max_size=700), min_size=1, max_size=20))
def test_pages_hold_every_line_in_order(lines: list[str]) -> None:
    pages = pages_of(4, lines)
    assert "\n".join(page.data for page in pages).split("\n") == [
        line[:DATA_CHARS_MAX] for line in lines
    ]
    assert all(1 <= len(page.data) <= DATA_CHARS_MAX for page in pages)
    assert [page.seq_no for page in pages] == list(range(len(pages)))
    assert [page.has_more for page in pages] == [True] * (len(pages) - 1) + [False]
