"""The desk where the central system's requests arrive: the station as the dialects see it.

Reads answer from what holds now; requests that change something are posted to the station's inbox
and answered by what the present state allows; what an inbox that is full cannot take is refused.
Nothing here waits.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from ampkeeper.firmware.charging_profile import Composite, Kind, Profile, Unit
from ampkeeper.firmware.facts import (
    ChargingState,
    ConnectorReport,
    IdToken,
    StampedReading,
    StopReason,
    Trigger,
)
from ampkeeper.firmware.limits.profile_book import ProfileRefused
from ampkeeper.firmware.ocpp.dialect import Answer, Later
from ampkeeper.firmware.ocpp.variables import Settings
from ampkeeper.firmware.safety import lock
from ampkeeper.firmware.session.session import Stop
from ampkeeper.firmware.station.cost_desk import CostDesk
from ampkeeper.firmware.station.device_desk import DeviceDesk
from ampkeeper.firmware.station.display import DisplayDesk
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.entry import CENTRAL, Remote
from ampkeeper.firmware.station.hold import Hold
from ampkeeper.firmware.station.homes import Homes
from ampkeeper.firmware.station.listed import ListDesk
from ampkeeper.firmware.station.metering_desk import MeteringDesk
from ampkeeper.firmware.station.owed import Owed
from ampkeeper.firmware.station.passwords import BASIC_AUTH
from ampkeeper.firmware.station.reservation_desk import ReservationDesk
from ampkeeper.firmware.station.security import Security
from ampkeeper.firmware.station.station import STATION, Station
from ampkeeper.firmware.station.tariff_desk import TariffDesk
from ampkeeper.firmware.store.changes import SaveSetting

if TYPE_CHECKING:
    from ampkeeper.firmware.station.customers import Customers
    from ampkeeper.firmware.station.monitors import MonitorDesk
    from ampkeeper.firmware.station.network_desk import NetworkDesk
    from ampkeeper.firmware.station.secc import Secc
    from ampkeeper.firmware.station.systems import Systems
    from ampkeeper.firmware.station.transfers import Transfers

Event = Callable[[datetime, float], Effects]
TRANSFERS_MAX = 256  # local data transfer handlers; a further one is refused


class Desk:
    """Implements ``StationPort``."""

    transfers: "Transfers"  # given before anybody asks
    monitors: "MonitorDesk"  # like it
    customers: "Customers"
    secc: "Secc"

    def __init__(
        self,
        station: Station,
        settings: Settings,
        identity: Mapping[str, str],
        clock_now: Callable[[], datetime],
        post: Callable[[Event], bool],
        owed: Owed,
        security: Security,
    ) -> None:
        self.station = station
        self.hold = Hold(station)
        self.settings = settings
        self.security = security
        self._identity = identity
        self._now = clock_now
        self._post = post
        self._owed = owed
        self.device = DeviceDesk(station, security.count_installed)
        self.costs = CostDesk(station.costs, post)
        self.tariffs = TariffDesk(station, post, clock_now)
        self.local_list = ListDesk(station.listed, settings.value, post)
        self.metering = MeteringDesk(station.evses)
        self.reservations = ReservationDesk(station.reservations, clock_now, post)
        self.display = DisplayDesk(station, clock_now, post)
        self.on_setting: Callable[[str], None] = _nothing
        self.homes = Homes()
        self.systems: Systems | None = None  # None: nobody to connect to
        self._transfers: dict[tuple[str, str], tuple[str, Any]] = {}

    # what holds

    def evse_ids(self) -> tuple[int, ...]:
        return tuple(self.station.evses)

    def now(self) -> datetime:
        return self._now()

    def identity(self) -> Mapping[str, str]:
        return self._identity

    def report(self, evse_id: int) -> ConnectorReport:
        teller = self.station if evse_id == STATION else self.station.evses[evse_id]
        return teller.report(self._now())

    def last_reading(self, evse_id: int) -> StampedReading | None:
        return self.station.evses[evse_id].stamped(self._now(), "Trigger")

    def charging_state(self, evse_id: int) -> ChargingState:
        return self.station.evses[evse_id].session.charging_state

    def running_tx(self, evse_id: int) -> str | None:
        running = self.station.evses[evse_id].transaction
        return running.tx_id if running is not None else None

    def running_txs(self) -> list[str]:
        """The transactions that run."""
        running = (evse.transaction for evse in self.station.evses.values())
        return [each.tx_id for each in running if each is not None]

    def tx_by_csms_id(self, csms_tx_id: int) -> str | None:
        for evse in self.station.evses.values():
            running = evse.transaction
            if evse.csms_tx_id == csms_tx_id and running is not None:
                return running.tx_id if self.homes.knows_number(running.tx_id) else None
        return None

    def csms_tx_id(self, evse_id: int) -> int | None:
        evse = self.station.evses[evse_id]
        running = evse.transaction
        is_ours = running is not None and self.homes.knows_number(running.tx_id)
        return evse.csms_tx_id if is_ours else None

    def has_queued(self, tx_id: str | None) -> bool:
        if tx_id is None:
            return any(self.homes.belongs_here(owed) for owed in self._owed.tx_ids)
        return self._owed.has(tx_id)

    @property
    def networks(self) -> "NetworkDesk":
        from ampkeeper.firmware.station.network_desk import NetworkDesk

        assert self.systems is not None, "a central system asks"
        return NetworkDesk(self.systems, self.security.log, self._post)

    # requests

    def remote_start(
        self,
        evse_id: int | None,
        token: IdToken,
        remote_start_id: int | None,
        profile: Profile | None = None,
        group_id: str | None = None,
    ) -> tuple[bool, str | None]:
        target = evse_id if evse_id is not None else self._free_for(token)
        if target is None or not self.station.can_start(target):
            return False, None
        kept = self.station.reservations
        is_let_in = kept.allows(target, token, group_id)
        if not is_let_in and (group_id is not None or not kept.depends_on_group(target, token)):
            return False, None  # 2.0.1 F02.FR.23, FR.24
        is_asked_for = bool(self.variable("AuthCtrlr.AuthorizeRemoteStart"))
        must_authorise = is_asked_for and token.kind != CENTRAL  # 2.0.1 C05.FR.01
        request = (target, token, Remote(remote_start_id, profile, group_id), must_authorise)
        is_taken = self._post(partial(self.station.on_remote_start, *request))
        return is_taken, self.running_tx(target)  # that nobody was let in to yet (F01.FR.13)

    def remote_stop(self, tx_id: str) -> bool:
        evse = self.station.evse_of_tx(tx_id)
        if evse is None or evse.transaction is None or evse.transaction.is_closing:
            return False
        stop = Stop(StopReason.REMOTE, Trigger.REMOTE_STOP, ends=False)
        return self._post(partial(self.station.on_stop, tx_id, stop))

    def sample_transaction(self, evse_id: int) -> bool:
        if self.station.evses[evse_id].stamped(self._now(), "Trigger") is None:
            return False
        return self._post(partial(self.station.on_sample, evse_id))

    def change_availability(
        self, evse_id: int, in_service: bool, is_connector: bool = False
    ) -> str:
        if evse_id != STATION and evse_id not in self.station.evses:
            return "rejected"
        changer = self.station.on_availability
        if self.hold.is_on:
            changer = self.hold.on_availability
        if not self._post(partial(changer, evse_id, in_service, is_connector=is_connector)):
            return "rejected"
        targets = self.evse_ids() if evse_id == STATION else (evse_id,)
        is_busy = any(self.running_tx(target) is not None for target in targets)
        return "scheduled" if is_busy and not in_service else "accepted"

    def unlock(self, evse_id: int, later: Later, ends_transaction: bool) -> str:
        evse = self.station.evses[evse_id]
        status = evse.status
        if not evse.rules.is_socket or (status is not None and status.lock == lock.NO_LOCK):
            return "no_lock"
        if evse.is_let_in and not ends_transaction:
            return "ongoing"  # F05.FR.02
        answer = partial(_answer_unlock, later)
        is_taken = self._post(partial(self.station.on_unlock, evse_id, answer))
        return "started" if is_taken else "failed"

    def reset(self, kind: str, evse_id: int | None) -> str:
        if evse_id is not None:
            return "rejected"  # one controller serves all EVSEs: none restarts alone
        if self.hold.is_installing:
            return "rejected"
        if kind == "resume" and not self.station.resumption.is_possible:
            return "rejected"
        if not self._post(partial(self.station.on_reset, kind)):
            return "rejected"
        return "scheduled" if kind == "on_idle" and self.station.is_busy else "accepted"

    def clear_cache(self) -> bool:
        if not self.variable("AuthCacheCtrlr.Enabled"):
            return False
        return self._post(self.station.on_clear_cache)

    def variable(self, name: str) -> Any:
        value = self.settings.value(name)
        return value if self.systems is None else self.systems.shown(name, value)

    def set_variable(self, name: str, value: str) -> str:
        outcome = self.settings.outcome(name, value)
        if outcome == "rejected" or not self.security.allows(name, value):
            return "rejected"
        if self.systems is not None:
            if not self.systems.allows(name, value):
                return "rejected"
            if self.systems.is_in_force(name, value):
                return "accepted"
        if not self._post(partial(self._on_setting, name, value)):
            return "rejected"
        return outcome

    # charging profiles

    def set_profile(self, profile: Profile, by_id: bool = False) -> str:
        try:
            bound = self.station.charging.bound(profile, by_id)
        except ProfileRefused as error:
            return str(error)
        is_taken = self._post(partial(self.station.charging.on_install, bound, by_id=by_id))
        return "" if is_taken else "the station cannot keep up"

    def check_profile(self, profile: Profile) -> str:
        try:
            self.station.charging.book.check(profile)
        except ProfileRefused as error:
            return str(error)
        return ""

    def profiles(self) -> tuple[Profile, ...]:
        book = self.station.charging.book
        return (*book.profiles(), *book.reflected)

    def update_profile(self, number: int, limit: float) -> bool:
        found = next((one for one in self.profiles() if one.id == number), None)
        if found is None or found.kind is not Kind.DYNAMIC or limit < 0:
            return False
        return self._post(partial(self.station.charging.on_update, number, limit))

    def prefer(self, tx_id: str, is_on: bool) -> str:
        charging = self.station.charging
        if self.station.evse_of_tx(tx_id) is None:
            return "no_transaction"
        if is_on and not charging.can_prefer(tx_id):
            return "no_profile"
        if is_on == (tx_id in charging.preferred):
            return "unchanged"
        is_taken = self._post(partial(charging.on_priority, tx_id, is_on))
        return "accepted" if is_taken else "rejected"

    def clear_profiles(self, numbers: tuple[int, ...]) -> bool:
        return self._post(partial(self.station.charging.on_clear, numbers))

    def composite(self, evse_id: int, duration_s: int, unit: Unit) -> Composite:
        return self.station.charging.composite(evse_id, self._now(), duration_s, unit)

    # data transfer

    def data_transfer(self, vendor_id: str, message_id: str | None, data: Any) -> tuple[str, Any]:
        found = self._transfers.get((vendor_id, message_id or ""))
        if found is not None:
            return found
        knows_vendor = any(vendor == vendor_id for vendor, _ in self._transfers)
        return ("UnknownMessageId" if knows_vendor else "UnknownVendorId"), None

    def set_data_transfer(self, vendor_id: str, message_id: str, status: str, data: Any) -> None:
        """Answer such messages from now on; raises ValueError when too many are set."""
        key = (vendor_id, message_id)
        if key not in self._transfers and len(self._transfers) >= TRANSFERS_MAX:
            raise ValueError(f"at most {TRANSFERS_MAX} data transfer handlers")
        self._transfers[key] = (status, data)

    def remove_data_transfer(self, vendor_id: str, message_id: str) -> bool:
        """Stop answering such messages; False if nothing answered them."""
        return self._transfers.pop((vendor_id, message_id), None) is not None

    # events

    def _on_setting(self, name: str, value: str, now: datetime, now_s: float) -> Effects:
        """Written down first, in force next."""
        other = None
        if name == BASIC_AUTH and self.systems is not None:
            other = self.systems.take_password(value)
        if other is not None:
            effects = other
            effects.acts.append(partial(self.on_setting, name))
        else:
            act = partial(self._put_in_force, name, value)
            effects = Effects(changes=[SaveSetting(name, value)], acts=[act])
        self.security.follow_setting(name, value, effects, now, now_s)
        return effects

    def _put_in_force(self, name: str, value: str) -> None:
        """What follows from it, as another limit, follows at once; or, without room, by tick."""
        self.settings.change(name, value)
        self.on_setting(name)
        self._post(self._on_changed)

    def _on_changed(self, now: datetime, now_s: float) -> Effects:
        return self.station.settle(now, now_s, Effects())

    def _free_for(self, token: IdToken) -> int | None:
        evse = self.station.entrance.free_evse(token)
        return evse.evse_id if evse is not None else None


def _nothing(name: str) -> None:
    """Nobody has to know."""


def _answer_unlock(later: Later, is_unlocked: bool) -> None:
    later.answer(Answer({"status": "unlocked" if is_unlocked else "failed"}))
