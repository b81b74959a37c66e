"""A station for dialects to talk to. Tests drive its far side: what happens at the charger."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ampkeeper.firmware.charging_profile import Composite, Period, Profile, Unit
from ampkeeper.firmware.device_model.condition import Condition
from ampkeeper.firmware.facts import (
    ChargingState,
    ConnectorReport,
    ConnectorState,
    IdToken,
    StampedReading,
    StopReason,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    Trigger,
)
from ampkeeper.firmware.local_list import ListUpdate
from ampkeeper.firmware.ocpp.device import model_of
from ampkeeper.firmware.ocpp.dialect import Answer, Later
from ampkeeper.firmware.ocpp.ports.customer import CustomerOrder
from ampkeeper.firmware.ocpp.ports.network import NetworkProfile, NetworkRefused
from ampkeeper.firmware.ocpp.variables import EvseHardware, Hardware, Settings
from ampkeeper.firmware.prices import FinalCost, RunningCost, UserPrice, WallClock
from ampkeeper.firmware.reservation import Reservation
from ampkeeper.hal.ports import MeterReading
from tests.unit.ocpp_dialects.device_fake import FakeDevice
from tests.unit.ocpp_dialects.display_fake import FakeDisplay
from tests.unit.ocpp_dialects.monitors_fake import FakeMonitors
from tests.unit.ocpp_dialects.security_fake import FakeSecc, FakeSecurity
from tests.unit.ocpp_dialects.tariffs_fake import FakeTariffs
from tests.unit.ocpp_dialects.transfers_fake import FakeTransfers

NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
TX_ID = "6b1b6a4e-0000-4000-8000-000000000001"
FULL = MeterReading(
    taken_s=1.0,
    energy_wh=12345,
    power_w=11040.04,
    current_a=(16.0, 15.9996, 16.1),
    voltage_v=(230.0, 229.996, 231.5),
    power_phase_w=(3680.0, 3679.9, 3680.1),
    frequency_hz=50.01,
    power_factor=0.99,
    energy_export_wh=7,
)
SPARSE = MeterReading(taken_s=1.0, energy_wh=12345)


def stamped(reading: MeterReading = FULL, context: str = "Sample.Periodic") -> StampedReading:
    return StampedReading(NOON, reading, context, offered_a=16.0, soc_percent=55.5)


class FakeList:
    """Answers ``word``."""

    def __init__(self, asked: list[tuple[Any, ...]]) -> None:
        self.word = "accepted"
        self.number = 0
        self._asked = asked

    def version(self) -> int:
        return self.number

    def update(self, update: ListUpdate) -> str:
        self._asked.append(("list", update))
        return self.word


class FakeReservations:
    """Answers ``word``; cancels whatever it is asked to keep."""

    def __init__(self, asked: list[tuple[Any, ...]]) -> None:
        self.word = "accepted"
        self._asked = asked
        self._kept: set[int] = set()

    def reserve(self, reservation: Reservation) -> str:
        self._asked.append(("reserve", reservation))
        self._kept.add(reservation.id)
        return self.word

    def cancel(self, reservation_id: int) -> bool:
        self._asked.append(("cancel", reservation_id))
        return reservation_id in self._kept


class FakeCosts:
    """Takes what is about transaction 7."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, str]] = []
        self.sums: dict[str, Decimal] = {}
        self.wall = WallClock()

    def clock(self) -> WallClock:
        return self.wall

    def set_price(self, price: UserPrice) -> bool:
        self.told.append((price, ""))
        return True

    def set_running(self, cost: RunningCost, text: str) -> bool:
        self.told.append((cost, text))
        return cost.csms_tx_id == 7

    def set_final(self, cost: FinalCost, text: str) -> bool:
        self.told.append((cost, text))
        return cost.csms_tx_id == 7

    def tell_cost(self, tx_id: str, cost: Decimal) -> bool:
        self.sums[tx_id] = cost
        return True


class FakeMetering:
    """``keys`` of the meters that sign."""

    def __init__(self) -> None:
        self.keys: dict[int, bytes] = {}

    def public_keys(self) -> dict[int, bytes]:
        return self.keys


