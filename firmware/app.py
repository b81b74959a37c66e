"""The station as a running program: it builds the parts, owns every task, and ends them together.

Whatever a task does not expect ends all of them: permits lapse, ring 1 ends the charge, and the
process is started again from its books.
"""

import asyncio
import contextlib
import logging
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from ampkeeper.firmware.authorise.decide import Known
from ampkeeper.firmware.central import Central, Means
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.config.model_grid import LINE
from ampkeeper.firmware.courier import Courier, Kit
from ampkeeper.firmware.faces.local import LocalServer
from ampkeeper.firmware.faces.panel.task import PanelTask
from ampkeeper.firmware.fitted import evses_of, records_of, take_prices
from ampkeeper.firmware.neighbors import Neighbors
from ampkeeper.firmware.ocpp.task import OcppTask
from ampkeeper.firmware.ocpp.variables import Settings, file_values
from ampkeeper.firmware.people import Parts, People
from ampkeeper.firmware.reported import hardware_of, identity_of
from ampkeeper.firmware.station import feeds, spoken
from ampkeeper.firmware.station.availability import CONNECTORS_KEY
from ampkeeper.firmware.station.books import restored
from ampkeeper.firmware.station.clock import FollowingClock
from ampkeeper.firmware.station.csms import CsmsDesk, StoredOutbox
from ampkeeper.firmware.station.customers import Customers
from ampkeeper.firmware.station.desk import Desk
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.energy_rules import energy_of
from ampkeeper.firmware.station.examine import Examiner
from ampkeeper.firmware.station.homes import Bonds
from ampkeeper.firmware.station.monitors import MonitorDesk
from ampkeeper.firmware.station.route_door import RouteDoor
from ampkeeper.firmware.station.rules_of import rules_of
from ampkeeper.firmware.station.seal_door import SealDoor
from ampkeeper.firmware.station.sealing import Sealing
from ampkeeper.firmware.station.security_log import VERSION_KEY
from ampkeeper.firmware.station.settings_door import SettingsDoor
from ampkeeper.firmware.station.station import Station
from ampkeeper.firmware.station.system_file import slots_of
from ampkeeper.firmware.station.systems import PRIORITY, Systems
from ampkeeper.firmware.station.task import Listeners, StationTask
from ampkeeper.firmware.store.changes import SaveMeta
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.store import STORE_FILE, Store
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.firmware.surroundings import Hardware, Surroundings
from ampkeeper.firmware.trust import cars_of, security_of
from ampkeeper.firmware.update.installer import Installer
from ampkeeper.hal.ports import Clock

__all__ = ["App", "Hardware", "Surroundings"]

RESET_KEY = "reset_kind"
WARNINGS = (
    "meter_missing_at_end",
    "signature_missing",
    "wiring_wrong",
    "mains_wrong",
    "payment_owed",
)  # somebody should look
FIRST_LOOK_S = 1.0  # that ring 1 has to say what is there, before anybody else is told
LAST_WORDS_S = 1.0  # the answer to the reset, and the last status, are on their way

log = logging.getLogger(__name__)


