"""Logs over the whole way: asked for by the central system, made, sent, told."""

import asyncio
import io
import json
import zipfile
from collections.abc import Coroutine, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from tests.support.file_servers import FtpServer, WebServer, ftp_server, web_server
from tests.support.virtual import STATION, Charger

DIAGNOSTICS = "DiagnosticsStatusNotification"
LOG = "LogStatusNotification"
CARD = "04A224B1"


@pytest.fixture
def web() -> Iterator[WebServer]:
    with web_server() as running:
        yield running


@pytest.fixture
def ftp() -> Iterator[FtpServer]:
    with ftp_server() as running:
        yield running


@pytest.fixture
def made(tmp_path: Path) -> Charger:
    return Charger(tmp_path, "1.6")


def run(made: Charger, script: Coroutine[Any, Any, None]) -> None:
    async def whole() -> None:
        async with made.running():
            await made.until(lambda: made.registered and made.status() == "Available")
            await script

    run_virtual(whole())


async def call(made: Charger, action: str, payload: dict[str, Any]) -> dict[str, Any]:
    frame = await made.csms.call(STATION, action, payload)
    answer: dict[str, Any] = frame[2]
    return answer


def told(made: Charger, action: str) -> list[Any]:
    return [(row["status"], row.get("requestId")) for row in made.watched.record.calls(action)]


async def until_told(made: Charger, action: str, status: str, number: int | None = None) -> None:
    await made.until(lambda: (status, number) in told(made, action), 120)


def get_log(url: str, number: int, kind: str = "DiagnosticsLog", **log: Any) -> dict[str, Any]:
    asked = {"remoteLocation": url} | log
    return {"logType": kind, "requestId": number, "retries": 2, "retryInterval": 5, "log": asked}


def opened(data: bytes) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    return archive


def lines(archive: zipfile.ZipFile, name: str) -> list[Any]:
    return [json.loads(line) for line in archive.read(name).splitlines()]


def test_diagnostics_go_to_the_folder_that_was_named(made: Charger, ftp: FtpServer) -> None:
    async def script() -> None:
        await made.charge()
        during = await call(made, "GetDiagnostics", {"location": ftp.url("/during")})
        await until_told(made, DIAGNOSTICS, "Uploaded")
        archive = opened(ftp.files["/during/" + during["fileName"]])
        evse = json.loads(archive.read("station.json"))["evses"][0]
        assert (evse["status"], evse["session"]["id_tag"]) == ("Charging", "***24B1")
        assert CARD.encode() not in b"".join(archive.read(name) for name in archive.namelist())
        await made.settle()
        made.watched.record.frames.clear()
        answer = await call(made, "GetDiagnostics", {"location": ftp.url("/logs")})
        name = answer["fileName"]
        assert name.startswith("AK-0001_diagnostics_2026")
        await until_told(made, DIAGNOSTICS, "Uploaded")
        assert told(made, DIAGNOSTICS) == [("Uploading", None), ("Uploaded", None)]
        archive = opened(ftp.files[f"/logs/{name}"])
        station = json.loads(archive.read("station.json"))
        assert station["serial"] == "AK-0001"
        assert [evse["id"] for evse in station["evses"]] == [1]
        assert lines(archive, "sessions.jsonl")[0]["id_tag"] == "***24B1"
        kinds = {row["kind"] for row in lines(archive, "timeline.jsonl")}
        assert {"csms_link", "status"} <= kinds
        assert b'serial = "AK-0001"' in archive.read("config.toml")
        assert CARD.encode() not in b"".join(archive.read(name) for name in archive.namelist())
        assert list((made.state_dir / "transfers").iterdir()) == []

    run(made, script())


def test_no_secret_is_in_the_diagnostics(tmp_path: Path, web: WebServer) -> None:
    secrets = ["0123456789abcdefg", "fedcba9876543210f"]
    file = tmp_path / "password"
    file.write_text(secrets[0])
    sets = {"ocpp__security_profile": "1", "ocpp__password_file": str(file)}
    made = Charger(tmp_path / "state", "1.6", **sets)

    async def script() -> None:
        change = {"key": "AuthorizationKey", "value": secrets[1]}
        assert (await call(made, "ChangeConfiguration", change))["status"] == "Accepted"
        await asyncio.sleep(30)
        await made.until(lambda: made.registered and STATION in made.csms.links)
        url = web.url("/up/", "user:hunter2")
        await call(made, "GetDiagnostics", {"location": url})
        await until_told(made, DIAGNOSTICS, "Uploaded")
        archive = opened(next(iter(web.files.values())))
        everything = b"".join(archive.read(name) for name in archive.namelist())
        for secret in (*secrets, "hunter2"):
            assert secret.encode() not in everything
        assert b"SecurityCtrlr.BasicAuthPassword" in archive.read("settings.json")

    run(made, script())


def test_a_log_carries_its_request_and_only_the_time_that_was_asked_for(
    made: Charger, web: WebServer
) -> None:
    async def script() -> None:
        await made.charge()
        await made.settle()
        now = made.app.clock.now()
        later = (now + timedelta(seconds=5)).isoformat()
        await asyncio.sleep(10)
        await call(made, "GetLog", get_log(web.url("/a.zip"), 5))
        await until_told(made, LOG, "Uploaded", 5)
        await call(made, "GetLog", get_log(web.url("/b.zip"), 6, oldestTimestamp=later))
        await until_told(made, LOG, "Uploaded", 6)
        assert told(made, LOG) == [
            ("Uploading", 5), ("Uploaded", 5), ("Uploading", 6), ("Uploaded", 6),
        ]  # fmt: skip
        whole, part = opened(web.files["/a.zip"]), opened(web.files["/b.zip"])
        assert len(lines(whole, "sessions.jsonl")) == 1
        assert lines(part, "sessions.jsonl") == []
        assert len(lines(whole, "timeline.jsonl")) > len(lines(part, "timeline.jsonl")) > 0

    run(made, script())


