"""A bench for a station's security: a real store, requests carried out at once."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ampkeeper.firmware.certificates.book import CertificateBook
from ampkeeper.firmware.ocpp.dialect import Call
from ampkeeper.firmware.ocpp.variables import EvseHardware, Hardware, Settings, Value
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.store.changes import SaveSetting
from ampkeeper.firmware.store.store import STORE_FILE, Store
from tests.support.pki import NOON, Authority, Issued

from .guarded import security_of

CENTRAL, MAKER = "CentralSystemRoot", "ManufacturerRoot"
OPERATOR = "SecurityCtrlr.OrganizationName"
REPEATS, WAIT = "SecurityCtrlr.CertSigningRepeatTimes", "SecurityCtrlr.CertSigningWaitMinimum"
KEY = "0123456789abcdef"


class Words:
    """A dialect that shows what it was asked to say."""

    def security_event(self, event: Any) -> Call:
        return Call("SecurityEventNotification", {"type": event.kind.value})

    def sign_certificate(self, csr: str) -> Call:
        return Call("SignCertificate", {"csr": csr})


class Bench:
    """A station's security over a real store; requests are carried out at once."""

    def __init__(
        self, path: Path, profile: int = 2, file: dict[str, Value] | None = None, **book: Any
    ) -> None:
        self.path = path
        self.profile = profile
        self._file = file
        self._book = book
        self.now_s = 0.0
        self.has_room = True
        self.csrs: list[str] = []
        self.signing: list[Any] = []
        self.is_up = True
        self.reconnects = 0
        self.start()

    def start(self) -> None:
        """Power on."""
        self.store = Store(self.path / STORE_FILE)
        hardware = Hardware((EvseHardware(1, 3, 32.0, True),), "AK0001", self.profile)
        self.settings = Settings(hardware, self._file, self.store.settings())
        self.security = security_of(
            self.settings, lambda: self.now, self._post, self._tell, CertificateBook(**self._book)
        )
        self.security.on_reconnect = self._reconnect
        self.problems = self.security.recall(self.store)

    @property
    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.now_s)

    def _post(self, event: Any) -> bool:
        if self.has_room:
            self.carry_out(event(self.now, self.now_s))
        return self.has_room

    def _tell(self, word: Any, heard: Any) -> None:
        call = word(Words())
        if call.action == "SignCertificate" and self.is_up:
            self.csrs.append(call.payload["csr"])
            self.signing.append(heard)
        else:
            heard(None, False)

    def _reconnect(self) -> None:
        self.reconnects += 1

    def carry_out(self, effects: Effects) -> None:
        self.store.commit(effects.changes)
        for act in effects.acts:
            act()

    def follow(self, seconds: float = 0.0) -> None:
        self.now_s += seconds
        effects = Effects()
        self.security.follow(effects, self.now, self.now_s)
        self.carry_out(effects)

    def set(self, name: str, value: str) -> bool:
        """As the desk does it."""
        is_taken = self.settings.outcome(name, value) != "rejected"
        if not is_taken or not self.security.allows(name, value):
            return False
        effects = Effects(
            changes=[SaveSetting(name, value)], acts=[lambda: self.settings.change(name, value)]
        )
        self.security.follow_setting(name, value, effects, self.now, self.now_s)
        self.carry_out(effects)
        return True

    def restart(self) -> None:
        """Power off and on."""
        self.store.close()
        self.start()

    def events(self) -> list[str]:
        return [row.kind for row in reversed(self.store.security_events(100))]

    def last_event(self) -> tuple[str, str]:
        row = self.store.security_events(1)[0]
        return row.kind, row.tech_info

    def signed(self, top: Authority, **options: Any) -> Issued:
        """Have the newest request signed, and give the station the answer."""
        issued = top.sign(self.csrs[-1], **options)
        assert self.security.take_signed(issued.chain_pem)
        return issued


Make = Callable[..., Bench]


def benches(folder: Path) -> Iterator[Make]:
    """What makes a bench from the words of one; an older one is closed, and the last at the end."""
    made: list[Bench] = []

    def make(*options: Any, **more: Any) -> Bench:
        for other in made:
            other.store.close()
        made.append(Bench(folder, *options, **more))
        return made[-1]

    yield make
    for each in made:
        each.store.close()
