"""A client of the emulator's control API, as a test bench would write it."""

import asyncio
import json
from http.client import HTTPConnection, HTTPException
from typing import Any

ANSWER_S = 5.0
BAD_REQUEST = 400


class ControlError(Exception):
    """The control API refused, or is not there."""


class ControlClient:
    """Requests to one emulator at ``address`` (host:port)."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def state(self) -> dict[str, Any]:
        """The whole truth."""
        answer: dict[str, Any] = await self.request("GET", "/v1/state")
        return answer

    async def change_car(self, **values: Any) -> None:
        """Change the car at EVSE 1."""
        await self.request("PATCH", "/v1/evses/1/ev", values)

    async def swipe(self, uid: str) -> None:
        """Hold a card to reader 1."""
        await self.request("POST", "/v1/readers/1/tag", {"uid": uid})

    async def request(self, method: str, path: str, body: Any = None) -> Any:
        """One request; ControlError says what was refused."""
        return await asyncio.to_thread(self._request, method, path, body)

    def _request(self, method: str, path: str, body: Any) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        line = HTTPConnection(self._address, timeout=ANSWER_S)  # asks no proxy, whatever is set
        try:
            line.request(method, path, data, {"Content-Type": "application/json"})
            answer = line.getresponse()
            text = answer.read()
        except (OSError, HTTPException) as error:
            raise ControlError(f"{method} {path}: {error}") from None
        finally:
            line.close()
        if answer.status >= BAD_REQUEST:
            raise ControlError(f"{method} {path}: {text.decode()}")
        return json.loads(text) if text else None