def test_the_security_log_is_a_log_of_its_own(made: Charger, web: WebServer) -> None:
    async def script() -> None:
        answer = await call(made, "GetLog", get_log(web.url("/s.zip"), 1, "SecurityLog"))
        assert answer["status"] == "Accepted"
        assert "_security_" in answer["filename"]
        await until_told(made, LOG, "Uploaded", 1)
        rows = lines(opened(web.files["/s.zip"]), "security.jsonl")
        assert rows[0]["type"] == "StartupOfTheDevice"

    run(made, script())


def test_a_new_request_cancels_the_old_one(made: Charger, web: WebServer) -> None:
    async def script() -> None:
        web.faults.statuses = [503]
        slow = get_log(web.url("/first.zip"), 1) | {"retryInterval": 1000}
        assert (await call(made, "GetLog", slow))["status"] == "Accepted"
        await until_told(made, LOG, "Uploading", 1)
        await asyncio.sleep(5)
        trigger = {"requestedMessage": LOG}
        assert await call(made, "ExtendedTriggerMessage", trigger) == {"status": "Accepted"}
        answer = await call(made, "GetLog", get_log(web.url("/second.zip"), 2))
        assert answer["status"] == "AcceptedCanceled"
        await until_told(made, LOG, "Uploaded", 2)
        assert told(made, LOG) == [
            ("Uploading", 1), ("Uploading", 1), ("Uploading", 2), ("Uploaded", 2),
        ]  # fmt: skip
        assert "/first.zip" not in web.files
        await call(made, "ExtendedTriggerMessage", trigger)
        await asyncio.sleep(2)
        assert told(made, LOG)[-1] == ("Idle", None)

    run(made, script())


def test_get_diagnostics_ends_a_log_of_get_log_and_says_so(made: Charger, web: WebServer) -> None:
    async def script() -> None:
        web.faults.statuses = [503]
        slow = get_log(web.url("/first.zip"), 1) | {"retryInterval": 1000}
        await call(made, "GetLog", slow)
        await until_told(made, LOG, "Uploading", 1)
        await asyncio.sleep(5)
        await call(made, "GetDiagnostics", {"location": web.url("/second.zip")})
        await until_told(made, DIAGNOSTICS, "Uploaded")
        assert told(made, LOG) == [("Uploading", 1), ("UploadFailure", 1)]

    run(made, script())


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (403, "PermissionDenied"),
        (500, "UploadFailure"),
        (400, "BadMessage"),
        (404, "UploadFailure"),
    ],
)
def test_why_a_log_was_not_sent_is_said_as_precisely_as_can_be(
    made: Charger, web: WebServer, status: int, word: str
) -> None:
    async def script() -> None:
        web.faults.statuses = [status] * 9
        await call(made, "GetLog", get_log(web.url("/l.zip"), 9))
        await until_told(made, LOG, word, 9)
        web.faults.statuses = [status] * 9
        await call(made, "GetDiagnostics", {"location": web.url("/l.zip"), "retries": 0})
        await until_told(made, DIAGNOSTICS, "UploadFailed")

    run(made, script())


@pytest.mark.parametrize("url", ["dummy://dummy", "file:///tmp/x", "ftp://", "x"])
def test_a_bad_address_starts_nothing(made: Charger, url: str) -> None:
    async def script() -> None:
        assert await call(made, "GetDiagnostics", {"location": url}) == {}
        assert await call(made, "GetLog", get_log(url, 1)) == {"status": "Rejected"}
        await asyncio.sleep(5)
        assert told(made, DIAGNOSTICS) == told(made, LOG) == []

    run(made, script())


def test_a_cut_upload_is_gone_on_with(made: Charger, ftp: FtpServer) -> None:
    async def script() -> None:
        ftp.faults.cut_after = [500]
        answer = await call(made, "GetDiagnostics", {"location": ftp.url("/"), "retryInterval": 1})
        await until_told(made, DIAGNOSTICS, "Uploaded")
        assert "REST 500" in ftp.lines
        assert "station.json" in opened(ftp.files["/" + answer["fileName"]]).namelist()

    run(made, script())


def test_a_log_that_cannot_be_made_is_told_to_have_failed(made: Charger, web: WebServer) -> None:
    (made.state_dir / "transfers").write_text("in the way")

    async def script() -> None:
        await call(made, "GetLog", get_log(web.url("/l.zip"), 4))
        await until_told(made, LOG, "UploadFailure", 4)
        (made.state_dir / "transfers").unlink()
        await call(made, "GetLog", get_log(web.url("/l.zip"), 5))
        await until_told(made, LOG, "Uploaded", 5)

    run(made, script())


def test_what_a_power_cut_interrupted_is_told_to_have_failed(made: Charger, web: WebServer) -> None:
    async def whole() -> None:
        web.faults.statuses = [503] * 9
        async with made.running():
            await made.until(lambda: made.registered)
            slow = get_log(web.url("/l.zip"), 4) | {"retryInterval": 1000}
            await call(made, "GetLog", slow)
            await until_told(made, LOG, "Uploading", 4)
        async with made.running():
            await until_told(made, LOG, "UploadFailure", 4)
            await asyncio.sleep(70)
            assert told(made, LOG).count(("UploadFailure", 4)) == 1

    run_virtual(whole())