class App:
    """One life of the station, from start to restart."""

    def __init__(
        self,
        config: Config,
        state_dir: Path,
        hardware: Hardware,
        clock: Clock,
        surroundings: Surroundings | None = None,
    ) -> None:
        self.config = config
        self._hardware = hardware
        self._around = surroundings or Surroundings()
        self.clock = clock = FollowingClock(clock, self._around.is_clock_synchronised)
        self._state_dir = state_dir
        self._store = Store(state_dir / STORE_FILE)
        self._worker = StoreWorker(self._store)
        self._restart: asyncio.Future[str] | None = None
        self._is_ending = False
        self._is_seen = asyncio.Event()  # what is plugged in, everywhere
        self.settings = Settings(
            hardware_of(config, hardware.pilots, hardware.meters, bool(hardware.readers)),
            {PRIORITY: slots_of(config)} | file_values(config.ocpp.keys, config.ocpp.variables),
            self._store.settings(),
        )
        evses = evses_of(config, hardware.pilots, hardware.meters, self._around.new_id)
        self.station = Station(rules_of(config), evses, self.settings.value)
        self.energy = energy_of(config, self.station, self._around.random)
        rhythm, pilots = self._around.rhythm, hardware.pilots
        self.task = StationTask(self.station, self._store, self._worker, clock, pilots, rhythm)
        installer = self._around.make_installer(state_dir)
        identity = identity_of(config, installer.version())
        take_prices(config, self.station)
        self._records = records_of(config, self.station, identity["firmware_version"], clock)
        key = Path(config.seal.key_file).read_bytes() if config.seal.key_file else b""
        serial, is_required = config.station.serial, config.seal.required
        self.sealing = Sealing(self.station, serial, key, is_required)
        self.station.limiting.sources.append(self.sealing)
        self.csms = CsmsDesk(self.task, self._notice, self.settings.learn)
        self.security = security_of(config, self.settings, self.task, self.csms, self.clock)
        post, owed = self.task.post, self.task.owed
        self.desk = Desk(
            self.station, self.settings, identity, clock.now, post, owed, self.security
        )
        self.systems = Systems(config, self.settings, self.security, post)
        self.desk.systems = self.systems
        cars = cars_of(self.security, self.settings, self.task, self.csms, self.clock)
        self.secc, self.car_requests = cars
        self.desk.secc = self.secc
        self.station.costs.knows_number = self.desk.homes.knows_number
        self._bonds = Bonds(self.desk.homes, owed, self.desk.running_txs)
        self._courier = self._make_courier(installer)
        self.desk.transfers = self._courier.transfers
        self.desk.monitors = self._monitors = self._make_monitors()
        self.desk.customers = self._customers = Customers(
            self.task, (self._store, self._worker), self.csms
        )
        self._cards, self._panels = feeds.CardDoor(self.task), self._make_panels()
        self.neighbors = self._make_neighbors()
        self._examiner = Examiner(self.task, self._store, self._worker, clock, pilots)
        self.people = self._make_people(self._cards)
        self.api = self.people.api

    async def run(self) -> str:
        """Run until somebody asks for a restart; return "soft", "hard" or "update"."""
        self._restart = asyncio.get_running_loop().create_future()
        try:
            was_reset = await self._recall()
            if self.config.ocpp.url:
                self.csms.connect(self._central(was_reset).ocpp)
            self.task.listeners = Listeners(
                report=self.csms.report,
                ask=self.csms.ask,
                outbox_grew=self.csms.outbox_grew,
                notice=self._notice,
                restart=self._ask_restart,
            )
            return await self._run_tasks()
        finally:
            self._close_hardware()
            await self._worker.close()

    async def _run_tasks(self) -> str:
        assert self._restart is not None, "run() made it"
        door = LocalServer(self._state_dir, self.people.at_the_station)
        try:
            if self._around.has_local_door:
                door.open()
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self.task.run(), name="station")]
                tasks += self._feeds(group) + self.neighbors.start(group)
                tasks += self.people.start(group)
                tasks.append(group.create_task(self._examiner.run(), name="self-tests"))
                tasks.append(group.create_task(self._courier.run(), name="transfers"))
                tasks.append(group.create_task(self._customers.run(), name="customers"))
                if self.csms.ocpp is not None:
                    tasks.append(group.create_task(self._speak(self.csms.ocpp), name="ocpp"))
                if self._around.has_local_door:
                    tasks.append(group.create_task(door.run(), name="local door"))
                kind = await self._restart  # ended by a reset, or by any task's failure
                for task in tasks:
                    task.cancel()
            return kind
        finally:
            door.close()

    async def _speak(self, ocpp: OcppTask) -> None:
        """Speak once ring 1 has said what is plugged in: no taken connector is told as free."""
        with contextlib.suppress(TimeoutError):  # silent, and told so later
            async with asyncio.timeout(FIRST_LOOK_S):
                await self._is_seen.wait()
        await ocpp.run()

    def _look(self, effects: Effects, now: datetime, now_s: float) -> None:
        if all(evse.status is not None for evse in self.station.evses.values()):
            self._is_seen.set()

    def _make_panels(self) -> list[PanelTask]:
        parts = (self.task, self.clock, self.config.panel, self._around.notice)
        indicators = self._hardware.indicators
        return [PanelTask(evse_id, each, *parts) for evse_id, each in indicators.items()]

    def _make_neighbors(self) -> Neighbors:
        around = self._around
        made = Neighbors(self.config, self.task, self.clock, around.make_bus, around.new_id)
        made.hear(self.energy)
        return made

    def _make_monitors(self) -> MonitorDesk:
        csms = self.csms
        made = MonitorDesk(self.desk, csms.tell, lambda: csms.is_accepted, self.task.post)
        csms.on_accepted.append(made.tell_next)
        return made

    def _feeds(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        hardware = self._hardware
        tasks = []
        for evse_id, pilot in hardware.pilots.items():
            feed = feeds.feed_pilot(self.task, evse_id, pilot)
            tasks.append(group.create_task(feed, name=f"pilot {evse_id}"))
        for evse_id, meter in hardware.meters.items():
            reading = feeds.feed_meter(
                self.task, evse_id, meter, hardware.pilots[evse_id], self.clock
            )
            tasks.append(group.create_task(reading, name=f"meter {evse_id}"))
        for reader_id, reader in hardware.readers.items():
            cards = feeds.feed_reader(self.task, reader_id, reader)
            tasks.append(group.create_task(cards, name=f"reader {reader_id}"))
        if hardware.mains is not None:
            mains = feeds.feed_mains(self.task, self.energy.guard, hardware.mains, self.clock)
            tasks.append(group.create_task(mains, name="mains meter"))
        if hardware.grid_line is not None and self.config.grid.input == LINE:
            settle_s, grid = self.config.grid.debounce_ms / 1_000, self.station.limiting.grid
            line = feeds.feed_grid(self.task, grid, hardware.grid_line, settle_s, self.clock)
            tasks.append(group.create_task(line, name="grid operator's line"))
        for panel in self._panels:
            tasks += panel.start(group)
        return tasks

    async def _recall(self) -> str | None:
        """Take up what the books hold; return how the last life ended, if by a reset."""
        store = self._store
        was_reset = store.meta(RESET_KEY) or None
        self.task.owed.load(store.outbox_by_tx())
        await self._courier.recall()
        for name in self.settings.dropped:
            log.warning("setting %s, stored by another version, is not valid here", name)
        problems = self.security.recall(store) + self.systems.recall(store)
        for problem in problems + self.secc.recall(store):
            log.error("left out: %s", problem)
        self.desk.homes.load(store.homes())
        spoken.recall(self.station, store.meta, self.systems.all_versions)
        self.station.availability.load(store.evses(), store.meta(CONNECTORS_KEY))
        for evse_id, evse in self.station.evses.items():
            evse.in_service = self.station.availability.holds(evse_id)
            for problem in self.station.memory.recall(evse_id, store.meta):
                log.error("evse %d: %s", evse_id, problem)
        await self._recall_limits()
        self.station.listed.list.load(*store.local_list())
        for problem in self.station.reservations.recall(store.reservations()):
            log.error("a reservation is left out: %s", problem)
        for problem in self.station.display.recall(store.display_messages()):
            log.error("a display message is left out: %s", problem)
        for known in reversed(store.verdicts()):
            verdict = Known(known.status, known.group_id, known.expires, known.evse_ids)
            self.station.entrance.known[known.token] = verdict
        for row in store.faults(active_only=True):
            recall = partial(self.station.on_recall, row.evse_id, row.fault, row.raised_at)
            await self.task.handle(recall)
        running = []
        for problem in self.station.resumption.recall(store.meta, self._around.random):
            log.error("left out: %s", problem)
        for problem in self.station.costs.recall(store):
            log.error("what a session cost is left out: %s", problem)
        await self._recall_records()
        for session in store.open_sessions():
            try:
                running.append((restored(session.state), session.csms_tx_id))
            except StoreError as error:
                log.error("transaction %s cannot be taken up: %s", session.tx_id, error)
        await self.task.handle(partial(self.station.on_restore, running, was_reset == "hard"))
        version = self.desk.identity()["firmware_version"]
        before = store.meta(VERSION_KEY)
        is_on_trial = self._courier.transfers.is_on_trial
        on_start = partial(self.security.log.on_start, was_reset, before, version)
        await self.task.handle(partial(on_start, is_on_trial=is_on_trial))
        if self.config.ocpp.url:
            await self.task.handle(self.systems.on_start)
        for problem in self._monitors.recall(store.meta):
            log.error("left out: %s", problem)
        self.task.followers.append(self.energy.follow)
        self.task.followers += [self.security.log.follow, self.security.follow]
        self.task.followers += [self._look, self.secc.follow, self.car_requests.follow]
        self.task.followers.append(self._monitors.follow)
        if was_reset:
            await self.task.handle(lambda now, now_s: Effects(changes=[SaveMeta(RESET_KEY, "")]))
        return was_reset

    async def _recall_records(self) -> None:
        for problem in self._records.recall(self._store):
            log.error("left out: %s", problem)
        await self.task.handle(lambda now, now_s: self._records.on_start())
        self.desk.metering.own_key = self._records.told_key

    async def _recall_limits(self) -> None:
        store = self._store
        self.station.entrance.users.recall(store, self.clock.now())
        self.task.followers.append(self.station.entrance.users.follow)
        for problem in self.station.charging.recall(store.charging_profiles()):
            log.error("an installed profile is left out: %s", problem)
        for problem in self.station.limiting.recall(store.meta) + self.energy.recall(store.meta):
            log.error("left out: %s", problem)
        for problem in self.people.access.recall(store.meta):
            log.error("%s", problem)
        if self.config.web.listen:
            await self.task.handle(self.people.access.on_start)
        found = self.sealing.recall(store.meta)
        await self.task.handle(partial(self.sealing.on_start, self.security.log, *found))

    def _central(self, was_reset: str | None) -> Central:
        around = self._around
        assert around.make_dialer is not None, "the board gives a way to connect"
        outbox = StoredOutbox(self._store, self._worker, self.task.owed, self.desk.homes)
        means = Means(
            around.make_dialer, around.random, around.new_id, around.on_frame, self.task.settled
        )
        parts = (self.config.ocpp, self.settings, self.desk, self.csms, outbox, self.clock)
        return Central(*parts, means, was_reset, self.systems, self._bonds)

    def _make_people(self, cards: feeds.CardDoor) -> People:
        transfers = self._courier.transfers
        parts = Parts(
            config=self.config,
            state_dir=self._state_dir,
            station=self.station,
            task=self.task,
            csms=self.csms,
            books=(self._store, self._worker),
            clock=self.clock,
            is_clock_right=lambda: self.clock.age_s is not None,
            cards=cards,
            examiner=self._examiner,
            energy=self.energy,
            security=self.security,
            image=self._courier.update_door,
            settings=SettingsDoor(self.desk, self.settings, self.task),
            route=RouteDoor(self.systems, self._bonds, self.csms, self.task),
            seal=SealDoor(self.sealing, self.security.log, self.task),
            site=self.neighbors.view,
            identity=self.desk.identity(),
            update=lambda: transfers.update_status().status,
            bus=self.neighbors.bus,
            around=self._around,
        )
        return People(parts)

    def _make_courier(self, installer: Installer) -> Courier:
        kit = Kit(
            config=self.config,
            settings=self.settings,
            state_dir=self._state_dir,
            identity=self.desk.identity(),
            make_carriers=self._around.make_carriers,
            installer=installer,
            hold=self.desk.hold,
            security=self.security,
        )
        return Courier(kit, self.task, (self._store, self._worker), self.clock, self.csms)

    def _close_hardware(self) -> None:
        for pilot in self._hardware.pilots.values():
            pilot.close()
        for meter in self._hardware.meters.values():
            meter.close()
        for reader in self._hardware.readers.values():
            reader.close()
        for indicator in self._hardware.indicators.values():
            indicator.close()
        if self._hardware.mains is not None:
            self._hardware.mains.close()
        if self._hardware.grid_line is not None:
            self._hardware.grid_line.close()

    def _notice(self, kind: str, fields: dict[str, Any]) -> None:
        """The timeline of the station, for the log and for whoever watches; tokens are masked."""
        level = logging.WARNING if kind in WARNINGS else logging.INFO
        log.log(level, "%s %s", kind, " ".join(f"{name}={each}" for name, each in fields.items()))
        self._courier.note(kind, fields)
        self._cards.on_notice(kind, fields)
        for panel in self._panels:
            panel.on_notice(kind, fields)
        self.people.on_notice(kind, fields)
        self._around.notice(kind, fields)

    def _ask_restart(self, kind: str) -> None:
        """End soon; asked for again with every event until then."""
        if self._is_ending:
            return
        self._is_ending = True
        log.info("restart: %s", kind)
        asyncio.get_running_loop().call_later(LAST_WORDS_S, self._end, kind)

    def _end(self, kind: str) -> None:
        if self._restart is not None and not self._restart.done():
            self._restart.set_result(kind)
