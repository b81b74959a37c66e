"""An image over HTTP: kept piece by piece, offered to the updates, or refused and not kept."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from ampkeeper.firmware.access.roles import Role
from ampkeeper.firmware.faces.web import upload
from ampkeeper.firmware.faces.web.upload import FILE, IMAGE_TYPE
from tests.unit.web.web_rig import WebRig

PATH = "/api/v1/update/image"
IMAGE = bytes(range(256)) * 4_000  # 1 MB, more than a piece
KIND = {"content-type": IMAGE_TYPE}


@pytest.fixture
def rig(tmp_path: Path) -> WebRig:
    made = WebRig(folder=tmp_path)
    made.told["image"] = {"state": "idle", "result": "taken"}
    return made.enter(Role.INSTALLER)


def kept(folder: Path) -> list[tuple[str, int, bytes]]:
    return [(one.name, one.stat().st_mode & 0o777, one.read_bytes()) for one in folder.iterdir()]


async def put(
    rig: WebRig, content: bytes = IMAGE, headers: dict[str, str] | None = None
) -> httpx.Response:
    return await rig.ask("PUT", PATH, content=content, headers=KIND | (headers or {}))


async def test_it_is_kept_whole_and_offered_to_the_updates(rig: WebRig, tmp_path: Path) -> None:
    answer = await put(rig)
    assert (answer.status_code, answer.json()["result"]) == (200, "taken")
    file = tmp_path / FILE
    asked = {"action": "install", "file": str(file), "move": True}
    assert rig.asked == [("image", {"action": "status"}), ("image", asked)]
    assert kept(tmp_path) == [(FILE, 0o600, IMAGE)]
    assert [(one.who, one.action) for one in rig.books.audit] == [("ida", "image")]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "application/json"}, 415),
        ({"content-length": "0"}, 400),
        ({"content-length": "a"}, 400),
        ({"content-length": str(2**30 + 1)}, 413),
        ({"content-length": "9" * 30}, 413),
        ({"content-length": str(len(IMAGE) + 1)}, 400),
        ({"content-length": "100"}, 413),
        ({"content-length": str(len(IMAGE)), "transfer-encoding": "chunked"}, 400),
    ],
)
async def test_what_cannot_be_one_is_refused_and_not_kept(
    rig: WebRig, tmp_path: Path, headers: dict[str, str], status: int
) -> None:
    answer = await put(rig, headers=headers)
    assert answer.status_code == status
    assert len(answer.json()["error"]) > 10
    assert kept(tmp_path) == []
    assert all(arguments["action"] == "status" for _, arguments in rig.asked)


async def test_none_is_taken_while_an_update_is_under_way(rig: WebRig, tmp_path: Path) -> None:
    rig.told["image"] = {"state": "installing"}
    answer = await put(rig)
    assert (answer.status_code, "installing" in answer.json()["error"]) == (409, True)
    assert kept(tmp_path) == []


async def test_what_the_station_refuses_is_gone(rig: WebRig, tmp_path: Path) -> None:
    rig.refusal_of_changes = "an update is under way"
    answer = await put(rig)
    assert answer.status_code == 409
    assert kept(tmp_path) == []


async def test_who_stops_sending_is_not_waited_for(
    rig: WebRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "STALL_S", 0.01)

    async def piece_by_piece() -> AsyncIterator[bytes]:
        yield IMAGE[:1_000]
        await rig.forever.wait()

    told = {"content-length": str(len(IMAGE))} | KIND
    answer = await rig.ask("PUT", PATH, content=piece_by_piece(), headers=told)
    assert answer.status_code == 408
    assert kept(tmp_path) == []


async def test_who_sends_more_than_he_said_is_read_no_further(rig: WebRig, tmp_path: Path) -> None:
    pieces = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal pieces
        while pieces < 1_000:
            pieces += 1
            yield bytes(60)

    answer = await rig.ask("PUT", PATH, content=endless(), headers={"content-length": "100"} | KIND)
    assert (answer.status_code, answer.headers["connection"]) == (413, "close")
    assert pieces <= 3
    assert kept(tmp_path) == []


async def test_a_full_disk_is_said_before_anything_is_sent(
    rig: WebRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "ROOM_BYTES_MIN", 1 << 60)
    answer = await put(rig)
    assert (answer.status_code, "no room" in answer.json()["error"]) == (409, True)
    assert kept(tmp_path) == []


@pytest.mark.parametrize("role", [Role.GUEST, Role.READER])
async def test_not_everybody_may(role: Role, tmp_path: Path) -> None:
    rig = WebRig(folder=tmp_path).enter(role)
    assert (await put(rig)).status_code == 403
    assert (rig.asked, kept(tmp_path)) == ([], [])


async def test_nobody_else_may_and_no_other_page(tmp_path: Path) -> None:
    rig = WebRig(folder=tmp_path)
    assert (await put(rig)).status_code == 401
    rig.enter(Role.OWNER)
    assert (await put(rig, headers={"origin": "https://evil.example"})).status_code == 403
    assert (await put(rig, headers={"x-csrf-token": ""})).status_code == 403
    assert (rig.asked, kept(tmp_path)) == ([], [])
