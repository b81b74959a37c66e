"""Strict rig: an emulated charger's process and the strict peer, in the words of either version."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conformance.peers.strict_peer import Reply, StrictPeer
from tests.support.emulator import Emulator, State
from tests.support.record import ANSWER_S
from tests.support.rig import CAR, CARD, CONFIG
from tests.support.transactions import Transaction, transaction_breaches, transactions

MEASURANDS = (  # all that the firmware supports; the meter has no SoC, and the car tells none
    "Energy.Active.Import.Register",
    "Energy.Active.Export.Register",
    "Power.Active.Import",
    "Power.Factor",
    "Current.Import",
    "Current.Offered",
    "Voltage",
    "Frequency",
    "SoC",
)
MEASURED = frozenset(MEASURANDS) - {"SoC"}
SPEED = 5.0

Call = tuple[str, dict[str, Any]]


def variable(name: str, value: str | None = None) -> dict[str, Any]:
    """An item of GetVariables, or of SetVariables."""
    component, _, rest = name.partition(".")
    item: dict[str, Any] = {"component": {"name": component}, "variable": {"name": rest}}
    return item if value is None else item | {"attributeValue": value}


@dataclass(slots=True)
class StrictRig:
    """Both sides, and what tests ask of them."""

    version: str
    peer: StrictPeer
    charger: Emulator

    @property
    def is_16(self) -> bool:
        return self.version == "1.6"

    # requests of the central system, in the words of either version

    async def sample_everything(self, interval_s: int, aligned_s: int) -> None:
        """Switch on every supported measurand, in every list of them."""
        listed = ",".join(MEASURANDS)
        if self.is_16:
            values = {
                "MeterValuesSampledData": listed,
                "MeterValuesAlignedData": listed,
                "StopTxnSampledData": listed,
                "StopTxnAlignedData": listed,
                "MeterValueSampleInterval": str(interval_s),
                "ClockAlignedDataInterval": str(aligned_s),
            }
            for key, value in values.items():
                pair = {"key": key, "value": value}
                assert (await self.peer.call("ChangeConfiguration", pair)).status == "Accepted"
            return
        items = [
            variable("SampledDataCtrlr.TxStartedMeasurands", listed),
            variable("SampledDataCtrlr.TxUpdatedMeasurands", listed),
            variable("SampledDataCtrlr.TxEndedMeasurands", listed),
            variable("AlignedDataCtrlr.Measurands", listed),
            variable("AlignedDataCtrlr.TxEndedMeasurands", listed),
            variable("SampledDataCtrlr.TxUpdatedInterval", str(interval_s)),
            variable("AlignedDataCtrlr.Interval", str(aligned_s)),
        ]
        answer = await self.peer.call("SetVariables", {"setVariableData": items})
        assert answer.result is not None, answer
        results = answer.result["setVariableResult"]
        assert [each["attributeStatus"] for each in results] == ["Accepted"] * len(items)

    async def remote_start(self, token: str = CARD) -> Reply:
        """Ask for a session on EVSE 1."""
        if self.is_16:
            return await self.peer.call(
                "RemoteStartTransaction", {"connectorId": 1, "idTag": token}
            )
        id_token = {"idToken": token, "type": "ISO14443"}
        payload = {"evseId": 1, "remoteStartId": 77, "idToken": id_token}
        return await self.peer.call("RequestStartTransaction", payload)

    async def remote_stop(self) -> Reply:
        """Ask for the end of the one transaction that runs."""
        (running,) = [each for each in self.transactions() if not each.is_over]
        if self.is_16:
            number = {"transactionId": int(running.key)}
            return await self.peer.call("RemoteStopTransaction", number)
        return await self.peer.call("RequestStopTransaction", {"transactionId": running.key})

    async def limit_current(self, current_a: int) -> None:
        """Limit the current at every EVSE."""
        if self.is_16:
            pair = {"key": "MaxCurrent", "value": str(current_a)}
            reply = await self.peer.call("ChangeConfiguration", pair)
            assert reply.status == "Accepted"
            return
        item = variable("LimitCtrlr.MaxCurrent", str(current_a))
        await self.peer.call("SetVariables", {"setVariableData": [item]})

    async def trigger(self, message: str, place: int | None = None) -> str:
        """Ask for a message, at an EVSE or without one."""
        payload: dict[str, Any] = {"requestedMessage": message}
        if place is not None:
            payload |= {"connectorId": place} if self.is_16 else {"evse": {"id": place}}
        return (await self.peer.call("TriggerMessage", payload)).status

    async def unlock(self) -> str:
        """Ask for the plug of EVSE 1."""
        place = {"connectorId": 1} if self.is_16 else {"evseId": 1, "connectorId": 1}
        return (await self.peer.call("UnlockConnector", place)).status

    async def change_availability(self, word: str) -> str:
        """Put EVSE 1 "Inoperative" or "Operative"."""
        if self.is_16:
            payload: dict[str, Any] = {"connectorId": 1, "type": word}
        else:
            payload = {"evse": {"id": 1}, "operationalStatus": word}
        return (await self.peer.call("ChangeAvailability", payload)).status

    async def reset(self, *, waits: bool = False) -> str:
        """Restart the station, its transactions ended first; or (2.0.1) once it is idle."""
        kind = "Soft" if self.is_16 else "OnIdle" if waits else "Immediate"
        return (await self.peer.call("Reset", {"type": kind})).status

    # what is on the wire

    def transactions(self) -> list[Transaction]:
        """All that was told of transactions."""
        return transactions(self.peer.record)

    async def until_tx(self, what: str, is_so: Callable[[Transaction], bool]) -> Transaction:
        """Wait until the newest transaction is so."""
        await self.peer.until(what, lambda: any(map(is_so, self.transactions()[-1:])))
        return self.transactions()[-1]

    async def over(self, count: int = 1) -> list[Transaction]:
        """Wait until so many transactions are told to their end; return them, checked."""

        def are_over() -> bool:
            return sum(each.is_over for each in self.transactions()) >= count

        await self.peer.until(f"{count} transactions are over", are_over)
        found = self.transactions()
        assert len(found) == count, [each.key for each in found]
        wrong = [text for each in found for text in transaction_breaches(each)]
        assert wrong == [], self.peer.record.tail(60)
        return found

    async def charging(self, energy_wh: int = 3) -> None:
        """Wait until the car has got so much."""
        await self.charger.until(
            f"{energy_wh} Wh in this session",
            lambda evse: bool(evse["session"]) and evse["session"]["energy_wh"] >= energy_wh,
        )

    async def ended(self) -> State:
        """Wait until the station has booked the end of a transaction; "Finishing" is before it.

        What is booked after the link is back was not offline.
        """

        def is_booked(evse: State) -> bool:
            return "TransactionEnded" in [event.get("event") for event in self.charger.events]

        return await self.charger.until("the end of a transaction is booked", is_booked)


@asynccontextmanager
async def strict_rig(
    folder: Path, version: str, offered: tuple[str, ...] = (), package: str = "ocpp-rpc"
) -> AsyncIterator[StrictRig]:
    """Both sides, running, the station registered; at the end nothing may have been refused.

    The station offers the peer's version, or those ``offered``.
    """
    peer = StrictPeer(version, package)
    charger: Emulator | None = None
    try:
        await peer.start()
        versions = '", "'.join(offered or (version,))
        charger = Emulator(folder, CONFIG.format(url=peer.url, version=versions), SPEED)
        await charger.start()
        await charger.car(**CAR)
        made = StrictRig(version, peer, charger)
        await peer.until_called("StatusNotification", lambda told: told["connectorId"] == 1)
        yield made
        wrong = peer.verdict(ANSWER_S / SPEED)
        assert wrong == [], "\n".join(map(str, wrong))
        assert await charger.end() == 0, charger.said()
    finally:
        if charger is not None:
            await charger.kill()
        await peer.stop()
