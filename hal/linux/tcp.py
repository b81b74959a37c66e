"""A connected TCP socket, with TLS where wanted: made on the loop, ended wherever it waits.

For clients that want a socket, and would make it in a thread that no one can end. Names alone are
looked up in a thread; nobody waits for it who is told to end, the process's end included.
"""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

ADDRESSES_MAX = 4  # of a host; the further ones are not tried
CONNECT_S = 5.0  # per address
LOOKUPS_MAX = 4  # at a time; a further one is refused

Found = list[tuple[Any, ...]]

_lookups = threading.BoundedSemaphore(LOOKUPS_MAX)


async def tcp_socket(host: str, port: int) -> socket.socket:
    """Connect to one of the host's addresses; raise OSError, TimeoutError among them."""
    failure = OSError(f"{host}: no address")
    for family, kind, protocol, _, address in (await addresses(host, port))[:ADDRESSES_MAX]:
        made = socket.socket(family, kind, protocol)
        try:
            made.setblocking(False)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            async with asyncio.timeout(CONNECT_S):
                await asyncio.get_running_loop().sock_connect(made, address)
        except OSError as error:
            made.close()
            failure = error
        except BaseException:
            made.close()
            raise
        else:
            return made
    raise failure


async def tls_socket(host: str, port: int, context: ssl.SSLContext) -> ssl.SSLSocket:
    """Connect and shake hands; raise OSError, SSLError among them. The caller sets a time-out."""
    plain = await tcp_socket(host, port)
    try:
        made = context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
    except BaseException:
        plain.close()
        raise
    try:
        await _shake_hands(made)
    except BaseException:
        made.close()
        raise
    return made


async def addresses(host: str, port: int) -> Found:
    """What ``getaddrinfo`` finds for a stream; raise OSError."""
    with suppress(socket.gaierror):
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    if not _lookups.acquire(blocking=False):
        raise OSError(f"{host}: {LOOKUPS_MAX} names are being looked up, none is found")
    loop = asyncio.get_running_loop()
    found: asyncio.Future[Found] = loop.create_future()

    def tell(result: Found | OSError) -> None:
        if found.done():  # cancelled
            return
        if isinstance(result, OSError):
            found.set_exception(result)
        else:
            found.set_result(result)

    thread = threading.Thread(target=_look_up, args=(host, port, loop, tell), daemon=True)
    thread.start()
    return await found  # ended by the resolver's own time-outs, or by being cancelled


def _look_up(
    host: str,
    port: int,
    loop: asyncio.AbstractEventLoop,
    tell: Callable[[Found | OSError], None],
) -> None:
    result: Found | OSError
    try:
        result = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        result = error
    except UnicodeError:  # a label that is empty or too long
        result = OSError(f"{host}: not a name")
    finally:
        _lookups.release()
    with suppress(RuntimeError):  # the loop has ended meanwhile
        loop.call_soon_threadsafe(tell, result)


async def _shake_hands(made: ssl.SSLSocket) -> None:
    loop = asyncio.get_running_loop()
    while True:
        try:
            return made.do_handshake()
        except ssl.SSLWantReadError:
            await _ready(made.fileno(), loop.add_reader, loop.remove_reader)
        except ssl.SSLWantWriteError:
            await _ready(made.fileno(), loop.add_writer, loop.remove_writer)


async def _ready(number: int, add: Callable[..., None], remove: Callable[[int], bool]) -> None:
    ready = asyncio.Event()
    add(number, ready.set)
    try:
        await ready.wait()  # ended by the other side, or by the caller's time-out
    finally:
        remove(number)
