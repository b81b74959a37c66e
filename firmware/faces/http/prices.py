"""Prices: PUT /prices tells what a kWh costs from now on, for who has the token.

Whatever is wrong is answered with 4xx and ``{"error": "what, which value, what is allowed"}``, and
changes nothing; 503 is for a station that cannot write its books. One request for each connection.
"""

import asyncio
import hashlib
import hmac
import math
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ampkeeper.firmware.access.guesses import Guesses
from ampkeeper.firmware.faces.http import body
from ampkeeper.firmware.faces.local import LocalRefusedError

PATH = "/prices"
BODY_BYTES_MAX = 65_536
BODY_S = 10.0  # for the body to arrive
HANDLER_S = 8.0  # for the station to write it down
JSON_TYPE = "application/json"
SCHEME = "bearer"

Take = Callable[[str], Awaitable[dict[str, Any]]]
"""Takes the prices' text, and answers with what is so then; LocalRefusedError says no."""


class PriceFace:
    """The route over one station; ``app`` is the ASGI application."""

    def __init__(self, token: bytes, take: Take, now_s: Callable[[], float]) -> None:
        self._digest = hashlib.sha256(token).digest()
        self._take = take
        self._now_s = now_s
        self._guesses = Guesses()
        self.app = Starlette(
            routes=[Route(PATH, self._put, methods=["PUT"])],
            exception_handlers={HTTPException: _http_error},
        )
        self.app.router.redirect_slashes = False  # a wrong path is an error, not a detour

    async def _put(self, request: Request) -> Response:
        self._admit(request)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != JSON_TYPE:
            raise HTTPException(415, f"Content-Type = {kind[:80]!a}: must be {JSON_TYPE}")
        text = await _text(request)
        try:
            async with asyncio.timeout(HANDLER_S):
                told = await self._take(text)
        except LocalRefusedError as error:
            raise HTTPException(400, str(error)) from None
        except TimeoutError:
            raise HTTPException(503, "the books cannot be written now: try again") from None
        return JSONResponse({"price": told["price"]}, headers={"Connection": "close"})

    def _admit(self, request: Request) -> None:
        """Let in who shows the token; a guess is not even looked at while another one waits."""
        address, now_s = request.client.host if request.client else "", self._now_s()
        left_s = self._guesses.left_s(address, now_s)
        if left_s > 0.0:
            after = {"Retry-After": str(math.ceil(left_s))}
            raise HTTPException(429, f"a wrong token before: wait {left_s:.0f} s", after)
        asks = {"WWW-Authenticate": "Bearer"}
        shown = request.headers.getlist("authorization")
        scheme, _, token = (shown[0] if len(shown) == 1 else "").partition(" ")
        if scheme.lower() != SCHEME or not token.strip():
            raise HTTPException(401, "token: missing, must be Authorization: Bearer TOKEN", asks)
        digest = hashlib.sha256(token.strip().encode("latin-1", "replace")).digest()
        if not hmac.compare_digest(digest, self._digest):
            wait_s = self._guesses.wrong(address, now_s, digest.hex())
            raise HTTPException(401, f"token: wrong, the next is looked at in {wait_s:g} s", asks)


async def _text(request: Request) -> str:
    try:
        async with asyncio.timeout(BODY_S):
            data = await body.read(request, BODY_BYTES_MAX)
    except TimeoutError:
        raise HTTPException(408, f"body: must arrive within {BODY_S:g} s") from None
    except ClientDisconnect:
        raise HTTPException(400, "body: ended before it was whole") from None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise HTTPException(400, f"body: not UTF-8 at byte {error.start}: must be JSON") from None


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    text = error.detail
    if error.status_code == 404:
        text = f"path = {request.url.path[:80]!a}: allowed is {PATH}"
    if error.status_code == 405:
        text = f"method = {request.method[:20]!a}: allowed is PUT"
    headers = dict(error.headers or {}) | {"Connection": "close"}
    return JSONResponse({"error": text}, status_code=error.status_code, headers=headers)
