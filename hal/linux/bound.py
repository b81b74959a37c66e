"""A connected TCP socket whose packets leave by one network interface alone (SO_BINDTODEVICE).

Linux 5.7 and newer let everybody bind a socket that is not bound yet; older ones want
CAP_NET_RAW. An interface that is not there, or is down, is an OSError like a host that is away.
"""

import asyncio
import socket
from typing import Any
from urllib.parse import urlsplit

CONNECT_S = 5.0  # per address of the host
BOUND_S = 20.0  # for all of it, the host's name included
ADDRESSES_MAX = 4  # of a host; the further ones are not tried
PORTS = {"ws": 80, "wss": 443}


async def bound_socket(url: str, interface: str) -> socket.socket:
    """Connect to the host of ``url`` by ``interface``; raise OSError, TimeoutError among them."""
    async with asyncio.timeout(BOUND_S):
        return await _any_of(url, interface)


async def _any_of(url: str, interface: str) -> socket.socket:
    parts = urlsplit(url)
    port = parts.port or PORTS[parts.scheme]
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    failure = OSError(f"{parts.hostname}: no address")
    for family, kind, protocol, _, address in found[:ADDRESSES_MAX]:
        try:
            return await _connected(socket.socket(family, kind, protocol), interface, address)
        except OSError as error:
            failure = error
    raise failure


async def _connected(
    made: socket.socket, interface: str, address: tuple[Any, ...]
) -> socket.socket:
    try:
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode() + b"\0")
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        async with asyncio.timeout(CONNECT_S):
            await asyncio.get_running_loop().sock_connect(made, address)
    except BaseException:
        made.close()
        raise
    return made
