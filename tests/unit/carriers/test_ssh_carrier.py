"""SFTP against asyncssh's own server: host keys, logins, cuts."""

import asyncio
import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from tests.unit.carriers.moving import AT_ONCE, ONCE, Moving

DATA = random.Random(7).randbytes(300_000)


class _Login(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("me", "secret")


class SshServer:
    """An SSH server in a thread; ``cut_after`` ends the connection after so many bytes, once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self.cut_after: list[int] = []
        self.passwords = 0
        self.port = 0
        self._is_up = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()

    def run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        server = await asyncssh.create_server(
            _Login,
            "127.0.0.1",
            0,
            server_host_keys=[self.key],
            sftp_factory=lambda channel: _Files(channel, self),
        )
        self.port = server.get_port()
        self._is_up.set()
        await self._stop.wait()
        server.close()
        await server.wait_closed()

    def start(self) -> threading.Thread:
        thread = threading.Thread(target=self.run, daemon=True)
        thread.start()
        assert self._is_up.wait(10)
        return thread

    def stop(self, thread: threading.Thread) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        thread.join(10)

    def url(self, path: str, login: str = "me:secret") -> str:
        return f"sftp://{login}@127.0.0.1:{self.port}{path}"

    def known_line(self) -> str:
        public = self.key.export_public_key().decode().strip()
        return f"[127.0.0.1]:{self.port} {public}\n"


class _Files(asyncssh.SFTPServer):
    def __init__(self, channel: Any, server: SshServer) -> None:
        super().__init__(channel, chroot=str(server.folder).encode())
        self._server = server
        self._connection = channel.get_connection()

    def read(self, file_obj: Any, offset: int, size: int) -> Any:
        self._cut(offset + size)
        return super().read(file_obj, offset, size)

    def write(self, file_obj: Any, offset: int, data: bytes) -> Any:
        self._cut(offset + len(data))
        return super().write(file_obj, offset, data)

    def _cut(self, reached: int) -> None:
        cuts = self._server.cut_after
        if cuts and reached > cuts[0]:
            del cuts[0]
            self._connection.abort()
            raise asyncssh.SFTPFailure("cut")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshServer]:
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "firmware.bin").write_bytes(DATA)
    running = SshServer(folder)
    thread = running.start()
    yield running
    running.stop(thread)


@pytest.fixture
def moving(tmp_path: Path) -> Moving:
    folder = tmp_path / "state"
    folder.mkdir()
    return Moving(folder)


async def test_a_known_host_gives_and_takes(server: SshServer, moving: Moving) -> None:
    (moving.folder / "known_hosts").write_text(server.known_line())
    assert (await moving.fetch(server.url("/firmware.bin"))).is_good
    assert moving.got() == DATA
    assert (await moving.send(server.url("/log.zip"), DATA)).is_good
    assert (server.folder / "log.zip").read_bytes() == DATA
    assert (await moving.fetch(server.url("/nothing"))).word == "missing"


async def test_an_unknown_host_is_refused(server: SshServer, moving: Moving) -> None:
    ended = await moving.fetch(server.url("/firmware.bin"), AT_ONCE)
    assert ended.word == "untrusted"
    assert not (moving.folder / "known_hosts").exists()


async def test_an_unknown_host_is_learned_only_where_that_was_configured(
    server: SshServer, moving: Moving
) -> None:
    moving.learns_hosts = True
    assert (await moving.fetch(server.url("/firmware.bin"), ONCE)).is_good
    assert (moving.folder / "known_hosts").read_text() == server.known_line()
    moving.learns_hosts = False
    assert (await moving.fetch(server.url("/firmware.bin"), ONCE)).is_good


async def test_a_host_whose_key_changed_is_never_learned(server: SshServer, moving: Moving) -> None:
    known = server.known_line()
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().split()[1]
    changed = known.replace(known.split()[2], other)
    (moving.folder / "known_hosts").write_text(changed)
    moving.learns_hosts = True
    assert (await moving.fetch(server.url("/firmware.bin"))).word == "untrusted"
    assert (moving.folder / "known_hosts").read_text() == changed


async def test_a_wrong_password_is_denied(
    server: SshServer, moving: Moving, caplog: pytest.LogCaptureFixture
) -> None:
    (moving.folder / "known_hosts").write_text(server.known_line())
    ended = await moving.fetch(server.url("/firmware.bin", "me:hunter2"))
    assert ended.word == "denied"
    assert "hunter2" not in caplog.text + ended.text


async def test_a_cut_fetching_goes_on(server: SshServer, moving: Moving) -> None:
    (moving.folder / "known_hosts").write_text(server.known_line())
    server.cut_after = [150_000]
    assert (await moving.fetch(server.url("/firmware.bin"))).is_good
    assert moving.got() == DATA
    assert server.cut_after == []


async def test_a_cut_sending_goes_on(server: SshServer, moving: Moving) -> None:
    (moving.folder / "known_hosts").write_text(server.known_line())
    server.cut_after = [150_000]
    assert (await moving.send(server.url("/log.zip"), DATA)).is_good
    assert (server.folder / "log.zip").read_bytes() == DATA


async def test_a_file_of_known_hosts_that_is_none_trusts_nobody(
    server: SshServer, moving: Moving
) -> None:
    (moving.folder / "known_hosts").write_bytes(b"\xff\xfe nonsense\n")
    assert (await moving.fetch(server.url("/firmware.bin"))).word == "untrusted"
