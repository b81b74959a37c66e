"""Security of the station: certificates at work, the profile in force, and how it is changed.

Implements ``SecurityPort`` for the dialects, and decides for the dialer how to get in: which
profile, which certificate, and when to fall back to the one before (A05.FR.08, A02.FR.10). What a
request changes is written down first and in force next; requests come one at a time, because
each answer waits until its change is written.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from ampkeeper.firmware.certificates.values import (
    ROOTS,
    SHA256,
    CertificateInUse,
    CertificateRefused,
    Change,
    Record,
    StoreFull,
    Usage,
)
from ampkeeper.firmware.ocpp.ports.security import CertificateHash
from ampkeeper.firmware.ocpp.variables import Settings
from ampkeeper.firmware.security_events import SecurityEventKind as Kind
from ampkeeper.firmware.station.certificate_rows import asked_of, named, rows_of
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.passwords import BASIC_AUTH, Passwords
from ampkeeper.firmware.station.security_log import NEWEST, Event, SecurityLog
from ampkeeper.firmware.station.signature import KEY_KEY, Signature
from ampkeeper.firmware.store.changes import SaveMeta, SaveSetting
from ampkeeper.firmware.store.store import Reads
from ampkeeper.hal.errors import (
    CERTIFICATE,
    CIPHER_SUITE,
    CREDENTIALS,
    TLS_VERSION,
    AbsentError,
    DistrustError,
)

if TYPE_CHECKING:
    from ampkeeper.firmware.certificates.book import CertificateBook

PROFILE = "SecurityCtrlr.SecurityProfile"
ATTEMPTS = "OCPPCommCtrlr.NetworkProfileConnectionAttempts"
WITHOUT_TLS = "OCPP16.CertificateChangesWithoutTls"
BEFORE_KEY = "security_profile_before"  # in the books: what to fall back to, or ""
FALLBACK_KEY = "replaced_root_for"  # in the books: where a root was in use that was replaced
TLS_PROFILE_MIN = 2
MUTUAL_PROFILE = 3

KINDS = {
    CERTIFICATE: Kind.INVALID_CENTRAL_SYSTEM_CERTIFICATE,
    TLS_VERSION: Kind.INVALID_TLS_VERSION,
    CIPHER_SUITE: Kind.INVALID_TLS_CIPHER_SUITE,
    CREDENTIALS: Kind.NOT_AUTHENTICATED,
}
REFUSALS = {
    Usage.CENTRAL_SYSTEM_ROOT: Kind.INVALID_CENTRAL_SYSTEM_CERTIFICATE,
    Usage.MANUFACTURER_ROOT: Kind.INVALID_SIGNING_CERTIFICATE,
}


@dataclass(frozen=True, slots=True)
class Given:
    """What the configuration brought, beside what is installed."""

    password: Callable[[], bytes]  # of its file; empty if there is none; raises AbsentError
    has_own: bool = False  # a certificate and key of the station


class Security:
    """Implements ``SecurityPort``."""

    def __init__(
        self,
        make_book: Callable[[], "CertificateBook"],
        log: SecurityLog,
        signature: Signature,
        settings: Settings,
        given: Given,
        clock_now: Callable[[], datetime],
        post: Callable[[Event], bool],
    ) -> None:
        self.log = log
        self.signature = signature
        self.passwords = Passwords(settings, given.password, post)
        self.on_reconnect: Callable[[], None] = _nothing
        self._make_book = make_book
        self._book: CertificateBook | None = None
        self._settings = settings
        self._given = given
        self._now = clock_now
        self._post = post
        self._before: int | None = None  # the profile to fall back to, while a new one is tried
        self._failures = 0
        self._is_open = False
        self._trust: tuple[str, ...] | None = None
        self.in_use: int | None = None  # the profile connected with, where it is not [ocpp]'s
        self.here = ""  # the address of the central system that is connected, or was last
        self._fallback_for = ""  # whose root was replaced and still counts there; empty: any
        self._own_turn = 0  # which of the own certificates is shown next
        self._shown = ""
        self._tried: set[str] = set()  # own certificates that were connected for

    def recall(self, books: Reads) -> list[str]:
        """Take up what the books hold; return what of it cannot be used, in words."""
        before = books.meta(BEFORE_KEY) or ""
        self._before = int(before) if before.isdecimal() else None
        self._fallback_for = books.meta(FALLBACK_KEY) or ""
        self.signature.recall(books.meta(KEY_KEY))
        self.log.recall(books.security_events(NEWEST), books.security_events_owed())
        records, wrong = [], self.passwords.recall(books)
        for row in books.certificates():
            try:
                usage = Usage(row.usage)
            except ValueError:
                wrong.append(f"certificate for {row.usage!r}, stored by another version")
            else:
                records.append(Record(row.fingerprint, usage, row.pem, row.private_key))
        return wrong + (self.book.load(records) if records else [])

    @property
    def book(self) -> "CertificateBook":
        """All certificates; opened when the first is needed, for what its library costs."""
        if self._book is None:
            self._book = self._make_book()
        return self._book

    @property
    def profile(self) -> int:
        """The security profile of the central system that is connected, or tried."""
        return self.main_profile if self.in_use is None else self.in_use

    @property
    def main_profile(self) -> int:
        """The security profile of [ocpp], which the central system can raise."""
        return int(str(self._settings.value(PROFILE)))

    @property
    def is_trying(self) -> bool:
        """True while a new profile has yet to connect."""
        return self._before is not None

    # certificates, for the dialects

    def installed(self, usage: str) -> tuple[CertificateHash, ...]:
        return tuple(named(found) for found in self.book.hashes(Usage(usage), SHA256))

    def why_locked(self) -> str:
        return "" if self.may_change else "certificates are changed over TLS only"

    def count_installed(self) -> int:
        """How many roots there are, of all uses."""
        if self._book is None:
            return 0  # the books hold none
        return sum(len(self.book.entries(usage)) for usage in ROOTS)

    def install(self, usage: str, pem: str) -> str:
        if not self.may_change:
            return "rejected"
        try:
            change = self.install_here(Usage(usage), pem)
        except StoreFull:
            return "full"
        except CertificateRefused as error:
            kind = REFUSALS.get(Usage(usage))
            if kind is not None:
                self.log.note(kind, f"root refused: {error}")
            return "rejected"
        return "accepted" if change else "failed"

    def install_here(self, usage: Usage, pem: str) -> bool:
        """Install a root whoever asks; False: the station cannot keep up. CertificateRefused."""
        change = self.book.install(usage, pem, self._now())
        if not change.keep:
            return True  # it is installed already
        return self._keep(change, f"{usage} installed")

    def delete(self, wanted: CertificateHash) -> str:
        if not self.may_change:
            return "failed"
        try:
            change = self.book.delete(asked_of(wanted), self._trust if self._has_tls else ())
        except CertificateInUse:
            return "failed"
        if change is None:
            return "not_found"
        return "accepted" if self._keep(change, f"root deleted {change.drop[0][:16]}") else "failed"

    def take_signed(self, pem: str, allows_later: bool = True) -> bool:
        if not self.may_change:
            return False
        try:
            change = self.signature.take(self.book, pem, self._now(), allows_later)
        except CertificateRefused as error:
            self.log.note(Kind.INVALID_STATION_CERTIFICATE, str(error))
            return False
        return self._keep(change, "certificate of the station installed")

    def can_ask_signature(self) -> bool:
        return self.may_change and self.signature.can_ask

    def ask_signature(self) -> None:
        self._post(self.signature.on_ask)

    def check_signing(self, pem: str, revoked: frozenset[str] = frozenset()) -> str:
        return self.book.check_signing(pem, self._now(), revoked)

    # settings

    def allows(self, name: str, value: str) -> bool:
        """False if this setting may not have this value now (A05.FR.01 to 04, A00.FR.205)."""
        if name == BASIC_AUTH:
            return self.passwords.allows(value)
        return name != PROFILE or self._can_raise(int(value))

    def follow_setting(
        self, name: str, value: str, effects: Effects, now: datetime, now_s: float
    ) -> None:
        """A setting is being written: what else follows."""
        if name == PROFILE:
            old = self.main_profile
            effects.changes.append(SaveMeta(BEFORE_KEY, str(old)))
            effects.acts.append(partial(self._try_profile, old))
            text = f"SecurityProfile from {old} to {value}"
            self.log.add(effects, Kind.RECONFIGURED, text, now, now_s)
        elif name == BASIC_AUTH:
            self.passwords.follow_setting(self.here, value, effects)
            self.log.add(effects, Kind.RECONFIGURED, "AuthorizationKey changed", now, now_s)

    def lacks(self, profile: int, has_password: bool) -> str:
        """What a higher profile cannot do without, and is not there; empty: nothing."""
        now = self._now()
        if profile < MUTUAL_PROFILE and not has_password:
            return "a password"
        if profile >= TLS_PROFILE_MIN and not self.book.has_valid_root(now):
            return "a root of the central system"
        has_own = bool(self.book.own(now)) or self._given.has_own
        return "" if profile < MUTUAL_PROFILE or has_own else "a certificate of its own"

    # how to get in

    def roots_pem(self, address: str) -> str:
        """The installed roots; one that was replaced counts where it was in use (M05.FR.16)."""
        is_known = self._fallback_for in ("", address)
        return "" if self._book is None else self._book.trusted_pem(has_fallback=is_known)

    def own_pem(self) -> str:
        """The station's certificate chain with its key, for the next attempt; may be empty."""
        own = () if self._book is None else self._book.showable(self._now())
        self._shown = ""
        if not own:
            return ""
        record = own[self._own_turn % len(own)].record
        self._shown = record.fingerprint
        self._tried.add(record.fingerprint)
        return record.pem + (record.private_key or "")

    def opened(
        self, trust: tuple[str, ...] | None, is_main: bool = True, is_first: bool = True
    ) -> None:
        """It was reached: what is needless goes, and if it is [ocpp]'s, a trial has ended well."""
        self._is_open = True
        self._trust = trust
        self._own_turn = 0
        if is_main:
            self._failures = 0
        if is_main or is_first:
            self._post(partial(self._on_opened, is_main))

    def settled(self) -> None:
        """The system that is connected is that of [ocpp] from now on."""
        if self._is_open:
            self.opened(self._trust)

    def refused(self, error: AbsentError, is_main: bool = True) -> None:
        """It was not reached: say so if trust is the reason, and fall back if there is a way."""
        self._is_open = False
        if isinstance(error, DistrustError):
            self.log.note(KINDS[error.reason], str(error))
        if self._before is None or not is_main:
            return
        self._failures += 1
        if self._failures >= int(str(self._settings.value(ATTEMPTS))):
            self._post(self._on_fall_back)

    def show_another(self) -> None:
        """All central systems refused, or were away: the next own certificate (A02.FR.28)."""
        self._own_turn += 1

    def follow(self, effects: Effects, now: datetime, now_s: float) -> None:
        """After every event of the station: what is due by now."""
        self.signature.follow(self._book, effects, now, now_s)
        if self._book is not None and self.profile == MUTUAL_PROFILE and self._is_open:
            own = self._book.own(now)
            if own and own[0].record.fingerprint not in self._tried:
                self._tried.add(own[0].record.fingerprint)
                effects.acts.append(self.on_reconnect)  # A02.FR.08

    # inside

    @property
    def _has_tls(self) -> bool:
        return self.profile >= TLS_PROFILE_MIN or self._trust is not None

    @property
    def may_change(self) -> bool:
        """Nobody on an open line changes whom the station trusts, unless the file says so."""
        return self._has_tls or bool(self._settings.value(WITHOUT_TLS))

    def _can_raise(self, profile: int) -> bool:
        is_higher = profile > self.main_profile and self.in_use is None
        return is_higher and not self.lacks(profile, self.passwords.has_main)

    def _try_profile(self, old: int) -> None:
        self._before, self._failures = old, 0

    def _keep(self, change: Change, text: str) -> bool:
        names = ", ".join(self.book.name(record) for record in change.keep)
        return self._post(partial(self._on_change, change, f"{text} {names}".strip()))

    def _on_change(self, change: Change, text: str, now: datetime, now_s: float) -> Effects:
        effects = Effects(changes=rows_of(change), acts=[partial(self.book.apply, change)])
        if any(record.usage is Usage.STATION for record in change.keep):
            effects.changes += self.signature.taken()
        if any(record.usage is Usage.CENTRAL_SYSTEM_ROOT for record in change.keep):
            effects.changes.append(SaveMeta(FALLBACK_KEY, self.here))
            effects.acts.append(partial(setattr, self, "_fallback_for", self.here))
        self.log.add(effects, Kind.RECONFIGURED, text, now, now_s)
        return effects

    def _on_opened(self, is_main: bool, now: datetime, now_s: float) -> Effects:
        effects = Effects()
        if self._before is not None and is_main:
            effects.changes.append(SaveMeta(BEFORE_KEY, ""))
            effects.acts.append(self._end_trial)
        if self._book is not None and self._trust is not None:
            self._drop(self._book.after_connecting(self._trust), effects)
        if self._book is not None and self.profile == MUTUAL_PROFILE and self._shown:
            newest = self._book.own(now)[:1]
            change = self._book.after_showing(self._shown, now)
            self._drop(change, effects)
            if newest and newest[0].record.fingerprint in change.drop:  # A02.FR.29
                self.log.add(effects, Kind.RENEWED_DISCARDED, "the one before works", now, now_s)
        return effects

    def _on_fall_back(self, now: datetime, now_s: float) -> Effects:
        """A05.FR.08: the new profile does not connect."""
        effects = Effects()
        old, new = self._before, self.main_profile
        if old is None:
            return effects
        effects.changes += [SaveSetting(PROFILE, str(old)), SaveMeta(BEFORE_KEY, "")]
        effects.acts.append(partial(self._go_back, old))
        text = f"SecurityProfile {new} does not connect: back to {old}"
        self.log.add(effects, Kind.RECONFIGURED, text, now, now_s)
        return effects

    def _go_back(self, profile: int) -> None:
        self._settings.change(PROFILE, str(profile))
        self._end_trial()

    def _end_trial(self) -> None:
        self._before, self._failures = None, 0

    def _drop(self, change: Change, effects: Effects) -> None:
        if change.drop:
            effects.changes += rows_of(change)
            effects.acts.append(partial(self.book.apply, change))


def _nothing() -> None:
    """No central system is configured."""
