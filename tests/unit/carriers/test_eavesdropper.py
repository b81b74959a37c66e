"""Somebody on the line hears all that passes: neither the file, nor its name, nor a password."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

from tests.support.file_servers import web_server
from tests.unit.carriers import own_ca
from tests.unit.carriers.moving import Moving

SECRET = b"an image that nobody else shall read. " * 400
PASSWORD = "s3cret-of-the-server"
PATH = "/hidden-name-of-the-file"


@contextlib.contextmanager
def tapped(port: int) -> Iterator[tuple[int, list[bytes]]]:
    """A port in front of another one; what passes in either direction is kept."""
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))
    lines: list[socket.socket] = []

    def hand_on(one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65_536):
                heard.append(data)
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                near = listener.accept()[0]
                far = socket.create_connection(("127.0.0.1", port))
                lines.extend((near, far))
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=hand_on, args=ends, daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], heard
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for line in lines:
            line.close()
        thread.join(5)


async def overheard(url: str, port: int, moving: Moving) -> bytes:
    """What passes while ``url`` is fetched through the tap."""
    with tapped(port) as (tap, heard):
        there = url.replace(f":{port}/", f":{tap}/").replace("://", f"://me:{PASSWORD}@")
        assert (await moving.fetch(there)).is_good
        assert moving.file.read_bytes() == SECRET
        return b"".join(heard)


async def test_eavesdropping_over_tls_hears_neither_file_nor_name_nor_password(
    tmp_path: Path,
) -> None:
    root = own_ca.root()
    (tmp_path / "root").write_bytes(root.pem())
    with web_server(own_ca.server_context(own_ca.leaf(root), tmp_path)) as server:
        server.files[PATH], server.login = SECRET, f"me:{PASSWORD}"
        moving = Moving(tmp_path, str(tmp_path / "root"))
        heard = await overheard(server.url(PATH), server.server_address[1], moving)
    assert len(heard) > len(SECRET), "it passed by there"
    for secret in (SECRET[:20], PATH.encode(), PASSWORD.encode()):
        assert secret not in heard


async def test_the_tap_hears_what_is_said_in_the_clear(tmp_path: Path) -> None:
    """Else the one above proves nothing."""
    with web_server() as server:
        server.files[PATH] = SECRET
        heard = await overheard(server.url(PATH), server.server_address[1], Moving(tmp_path))
    assert SECRET[:20] in heard
    assert PATH.encode() in heard
