"""Orders without an OCPP signature: the charger's own configuration permits them, nobody else."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from tests.station.test_software_updates import (
    PLAIN,
    call,
    plain_order,
    told,
    until_told,
    version,
)
from tests.support.file_servers import WebServer, web_server
from tests.support.images import image_of
from tests.support.virtual import Charger

KEY = "UnsignedUpdateAllowed"
PASSWORD = "0123456789abcdef"
PERMITTED = {"update__allow_unsigned_orders": "true"}
NOT_PERMITTED = {"update__allow_unsigned_orders": "false"}


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as made:
        made.files["/image"] = image_of("2.0.0")
        yield made


def play(made: Charger, script: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with made.running():
            await made.until(lambda: made.registered and made.status() == "Available")
            await script()

    run_virtual(whole())


async def order(made: Charger, server: WebServer) -> Any:
    """The answer to an order without a signature."""
    plain = plain_order(made, server.url("/image"))
    if made.is_16:
        answer = await call(made, "UpdateFirmware", plain)
        return answer[2] if isinstance(answer, list) else answer
    firmware = {"location": plain["location"], "retrieveDateTime": plain["retrieveDate"]}
    asked = {"requestId": 1, "retries": 0, "firmware": firmware}
    return (await call(made, "UpdateFirmware", asked))["status"]


async def set_key(made: Charger, value: str) -> str:
    answer = await call(made, "ChangeConfiguration", {"key": KEY, "value": value})
    return str(answer["status"])


def of_profile(folder: Path, profile: str, **sets: str) -> Charger:
    if profile == "0":
        return Charger(folder / "state", "1.6", **sets)
    password = folder / "password"
    password.write_text(PASSWORD)
    sets |= {"ocpp__security_profile": profile, "ocpp__password_file": str(password)}
    return Charger(folder / "state", "1.6", **sets)


@pytest.mark.parametrize("profile", ["0", "1"])
def test_a_central_system_alone_cannot_switch_the_signature_off(
    tmp_path: Path, server: WebServer, profile: str
) -> None:
    made = of_profile(tmp_path, profile, **NOT_PERMITTED)

    async def script() -> None:
        assert await order(made, server) == "NotSupported"
        assert await set_key(made, "true") == "Accepted"
        assert await order(made, server) == "NotSupported"
        await asyncio.sleep(60)
        assert told(made, PLAIN) == []
        assert server.log == []

    play(made, script)


@pytest.mark.parametrize("ocpp", ["2.0.1", "2.1"])
def test_an_order_of_2x_without_a_signature_is_refused(
    tmp_path: Path, server: WebServer, ocpp: str
) -> None:
    made = Charger(tmp_path, ocpp, **NOT_PERMITTED)

    async def script() -> None:
        assert await order(made, server) == "InvalidCertificate"  # L01.FR.11

    play(made, script)


@pytest.mark.parametrize("profile", ["0", "1"])
def test_what_the_configuration_permits_the_central_system_may_forbid(
    tmp_path: Path, server: WebServer, profile: str
) -> None:
    made = of_profile(tmp_path, profile, **PERMITTED)

    async def script() -> None:
        assert await set_key(made, "false") == "Accepted"
        assert await order(made, server) == "NotSupported"
        assert await set_key(made, "true") == "Accepted"
        assert await order(made, server) == {}
        await until_told(made, "Installed", PLAIN)
        assert version(made) == "2.0.0"

    play(made, script)


def test_an_order_of_201_without_a_signature_is_taken_where_permitted(
    tmp_path: Path, server: WebServer
) -> None:
    made = Charger(tmp_path, "2.0.1", **PERMITTED)

    async def script() -> None:
        assert await order(made, server) == "Accepted"

    play(made, script)


def test_what_is_permitted_needs_the_makers_signature_as_ever(
    tmp_path: Path, server: WebServer
) -> None:
    made = Charger(tmp_path, "1.6", **PERMITTED)
    server.files["/image"] = image_of("2.0.0").replace(b"2.0.0", b"2.0.1")

    async def script() -> None:
        assert await order(made, server) == {}
        await until_told(made, "InstallationFailed", PLAIN)
        events = made.watched.record.calls("SecurityEventNotification")
        assert "InvalidFirmwareSignature" in [row["type"] for row in events]
        await asyncio.sleep(60)
        assert version(made) != "2.0.1"

    play(made, script)
