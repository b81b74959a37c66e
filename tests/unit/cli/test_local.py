"""The local door: who may ask, what an answer is, and what bad requests do."""

import asyncio
import json
import socket
import stat
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.firmware.faces import local
from ampkeeper.firmware.faces.cli.client import ask
from ampkeeper.firmware.faces.cli.errors import NotReachableError, RefusedError
from ampkeeper.firmware.faces.local import LocalRefusedError, LocalServer, short_address
from tests.unit.cli.answers_of_a_station import door


async def echo(verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
    if verb == "refuse":
        raise LocalRefusedError("no EVSE 9: must be 1 to 2")
    if verb == "large":
        return {"text": "x" * local.ANSWER_BYTES_MAX}
    if verb == "hang":
        await asyncio.get_running_loop().create_future()  # ended by the door's time-out
    return {"verb": verb, "arguments": arguments}


async def exchange(state: Path, data: bytes) -> bytes:
    """Send bytes, end, and read all that comes back."""
    reader, writer = await asyncio.open_unix_connection(str(state / local.SOCKET_FILE))
    writer.write(data)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


async def test_a_request_is_handed_over_and_its_answer_comes_back(tmp_path: Path) -> None:
    async with door(tmp_path, echo):
        answer = await asyncio.to_thread(ask, tmp_path, "tag present", uid="04A224B1", evse=2)
    assert answer == {"verb": "tag present", "arguments": {"uid": "04A224B1", "evse": 2}}


async def test_a_refusal_comes_back_with_its_words(tmp_path: Path) -> None:
    async with door(tmp_path, echo):
        with pytest.raises(RefusedError, match="no EVSE 9: must be 1 to 2"):
            await asyncio.to_thread(ask, tmp_path, "refuse")


async def test_several_requests_may_follow_each_other(tmp_path: Path) -> None:
    async with door(tmp_path, echo):
        answer = await exchange(tmp_path, b'{"verb": "a"}\n{"verb": "b"}\n')
    assert [json.loads(line)["verb"] for line in answer.splitlines()] == ["a", "b"]


@pytest.mark.parametrize(
    "request_line",
    [b"hello\n", b"[]\n", b"{}\n", b'{"verb": 1}\n', b"[" * 60_000 + b"\n", b"\xff\xfe\n", b"\n"],
    ids=["text", "list", "no verb", "number", "nested", "bytes", "empty"],
)
async def test_what_is_no_request_is_answered_and_the_next_one_too(
    tmp_path: Path, request_line: bytes
) -> None:
    async with door(tmp_path, echo):
        answer = await exchange(tmp_path, request_line + b'{"verb": "a"}\n')
    first, second = (json.loads(line) for line in answer.splitlines())
    assert first["ok"] is False
    assert "a request is" in first["error"]
    assert second["ok"] is True


async def test_a_request_that_is_too_long_is_refused_and_the_door_stays_open(
    tmp_path: Path,
) -> None:
    async with door(tmp_path, echo):
        answer = await exchange(tmp_path, b'{"verb": "' + b"x" * 70_000 + b'"}')
        assert "at most 65536 bytes" in json.loads(answer)["error"]
        assert (await asyncio.to_thread(ask, tmp_path, "a"))["verb"] == "a"


async def test_half_a_request_gets_no_answer(tmp_path: Path) -> None:
    async with door(tmp_path, echo):
        assert await exchange(tmp_path, b'{"verb": "a"}') == b""


async def test_an_answer_that_is_too_long_is_an_error(tmp_path: Path) -> None:
    async with door(tmp_path, echo):
        with pytest.raises(RefusedError, match="at most 1048576"):
            await asyncio.to_thread(ask, tmp_path, "large")


async def test_a_handler_that_hangs_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "HANDLER_S", 0.01)
    async with door(tmp_path, echo):
        with pytest.raises(RefusedError, match="no answer within"):
            await asyncio.to_thread(ask, tmp_path, "hang")


async def test_one_connection_too_many_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "CONNECTIONS_MAX", 1)
    async with door(tmp_path, echo):
        _, first = await asyncio.open_unix_connection(str(tmp_path / local.SOCKET_FILE))
        with pytest.raises(RefusedError, match="too many connections"):
            await asyncio.to_thread(ask, tmp_path, "a")
        first.close()


async def test_only_the_owner_may_open_the_socket_and_it_goes_with_the_door(
    tmp_path: Path,
) -> None:
    async with door(tmp_path, echo):
        mode = (tmp_path / local.SOCKET_FILE).stat().st_mode
        assert stat.S_IMODE(mode) == 0o600
    assert not (tmp_path / local.SOCKET_FILE).exists()


async def test_a_socket_that_a_killed_process_left_is_replaced(tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    left.bind(str(tmp_path / local.SOCKET_FILE))
    left.close()
    async with door(tmp_path, echo):
        assert (await asyncio.to_thread(ask, tmp_path, "a"))["verb"] == "a"


async def test_a_second_station_and_a_strange_file_are_not_replaced(tmp_path: Path) -> None:
    async with door(tmp_path, echo):
        with pytest.raises(OSError, match="another station answers"):
            LocalServer(tmp_path, echo).open()
        assert (await asyncio.to_thread(ask, tmp_path, "a"))["verb"] == "a"
    (tmp_path / local.SOCKET_FILE).write_text("mine")
    with pytest.raises(OSError, match="is no socket"):
        LocalServer(tmp_path, echo).open()
    assert (tmp_path / local.SOCKET_FILE).read_text() == "mine"


async def test_a_folder_with_a_very_long_path_works_too(tmp_path: Path) -> None:
    state = tmp_path / ("x" * 100) / ("y" * 100)
    state.mkdir(parents=True)
    async with door(state, echo):
        assert (await asyncio.to_thread(ask, state, "a"))["verb"] == "a"
        assert (state / local.SOCKET_FILE).stat().st_mode & 0o777 == 0o600


def test_a_short_path_is_used_as_it_is(tmp_path: Path) -> None:
    with short_address(Path("/run/ampkeeper/ampkeeper.sock")) as address:
        assert address == "/run/ampkeeper/ampkeeper.sock"


def test_where_nothing_answers_the_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotReachableError, match=str(tmp_path)):
        ask(tmp_path, "status")


async def test_a_station_that_ends_without_an_answer_is_not_reachable(tmp_path: Path) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.close()

    path = str(tmp_path / local.SOCKET_FILE)
    async with await asyncio.start_unix_server(hang_up, path):
        with pytest.raises(NotReachableError, match="ended without an answer"):
            await asyncio.to_thread(ask, tmp_path, "status")
