"""Customers in the words of OCPP 2.0.1: CustomerInformation (N09, N10)."""

from collections.abc import Callable
from functools import partial

from ampkeeper.firmware.ocpp.dialect import Answer, Call, Later, Payload, StationPort
from ampkeeper.firmware.ocpp.ports.customer import CustomerOrder, CustomerPage
from ampkeeper.firmware.ocpp.v201.answers import status
from ampkeeper.firmware.ocpp.wire import timestamp

NAMES = ("idToken", "customerCertificate", "customerIdentifier")

Handler = Callable[[Payload], Answer | Later]


class Customers201:
    """CustomerInformation."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self.handlers: dict[str, Handler] = {"CustomerInformation": self._ask}

    def _ask(self, payload: Payload) -> Answer:
        """The answer first, then the pages. Only tokens are kept, nothing by another name."""
        if sum(name in payload for name in NAMES) != 1:
            return status("Invalid", "InvalidValue", "one of " + ", ".join(NAMES))  # N09.FR.09
        if not payload["report"] and not payload["clear"]:
            return status("Rejected", "InvalidValue", "neither report nor clear")  # N09.FR.07
        if not self._station.customers.can_take():
            return status("Rejected", "OutOfMemory")
        token = payload.get("idToken")
        order = CustomerOrder(
            request_id=int(payload["requestId"]),
            token=None if token is None else token["idToken"],
            is_reported=bool(payload["report"]),
            is_cleared=bool(payload["clear"]),
        )
        return Answer({"status": "Accepted"}, then=partial(self._station.customers.order, order))


def customer_page(station: StationPort, page: CustomerPage) -> Call:
    """NotifyCustomerInformation."""
    return Call(
        "NotifyCustomerInformation",
        {
            "requestId": page.request_id,
            "seqNo": page.seq_no,
            "tbc": page.has_more,
            "generatedAt": timestamp(station.now()),
            "data": page.data,
        },
    )
