"""What a start loads: no part that the configuration does not ask for."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from ampkeeper.board.emulated.demo.csms import DemoCsms

pytestmark = pytest.mark.process
START_S = 240.0  # of a busy machine
BARE = """
[station]
vendor = "Ampkeeper"
model = "Lone"
serial = "AK-0001"
[board]
name = "evse_din"
[[evse]]
id = 1
max_a = 16
phases = 3
socket = true
[ocpp]
url = "{url}"
id = "AK0001"
versions = ["{version}"]
"""
OURS = (
    "ampkeeper.firmware.faces.http",
    "ampkeeper.firmware.faces.mqtt",
    "ampkeeper.firmware.faces.web",
    "ampkeeper.firmware.site",
    "ampkeeper.firmware.station.site_part",
    "ampkeeper.firmware.station.site_plan",
)
THEIRS = (
    "aiomqtt",
    "asyncssh",
    "cryptography",
    "gpiozero",
    "httpx",
    "jeepney",
    "paho",
    "rich",
    "starlette",
    "uvicorn",
)

V16, V201, V21 = (f"ampkeeper.firmware.ocpp.{name}.dialect" for name in ("v16", "v201", "v21"))
OF_OTHERS = {"1.6": (V201, V21), "2.0.1": (V16, V21), "2.1": (V16,)}  # 2.1 is made of 2.0.1


@pytest.mark.parametrize("version", list(OF_OTHERS))
async def test_a_plain_station_loads_no_part_that_it_was_not_asked_for(
    tmp_path: Path, version: str
) -> None:
    loaded = await started(tmp_path, BARE, version)
    assert "ampkeeper.firmware.app" in loaded, "it was a station"
    assert sorted(found(loaded, (*OURS, *THEIRS, *OF_OTHERS[version]))) == []


async def started(folder: Path, text: str, version: str) -> list[str]:
    """Start a station; return the names of its modules when it was accepted."""
    csms = DemoCsms()
    url = await csms.start()
    config = folder / "charger.toml"
    config.write_text(text.format(url=url, version=version))
    pipe, words = asyncio.subprocess.PIPE, ("-m", "tests.support.lone_start", config, folder)
    process = await asyncio.create_subprocess_exec(sys.executable, *words, stdout=pipe)
    try:
        async with asyncio.timeout(START_S):
            out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await csms.stop()
    assert process.returncode == 0
    return list(json.loads(out))


def found(loaded: list[str], names: tuple[str, ...]) -> set[str]:
    """Those of ``names`` that are loaded, themselves or something in them."""
    return {name for name in names for one in loaded if f"{one}.".startswith(f"{name}.")}
