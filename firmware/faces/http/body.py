"""Body: what a request brings, read no further than its limit."""

from starlette.exceptions import HTTPException
from starlette.requests import Request


async def read(request: Request, bytes_max: int) -> bytes:
    """The whole body; HTTPException 413 as soon as it is, or says that it is, too long."""
    too_long = f"body is too long: at most {bytes_max} bytes"
    told = request.headers.get("content-length", "")
    if told.isascii() and told.isdigit() and int(told[:18]) > bytes_max:
        raise HTTPException(413, too_long)
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > bytes_max:
            raise HTTPException(413, too_long)
    return bytes(data)
