"""Courier: builds what fetches and sends files, from the configuration and what the board brings.

Logs and updates have a mover each, so that neither waits for the other. The station's timeline of
this life is kept here for the diagnostics: the newest ``NOTICES_MAX`` notices, in memory.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.config.show import as_toml
from ampkeeper.firmware.energy.configured import zone_of
from ampkeeper.firmware.ocpp.variables import Settings
from ampkeeper.firmware.station.csms import CsmsDesk
from ampkeeper.firmware.station.dossier import Sources
from ampkeeper.firmware.station.hold import Hold
from ampkeeper.firmware.station.install_hours import InstallHours, hours_of
from ampkeeper.firmware.station.security import Security
from ampkeeper.firmware.station.statuses import Statuses
from ampkeeper.firmware.station.sticks import StickMeans, Sticks
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.firmware.station.transfers import Transfers
from ampkeeper.firmware.station.trials import TrialMeans, Trials
from ampkeeper.firmware.station.update_door import UpdateDoor
from ampkeeper.firmware.station.updates import UpdateMeans, Updates
from ampkeeper.firmware.station.uploads import UploadMeans, Uploads
from ampkeeper.firmware.station.view import evse_view
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.firmware.transfers.port import MakeCarriers, Trust
from ampkeeper.firmware.transfers.task import Limits, Mover
from ampkeeper.firmware.update.installer import Installer
from ampkeeper.firmware.update.trial import Patience
from ampkeeper.hal.ports import Clock

LETS_IN = "ChargingStation.AllowNewSessionsPendingFirmwareUpdate"
NOTICES_MAX = 2_000
LOG_FOLDER = "log"
FOLDER = "transfers"
KNOWN_HOSTS = "known_hosts"
RATE = "TransferCtrlr.BytesPerSecondMax"
UNSIGNED = "OCPP16.UnsignedUpdateAllowed"


@dataclass(frozen=True, slots=True)
class Kit:
    """What the courier is built from."""

    config: Config
    settings: Settings
    state_dir: Path
    identity: Mapping[str, str]
    make_carriers: MakeCarriers
    installer: Installer
    hold: Hold
    security: Security


class Courier:
    """Everything about files; ``transfers`` is what a dialect asks."""

    def __init__(
        self,
        kit: Kit,
        task: StationTask,
        books: tuple[Store, StoreWorker],
        clock: Clock,
        csms: CsmsDesk,
    ) -> None:
        self._clock = clock
        self._books = books
        self._settings = kit.settings
        self._folder = kit.state_dir / FOLDER
        self._notices: deque[tuple[datetime, str, Mapping[str, Any]]] = deque(maxlen=NOTICES_MAX)
        security = kit.security
        self._movers = self._make_movers(kit)
        sources = Sources(
            identity=kit.identity,
            config_toml=partial(as_toml, kit.config),
            changed=lambda: kit.settings.changed,
            state=partial(self._state, task),
            notices=self._noticed,
            log_folder=kit.state_dir / LOG_FOLDER,
        )
        statuses = Statuses(csms, task.post)
        self._may_be_unsigned = kit.config.update.allow_unsigned_orders
        trials = self._make_trials(kit, task, books, csms)
        update = UpdateMeans(
            self._movers[0],
            kit.installer,
            trials,
            self._folder,
            kit.hold,
            lambda pem: security.check_signing(pem, trials.revoked),
            security.log.note,
            lambda: bool(kit.settings.value(LETS_IN)),
            install_hours(kit.config),
        )
        upload = UploadMeans(self._movers[1], sources, self._folder)
        updates = Updates(task, books, clock, statuses, update)
        self.update_door = UpdateDoor(updates, kit.installer)
        self.transfers = Transfers(
            updates,
            Uploads(task, books, clock, statuses, upload),
            statuses,
            trials,
            self._sticks(kit, task, updates, trials),
            self._takes_unsigned,
        )
        csms.on_accepted.append(self.transfers.accepted)
        task.station.reservations.owe = statuses.of_reservation

    def note(self, kind: str, fields: Mapping[str, Any]) -> None:
        """Something happened, for the timeline."""
        self._notices.append((self._clock.now(), kind, fields))

    async def recall(self) -> None:
        """Take up what the books hold, before the central system is spoken to."""
        await self.transfers.recall(*self._books)

    async def run(self) -> None:
        """Carry out what is ordered, until cancelled."""
        try:
            await self.transfers.run()
        finally:
            for mover in self._movers:
                mover.close()

    def _make_movers(self, kit: Kit) -> list[Mover]:
        """One for updates, one for logs."""
        told, security = kit.config.transfers, kit.security
        known = Path(told.known_hosts_file or kit.state_dir / KNOWN_HOSTS)
        carriers = kit.make_carriers(
            Trust(
                known,
                told.learn_hosts,
                told.ca_file,
                lambda: security.roots_pem(security.here),  # N01.FR.15
            )
        )
        of_updates = Limits(self._rate, within_s=kit.config.update.download_within_s)
        return [
            Mover(carriers, self._clock, of_updates, "update"),
            Mover(carriers, self._clock, Limits(self._rate), "log"),
        ]

    def _make_trials(
        self, kit: Kit, task: StationTask, books: tuple[Store, StoreWorker], csms: CsmsDesk
    ) -> Trials:
        told = kit.config.update
        means = TrialMeans(
            self._movers[0],
            kit.installer,
            Patience(told.confirm_within_s, told.csms_within_s),
            bool(kit.config.ocpp.url),
            kit.security.log,
            kit.identity["firmware_version"],
        )
        return Trials(task, books, self._clock, csms, means)

    def _sticks(self, kit: Kit, task: StationTask, updates: Updates, trials: Trials) -> Sticks:
        told = kit.config.update
        means = StickMeans(
            Path(told.stick_folder) if told.enabled and told.stick_folder else None,
            self._movers[0],
            kit.installer,
            kit.security.log.note,
            lambda: trials.is_on,
        )
        return Sticks(task, self._books, self._clock, updates, means)

    def _rate(self) -> int:
        return int(self._number(RATE))

    def _takes_unsigned(self) -> bool:
        """Whitepaper L01.FR.20: not unless that is wanted here; OCPP's setting only narrows it."""
        return self._may_be_unsigned and bool(self._settings.value(UNSIGNED))

    def _number(self, name: str) -> float:
        value = self._settings.value(name)
        assert isinstance(value, int), f"{name} is declared as a number"
        return float(value)

    def _noticed(self) -> Sequence[tuple[datetime, str, Mapping[str, Any]]]:
        return tuple(self._notices)

    def _state(self, task: StationTask) -> Sequence[Mapping[str, Any]]:
        now = self._clock.now()
        evses = task.station.evses.values()
        shown = task.station.costs.shown
        return [{"id": evse.evse_id} | evse_view(evse, now, shown) for evse in evses]


def install_hours(config: Config) -> InstallHours:
    """When the owner lets new software be installed."""
    told = config.update
    name = config.energy.time_zone
    zone = zone_of(name) if name else None
    return hours_of(told.install_days, told.install_begin, told.install_end, zone)
