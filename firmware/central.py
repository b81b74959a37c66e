"""The way to the central system, built from the configuration and the settings.

Settings that change while the station runs are in force from then on; a new password is used
for the next connection, which is made at once.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from ampkeeper.firmware.config.model import Ocpp
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
from ampkeeper.firmware.station.csms import CsmsDesk
from ampkeeper.firmware.station.desk import Desk
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.ports import Clock

BOOT_REASONS = {"soft": "RemoteReset", "hard": "RemoteReset", "on_idle": "ScheduledReset"}
PASSWORD = "SecurityCtrlr.BasicAuthPassword"  # noqa: S105


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
            FreshDialer(means.make_dialer, self),
            clock,
            self._backoff,
            endpoint_url(config.url, config.id, config.versions),
            [SUBPROTOCOLS[version] for version in config.versions],
            csms.on_event,
            means.on_frame,
            means.before_reply,
        )
        desk.on_setting = self._on_setting

    def _on_setting(self, name: str) -> None:
        self._backoff.settings = self._backoff_settings()
        self.ocpp.configure(self._exchange_settings())
        if name == PASSWORD:
            self.ocpp.reconnect_soon()

    def opened(self, trust: tuple[str, ...] | None) -> None:
        """The central system was reached."""

    def refused(self, error: AbsentError) -> None:
        """It was not, which the task logs."""

    def access(self) -> Access:
        """How to get in, as configuration and settings say now."""
        config = self._config
        has_password = config.security_profile in (1, 2)
        return Access(
            ping_interval_s=self._number("OCPPCommCtrlr.WebSocketPingInterval"),
            user=config.id if has_password else None,
            password=self._password() if has_password else b"",
            ca_file=config.ca_file or None,
            certificate_file=config.certificate_file or None,
            key_file=config.key_file or None,
        )

    def _password(self) -> bytes:
        """What the central system set, or what the file says; AbsentError: try again later."""
        told = str(self._settings.value(PASSWORD))
        file = self._config.password_file
        if told or not file:
            return told.encode()
        try:
            return Path(file).read_bytes().strip()
        except OSError as error:
            raise AbsentError(f"{file}: {error.strerror}") from error

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
            offline_threshold_s=number("OCPPCommCtrlr.OfflineThreshold"),
        )

    def _number(self, name: str) -> float:
        value: Value = self._settings.value(name)
        assert isinstance(value, int), f"{name} is declared as a number"
        return float(value)
