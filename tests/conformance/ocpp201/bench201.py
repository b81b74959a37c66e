"""Bench for the cases of certification of 2.0.1: what is said differently than in 1.6.

The reusable states of the test case document are methods here, by their names: ``booted``,
``ev_connected``, ``authorized``, ``energy_transfer_started``, ``stop_authorized``,
``ev_disconnected``.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from ampkeeper.board.emulated.demo.csms import Frame, StationLink
from tests.conformance.ocpp16.bench16 import CARD, Bench, FamilyCsms, Payload
from tests.support.csms import WatchedCsms
from tests.support.rig import CAR

EVSE_1 = {"evse": {"id": 1}}
PLUG_1 = {"evse": {"id": 1, "connectorId": 1}}
LONG_S = 60.0
PERIODIC = "MeterValuePeriodic"
STARTS = ("StartupOfTheDevice", "ResetOrReboot")


class FamilyCsms201(FamilyCsms):
    """``groups``: the groups of tokens; ``infos``: more of what is told of a token.

    ``prices``: the total cost that answers to each type of event tell. ``signing``: the answer to
    a request to sign; empty: none that says so.
    """

    infos: dict[str, Payload]
    prices: dict[str, float]
    signing = ""

    def _answer(self, link: StationLink, message_id: str, action: str, payload: Any) -> Frame:
        frame = WatchedCsms._answer(self, link, message_id, action, payload)
        token = (payload.get("idToken") or {}).get("idToken", "")
        if frame[0] == 3 and action == "SignCertificate" and self.signing:
            frame = [*frame[:2], {"status": self.signing}]
        cost = self.prices.get(payload.get("eventType", "")) if frame[0] == 3 else None
        if cost is not None:
            frame = [*frame[:2], frame[2] | {"totalCost": cost}]
        if frame[0] != 3 or "idTokenInfo" not in frame[2]:
            return frame
        group = self.groups.get(token)
        named = {"groupIdToken": {"idToken": group, "type": "Central"}} if group else {}
        info = frame[2]["idTokenInfo"] | named | self.infos.get(token, {})
        return [*frame[:2], frame[2] | {"idTokenInfo": info}]


def variable(name: str) -> Payload:
    """ComponentVariableType of "Component[instance].Variable[instance]", an EVSE after "@"."""
    component, _, rest = name.partition(".")
    component, _, evse = component.partition("@")
    place = {"evse": {"id": int(evse)}} if evse else {}
    return {"component": _named(component) | place, "variable": _named(rest)}


def _named(text: str) -> Payload:
    word, _, instance = text.partition("[")
    return {"name": word} | ({"instance": instance.removesuffix("]")} if instance else {})


class Bench201(Bench):
    """The charger of one case."""

    version = "2.0.1"
    kind = FamilyCsms201

    def __init__(self, *args: Any, **sets: str) -> None:
        super().__init__(*args, **sets)
        self.kind.infos = self.infos = {}
        self.kind.prices = self.prices = {}
        self.kind.signing = ""
        self._asked = 0

    def play_one(self, script: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
        """Run a case in which there is one transaction, and it is told whole."""
        self.play(script)
        assert len(self.check()) == 1

    # the central system's half

    async def get(self, *names: str, **fields: Any) -> list[Payload]:
        """Results of GetVariables, in order."""
        items = [variable(name) | fields for name in names]
        found = await self.ask("GetVariables", {"getVariableData": items})
        return list(found["getVariableResult"])

    async def value(self, name: str) -> str:
        """The value of a variable, which must be there."""
        (result,) = await self.get(name)
        assert result["attributeStatus"] == "Accepted", result
        return str(result["attributeValue"])

    async def put(self, values: Payload, **fields: Any) -> list[Payload]:
        """Results of SetVariables, in order; ``values`` by name."""
        items = [variable(name) | {"attributeValue": _text(values[name])} for name in values]
        asked = {"setVariableData": [item | fields for item in items]}
        return list((await self.ask("SetVariables", asked))["setVariableResult"])

    async def configure(self, **values: Any) -> None:
        """Set variables, "TxCtrlr__EVConnectionTimeOut=3"; each must be accepted."""
        named = {name.replace("__", "."): value for name, value in values.items()}
        for result in await self.put(named):
            assert result["attributeStatus"] == "Accepted", result

    async def report(self, action: str, **asked: Any) -> list[Payload]:
        """The rows of a report that must be accepted, its pages checked (B07.FR.10)."""
        self._asked += 1
        mark = self.mark()
        answer = await self.ask(action, {"requestId": self._asked} | asked)
        assert answer["status"] == "Accepted", answer
        await self.until(lambda: any(not page["tbc"] for page in self._pages(mark)))
        pages = self._pages(mark)
        assert [page["seqNo"] for page in pages] == list(range(len(pages)))
        assert [page["tbc"] for page in pages] == [True] * (len(pages) - 1) + [False]
        assert {page["requestId"] for page in pages} == {self._asked}
        rows = [row for page in pages for row in page["reportData"]]
        assert all("variableCharacteristics" in row for row in rows)
        return rows

    def _pages(self, mark: int) -> list[Payload]:
        return self.since(mark, "NotifyReport")

    async def trigger(self, message: str, **fields: Any) -> str:
        """The status of a TriggerMessage."""
        return await self.status_of("TriggerMessage", {"requestedMessage": message} | fields)

    async def remote_start(self, token: str = CARD, **fields: Any) -> str:
        """Ask for a session at EVSE 1; the answer."""
        asked = {"remoteStartId": 7, "evseId": 1, "idToken": central(token)} | fields
        return await self.status_of("RequestStartTransaction", asked)

    async def remote_stop(self) -> str:
        """Ask for the end of the newest transaction; the answer."""
        return await self.status_of("RequestStopTransaction", {"transactionId": self.told[-1].key})

    async def reset(self, kind: str = "Immediate", **fields: Any) -> str:
        """The status of a Reset."""
        return await self.status_of("Reset", {"type": kind} | fields)

    # the reusable states

    async def booted(self, mark: int, reason: str) -> Payload:
        """Wait until it has booted anew, told its connectors and why; its boot."""
        await self.until(lambda: self.since(mark, "BootNotification") != [], 200)
        await self.until(lambda: self.since(mark, "SecurityEventNotification") != [])
        await self.until(lambda: self.since(mark, "StatusNotification") != [] and self.registered)
        boot = self.since(mark, "BootNotification")[-1]
        assert boot["reason"] == reason
        kinds = {event["type"] for event in self.since(mark, "SecurityEventNotification")}
        assert kinds & set(STARTS), kinds
        return boot

    async def ev_connected(self, **car: Any) -> None:
        """A car is plugged in, and told as Occupied."""
        self.plug(**(CAR | car))
        await self.wait_status("Occupied")

    async def authorized(self, token: str = CARD) -> None:
        """A card is held to the reader, and accepted."""
        count = len(self.calls("Authorize"))
        self.swipe(token)
        await self.until(lambda: len(self.calls("Authorize")) > count)

    async def energy_transfer_started(self, token: str = CARD, **car: Any) -> None:
        """Plug, card, energy, told."""
        await self.ev_connected(**car)
        await self.authorized(token)
        await self.charging()
        await self.until(lambda: "Charging" in self.states())

    async def stop_authorized(self, token: str = CARD) -> None:
        """The same card again ends it."""
        self.swipe(token)
        await self.gone()

    async def over(self) -> None:
        """The same card ends it, the car leaves, and nothing is owed."""
        await self.stop_authorized()
        await self.settle()

    async def ev_disconnected(self) -> None:
        """The car leaves, and the connector is told to be free."""
        self.unplug()
        await self.wait_status("Available")

    # what is on the wire

    def events(self, kind: str = "") -> list[Payload]:
        """TransactionEvents, of a type or all, samples left out."""
        return [
            each
            for each in self.calls("TransactionEvent")
            if kind in ("", each["eventType"]) and each["triggerReason"] != PERIODIC
        ]

    async def until_said(self, *wanted: str | None) -> Payload:
        """Wait for an event that says this, in the order of ``said``; return it."""
        await self.until(lambda: any(said(each) == wanted for each in self.events()), LONG_S)
        return next(each for each in self.events() if said(each) == wanted)

    def states(self) -> list[str]:
        """The charging states that were told, repeats left out."""
        told: list[str] = []
        for each in self.calls("TransactionEvent"):
            state = each["transactionInfo"].get("chargingState")
            if state is not None and told[-1:] != [state]:
                told.append(state)
        return told

    def statuses(self, connector: int = 1) -> list[str]:
        """What StatusNotification said of connector 1 of an EVSE, repeats left out."""
        told: list[str] = []
        for payload in self.calls("StatusNotification"):
            if payload["evseId"] == connector and told[-1:] != [payload["connectorStatus"]]:
                told.append(payload["connectorStatus"])
        return told


def said(event: Payload) -> tuple[str, str, str | None, str | None]:
    """Type, trigger, charging state and reason of an event."""
    info = event["transactionInfo"]
    state, reason = info.get("chargingState"), info.get("stoppedReason")
    return event["eventType"], event["triggerReason"], state, reason


def central(token: str) -> Payload:
    """IdTokenType as a card reader would say it."""
    return {"idToken": token, "type": "ISO14443"}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
