"""Door: a TCP port to serve HTTP on.

It is opened before anything is served, so that a port in use is found at once. Who comes is counted
when he is let in, before TLS and before he says anything.
"""

import socket
from typing import Any
from weakref import WeakSet

BACKLOG = 128
ALL_MAX = 80  # connections; above what connections.py answers with 429, so that it can be said
OF_ONE_MAX = 40  # of one address


class Door(socket.socket):
    """A listening socket; who comes when it is full is hung up on."""

    def __init__(self, fileno: int) -> None:
        super().__init__(fileno=fileno)
        self._taken: WeakSet[socket.socket] = WeakSet()

    def accept(self) -> tuple[socket.socket, Any]:
        """Let the next one in; ConnectionAbortedError when there is no room for him."""
        came, address = super().accept()
        hosts = [host for one in self._taken if (host := _host_of(one))]
        if len(hosts) >= ALL_MAX or hosts.count(address[0]) >= OF_ONE_MAX:
            came.close()
            raise ConnectionAbortedError
        self._taken.add(came)
        return came, address


def listen(host_port: str, what: str, *, is_counted: bool = True) -> socket.socket:
    """Open the port for ``what``; port 0 takes a free one. Raise OSError when it is taken.

    ``is_counted``: with the limits of a ``Door``.
    """
    host, port = split_host_port(host_port)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        opened = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise OSError(error.errno, _reason(error), f"{what} at {host_port}") from error
    door = Door(opened.detach()) if is_counted else opened
    # Those who come inherit it. asyncio sets it only where the socket names its protocol, and
    # without it the second half of an answer waits 40 ms for the other side's late "received".
    door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return door


def name_of(door: socket.socket) -> str:
    """The address that was taken, as host:port."""
    host, port = door.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def split_host_port(host_port: str) -> tuple[str, int]:
    """Split "host:port"; raise ValueError that says what is allowed."""
    host, colon, port = host_port.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) <= 65_535):
        raise ValueError(f"{host_port!r}: must be host:port, port 0 (any free one) to 65535")
    return host, int(port)


def _host_of(connection: socket.socket) -> str:
    """Who is at the other end; empty when it is over."""
    try:
        return str(connection.getpeername()[0])
    except OSError:
        return ""


def _reason(error: OSError) -> str:
    """Why, without the address, which ``create_server`` puts behind it."""
    return str(error.strerror).partition(" (")[0]
