"""Bench for cases with passwords and TLS: the charger of a case, real handshakes on loopback."""

import json
import ssl
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ampkeeper.board.emulated.virtual_charger import CONFIG
from ampkeeper.board.emulated.virtual_time import LoopClock, loop_time_s
from ampkeeper.board.host.dial import websocket_dialer
from ampkeeper.firmware.certificates.values import Usage
from ampkeeper.firmware.config.load import parse
from ampkeeper.firmware.ocpp.dialer import Access, Dialer
from tests.conformance.ocpp201.bench201 import Bench201, FamilyCsms201
from tests.support.doors import HOST, Door, DoorsCsms
from tests.support.loopback import run_on_loopback
from tests.support.pki import Authority, Issued, subject
from tests.support.record import breaches
from tests.support.tls_server import server_context
from tests.support.watch import Watch

NOW = datetime.now(UTC)  # TLS asks the machine's clock
SERIAL = "AK-0001"
OWN = "ChargingStationCertificate"
PASSWORD = "0123456789abcdef"
OWNER = '"SecurityCtrlr.OrganizationName" = "Operator"'
QUICK = ", ".join(
    f'"OCPPCommCtrlr.RetryBackOff{name}" = {value}'
    for name, value in (("WaitMinimum", 2), ("RandomRange", 0), ("RepeatTimes", 0))
)


class GuardedCsms201(DoorsCsms, FamilyCsms201):
    """A central system of 2.0.1 with doors."""


class Guarded201(Bench201):
    """The charger of one case, in a security profile; ``door`` is that of its slot 1."""

    csms: GuardedCsms201

    def __init__(self, folder: Path, profile: int, variables: str = "", **sets: str) -> None:
        told = ", ".join(filter(None, (OWNER, QUICK, variables)))
        super().__init__(folder, ocpp__variables="{" + told + "}")
        self.top = Authority("Operator's root", NOW)
        self.own = self.top.issue(subject(SERIAL))
        self.profile = profile
        self._sets = {
            "ocpp.versions": '["2.0.1"]',
            "ocpp.variables": "{" + told + "}",
            "ocpp.security_profile": str(profile),
        }
        self._sets |= {key.replace("__", "."): value for key, value in sets.items()}
        self._give("ocpp.password_file", "password", PASSWORD)
        if profile >= 2:
            self._give("ocpp.ca_file", "root.pem", self.top.pem)
        if profile == 3:
            self._give("ocpp.certificate_file", "own.pem", self.own.chain_pem)
            self._give("ocpp.key_file", "own.key", self.own.key_pem)
        self.door = self.a_door(profile)

    def _give(self, key: str, name: str, text: str) -> None:
        file = self.state_dir / name
        file.write_text(text)
        self._sets[key] = json.dumps(str(file))

    def a_door(self, profile: int, top: Authority | None = None) -> Door:
        """A door of a security profile; its certificate is by ``top`` or the operator's root."""
        context = self.face(both_ways=profile == 3, top=top) if profile >= 2 else None
        return Door(context, PASSWORD if profile in (1, 2) else None)

    def face(
        self, both_ways: bool = False, top: Authority | None = None, **options: Any
    ) -> ssl.SSLContext:
        """TLS with a new certificate; with ``both_ways`` a station must show one too."""
        issued: Issued = (top or self.top).server(options.pop("host", HOST), **options)
        return server_context(issued, self.top.pem if both_ways else "")

    def dial(self, access: Access) -> Dialer:
        """The shipped way."""
        return websocket_dialer(access)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Guarded201"]:
        """Power on, with the door open; at the end power off."""
        if not hasattr(self, "csms"):
            self.csms = GuardedCsms201(now=LoopClock().now)
            self.csms.groups, self.csms.infos, self.csms.prices = self.groups, self.infos, {}
            self.watch = Watch(self._running_tx, loop_time_s)
            await self.csms.open(self.door)
            told = self._sets | {"ocpp.url": json.dumps(self.door.url)}
            self.config = parse(CONFIG, list(told.items()))
        async with super().running():
            yield self

    def play_lives(self, story: Coroutine[Any, Any, None]) -> None:
        """Run a case that switches the power itself; judge it."""

        async def whole() -> None:
            try:
                await story
            finally:
                await self.csms.close_all()

        run_on_loopback(whole())
        assert self.csms.rejected == []
        assert self.watch.breaches == []
        assert breaches(self.watched.record, self.answer_s) == [], self.watched.record.tail(40)

    # what cases ask

    def told_events(self, kind: str) -> int:
        """How often a security event came."""
        found = self.calls("SecurityEventNotification")
        return sum(each["type"] == kind for each in found)

    async def visited(self, count: int, door: Door | None = None) -> None:
        """Wait until the station came through a door so many times, and is accepted again."""
        at = door or self.door
        await self.until(lambda: len(at.visits) >= count and self.registered, 300)

    def noted(self, kind: str) -> bool:
        """True if a security event happened here, told or not."""
        return any(each["type"] == kind for each in self.trace.of("security_event"))

    async def renewed(self) -> Issued:
        """State RenewChargingStationCertificate: what the station was given, accepted."""
        made, word = await self._renew()
        assert word == "Accepted"
        return made

    async def renew(self, **options: Any) -> str:
        """The same with a certificate of another sort; what is said of it."""
        return (await self._renew(**options))[1]

    async def _renew(self, **options: Any) -> tuple[Issued, str]:
        mark = self.mark()
        assert await self.trigger("SignChargingStationCertificate") == "Accepted"
        await self.until(lambda: self.since(mark, "SignCertificate") != [])
        asked = self.since(mark, "SignCertificate")[-1]
        assert asked["certificateType"] == OWN
        made = self.top.sign(asked["csr"], now=datetime.now(UTC), **options)
        told = {"certificateChain": made.chain_pem, "certificateType": OWN}
        return made, await self.status_of("CertificateSigned", told)

    async def install_root(self) -> None:
        """The operator's root, installed as a person at the station does it."""
        assert self.app.security.install_here(Usage.CENTRAL_SYSTEM_ROOT, self.top.pem)
        await self.until(lambda: self.app.security.count_installed() == 1)

    async def fill(self, slot: int, door: Door, profile: int, **changes: Any) -> str:
        """SetNetworkProfile: this door, in a security profile; the status."""
        data = {
            "ocppVersion": "OCPP20",
            "ocppTransport": "JSON",
            "ocppCsmsUrl": door.url,
            "messageTimeout": 30,
            "securityProfile": profile,
            "ocppInterface": "Wired0",
        }
        asked = {"configurationSlot": slot, "connectionData": data | changes}
        return await self.status_of("SetNetworkProfile", asked)

    async def judge_upgraded(self, profile: int) -> None:
        """Slot 2 with its profile is all there is (A05.FR.06)."""
        priority = "OCPPCommCtrlr.NetworkConfigurationPriority"
        await self.until(lambda: self.app.settings.changed.get(priority) == "2")
        assert await self.value("SecurityCtrlr.SecurityProfile") == str(profile)
        assert await self.value(priority) == "2"
        assert await self.value("OCPPCommCtrlr.ActiveNetworkProfile") == "2"
        assert await self.value("NetworkConfiguration[2].SecurityProfile") == str(profile)
