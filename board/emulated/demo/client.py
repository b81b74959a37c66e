"""A client of the emulator's control API, as a test bench would write it."""

import asyncio
import json
import urllib.error
import urllib.request
from typing import Any

ANSWER_S = 5.0


class ControlError(Exception):
    """The control API refused, or is not there."""


class ControlClient:
    """Requests to one emulator at ``address`` (host:port)."""

    def __init__(self, address: str) -> None:
        self._base = f"http://{address}"

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
        request = urllib.request.Request(self._base + path, data, method=method)  # noqa: S310
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:  # noqa: S310
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise ControlError(f"{method} {path}: {error.read().decode()}") from None
        except OSError as error:
            raise ControlError(f"{method} {path}: {error}") from None
        return json.loads(text) if text else None