class FakeCustomers:
    """Keeps its orders."""

    def __init__(self) -> None:
        self.orders: list[CustomerOrder] = []
        self.has_room = True

    def can_take(self) -> bool:
        return self.has_room

    def order(self, order: CustomerOrder) -> None:
        self.orders.append(order)


class FakeNetworks:
    """Remembers, and says ``problem``."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.problem: NetworkRefused | None = None
        self.profiles: dict[int, NetworkProfile] = {}

    def set_profile(self, slot: int, profile: NetworkProfile) -> NetworkRefused | None:
        self.asked.append((slot, profile))
        return self.problem

    def active(self) -> int:
        return 1

    def profile(self, slot: int) -> NetworkProfile | None:
        return self.profiles.get(slot)


class FakeStation:
    """Two EVSEs, one socket and one captive cable, three phases, 32 A."""

    def __init__(self) -> None:
        evses = (EvseHardware(1, 3, 32.0, True), EvseHardware(2, 3, 32.0, False))
        self.settings = Settings(Hardware(evses, "AK0001"))
        self.transfers = FakeTransfers()
        self.device = FakeDevice()
        self.monitors = FakeMonitors(model_of((1, 2), self.settings.value), self.now)
        self.asked: list[tuple[Any, ...]] = []
        self.security = FakeSecurity()
        self.secc = FakeSecc()
        self.states = {1: ConnectorState.AVAILABLE, 2: ConnectorState.AVAILABLE}
        self.readings: dict[int, StampedReading] = {}
        self.running: dict[int, str] = {}
        self.numbers: dict[int, int] = {}
        self.owed: set[str] = set()
        self.starts: tuple[bool, str | None] = (True, None)
        self.availability = "accepted"
        self.lock = "started"
        self.lock_ends_at_once = ""
        self.laters: list[Later] = []
        self.resets = "accepted"
        self.is_dynamic = True
        self.preference = "accepted"
        self.has_cache = True
        self.setting_answer = ""
        self.profile_problem = ""
        self.installed: tuple[Profile, ...] = ()
        self.allowed: tuple[Period, ...] = (Period(0, 32.0),)
        self.local_list = FakeList(self.asked)
        self.customers = FakeCustomers()
        self.display = FakeDisplay()
        self.networks = FakeNetworks()
        self.reservations = FakeReservations(self.asked)
        self.metering = FakeMetering()
        self.costs = FakeCosts()
        self.tariffs = FakeTariffs(self.asked)
        self.transfer: tuple[str, Any] = ("UnknownVendorId", None)
        self.who = {
            "vendor": "Ampkeeper",
            "model": "Emulated",
            "serial": "AK-0001",
            "firmware_version": "0.1.0",
            "meter_serial": "1234567",
            "meter_type": "SDM630",
        }

    # Far side.

    def begin(self, evse_id: int = 1, tx_id: str = TX_ID, number: int | None = 7) -> None:
        """A transaction runs from now on."""
        self.running[evse_id] = tx_id
        self.states[evse_id] = ConnectorState.CHARGING
        if number is not None:
            self.numbers[evse_id] = number

    def measure(self, evse_id: int = 1, reading: MeterReading = FULL) -> None:
        """The meter was read."""
        self.readings[evse_id] = stamped(reading, "Trigger")
        self.device.conditions[evse_id] = Condition(reading=reading)

    def lock_moved(self, word: str) -> None:
        """The lock reached its end, or did not."""
        self.laters.pop().answer(Answer({"status": word}))

    # The port.

    def evse_ids(self) -> tuple[int, ...]:
        return (1, 2)

    def now(self) -> datetime:
        return NOON

    def report(self, evse_id: int) -> ConnectorReport:
        state = self.states[evse_id] if evse_id else ConnectorState.AVAILABLE
        return ConnectorReport(evse_id, NOON, state)

    def last_reading(self, evse_id: int) -> StampedReading | None:
        return self.readings.get(evse_id)

    def charging_state(self, evse_id: int) -> ChargingState:
        return ChargingState.CHARGING if evse_id in self.running else ChargingState.IDLE

    def running_tx(self, evse_id: int) -> str | None:
        return self.running.get(evse_id)

    def tx_by_csms_id(self, csms_tx_id: int) -> str | None:
        for evse_id, number in self.numbers.items():
            if number == csms_tx_id:
                return self.running[evse_id]
        return None

    def csms_tx_id(self, evse_id: int) -> int | None:
        return self.numbers.get(evse_id)

    def has_queued(self, tx_id: str | None) -> bool:
        return bool(self.owed) if tx_id is None else tx_id in self.owed

    def remote_start(
        self,
        evse_id: int | None,
        token: IdToken,
        remote_start_id: int | None,
        profile: Profile | None = None,
        group_id: str | None = None,
    ) -> tuple[bool, str | None]:
        more = tuple(each for each in (profile, group_id) if each is not None)
        self.asked.append(("start", evse_id, token, remote_start_id, *more))
        return self.starts

    def remote_stop(self, tx_id: str) -> bool:
        self.asked.append(("stop", tx_id))
        return tx_id in self.running.values()

    def sample_transaction(self, evse_id: int) -> bool:
        self.asked.append(("sample", evse_id))
        return evse_id in self.running

    def change_availability(
        self, evse_id: int, in_service: bool, is_connector: bool = False
    ) -> str:
        self.asked.append(("availability", evse_id, in_service))
        return self.availability

    def unlock(self, evse_id: int, later: Later, ends_transaction: bool) -> str:
        self.asked.append(("unlock", evse_id, ends_transaction))
        if self.lock_ends_at_once:
            later.answer(Answer({"status": self.lock_ends_at_once}))
        elif self.lock == "started":
            self.laters.append(later)
        return self.lock

    def reset(self, kind: str, evse_id: int | None) -> str:
        self.asked.append(("reset", kind, evse_id))
        return self.resets

    def clear_cache(self) -> bool:
        return self.has_cache

    def set_profile(self, profile: Profile, by_id: bool = False) -> str:
        self.asked.append(("profile", profile))
        return self.profile_problem

    def check_profile(self, profile: Profile) -> str:
        return self.profile_problem

    def profiles(self) -> tuple[Profile, ...]:
        return self.installed

    def update_profile(self, number: int, limit: float) -> bool:
        self.asked.append(("update", number, limit))
        return self.is_dynamic

    def prefer(self, tx_id: str, is_on: bool) -> str:
        self.asked.append(("prefer", tx_id, is_on))
        return self.preference

    def clear_profiles(self, numbers: tuple[int, ...]) -> bool:
        self.asked.append(("clear", numbers))
        return True

    def composite(self, evse_id: int, duration_s: int, unit: Unit) -> Composite:
        self.asked.append(("composite", evse_id, duration_s, unit))
        return Composite(1_795_000_000, duration_s, unit, self.allowed)

    def data_transfer(self, vendor_id: str, message_id: str | None, data: Any) -> tuple[str, Any]:
        self.asked.append(("transfer", vendor_id, message_id, data))
        return self.transfer

    def variable(self, name: str) -> Any:
        return self.settings.value(name)

    def set_variable(self, name: str, value: str) -> str:
        self.asked.append(("set", name, value))
        return self.setting_answer or self.settings.change(name, value)

    def identity(self) -> Mapping[str, str]:
        return self.who


def started(**changes: Any) -> TransactionStarted:
    fact = TransactionStarted(
        tx_id=TX_ID,
        evse_id=1,
        seq_no=0,
        at=NOON,
        trigger=Trigger.AUTHORIZED,
        charging_state=ChargingState.EV_CONNECTED,
        token=IdToken("04A224B1"),
        begin=stamped(context="Transaction.Begin"),
    )
    return replace(fact, **changes)


def updated(**changes: Any) -> TransactionUpdated:
    fact = TransactionUpdated(
        tx_id=TX_ID,
        evse_id=1,
        seq_no=1,
        at=NOON,
        trigger=Trigger.METER_VALUE_PERIODIC,
        charging_state=ChargingState.CHARGING,
        sample=stamped(),
    )
    return replace(fact, **changes)


def ended(**changes: Any) -> TransactionEnded:
    fact = TransactionEnded(
        tx_id=TX_ID,
        evse_id=1,
        seq_no=2,
        at=NOON,
        trigger=Trigger.STOP_AUTHORIZED,
        reason=StopReason.LOCAL,
        begin=stamped(replace(FULL, energy_wh=12000), "Transaction.Begin"),
        end=stamped(context="Transaction.End"),
        token=IdToken("04A224B1"),
    )
    return replace(fact, **changes)
