"""People: builds what they see of the station and may ask of it, and the faces that serve that.

A face is loaded by who makes it, so only where it is configured.
The command line at the station, the page and programs reach the same ``Api``; whoever asks for a
change is written down before (``station/audit.py``).
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.config.model_site import COMMANDS, NOTHING
from ampkeeper.firmware.config.rules_web import code_of
from ampkeeper.firmware.faces.gate import Gate
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.ocpp.schemas import build_checker
from ampkeeper.firmware.station.access_desk import AccessDesk
from ampkeeper.firmware.station.api import Api
from ampkeeper.firmware.station.audit import BY_MODBUS, BY_MQTT, Audit
from ampkeeper.firmware.station.charges_door import ChargesDoor
from ampkeeper.firmware.station.csms import CsmsDesk
from ampkeeper.firmware.station.energy import Energy
from ampkeeper.firmware.station.energy_door import EnergyDoor
from ampkeeper.firmware.station.examine import Examiner
from ampkeeper.firmware.station.feeds import CardDoor
from ampkeeper.firmware.station.overview import Overview
from ampkeeper.firmware.station.owner_door import OwnerDoor
from ampkeeper.firmware.station.route_door import RouteDoor
from ampkeeper.firmware.station.seal_door import SealDoor
from ampkeeper.firmware.station.security import Security
from ampkeeper.firmware.station.security_door import SecurityDoor
from ampkeeper.firmware.station.settings_door import SettingsDoor
from ampkeeper.firmware.station.station import Station
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.firmware.station.update_door import UpdateDoor
from ampkeeper.firmware.station.whom import whom
from ampkeeper.firmware.store.changes import AddAudit
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.firmware.surroundings import Surroundings
from ampkeeper.hal.ports import Bus, Clock

if TYPE_CHECKING:
    from ampkeeper.firmware.faces.delivery.monthly import MonthlyFace
    from ampkeeper.firmware.faces.delivery.task import DeliveryFace
    from ampkeeper.firmware.faces.http.task import PricePush
    from ampkeeper.firmware.faces.modbus.task import ModbusFace
    from ampkeeper.firmware.faces.mqtt.task import MqttFace
    from ampkeeper.firmware.faces.terminal.task import TerminalFace
    from ampkeeper.firmware.faces.web.task import WebFace


@dataclass(frozen=True, slots=True)
class Parts:
    """What people's side of the station is built from."""

    config: Config
    state_dir: Path
    station: Station
    task: StationTask
    csms: CsmsDesk
    books: tuple[Store, StoreWorker]
    clock: Clock
    is_clock_right: Callable[[], bool]  # as far as anybody knows
    cards: CardDoor
    examiner: Examiner
    energy: Energy
    security: Security
    route: RouteDoor
    seal: SealDoor
    site: Callable[[], Mapping[str, Any] | None]
    image: UpdateDoor
    settings: SettingsDoor
    identity: Mapping[str, str]
    update: Callable[[], str]
    bus: Bus | None
    around: Surroundings


