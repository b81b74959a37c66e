"""What the tests of the control API stand on: a fake station, a world, and a client."""

import json
from typing import Any

import httpx

from ampkeeper.board.emulated.control import Control
from ampkeeper.board.emulated.events import EventLog
from ampkeeper.board.emulated.world import EvseSpec, World
from ampkeeper.firmware.station.csms import RefusedTransferError
from ampkeeper.hal.fake import FakeClock


class FakeStation:
    """A station that remembers what was asked of it."""

    def __init__(self) -> None:
        self.link = "up"
        self.is_network_up = True
        self.answers: dict[tuple[str, str], tuple[str, Any]] = {}
        self.sent: list[tuple[str, str | None, Any]] = []
        self.cleared: list[tuple[int, str]] = []
        self.is_csms_silent = False
        self.refusal = ""  # the error that the central system answers with

    def csms(self) -> dict[str, Any]:
        return {"link": self.link, "registration": "accepted", "ocpp": "1.6", "queued": 0}

    def evse(self, evse_id: int) -> dict[str, Any]:
        return {
            "status": "Available",
            "limit_a": 16.0,
            "limited_by": "cable",
            "session": None,
            "faults": [],
        }

    def set_data_transfer(self, vendor_id: str, message_id: str, status: str, data: Any) -> None:
        self.answers[vendor_id, message_id] = (status, data)

    def remove_data_transfer(self, vendor_id: str, message_id: str) -> bool:
        return self.answers.pop((vendor_id, message_id), None) is not None

    async def send_data_transfer(
        self, vendor_id: str, message_id: str | None, data: Any
    ) -> dict[str, Any]:
        if self.is_csms_silent:
            raise TimeoutError
        if self.refusal:
            raise RefusedTransferError(self.refusal)
        self.sent.append((vendor_id, message_id, data))
        return {"status": "Accepted", "data": "thanks"}

    def clear_fault(self, evse_id: int, name: str) -> None:
        self.cleared.append((evse_id, name))

    def set_network(self, up: bool) -> None:
        self.is_network_up = up


class Rig:
    """A control API over a world, and a client that talks to it."""

    def __init__(self) -> None:
        clock = FakeClock()
        self.world = World([EvseSpec(1), EvseSpec(2, phases=1, is_socket=False)])
        self.station = FakeStation()
        self.events = EventLog(clock.now)
        self.cuts: list[str] = []
        self.control = Control(
            self.world, self.station, self.events, clock, lambda: self.cuts.append("cut")
        )
        transport = httpx.ASGITransport(self.control.app)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://charger")

    def everything(self) -> str:
        """All that a request could change."""
        station = vars(self.station)
        waiting = [len(slot._waiting) for slot in self.world.cards.values()]
        return repr((self.world.save(), station, waiting, self.events.newest_id, self.cuts))

    async def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        return await self.client.request(method, path, content=content)
