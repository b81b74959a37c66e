"""The way to the central system, built from the configuration and the settings.

Settings that change while the station runs are in force from then on; a new password is used
for the next connection, which is made at once.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ampkeeper.firmware.config.model import Config, Ocpp
from ampkeeper.firmware.ocpp.charge_point import ChargePoint, ChargePointSettings
from ampkeeper.firmware.ocpp.connection import (
    SUBPROTOCOLS,
    Backoff,
    BackoffSettings,
    endpoint_url,
)
from ampkeeper.firmware.ocpp.dialect import Dialect
from ampkeeper.firmware.ocpp.dialer import Access, FreshDialer, MakeDialer
from ampkeeper.firmware.ocpp.outbox import OutboxStore
from ampkeeper.firmware.ocpp.task import OcppTask
from ampkeeper.firmware.ocpp.v16 import Dialect16
from ampkeeper.firmware.ocpp.v201 import Dialect201
from ampkeeper.firmware.ocpp.variables import Settings, Value
from ampkeeper.firmware.ocpp.way import OneWay
from ampkeeper.firmware.security_events import SecurityEventKind
from ampkeeper.firmware.station.csms import CsmsDesk
from ampkeeper.firmware.station.desk import Desk
from ampkeeper.firmware.station.security import (
    MUTUAL_PROFILE,
    PASSWORD,
    PROFILE,
    TLS_PROFILE_MIN,
    Given,
    Security,
)
from ampkeeper.firmware.station.security_log import SecurityLog
from ampkeeper.firmware.station.signature import Signature
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.ports import Clock

if TYPE_CHECKING:
    from ampkeeper.firmware.certificates.book import CertificateBook

log = logging.getLogger(__name__)

PING = "OCPPCommCtrlr.WebSocketPingInterval"
BOOT_REASONS = {
    "soft": "RemoteReset",
    "hard": "RemoteReset",
    "on_idle": "ScheduledReset",
    "update": "FirmwareUpdate",
}


def security_of(
    config: Config, settings: Settings, task: StationTask, csms: CsmsDesk, clock: Clock
) -> Security:
    """The station's security, with what the configuration brings to it."""
    ocpp = config.ocpp
    given = Given(partial(_password, ocpp), bool(ocpp.certificate_file and ocpp.key_file))
    log = SecurityLog(task.post, csms.tell)
    signature = Signature(config.station.serial, settings, csms.tell)
    task.on_shed = partial(_note_shed, log)
    csms.on_suspicion = log.on_suspicion
    csms.on_accepted += [log.tell_next, signature.ask_if_unheard]
    make_book = partial(_book, ocpp, settings)
    return Security(make_book, log, signature, settings, given, clock.now, task.post)


@dataclass(frozen=True, slots=True)
class Means:
    """What the surroundings give: the way out, chance, ids, a watcher of frames.

    ``before_reply`` ends when all that a reply promises is written.
    """

    make_dialer: MakeDialer
    random: Callable[[], float]
    new_id: Callable[[], str]
    on_frame: Callable[[str, str], None] | None
    before_reply: Callable[[], Awaitable[None]]


