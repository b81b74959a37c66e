"""An installer proves a charger at the command line, and takes the signed report with him."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.firmware.faces.cli import main
from tests.support.configs import FREE
from tests.support.emulator import WAIT_S, Emulator

METER_SERIAL = "21000001"
SPEED = 10.0

pytestmark = pytest.mark.process


class Installer:
    """Somebody with a terminal at the charger."""

    def __init__(self, charger: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
        self._state = str(charger.state_dir)
        self._capsys = capsys

    async def says(self, *words: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(main, [*words, "--state", self._state])
        told = self._capsys.readouterr()
        return code, told.out, told.err

    async def asks(self, *words: str) -> dict[str, Any]:
        code, out, err = await self.says(*words, "--json")
        assert code == 0, (out, err)
        return dict(json.loads(out))

    async def until_ready(self) -> None:
        async with asyncio.timeout(WAIT_S):
            while not (await self.asks("commission", "show"))["is_ready"]:
                pass  # each question is an answer of the station


async def test_an_installer_proves_a_charger_and_takes_the_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    charger = Emulator(tmp_path, FREE, speed=SPEED)
    await charger.start()
    try:
        await charger.until_status("Available")
        installer = Installer(charger, capsys)
        code, out, _ = await installer.says("commission", "show")
        assert (code, "commission begin NAME" in out) == (0, True)
        code, _, err = await installer.says("commission", "report", str(tmp_path / "r.pdf"))
        assert (code, "there is no report yet" in err) == (1, True)
        begun = await installer.asks(
            "commission", "begin", "Ida Iske", "--company", "Strom & Söhne"
        )
        assert (begun["installer"], begun["is_ready"]) == ("Ida Iske", False)
        code, _, err = await installer.says("commission", "finish")
        assert (code, "evse 1" in err) == (1, True)
        code, out, _ = await installer.says(
            "commission", "enter", "--fuse", "32", "--rotation", "RST",
            "--meter-serial", METER_SERIAL,
        )  # fmt: skip
        assert code == 0
        assert "not everything is proven yet" in out
        await installer.asks("selftest", "--run")
        await charger.car(plugged=True)
        await charger.until_status("Charging")
        await charger.car(plugged=False)
        await charger.until_status("Available")
        await installer.until_ready()
        assert (await installer.asks("commission", "finish"))["result"] == "report 1 is signed"
        for kind, head in (("pdf", b"%PDF-1.7"), ("html", b"<!doctype"), ("json", b"{")):
            file = tmp_path / f"report.{kind}"
            await installer.asks("commission", "report", str(file))
            assert file.read_bytes().lower().startswith(head.lower())
        code, _, err = await installer.says("commission", "report", str(tmp_path / "report.pdf"))
        assert (code, "is there already" in err) == (1, True)
        code, _, err = await installer.says("commission", "report", str(tmp_path / "report.exe"))
        assert (code, "allowed are" in err) == (1, True)
        code, out, _ = await installer.says("commission", "show")
        assert "report 1:" in out
    finally:
        await charger.end()
