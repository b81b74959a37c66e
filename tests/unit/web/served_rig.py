"""The same behind a real server on loopback, with TLS by the charger's own certificate."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from ampkeeper.firmware.access.roles import Role
from ampkeeper.firmware.config import parse
from ampkeeper.firmware.faces.web.entry import CSRF
from ampkeeper.firmware.faces.web.task import Parts, WebFace
from ampkeeper.firmware.ocpp.schemas import build_checker
from tests.unit.config.files import SMALLEST
from tests.unit.web.web_rig import ANNA, PASSWORD, WebRig, state_of

PATIENCE_S = 20.0


class Served:
    """``ask`` sends one request; ``rig`` is the station behind it."""

    def __init__(self, folder: Path, **web: str) -> None:
        self.rig = WebRig()
        told = {"listen": "127.0.0.1:8743"} | web
        config = parse(SMALLEST, [(f"web.{name}", value) for name, value in told.items()])
        object.__setattr__(config.web, "listen", "127.0.0.1:0")  # any that is free
        self.is_plain = config.web.tls == "none"
        self.face = WebFace(
            Parts(
                config=config,
                state_dir=folder,
                clock=self.rig.clock,
                ask=self.rig.answer,
                desk=self.rig.desk,
                audit=self.rig.audit,
                read=lambda: state_of(self.rig.clock.now(), self.rig.power_w),
                push_prices=self.rig.push,
                new_bytes=self.rig.new_bytes,
                build_check=build_checker,
                make_extras=tuple,
            )
        )
        self.cert = folder / "web" / "cert.pem"
        self.headers: dict[str, str] = {}

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        host, _, port = self.rig.desk.address.partition("//")[2].rpartition(":")
        return host, int(port)

    @property
    def context(self) -> ssl.SSLContext:
        """That of somebody who believes in the charger's own certificate."""
        return ssl.create_default_context(cafile=str(self.cert))

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Served"]:
        """It listens for the length of the block."""
        async with asyncio.TaskGroup() as group:
            tasks = self.face.start(group)
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self.face.is_listening.wait()
                yield self
            finally:
                for task in tasks:
                    task.cancel()

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """A browser; the certificate is looked at."""
        verify: Any = False if self.is_plain else self.context
        home = f"{'http' if self.is_plain else 'https'}://localhost:{self.address[1]}"
        async with httpx.AsyncClient(
            verify=verify, base_url=home, trust_env=False, timeout=PATIENCE_S
        ) as client:
            yield client

    async def log_in(self, client: httpx.AsyncClient, role: Role = Role.OWNER) -> None:
        """Somebody is in from now on."""
        assert role is Role.OWNER, "the others have no password that the tests need"
        told = {"name": ANNA, "password": PASSWORD}
        answer = await client.post("/api/v1/login", json=told)
        assert answer.status_code == 200, answer.text
        client.headers[CSRF] = answer.json()["who"]["csrf"]