class Central:
    """Builds ``ocpp``, the task that speaks, and keeps it to the settings."""

    def __init__(
        self,
        config: Ocpp,
        settings: Settings,
        desk: Desk,
        csms: CsmsDesk,
        outbox: OutboxStore,
        clock: Clock,
        means: Means,
        was_reset: str | None,
    ) -> None:
        self._config = config
        self._settings = settings
        self._security = desk.security
        self._boot_reason = BOOT_REASONS.get(was_reset or "", "PowerUp")
        self._backoff = Backoff(self._backoff_settings(), means.random)
        dialects: dict[str, Dialect] = {"1.6": Dialect16(desk), "2.0.1": Dialect201(desk)}
        charge_point = ChargePoint(
            {SUBPROTOCOLS[version]: dialects[version] for version in config.versions},
            desk,
            self._exchange_settings(),
            means.new_id,
        )
        self.ocpp = OcppTask(
            charge_point,
            outbox,
            OneWay(
                FreshDialer(means.make_dialer, self),
                endpoint_url(config.url, config.id, config.versions),
                [SUBPROTOCOLS[version] for version in config.versions],
            ),
            clock,
            self._backoff,
            csms.on_event,
            means.on_frame,
            means.before_reply,
        )
        self.ocpp.set_ping_interval(self._number(PING))
        desk.on_setting = self._on_setting
        self._security.on_reconnect = self.ocpp.reconnect_soon

    def _on_setting(self, name: str) -> None:
        self._backoff.settings = self._backoff_settings()
        self.ocpp.configure(self._exchange_settings())
        if name == PING:
            self.ocpp.set_ping_interval(self._number(PING))
        if name in (PASSWORD, PROFILE):
            self.ocpp.reconnect_soon()

    def opened(self, trust: tuple[str, ...] | None) -> None:
        """The central system was reached."""
        self._security.opened(trust)

    def refused(self, error: AbsentError) -> None:
        """It was not."""
        self._security.refused(error)

    def access(self) -> Access:
        """How to get in, as configuration and settings say now."""
        config, security = self._config, self._security
        profile = security.profile
        has_password = profile in (1, 2)
        return Access(
            user=config.id if has_password else None,
            password=security.password() if has_password else b"",
            ca_file=config.ca_file or None,
            certificate_file=config.certificate_file or None if profile == MUTUAL_PROFILE else None,
            key_file=config.key_file or None if profile == MUTUAL_PROFILE else None,
            roots_pem=security.roots_pem(),
            own_pem=security.own_pem() if profile == MUTUAL_PROFILE else "",
            has_tls=profile >= TLS_PROFILE_MIN,
        )

    def _backoff_settings(self) -> BackoffSettings:
        return BackoffSettings(
            wait_s_min=self._number("OCPPCommCtrlr.RetryBackOffWaitMinimum"),
            random_range_s=self._number("OCPPCommCtrlr.RetryBackOffRandomRange"),
            repeat_times=int(self._number("OCPPCommCtrlr.RetryBackOffRepeatTimes")),
        )

    def _exchange_settings(self) -> ChargePointSettings:
        number = self._number
        return ChargePointSettings(
            boot_reason=self._boot_reason,
            heartbeat_interval_s=int(number("OCPPCommCtrlr.HeartbeatInterval")),
            call_timeout_s=number("OCPPCommCtrlr.MessageTimeout[Default]"),
            fact_attempts=int(number("OCPPCommCtrlr.MessageAttempts[TransactionEvent]")),
            fact_retry_s=number("OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]"),
            status_stable_s=number("OCPPCommCtrlr.MinimumStatusDuration"),
            offline_threshold_s=number("OCPPCommCtrlr.OfflineThreshold"),
        )

    def _number(self, name: str) -> float:
        value: Value = self._settings.value(name)
        assert isinstance(value, int), f"{name} is declared as a number"
        return float(value)


def _note_shed(log: SecurityLog, messages: int) -> None:
    """The disk has no more room for what is owed: which had to go is in firmware/store's README."""
    log.note(SecurityEventKind.MEMORY_EXHAUSTED, f"{messages} queued messages were given up")


def _book(config: Ocpp, settings: Settings) -> "CertificateBook":
    """The book of certificates, with what the configuration says."""
    from ampkeeper.firmware.certificates.book import CertificateBook  # 9 MB, if ever

    replaces = bool(settings.value("SecurityCtrlr.AdditionalRootCertificateCheck"))
    return CertificateBook(replaces, _roots(config))


def _password(config: Ocpp) -> bytes:
    """What the file says; empty without a file; AbsentError: try again later."""
    file = config.password_file
    try:
        return Path(file).read_bytes().strip() if file else b""
    except OSError as error:
        raise AbsentError(f"{file}: {error.strerror}") from error


def _roots(config: Ocpp) -> str:
    """The roots of the file, to judge by; one that cannot be read now trusts nobody."""
    try:
        return Path(config.ca_file).read_text("ascii", "replace") if config.ca_file else ""
    except OSError as error:
        log.error("ca_file %s: %s", config.ca_file, error.strerror)
        return ""
