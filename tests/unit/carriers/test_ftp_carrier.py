"""FTP and FTPS: against a server of its own kind, and against one that breaks on command."""

import random
from collections.abc import Iterator
from pathlib import Path

import aioftp
import pytest

from ampkeeper.hal.carriers import ftp
from tests.support.file_servers import FtpServer, ftp_server
from tests.unit.carriers import own_ca
from tests.unit.carriers.moving import ONCE, Moving

DATA = random.Random(6).randbytes(300_000)


@pytest.fixture
def server() -> Iterator[FtpServer]:
    with ftp_server() as running:
        running.files["/up/firmware.bin"] = DATA
        yield running


@pytest.fixture
def moving(tmp_path: Path) -> Moving:
    return Moving(tmp_path)


async def test_an_independent_server_gives_and_takes(tmp_path: Path) -> None:
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "firmware.bin").write_bytes(DATA)
    user = aioftp.User("me", "secret", base_path=folder)
    other = aioftp.Server([user])
    await other.start("127.0.0.1", 0)
    try:
        port = other.server_port
        moving = Moving(tmp_path)
        url = f"ftp://me:secret@127.0.0.1:{port}"
        assert (await moving.fetch(f"{url}/firmware.bin")).is_good
        assert moving.got() == DATA
        assert (await moving.send(f"{url}/log.zip", DATA)).is_good
        assert (folder / "log.zip").read_bytes() == DATA
        wrong = await moving.fetch(f"ftp://me:wrong@127.0.0.1:{port}/firmware.bin")
        assert wrong.word == "denied"
        assert (await moving.fetch(f"{url}/nothing.bin")).word == "missing"
    finally:
        await other.close()


async def test_a_cut_fetching_goes_on_with_rest(server: FtpServer, moving: Moving) -> None:
    server.faults.cut_after = [100_000]
    assert (await moving.fetch(server.url("/up/firmware.bin"))).is_good
    assert moving.got() == DATA
    assert "REST 100000" in server.lines


async def test_a_server_without_rest_begins_anew(server: FtpServer, moving: Moving) -> None:
    server.has_rest = False
    server.faults.cut_after = [100_000]
    assert (await moving.fetch(server.url("/up/firmware.bin"))).is_good
    assert moving.got() == DATA


async def test_a_cut_sending_goes_on_where_the_server_is(server: FtpServer, moving: Moving) -> None:
    server.faults.cut_after = [100_000]
    assert (await moving.send(server.url("/up/log.zip"), DATA)).is_good
    assert server.files["/up/log.zip"] == DATA
    assert "REST 100000" in server.lines


async def test_an_old_file_of_that_name_is_not_gone_on_with(
    server: FtpServer, moving: Moving
) -> None:
    server.files["/up/log.zip"] = b"old"
    assert (await moving.send(server.url("/up/log.zip"), DATA)).is_good
    assert server.files["/up/log.zip"] == DATA


async def test_a_server_without_room_is_no_success(server: FtpServer, moving: Moving) -> None:
    server.room_bytes = 1000
    ended = await moving.send(server.url("/up/log.zip"), DATA, ONCE)
    assert not ended.is_good


async def test_a_wrong_password_is_denied_and_told_to_nobody(
    server: FtpServer, moving: Moving, caplog: pytest.LogCaptureFixture
) -> None:
    ended = await moving.fetch(server.url("/up/firmware.bin", "me:hunter2@"))
    assert ended.word == "denied"
    assert "hunter2" not in caplog.text + ended.text
    assert server.lines.count("PASS") == 1


async def test_explicit_tls_covers_login_and_data(tmp_path: Path) -> None:
    root, stranger = own_ca.root(), own_ca.root("stranger")
    context = own_ca.server_context(own_ca.leaf(root), tmp_path)
    for name, pair in (("root", root), ("stranger", stranger)):
        (tmp_path / name).write_bytes(pair.pem())
    with ftp_server(context) as server:
        server.files["/f"] = DATA
        good = Moving(tmp_path, str(tmp_path / "root"))
        assert (await good.fetch(server.url("/f"))).is_good
        assert good.got() == DATA
        assert server.lines.index("AUTH TLS") < server.lines.index("PASS")
        assert "PROT P" in server.lines
        assert (await good.send(server.url("/g"), DATA)).is_good
        assert server.files["/g"] == DATA
        bad = Moving(tmp_path, str(tmp_path / "stranger"))
        server.lines.clear()
        assert (await bad.fetch(server.url("/f"))).word == "untrusted"
        assert "PASS" not in server.lines


async def test_implicit_tls_begins_before_the_first_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = own_ca.root()
    context = own_ca.server_context(own_ca.leaf(root), tmp_path)
    (tmp_path / "root").write_bytes(root.pem())
    with ftp_server(context) as server:
        server.is_implicit = True
        server.files["/f"] = DATA
        monkeypatch.setattr(ftp, "IMPLICIT_PORT", server.port)  # 990 is not for everybody
        moving = Moving(tmp_path, str(tmp_path / "root"))
        assert (await moving.fetch(server.url("/f"))).is_good
        assert moving.got() == DATA
        assert "AUTH TLS" not in server.lines
        assert (await moving.send(server.url("/g"), DATA)).is_good


async def test_a_server_without_tls_gets_no_password(tmp_path: Path) -> None:
    with ftp_server() as server:
        url = server.url("/f").replace("ftp://", "ftps://")
        ended = await Moving(tmp_path).fetch(url)
        assert not ended.is_good
        assert "PASS" not in server.lines