class People:
    """``api`` answers, ``access`` knows who may ask, ``at_the_station`` is the local door's."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        task, (store, worker) = parts.task, parts.books
        web = parts.config.web
        energy = EnergyDoor(parts.energy, parts.station, task, parts.clock)
        self.overview = Overview(
            parts.station,
            parts.csms,
            energy,
            parts.site,
            parts.identity,
            parts.update,
            parts.clock,
        )
        users = parts.station.entrance.users
        self.audit = Audit(task, lambda verb, asked: whom(users.book, verb, asked))
        label_code = code_of(Path(web.setup_code_file)) if web.setup_code_file else ""
        read = self._read_audit
        self.access = AccessDesk(task, self.audit, read, parts.around.new_bytes, label_code)
        self.api = Api(
            parts.station,
            task,
            parts.csms,
            store,
            worker,
            parts.clock,
            parts.cards,
            parts.examiner,
            SecurityDoor(parts.security, task, store, worker),
            parts.route,
            energy,
            parts.seal,
            parts.site,
            self.overview,
            OwnerDoor(parts.station, task, parts.cards, web.card),
            self.access,
            parts.settings,
            parts.image,
            ChargesDoor(parts.config, worker, parts.clock),
        )
        self._gate = Gate(lambda: not web.listen or self.access.book.is_set_up)
        self.access.on_change = self._gate.look
        self.at_the_station = self.audit.at_the_station(self.api.answer)
        self.price_push = self._make_price_push(energy) if parts.config.price.listen else None
        self.web = self._make_web(energy) if web.listen else None
        mqtt, bus = parts.config.mqtt, parts.bus
        self.modbus = self._make_modbus() if parts.config.modbus.listen else None
        self.deliveries = self._make_deliveries()
        self.terminal = self._make_terminal()
        self.api.payments.till = None if self.terminal is None else self.terminal.till
        self.mqtt = self._make_mqtt(bus) if bus is not None and mqtt.offers != NOTHING else None

    def start(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Start the faces that are configured; ended by cancellation."""
        faces = (self.web, self.mqtt, self.terminal, *self.deliveries)
        doors = (self.price_push, self.modbus)
        held = [
            group.create_task(self._gate.hold(face), name="gate")
            for face in doors
            if face is not None
        ]
        return held + [task for face in faces if face is not None for task in face.start(group)]

    def on_notice(self, kind: str, fields: dict[str, Any]) -> None:
        """Something happened, for who watches."""
        if self.web is not None:
            self.web.hub.on_notice(kind, fields)

    def _make_price_push(self, energy: EnergyDoor) -> "PricePush":
        from ampkeeper.firmware.faces.http.task import PricePush

        return PricePush(self._parts.config.price, energy.push, self._parts.clock)

    def _make_web(self, energy: EnergyDoor) -> "WebFace":
        from ampkeeper.firmware.faces.web.task import Parts as WebParts
        from ampkeeper.firmware.faces.web.task import WebFace

        parts = self._parts
        made = WebParts(
            config=parts.config,
            state_dir=parts.state_dir,
            clock=parts.clock,
            ask=self.api.answer,
            desk=self.access,
            audit=self.audit,
            read=self.overview.read,
            push_prices=energy.push,
            new_bytes=parts.around.new_bytes,
            build_check=build_checker,
            make_extras=parts.around.make_extras,
        )
        return WebFace(made)

    def _make_mqtt(self, bus: Bus) -> "MqttFace":
        from ampkeeper.firmware.faces.mqtt.discovery import Discovery
        from ampkeeper.firmware.faces.mqtt.task import MqttFace
        from ampkeeper.firmware.faces.mqtt.topics import Topics

        mqtt = self._parts.config.mqtt
        topics = Topics(mqtt.prefix, mqtt.id or self._parts.config.station.serial)
        found = Discovery(mqtt.discovery_prefix, topics, mqtt.offers == COMMANDS)
        ask = self._gate.asked(self.audit.asked_by(BY_MQTT, self.api.answer))
        return MqttFace(bus, self.overview.read, ask, found, mqtt.discovery)

    def _make_modbus(self) -> "ModbusFace":
        from ampkeeper.firmware.faces.modbus.task import ModbusFace

        ask = self.audit.asked_by(BY_MODBUS, self.api.answer)
        return ModbusFace(self._parts.config.modbus, self.overview.read, ask, self._parts.clock)

    def _make_deliveries(self) -> "list[DeliveryFace | MonthlyFace]":
        parts, config = self._parts, self._parts.config
        told, make_post = config.delivery, parts.around.make_post
        if make_post is None or not (told.mail_to or told.push_url or config.monthly_log):
            return []
        from ampkeeper.firmware.station import posting
        from ampkeeper.firmware.station.deliveries import price_waits

        post, waits = make_post(told), price_waits(config, parts.clock)
        faces = posting.deliveries_of(config, parts.task, parts.books, post, waits)
        if not config.monthly_log:
            return [*faces]
        clock = (parts.clock, parts.is_clock_right)
        return [*faces, posting.monthly_logs_of(config, parts.books, post, clock)]

    def _make_terminal(self) -> "TerminalFace | None":
        parts, make = self._parts, self._parts.around.make_terminal
        if make is None or not parts.config.payment.terminal:
            return None
        from ampkeeper.firmware.station.deliveries import price_waits
        from ampkeeper.firmware.station.paying import terminal_of

        waits, new_id = price_waits(parts.config, parts.clock), parts.around.new_id
        return terminal_of(parts.config, parts.task, parts.books, make, new_id, waits)

    async def _read_audit(self, limit: int) -> list[AddAudit]:
        store, worker = self._parts.books
        try:
            return await worker.run(store.audit, limit)
        except StoreError as error:
            raise LocalRefusedError(f"the books cannot be read now: {error}") from error
