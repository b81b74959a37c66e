"""Upload: an image of new software that comes over HTTP, kept in a file, offered to the updates.

It is read as it comes, no further than it says and than is allowed; nothing of it is in memory but
a piece. Whether it is the maker's, newer and whole is looked at where every image is
(``firmware/update``). One at a time, and none while an update is under way.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, BinaryIO

from starlette.requests import ClientDisconnect, Request

from ampkeeper.firmware.faces.api import Ask
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.faces.web.entry import Refusal
from ampkeeper.firmware.faces.web.handlers import Visit
from ampkeeper.firmware.station.audit import Audit

IMAGE_TYPE = "application/octet-stream"
IMAGE_BYTES_MAX = 1 << 30
ROOM_BYTES_MIN = 32 << 20  # what it must leave free for the books
PIECE_BYTES = 1 << 18
STALL_S = 30.0  # without a byte of it
FILE = "uploaded.part"
CLOSE = {"connection": "close"}  # nobody reads the rest


class ImageUpload:
    """Takes one image after another into ``folder``; ``ask`` asks the station by a verb."""

    def __init__(self, folder: Path, ask: Ask, audit: Audit) -> None:
        self._file = folder / FILE
        self._ask = ask
        self._audit = audit
        self._is_busy = False

    async def take(self, request: Request, visit: Visit) -> dict[str, Any]:
        """Keep the body and have it installed; Refusal says why not."""
        size = _size(request)
        async with self._turn():
            told = await self._ask("image", {"action": "status"})
            if told["state"] != "idle":
                raise Refusal(409, f"an update is under way: {told['state']}", CLOSE)
            try:
                await self._keep(request, size)
                arguments = {"action": "install", "file": str(self._file), "move": True}
                return await self._audit.ask(self._ask, visit.visitor.by, "image", arguments)
            except (Refusal, LocalRefusedError):
                await asyncio.to_thread(self._file.unlink, missing_ok=True)
                raise

    async def _keep(self, request: Request, size: int) -> None:
        try:
            file = await asyncio.to_thread(self._open, size)
            with file:
                await self._write(request, file, size)
                await asyncio.to_thread(os.fsync, file.fileno())
        except OSError as error:
            raise Refusal(503, f"the image cannot be kept: {error.strerror}", CLOSE) from None

    async def _write(self, request: Request, file: BinaryIO, size: int) -> None:
        pieces, left = bytearray(), size
        stream = aiter(request.stream())
        try:
            while left:
                async with asyncio.timeout(STALL_S):
                    piece = await anext(stream, b"")
                if not piece:
                    break
                left -= len(piece)
                if left < 0:
                    raise Refusal(413, f"image: more than its {size} bytes came", CLOSE)
                pieces += piece
                if len(pieces) >= PIECE_BYTES or not left:
                    await asyncio.to_thread(file.write, bytes(pieces))
                    pieces.clear()
        except TimeoutError:
            text = f"image: nothing more of it came for {STALL_S:g} s"
            raise Refusal(408, text, CLOSE) from None
        except ClientDisconnect:
            raise Refusal(400, "image: ended before it was whole") from None
        if left:
            raise Refusal(400, f"image: {size - left} of {size} bytes came", CLOSE)

    def _open(self, size: int) -> BinaryIO:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.unlink(missing_ok=True)
        # Once here and once where the updates keep it, until they have it.
        if shutil.disk_usage(self._file.parent).free < 2 * size + ROOM_BYTES_MIN:
            raise Refusal(409, f"image: no room for {size >> 20} MiB", CLOSE)
        handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        return os.fdopen(handle, "wb", buffering=0)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._is_busy:
            raise Refusal(409, "image: another one is being sent", CLOSE)
        self._is_busy = True
        try:
            yield
        finally:
            self._is_busy = False


def _size(request: Request) -> int:
    """How long it says that it is."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != IMAGE_TYPE:
        raise Refusal(415, f"Content-Type = {kind[:80]!a}: must be {IMAGE_TYPE}", CLOSE)
    if "transfer-encoding" in request.headers:
        raise Refusal(400, "Transfer-Encoding: must not be there, Content-Length must", CLOSE)
    told = request.headers.get("content-length", "")
    if not (told.isascii() and told.isdigit()) or int(told[:18]) == 0:
        raise Refusal(400, f"Content-Length = {told[:20]!a}: must be that of the image", CLOSE)
    size = int(told[:18])
    if size > IMAGE_BYTES_MAX:
        raise Refusal(413, f"image: at most {IMAGE_BYTES_MAX} bytes", CLOSE)
    return size
