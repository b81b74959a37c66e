"""The task that serves page and API: it listens where the configuration says, and only then.

A port that is taken, or a certificate that cannot be read, is tried again for ever; no charge
depends on it. The libraries are loaded only where something listens.
"""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ampkeeper.firmware.access.passwords import digest_of
from ampkeeper.firmware.access.sessions import Sessions
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.config.model_web import CERTIFICATE, NO_TLS
from ampkeeper.firmware.config.rules_price import TokenRefused, token_of
from ampkeeper.firmware.config.show import as_data
from ampkeeper.firmware.faces.api import Ask, State
from ampkeeper.firmware.faces.http.door import listen, name_of, split_host_port
from ampkeeper.firmware.faces.web.entry import Entry
from ampkeeper.firmware.faces.web.events import Hub
from ampkeeper.firmware.faces.web.headers import FOR_A_YEAR, LOCAL
from ampkeeper.firmware.faces.web.reading import BuildCheck
from ampkeeper.firmware.station.access_desk import AccessDesk
from ampkeeper.firmware.station.audit import Audit
from ampkeeper.hal.ports import Clock

if TYPE_CHECKING:
    from ampkeeper.firmware.faces.web.app import Extra, WebApp

REOPEN_S = 10.0
KEEP_S = 10.0  # who is in, and who has to wait, is kept as often as it changes, but not oftener
WHAT = "page and API"
COOKIE, SECURE_COOKIE = "ampkeeper", "__Host-ampkeeper"  # the latter only goes back over TLS
ANYWHERE = ("0.0.0.0", "::")  # noqa: S104 - told apart, not listened at

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """What the face is built from. ``ask`` asks the station by a verb."""

    config: Config
    state_dir: Path
    clock: Clock
    ask: Ask
    desk: AccessDesk
    audit: Audit
    read: Callable[[], State]
    push_prices: Callable[[str], Awaitable[dict[str, Any]]]
    new_bytes: Callable[[int], bytes]
    build_check: BuildCheck
    make_extras: "Callable[[], tuple[Extra, ...]]"


class WebFace:
    """Serves page and API; ``desk.address`` is where, while ``is_listening``."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.hub = Hub(parts.read, parts.clock)
        self._entry: Entry | None = None
        self.is_listening = asyncio.Event()

    def start(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Start it, where it is configured; ended by cancellation."""
        if not self._parts.config.web.listen:
            return []
        return [
            group.create_task(self.run(), name="web"),
            group.create_task(self.hub.run(), name="web viewers"),
            group.create_task(self.keep(), name="web log-ins"),
        ]

    async def run(self) -> None:
        """Listen for ever; ended by cancellation."""
        make = await asyncio.to_thread(_load)
        is_failing = False
        while True:
            try:
                digest, context, words = await asyncio.to_thread(self._credentials)
                await self._serve(make(self, digest), context, words)
            except (OSError, TokenRefused) as error:
                log.log(logging.DEBUG if is_failing else logging.ERROR, "%s: %s", WHAT, error)
                is_failing = True
            await asyncio.sleep(REOPEN_S)

    async def keep(self) -> None:
        """Write down who is in, where that has changed, for ever; ended by cancellation."""
        while True:
            await asyncio.sleep(KEEP_S)
            if self._entry is not None:
                clock = self._parts.clock
                text = self._entry.to_text(clock.now(), clock.now_s())
                await self._parts.desk.keep_log_ins(text)

    def made(self, app_type: "type[WebApp]", price_digest: str) -> "WebApp":
        """The application over this station."""
        from ampkeeper.firmware.faces.web.handlers import Means

        parts, web = self._parts, self._parts.config.web
        extras = parts.make_extras()
        means = Means(
            parts.desk,
            parts.audit,
            parts.read,
            self.hub,
            parts.clock,
            parts.new_bytes,
            parts.push_prices,
            lambda: as_data(parts.config),
            web.session_h * 3_600,
            bool(extras),
            parts.state_dir / "web",
            web.kiosk,
        )
        sessions = Sessions(web.idle_min * 60.0, web.session_h * 3_600.0)
        name = COOKIE if web.tls == NO_TLS else SECURE_COOKIE
        entry = self._entry = Entry(sessions, name, price_digest)
        clock = parts.clock
        if problem := entry.take_up(parts.desk.log_ins, clock.now(), clock.now_s()):
            log.error("left out: %s", problem)
        also = FOR_A_YEAR if web.tls == CERTIFICATE else {}
        parts_of_app = (parts.ask, parts.build_check, web.names, also, extras)
        return app_type(means, entry, *parts_of_app)

    async def _serve(self, app: "WebApp", context: ssl.SSLContext | None, words: str) -> None:
        from ampkeeper.firmware.faces.http.connections import PageConnection
        from ampkeeper.firmware.faces.http.serve import HttpServer

        desk = self._parts.desk
        with listen(self._parts.config.web.listen, WHAT) as door:
            scheme = "http" if context is None else "https"
            desk.address, desk.fingerprint = f"{scheme}://{name_of(door)}", words
            self.is_listening.set()
            log.info("%s at %s", WHAT, desk.address)
            try:
                await HttpServer(door, context, connection=PageConnection).run(app.app)
            finally:
                desk.address = desk.fingerprint = ""
                self.is_listening.clear()

    def _credentials(self) -> tuple[str, ssl.SSLContext | None, str]:
        """The digest of the prices' token, what the charger shows of itself, its fingerprint."""
        config, now = self._parts.config, self._parts.clock.now()
        file = config.price.token_file
        digest = digest_of(token_of(Path(file)).decode("ascii")) if file else ""
        if config.web.tls == NO_TLS:
            return digest, None, ""
        cert, key = self._files(now)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(cert, key, _no_password)
        return digest, context, _fingerprint(cert)

    def _files(self, now: datetime) -> tuple[Path, Path]:
        from ampkeeper.firmware.faces.web.certificate import own_certificate

        config, web = self._parts.config, self._parts.config.web
        if web.tls == CERTIFICATE:
            return Path(web.tls_cert), Path(web.tls_key)
        host, _ = split_host_port(web.listen)
        own = () if host in (*ANYWHERE, LOCAL) else (host,)
        names = (*web.names, LOCAL, *own)
        return own_certificate(self._parts.state_dir, config.station.serial, names, now)


def _load() -> "Callable[[WebFace, str], WebApp]":
    from ampkeeper.firmware.faces.http import serve  # noqa: F401 - loaded here, not in the loop
    from ampkeeper.firmware.faces.web.app import WebApp

    return lambda face, digest: face.made(WebApp, digest)


def _fingerprint(cert: Path) -> str:
    from ampkeeper.firmware.faces.web.certificate import fingerprint_of

    try:
        return fingerprint_of(cert)
    except ValueError:
        return ""  # the chain was good enough for TLS


def _no_password() -> str:
    """Nobody is at the terminal to be asked."""
    return ""
