"""HTTP against the standard library's server: ranges, faults, logins, redirects, TLS."""

import asyncio
import random
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from ampkeeper.hal.carriers.trust import context_of
from tests.support.file_servers import WebServer, web_server
from tests.unit.carriers import own_ca
from tests.unit.carriers.moving import ONCE, Moving

DATA = random.Random(5).randbytes(300_000)


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as running:
        running.files["/firmware.bin"] = DATA
        yield running


@pytest.fixture
def moving(tmp_path: Path) -> Moving:
    return Moving(tmp_path)


async def test_a_file_is_fetched_whole(server: WebServer, moving: Moving) -> None:
    ended = await moving.fetch(server.url("/firmware.bin"))
    assert ended.is_good
    assert ended.count_bytes == len(DATA)
    assert moving.got() == DATA
    assert moving.seen[-1] == len(DATA)


async def test_a_cut_in_the_middle_goes_on_where_it_was(server: WebServer, moving: Moving) -> None:
    server.faults.cut_after = [100_000, 50_000]
    assert (await moving.fetch(server.url("/firmware.bin"))).is_good
    assert moving.got() == DATA
    ranges = [headers.get("Range") for _, _, headers in server.log]
    assert ranges[0] is None
    assert ranges[1:] == ["bytes=100000-", "bytes=150000-"]


async def test_a_file_that_changed_meanwhile_begins_anew(server: WebServer, moving: Moving) -> None:
    server.faults.cut_after = [100_000]
    assert not (await moving.fetch(server.url("/firmware.bin"), ONCE)).is_good
    moving.power_returns()
    server.files["/firmware.bin"] = DATA[::-1]
    assert (await moving.fetch(server.url("/firmware.bin"))).is_good
    assert moving.got() == DATA[::-1]


async def test_a_file_that_changed_begins_anew_though_the_server_gives_parts_of_any(
    server: WebServer, moving: Moving
) -> None:
    server.heeds_if_range = False
    server.faults.cut_after = [100_000]
    assert not (await moving.fetch(server.url("/firmware.bin"), ONCE)).is_good
    moving.power_returns()
    server.files["/firmware.bin"] = DATA[::-1]
    assert (await moving.fetch(server.url("/firmware.bin"))).is_good
    assert moving.got() == DATA[::-1]
    assert "Range" not in server.log[-1][2]


async def test_a_file_that_shrank_meanwhile_begins_anew(server: WebServer, moving: Moving) -> None:
    server.heeds_if_range = False
    server.faults.cut_after = [100_000]
    assert not (await moving.fetch(server.url("/firmware.bin"), ONCE)).is_good
    moving.power_returns()
    server.files["/firmware.bin"] = DATA[:1_000]
    assert (await moving.fetch(server.url("/firmware.bin"))).is_good
    assert moving.got() == DATA[:1_000]


async def test_a_power_cut_goes_on_where_it_was(server: WebServer, moving: Moving) -> None:
    server.faults.cut_after = [200_000]
    await moving.fetch(server.url("/firmware.bin"), ONCE)
    moving.power_returns()
    here = moving.file.stat().st_size
    assert 0 < here < len(DATA)
    assert (await moving.fetch(server.url("/firmware.bin"))).is_good
    assert server.log[-1][2]["Range"] == f"bytes={here}-"
    assert moving.got() == DATA


async def test_a_server_without_ranges_begins_anew(server: WebServer, moving: Moving) -> None:
    server.has_ranges = False
    server.faults.cut_after = [100_000]
    assert (await moving.fetch(server.url("/firmware.bin"))).is_good
    assert moving.got() == DATA


async def test_a_server_that_stays_cut_is_given_up_and_leaves_nothing(
    server: WebServer, moving: Moving
) -> None:
    server.faults.cut_after = [1000] * 4
    ended = await moving.fetch(server.url("/firmware.bin"))
    assert ended.word == "absent"
    assert "of 300000 bytes" in ended.text
    assert [path.name for path in moving.folder.iterdir()] == []


@pytest.mark.parametrize(
    ("status", "word", "asked"),
    [(404, "missing", 1), (403, "denied", 1), (410, "missing", 1), (400, "refused", 1)],
)
async def test_a_refusal_is_not_asked_again(
    server: WebServer, moving: Moving, status: int, word: str, asked: int
) -> None:
    server.faults.statuses = [status] * 9
    assert (await moving.fetch(server.url("/firmware.bin"))).word == word
    assert len(server.log) == asked


@pytest.mark.parametrize("status", [500, 503, 429, 408])
async def test_a_busy_server_is_asked_again(server: WebServer, moving: Moving, status: int) -> None:
    server.faults.statuses = [status, status]
    assert (await moving.fetch(server.url("/firmware.bin"))).is_good
    assert len(server.log) == 3


async def test_a_wrong_password_is_denied_and_told_to_nobody(
    server: WebServer, moving: Moving, caplog: pytest.LogCaptureFixture
) -> None:
    server.login = "me:right"
    ended = await moving.fetch(server.url("/firmware.bin", "me:wr%40ng"))
    assert ended.word == "denied"
    told = caplog.text + ended.text
    assert "wr@ng" not in told
    assert "wr%40ng" not in told


async def test_the_right_password_is_sent_unquoted(server: WebServer, moving: Moving) -> None:
    server.login = "me:r@ght"
    assert (await moving.fetch(server.url("/firmware.bin", "me:r%40ght"))).is_good


