"""A charger behind a real Modbus/TCP server on loopback, and what reached it."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from ampkeeper.firmware.config.model_modbus import Modbus
from ampkeeper.firmware.faces import api
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.faces.modbus import task as module
from ampkeeper.firmware.faces.modbus.task import ModbusFace
from ampkeeper.hal.fake import FakeClock
from tests.unit.mqtt_face.mqtt_rig import limit_of, state_of

PATIENCE_S = 20.0
READ_STATUS = bytes.fromhex("000700000006010300640001")  # transaction 7, one register at 100


class Charger:
    """Does what it is asked for; ``refusal`` is what it says no with."""

    def __init__(self, **told: Any) -> None:
        self.clock = FakeClock()
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.owner_a: float | None = None
        self.refusal = ""
        self.looks = 0
        told = {"listen": "127.0.0.1:0", "offers": "limit"} | told
        self.face = ModbusFace(Modbus(**told), self.read, self.ask, self.clock)

    def read(self) -> api.State:
        self.looks += 1
        limits = (limit_of("board", 32.0),)
        limits += () if self.owner_a is None else (limit_of("owner", self.owner_a),)
        state = state_of(evses=2)
        first = replace(state.evses[0], limits=limits)
        return replace(state, evses=(first, state.evses[1]))

    async def ask(self, verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if self.refusal:
            raise LocalRefusedError(self.refusal)
        self.asked.append((verb, arguments))
        self.owner_a = arguments.get("current_a")
        return {"result": "done"}

    @asynccontextmanager
    async def served(self) -> AsyncIterator[int]:
        """The port, while it is served."""
        async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
            tasks = self.face.start(group)
            await self.face.is_listening.wait()
            try:
                yield int(self.face.address.rpartition(":")[2])
            finally:
                for task in tasks:
                    task.cancel()


async def exchange(port: int, data: bytes) -> bytes:
    """All that comes back until the other side hangs up, or nothing more is missing."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        writer.write_eof()
        return await reader.read()
    finally:
        writer.close()


def frame(pdu: bytes, transaction: int = 1) -> bytes:
    return struct.pack(">HHHB", transaction, 0, len(pdu) + 1, 1) + pdu


__all__ = ["READ_STATUS", "Charger", "exchange", "frame", "module"]
