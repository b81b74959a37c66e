"""A charger with its page as a process, set up, and a program that may do all, for plain HTTP."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from ampkeeper.firmware.faces.cli.client import ask
from tests.support.configs import FREE

READY_S = 40.0
GONE_S = 10.0


@dataclass(frozen=True)
class Charger:
    """``headers`` are those of its owner's program."""

    url: str
    headers: dict[str, str]
    folder: Path

    def get(self, path: str) -> Any:
        """What it tells."""
        answer = httpx.get(self.url + path, headers=self.headers, timeout=READY_S)
        answer.raise_for_status()
        return answer.json()

    @property
    def newest(self) -> dict[str, Any] | None:
        """The newest line of the audit."""
        entries = self.get("/api/v1/audit?limit=1")["entries"]
        return entries[0] if entries else None


@contextmanager
def charger_with_page(folder: Path) -> Iterator[Charger]:
    """It runs until the end, and has to be alive then."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    file, state_dir = folder / "charger.toml", folder / "state"
    file.write_text(FREE + f'[web]\nlisten = "127.0.0.1:{port}"\ntls = "none"\n')
    words = [sys.executable, "-m", "ampkeeper.firmware.faces.cli", "emulate"]
    words += ["--config", str(file), "--state", str(state_dir), "--control", "127.0.0.1:0"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["event"] == "ready"
        url = f"http://127.0.0.1:{port}"
        yield Charger(url, _owner(url, state_dir), folder)
        assert process.poll() is None, (folder / "log").read_text()[-4_000:]
    finally:
        process.terminate()
        process.wait(GONE_S)
        if process.stdout is not None:
            process.stdout.close()


def _owner(url: str, state_dir: Path) -> dict[str, str]:
    """Set it up, and make a token."""
    transport = httpx.HTTPTransport(retries=20)
    with httpx.Client(base_url=url, timeout=READY_S, transport=transport) as client:
        code = ask(state_dir, "access", action="show")["code"]
        first = {"code": code, "name": "anna", "password": "Gelbe Ampel 8"}
        who = client.post("/api/v1/setup", json=first).json()["who"]
        token = client.post(
            "/api/v1/tokens",
            json={"name": "fuzz", "role": "owner"},
            headers={"x-csrf-token": who["csrf"]},
        ).json()["token"]
    return {"authorization": f"Bearer {token}"}