async def test_a_redirect_to_another_machine_gets_no_password(
    server: WebServer, moving: Moving
) -> None:
    with web_server() as other:
        other.files["/there"] = DATA
        server.login = "me:secret"
        server.redirects["/firmware.bin"] = (302, other.url("/there"))
        assert (await moving.fetch(server.url("/firmware.bin", "me:secret"))).is_good
        assert "Authorization" in server.log[0][2]
        assert "Authorization" not in other.log[0][2]


async def test_a_ring_of_redirects_ends(server: WebServer, moving: Moving) -> None:
    server.redirects["/firmware.bin"] = (302, "/firmware.bin")
    assert (await moving.fetch(server.url("/firmware.bin"))).word == "refused"
    assert len(server.log) == 6


async def test_a_file_that_is_too_long_is_not_even_begun(server: WebServer, moving: Moving) -> None:
    ended = await moving.fetch(server.url("/firmware.bin"), most=299_999)
    assert ended.word == "too_big"
    assert moving.seen == []
    assert len(server.log) == 1


async def test_a_disk_without_room_stops_the_fetching(server: WebServer, moving: Moving) -> None:
    moving.limit(room_bytes_min=1 << 60)
    assert (await moving.fetch(server.url("/firmware.bin"))).word == "no_room"
    assert not moving.file.exists()


async def test_a_server_that_vanished_is_absent(moving: Moving) -> None:
    with web_server() as gone:
        url = gone.url("/firmware.bin")
    assert (await moving.fetch(url)).word == "absent"


async def test_a_server_that_falls_silent_is_waited_for_only_so_long(
    server: WebServer, tmp_path: Path
) -> None:
    server.faults.trickles = True
    moving = Moving(tmp_path, timeout_s=0.2)
    ended = await moving.fetch(server.url("/firmware.bin"), ONCE)
    assert ended.word == "absent"
    assert moving.seen == [1]


async def test_canceling_wakes_a_silent_transfer_at_once(server: WebServer, tmp_path: Path) -> None:
    server.faults.trickles = True
    moving = Moving(tmp_path, timeout_s=30.0)
    async with asyncio.timeout(5):
        task = asyncio.create_task(moving.fetch(server.url("/firmware.bin")))
        await moving.has_begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_the_bandwidth_is_kept_to(server: WebServer, moving: Moving) -> None:
    moving.rate = 1_000_000
    clock = asyncio.get_running_loop().time
    began_s = clock()
    assert (await moving.fetch(server.url("/firmware.bin"))).is_good
    assert clock() - began_s > 0.2  # 300 kB at 1 MB/s, the first chunk for nothing


async def test_a_file_is_sent_with_put(server: WebServer, moving: Moving) -> None:
    assert (await moving.send(server.url("/log.zip"), DATA)).is_good
    assert server.files["/log.zip"] == DATA


async def test_a_server_that_knows_no_put_gets_a_post(server: WebServer, moving: Moving) -> None:
    server.takes_put = False
    assert (await moving.send(server.url("/log.zip"), DATA, ONCE)).is_good
    assert server.files["/log.zip"] == DATA
    assert [method for method, _, _ in server.log] == ["PUT", "POST"]


async def test_a_cut_sending_begins_anew(server: WebServer, moving: Moving) -> None:
    server.faults.cut_after = [10_000]
    assert (await moving.send(server.url("/log.zip"), DATA)).is_good
    assert server.files["/log.zip"] == DATA


async def test_a_sending_that_is_refused_early_says_why(server: WebServer, moving: Moving) -> None:
    server.login = "me:right"
    assert (await moving.send(server.url("/log.zip", "me:wrong"), DATA)).word == "denied"


async def test_tls_is_verified(tmp_path: Path) -> None:
    root, stranger = own_ca.root(), own_ca.root("stranger")
    context = own_ca.server_context(own_ca.leaf(root), tmp_path)
    for name, pair in (("root", root), ("stranger", stranger)):
        (tmp_path / name).write_bytes(pair.pem())
    with web_server(context) as server:
        server.files["/f"] = DATA
        good = Moving(tmp_path, str(tmp_path / "root"))
        assert (await good.fetch(server.url("/f"))).is_good
        bad = Moving(tmp_path, str(tmp_path / "stranger"))
        assert (await bad.fetch(server.url("/f"))).word == "untrusted"
        other_name = server.url("/f").replace("localhost", "127.0.0.1")
        assert (await good.fetch(other_name)).word == "untrusted"
        server.redirects["/f"] = (302, "http://localhost:1/f")
        assert (await good.fetch(server.url("/f"))).word == "refused"


async def test_a_root_of_the_central_system_is_believed_as_long_as_it_is_one(
    tmp_path: Path,
) -> None:
    """N01.FR.15: of now, not of when the station began; FR.16: beside the system's own."""
    assert context_of("").cert_store_stats() == ssl.create_default_context().cert_store_stats()
    root = own_ca.root()
    with web_server(own_ca.server_context(own_ca.leaf(root), tmp_path)) as server:
        moving = Moving(tmp_path)
        assert (await moving.send(server.url("/log.zip"), DATA)).word == "untrusted"
        moving.roots_pem = root.pem().decode()
        assert (await moving.send(server.url("/log.zip"), DATA)).is_good
        assert server.files["/log.zip"] == DATA
        moving.roots_pem = ""
        assert (await moving.fetch(server.url("/log.zip"))).word == "untrusted"


async def test_a_file_of_roots_that_is_none_trusts_nobody(tmp_path: Path) -> None:
    (tmp_path / "root").write_text("no certificate")
    moving = Moving(tmp_path, str(tmp_path / "root"))
    assert (await moving.fetch("https://localhost:1/f")).word == "untrusted"
