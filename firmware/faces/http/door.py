"""Door: a TCP port to serve HTTP on.

It is opened before anything is served, so that a port in use is found at once.
"""

import socket

BACKLOG = 128


def listen(host_port: str, what: str) -> socket.socket:
    """Open the port for ``what``; port 0 takes a free one. Raise OSError when it is taken."""
    host, port = split_host_port(host_port)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        door = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise OSError(error.errno, _reason(error), f"{what} at {host_port}") from error
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


def _reason(error: OSError) -> str:
    """Why, without the address, which ``create_server`` puts behind it."""
    return str(error.strerror).partition(" (")[0]
