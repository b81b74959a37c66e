"""The peer of the fleet's row: bare WebSocket clients that send ready frames, and are no chargers.

Arguments: URL, how many, seconds between two pairs of frames. Each line read is answered with the
processor time used so far.
"""

import asyncio
import json
import sys
import time
from datetime import UTC, datetime

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

SAMPLE = {"sampledValue": [{"value": "1000"}]}


async def main(url: str, count: int, every_s: float) -> None:
    """Open all, send, and tell, until the input ends."""
    clients = [await _open(f"{url}/B{number:05}") for number in range(count)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_send(client, every_s)) for client in clients]
        while await asyncio.to_thread(sys.stdin.readline):
            print(time.process_time(), flush=True)
        for task in tasks:
            task.cancel()


async def _open(url: str) -> ClientConnection:
    return await connect(url, subprotocols=[Subprotocol("ocpp1.6")], compression=None)


async def _send(client: ClientConnection, every_s: float) -> None:
    number = 0
    while True:
        await asyncio.sleep(every_s)
        value = SAMPLE | {"timestamp": datetime.now(UTC).isoformat()}
        values = {"connectorId": 1, "transactionId": 1, "meterValue": [value]}
        for action, payload in (("Heartbeat", {}), ("MeterValues", values)):
            number += 1
            await client.send(json.dumps([2, str(number), action, payload]))
            await client.recv()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
