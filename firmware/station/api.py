"""What people may ask of the running station: one read model and a few commands.

The command line reaches it through the local door; the answers' shapes are documented in
``faces/README.md``. A refusal is a ``LocalRefusedError`` with a sentence for the person.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, ParamSpec, TypeVar

from ampkeeper.firmware.faces.api import shape
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.faces.shapes import fault_shape, session_shape, stamp
from ampkeeper.firmware.facts import IdToken
from ampkeeper.firmware.faults import BY_NAME
from ampkeeper.firmware.station import view
from ampkeeper.firmware.station.access_desk import AccessDesk
from ampkeeper.firmware.station.charges_door import ChargesDoor
from ampkeeper.firmware.station.csms import CsmsDesk
from ampkeeper.firmware.station.dynamic import Dynamic
from ampkeeper.firmware.station.energy_door import EnergyDoor
from ampkeeper.firmware.station.evidence import Evidence
from ampkeeper.firmware.station.evse import Evse
from ampkeeper.firmware.station.examine import Examiner
from ampkeeper.firmware.station.feeds import CardDoor
from ampkeeper.firmware.station.grid_door import GridDoor
from ampkeeper.firmware.station.limit_door import LimitDoor
from ampkeeper.firmware.station.outside import Outside
from ampkeeper.firmware.station.overview import Overview
from ampkeeper.firmware.station.owner_door import OwnerDoor
from ampkeeper.firmware.station.payments_door import PaymentsDoor
from ampkeeper.firmware.station.privacy_door import PrivacyDoor
from ampkeeper.firmware.station.route_door import RouteDoor
from ampkeeper.firmware.station.seal_door import SealDoor
from ampkeeper.firmware.station.security_door import SecurityDoor
from ampkeeper.firmware.station.seen import seen
from ampkeeper.firmware.station.settings_door import SettingsDoor
from ampkeeper.firmware.station.station import Station
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.firmware.station.totals import TotalsDoor
from ampkeeper.firmware.station.update_door import UpdateDoor
from ampkeeper.firmware.station.users_door import UsersDoor
from ampkeeper.firmware.station.waiting import waits_for
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.rows import FaultRow, SessionRow
from ampkeeper.firmware.store.store import KEEP_SESSIONS, Store
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.hal.ports import Clock

TOKEN_CHARS_MAX = 36  # 2.0.1 IdTokenType
SESSIONS_SHOWN, SESSIONS_MAX = 20, 1_000
VERBS = (
    "status, state, why, site, sessions, totals, faults, clear_fault, tag, selftest, trace, "
    "security, csms, limit, grid, seal, image, mode, charge, depart, price, start, stop, restart, "
    "access, setting, user, privacy, commissioning, hours, charges, payments"
)

P = ParamSpec("P")
Found = TypeVar("Found")


class Api:
    """Answers the local door."""

    def __init__(
        self,
        station: Station,
        task: StationTask,
        csms: CsmsDesk,
        store: Store,
        worker: StoreWorker,
        clock: Clock,
        cards: CardDoor,
        examiner: Examiner,
        security: SecurityDoor,
        route: RouteDoor,
        energy: EnergyDoor,
        seal: SealDoor,
        site: Callable[[], Mapping[str, Any] | None],
        overview: Overview,
        owner: OwnerDoor,
        access: AccessDesk,
        settings: SettingsDoor,
        image: UpdateDoor,
        charges: ChargesDoor,
    ) -> None:
        self._station = station
        self._task = task
        self._csms = csms
        self._store = store
        self._worker = worker
        self._clock = clock
        self._cards = cards
        self._security = security
        self._route = route
        self._energy = energy
        self._seal = seal
        self._hours = energy.hours
        self._site = site
        self.overview = overview
        self._owner = owner
        self._access = access
        self._settings = settings
        self._image = image
        self._charges = charges
        self.payments = PaymentsDoor(task, (store, worker))
        self._privacy = PrivacyDoor(station, task, (store, worker))
        self._users = UsersDoor(station.entrance.users, task, clock.now)
        self._grid = GridDoor(station.limiting.grid, task, clock.now_s)
        outside = Outside(station, csms)
        evse_ids = tuple(station.evses)
        self._limit = LimitDoor(station.limiting.owner, outside, task, evse_ids)
        task.followers.append(outside.follow)
        csms.on_accepted.append(outside.tell)
        task.followers.append(Dynamic(station, csms.tell, task.post).follow)
        self._totals = TotalsDoor(self._sessions_since, self._energy_wh, clock, energy.zone)
        self._evidence = Evidence(station, store, worker, clock, examiner)

    async def answer(self, verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Answer one request; LocalRefusedError names what is wrong and what is allowed."""
        match verb:
            case "status":
                return self._status()
            case "state":
                return shape(self.overview.read())
            case "start" | "stop" | "restart":
                return await self._owner.answer(verb, arguments)
            case "why":
                if arguments.get("history"):
                    return await self._evidence.limits(arguments)
                return view.why_view(self._station, self._clock.now(), self._clock.now_s())
            case "site":
                return {"site": self._site()}
            case "sessions":
                return await self._sessions(arguments)
            case "totals":
                return await self._totals.answer(arguments)
            case "faults":
                return await self._faults()
            case "clear_fault":
                return await self._clear_fault(arguments)
            case "tag":
                return await self._tag(arguments)
            case "selftest":
                return await self._evidence.selftest(arguments)
            case "trace":
                return await self._evidence.trace(arguments)
            case "privacy":
                return await self._privacy.answer(arguments)
            case "user":
                return await self._users.answer(arguments)
            case "access":
                return await self._access.answer(arguments)
            case "security":
                return await self._security.answer(arguments)
            case "limit":
                return await self._limit.answer(arguments)
            case "grid":
                return await self._grid.answer(arguments)
            case "seal":
                return await self._seal.answer(arguments)
            case "setting":
                return await self._settings.answer(arguments)
            case "image":
                return await self._image.answer(arguments)
            case "hours":
                return await self._hours.answer(arguments)
            case "charges":
                return await self._charges.answer(arguments)
            case "payments":
                return await self.payments.answer(arguments)
            case "commissioning":
                return await self._commissioning(arguments)
            case "csms":
                return await self._route.answer(arguments)
            case "mode" | "charge" | "depart" | "price":
                return await self._energy.answer(verb, arguments)
        raise LocalRefusedError(f"verb {verb[:40]!r}: allowed are {VERBS}")

    def _status(self) -> dict[str, Any]:
        now, costs = self._clock.now(), self._station.costs.shown
        return {
            "time": stamp(now),
            "csms": self._csms.view() | self._csms.link_view(now, self._clock.now_s()),
            "site": view.site_words(self._site()),
            "refused_card": view.card_view(self._station.entrance.refused, self._clock.now_s()),
            "evses": [
                {
                    "id": evse.evse_id,
                    **seen(evse),
                    **view.evse_view(evse, now, costs),
                    **self._shown(evse),
                }
                for evse in self._station.evses.values()
            ],
        }

    def _shown(self, evse: Evse) -> dict[str, Any]:
        """What people see here beside what ring 1 and the session say."""
        text = self._station.display.text(evse.evse_id)
        is_asked = self._station.entrance.is_asked_for(evse.evse_id)
        return {
            "message": text or None,
            "cost": self._station.costs.shown.total(evse),
            "waits_for": waits_for(evse, is_asked),
        }

    async def _sessions(self, arguments: dict[str, Any]) -> dict[str, Any]:
        limit = _whole(arguments, "limit", SESSIONS_SHOWN, SESSIONS_MAX)
        offset = _whole(arguments, "offset", 0, 10**9)
        rows = await self._read(self._store.sessions, limit, offset)
        told = await self._read(self._store.costs, [row.tx_id for row in rows])
        return {"sessions": [self._session(row, told.get(row.tx_id)) for row in rows]}

    async def _sessions_since(self, since: datetime) -> list[SessionRow]:
        return await self._read(self._store.sessions_since, since, KEEP_SESSIONS)

    def _energy_wh(self, row: SessionRow) -> int:
        """What a session has, also while it runs."""
        if row.energy_wh_end is not None:
            return row.energy_wh_end - row.energy_wh_start
        return int(self._session(row, None)["energy_wh"] or 0)

    async def _read(self, read: Callable[P, Found], *args: P.args, **kwargs: P.kwargs) -> Found:
        try:
            return await self._worker.run(read, *args, **kwargs)
        except StoreError as error:
            raise LocalRefusedError(f"the books cannot be read now: {error}") from error

    def _session(self, row: SessionRow, told: str | None) -> dict[str, Any]:
        found = session_shape(row)
        if told is not None:
            shown = self._station.costs.shown
            found["cost"] = shown.shape(told, is_over=not row.is_open)
        evse = self._station.evse_of_tx(row.tx_id)
        running = view.session_view(evse) if evse is not None else None
        if running is not None:
            found["energy_wh"] = running["energy_wh"]
        return found

    async def _faults(self) -> dict[str, Any]:
        rows = await self._read(self._store.faults)
        history = [_past(row) for row in rows if row.cleared_at is not None]
        return {"active": view.faults_view(self._station), "history": history}

    async def _commissioning(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Loaded by the first who asks: nobody does after the first week."""
        from ampkeeper.firmware.station.commissioning import CommissioningDoor

        books, identity = (self._store, self._worker), self.overview.identity
        asks = self._evidence.selftest, self._seal.answer
        door = CommissioningDoor(self._station, self._task, books, self._clock, *asks, identity)
        return await door.answer(arguments)

    async def _clear_fault(self, arguments: dict[str, Any]) -> dict[str, Any]:
        info = BY_NAME.get(str(arguments.get("fault")))
        if info is None:
            allowed = ", ".join(BY_NAME)
            raise LocalRefusedError(f"fault {arguments.get('fault')!r}: allowed are {allowed}")
        evse_id = _whole(arguments, "evse", 1, len(self._station.evses))
        if evse_id not in self._station.evses:
            raise LocalRefusedError(f"evse {evse_id}: allowed are {list(self._station.evses)}")
        if info.code not in self._station.evses[evse_id].faults:
            return {"result": f"{info.name} is not there: nothing to clear", "is_there": False}
        await self._task.put(partial(self._station.on_clear_fault, evse_id, info.code))
        return {"result": f"ring 1 was asked to clear {info.name}", "is_there": True}

    async def _tag(self, arguments: dict[str, Any]) -> dict[str, Any]:
        match arguments.get("action"):
            case "present":
                return await self._present(arguments)
            case "list":
                return view.tags_view(self._station)
            case "clear":
                await self._task.put(self._station.on_clear_cache)
                await self._task.settled()
                return {"result": "the cache is empty"}
        raise LocalRefusedError("tag: allowed actions are present, list, clear")

    async def _present(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Hold a card, and say what became of it."""
        token = str(arguments.get("uid", ""))
        if not 1 <= len(token) <= TOKEN_CHARS_MAX:
            raise LocalRefusedError(
                f"tag {token[:40]!r}: 1 to {TOKEN_CHARS_MAX} characters are allowed"
            )
        evse_id = arguments.get("evse")
        if evse_id is not None and evse_id not in self._station.evses:
            raise LocalRefusedError(f"evse {evse_id!r}: allowed are {list(self._station.evses)}")
        return await self._cards.present(IdToken(token.upper()), evse_id)


def _past(row: FaultRow) -> dict[str, Any]:
    """A fault that went away, in plain words."""
    info = BY_NAME.get(row.fault)
    return fault_shape(row) | {"text": info.text if info is not None else ""}


def _whole(arguments: dict[str, Any], name: str, default: int, most: int) -> int:
    value = arguments.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise LocalRefusedError(f"{name} {value!r}: a whole number from 0 to {most} is allowed")
    return value
