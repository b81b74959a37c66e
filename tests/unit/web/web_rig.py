"""Page and API over a station that remembers what it was asked, without a socket."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from ampkeeper.firmware.access import passwords
from ampkeeper.firmware.access.book import Book, Token, User
from ampkeeper.firmware.access.roles import Role
from ampkeeper.firmware.access.sessions import Sessions, csrf_of, mark_of
from ampkeeper.firmware.faces import api
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.faces.web.app import Extra, WebApp
from ampkeeper.firmware.faces.web.entry import CSRF, Entry
from ampkeeper.firmware.faces.web.events import Hub
from ampkeeper.firmware.faces.web.handlers import Means
from ampkeeper.firmware.ocpp.schemas import build_checker
from ampkeeper.firmware.station.access_desk import AccessDesk
from ampkeeper.firmware.station.audit import Audit, is_change
from ampkeeper.firmware.store.changes import AddAudit, SaveMeta
from ampkeeper.hal.fake import FakeClock

HOST = "charger.local"
HOME = f"https://{HOST}"
ANNA, PASSWORD = "anna", "Blaue Ampel 7"
PEOPLE = {Role.OWNER: ANNA, Role.INSTALLER: "ida", Role.GUEST: "gustav", Role.READER: "rita"}
PRICE_TOKEN = "correct-horse-battery-staple"
CODE = "7K2M-90QX-3DVB-ZT5A"


class Books:
    """The station's task: applies what is put in at once; ``is_stuck``: nothing can be written."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.is_stuck = False
        self.meta: dict[str, str] = {}
        self.audit: list[AddAudit] = []

    async def put(self, event: Callable[..., Any]) -> None:
        effects = event(self._clock.now(), self._clock.now_s())
        for change in effects.changes:
            if isinstance(change, SaveMeta):
                self.meta[change.key] = change.value
            else:
                self.audit.append(change)
        for act in effects.acts:
            act()

    async def settled(self) -> None:
        if self.is_stuck:
            raise TimeoutError

    async def read(self, limit: int) -> list[AddAudit]:
        return self.audit[::-1][:limit]


def state_of(at: datetime, power_w: float = 11_040.0) -> api.State:
    """A charger that charges."""
    phases = tuple(
        api.Phase(name=name, current_a=16.0, voltage_v=230.0, power_w=power_w / 3)
        for name in ("L1", "L2", "L3")
    )
    session = api.Session(
        id="tx", state="charging", token="04A224B1", user="Anna",
        started="2026-01-01T00:00:00.000Z", duration_s=60, energy_wh=184, cost=None,
    )  # fmt: skip
    evse = api.Evse(
        id=1, status="Charging", is_plugged=True, can_start=False, can_stop=True,
        contactor="closed", lock="locked", power_w=power_w, energy_wh=12_345, phases=phases,
        limit_a=16.0, limited_by="cable", reason="the cable carries no more",
        since="2026-01-01T00:00:00.000Z", limits=(), session=session, faults=(), charge_now=False,
        departure=None, tariff=None, waits_for=None, message=None, payment_code=None,
        board="emulated 1",
    )  # fmt: skip
    link = api.Link(
        state="connected", url="wss://csms/AK0001", since=None, registration="accepted",
        version="2.0.1", queued=0, error=None,
    )  # fmt: skip
    return api.State(
        time=at.isoformat(), vendor="Ampkeeper", model="Emulated", serial="AK-0001",
        firmware="1.0", update="Idle", link=link, mode="now", modes=("now", "off"), mains=None,
        price=None, site=None, refused_card=None, evses=(evse,),
    )  # fmt: skip


class WebRig:
    """``ask`` sends one request; ``asked`` is what reached the station."""

    def __init__(
        self,
        *,
        is_set_up: bool = True,
        extras: tuple[Extra, ...] = (),
        folder: Path = Path(),
        has_kiosk: bool = False,
    ) -> None:
        self.clock = FakeClock()
        self.books = Books(self.clock)
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.refusal = ""  # what the station says no with
        self.refusal_of_changes = ""  # only to what is written down
        self.told: dict[str, dict[str, Any]] = {}  # what it answers, by verb
        self.forever = asyncio.Event()
        self.power_w = 11_040.0
        task: Any = self.books
        self.audit = Audit(task, lambda verb, arguments: "")
        self._secrets = 0
        self.desk = AccessDesk(task, self.audit, self.books.read, self.new_bytes, CODE)
        if is_set_up:
            self.desk.book = book_of_all()
        self.hub = Hub(lambda: state_of(self.clock.now(), self.power_w), self.clock)
        self.entry = Entry(
            Sessions(1_800.0, 43_200.0), "__Host-ampkeeper", passwords.digest_of(PRICE_TOKEN)
        )
        means = Means(
            self.desk, self.audit, lambda: state_of(self.clock.now(), self.power_w), self.hub,
            self.clock, self.new_bytes, self.push, lambda: {"station": {"serial": "AK-0001"}},
            43_200, folder=folder, has_kiosk=has_kiosk,
        )  # fmt: skip
        self.web = WebApp(means, self.entry, self.answer, build_checker, (HOST,), {}, extras)
        self.hub.look()
        self.secret = self.csrf = ""

    def new_bytes(self, count: int) -> bytes:
        """Never the same twice."""
        self._secrets += 1
        return hashlib.sha512(str(self._secrets).encode()).digest()[:count]

    async def answer(self, verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The station."""
        if self.refusal:
            raise LocalRefusedError(self.refusal)
        if self.refusal_of_changes and is_change(verb, arguments):
            raise LocalRefusedError(self.refusal_of_changes)
        self.asked.append((verb, arguments))
        return self.told.get(verb, {"result": "done"})

    async def push(self, text: str) -> dict[str, Any]:
        """The station takes prices."""
        return await self.answer("prices", {"text": text}) | {"price": None}

    def enter(self, role: Role) -> "WebRig":
        """The browser of somebody who is logged in already."""
        self.secret, self.csrf = f"secret of {role}", csrf_of(f"secret of {role}")
        now_s = self.clock.now_s()
        user = self.desk.book.user(PEOPLE[role])
        assert user is not None, "set up"
        self.entry.sessions.begin(user.name, self.secret, mark_of(user.password), now_s)
        return self

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content: bytes | AsyncIterator[bytes] | None = None,
        headers: dict[str, str] | None = None,
        home: str = HOME,
        address: str = "192.0.2.1",
    ) -> httpx.Response:
        """One request of the browser that was entered, or of nobody's."""
        told = {"cookie": f"__Host-ampkeeper={self.secret}", CSRF: self.csrf} if self.secret else {}
        transport = httpx.ASGITransport(
            self.web.app, client=(address, 1), raise_app_exceptions=True
        )
        async with httpx.AsyncClient(transport=transport, base_url=home) as client:
            every = told | (headers or {})
            if content is not None:
                return await client.request(method, path, content=content, headers=every)
            return (
                await client.request(method, path, json=body, headers=every)
                if (body is not None)
                else await client.request(method, path, headers=every)
            )


def book_of_all() -> Book:
    """Somebody of each role, and a token of each."""
    book = Book()
    for role, name in PEOPLE.items():
        kept = passwords.hashed(PASSWORD, name.encode().ljust(passwords.SALT_BYTES))
        book = book.with_user(User(name, role, kept))
    for role in Role:
        digest = passwords.digest_of(f"token of {role}")
        book = book.with_token(Token(f"program-{role}", role, digest))
    return book
