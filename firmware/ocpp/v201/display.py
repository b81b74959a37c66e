"""Display messages and costs in the words of OCPP 2.0.1: use cases O01 to O06 and I02."""

from collections.abc import Callable

from ampkeeper.firmware.display_message import DisplayMessage, Moment, Priority
from ampkeeper.firmware.ocpp.dialect import Answer, Call, Follow, Later, Payload, StationPort
from ampkeeper.firmware.ocpp.money import amount_of
from ampkeeper.firmware.ocpp.v201.answers import status
from ampkeeper.firmware.ocpp.wire import good_time, timestamp

FORMATS = ("ASCII", "UTF8")
PRIORITIES = frozenset(Priority)
MOMENTS = frozenset(Moment)
MESSAGES_PER_PAGE = 10  # in one NotifyDisplayMessages: at most about 8 KiB
SET_ANSWERS = {
    "accepted": "Accepted",
    "rejected": "Rejected",
    "unknown_transaction": "UnknownTransaction",
}

Handler = Callable[[Payload], Answer | Later]


class Display201:
    """The calls of block O, and CostUpdated."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self.handlers: dict[str, Handler] = {
            "ClearDisplayMessage": self._clear,
            "CostUpdated": self._tell_cost,
            "GetDisplayMessages": self._get,
            "SetDisplayMessage": self._set,
        }

    def _set(self, payload: Payload) -> Answer:
        asked = payload["message"]
        if "display" in asked:
            return status("Rejected", "UnsupportedParam", "there is one display")  # O01.FR.22
        if asked["message"]["format"] not in FORMATS:
            return status("NotSupportedMessageFormat")  # O01.FR.03
        return status(SET_ANSWERS[self._station.display.set_message(_message(asked))])

    def _clear(self, payload: Payload) -> Answer:
        is_known = self._station.display.clear_message(int(payload["id"]))
        return status("Accepted" if is_known else "Unknown")

    def _get(self, payload: Payload) -> Answer:
        """The answer first, then the messages that fit all that is given (O03, O04)."""
        found = [one for one in self._station.display.messages() if _is_wanted(one, payload)]
        if not found:
            return status("Unknown")
        rows = [_payload(one) for one in found]
        calls = tuple(
            Call(
                "NotifyDisplayMessages",
                {
                    "requestId": payload["requestId"],
                    "tbc": start + MESSAGES_PER_PAGE < len(rows),
                    "messageInfo": rows[start : start + MESSAGES_PER_PAGE],
                },
            )
            for start in range(0, len(rows), MESSAGES_PER_PAGE)
        )
        return Answer({"status": "Accepted"}, follow=(Follow("report", calls=calls),))

    def _tell_cost(self, payload: Payload) -> Answer:
        """There is no word for a transaction that does not run (I02.FR.02)."""
        cost = amount_of(payload["totalCost"])
        if cost is not None:
            self._station.costs.tell_cost(payload["transactionId"], cost)
        return Answer()


def _message(asked: Payload) -> DisplayMessage:
    moment, text = asked.get("state"), asked["message"]
    return DisplayMessage(
        id=int(asked["id"]),
        priority=Priority(asked["priority"]),
        content=text["content"],
        form=text["format"],
        language=text.get("language", ""),
        moment=None if moment is None else Moment(moment),
        starts=good_time(asked["startDateTime"]) if "startDateTime" in asked else None,
        ends=good_time(asked["endDateTime"]) if "endDateTime" in asked else None,
        tx_id=asked.get("transactionId"),
    )


def _payload(message: DisplayMessage) -> Payload:
    """MessageInfoType."""
    text: Payload = {"format": message.form, "content": message.content}
    if message.language:
        text["language"] = message.language
    payload: Payload = {"id": message.id, "priority": message.priority.value, "message": text}
    if message.moment is not None:
        payload["state"] = message.moment.value
    if message.starts is not None:
        payload["startDateTime"] = timestamp(message.starts)
    if message.ends is not None:
        payload["endDateTime"] = timestamp(message.ends)
    if message.tx_id is not None:
        payload["transactionId"] = message.tx_id
    return payload


def _is_wanted(message: DisplayMessage, payload: Payload) -> bool:
    return (
        message.id in payload.get("id", (message.id,))
        and payload.get("priority") in (None, message.priority)
        and payload.get("state") in (None, message.moment)
    )
