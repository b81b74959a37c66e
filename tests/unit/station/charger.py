"""A station in a test: one EVSE by default, time in the test's hands, the far side driven here."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ampkeeper.firmware.facts import Fact, IdToken, TransactionEnded
from ampkeeper.firmware.metering.watch import MeterWatch
from ampkeeper.firmware.safety import contactor, lock, pilot, sequence
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.evse import Evse
from ampkeeper.firmware.station.register import Register
from ampkeeper.firmware.station.rules import EvseRules, StationRules
from ampkeeper.firmware.station.station import STATION, Station
from ampkeeper.firmware.store.changes import AddFact, Change
from ampkeeper.hal.ports import MeterReading
from tests.support.reports import FREE_SOCKET

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DUTY_16_A = 16_666

VARIABLES: dict[str, Any] = {
    "OCPP16.CustomDisplayCostAndPrice": False,
    "OCPP16.NumberOfDecimalsForCostValues": 2,
    "OCPP16.DefaultPrice": "",
    "OCPP16.Language": "en",
    "ClockCtrlr.TimeOffset": "+00:00",
    "ClockCtrlr.TimeOffset[NextTransition]": "",
    "ClockCtrlr.NextTimeOffsetTransitionDateTime": "",
    "TariffCostCtrlr.Enabled[Tariff]": True,
    "TariffCostCtrlr.Enabled[Cost]": True,
    "TariffCostCtrlr.Enabled[RunningCost]": False,
    "TariffCostCtrlr.Interval[Cost]": 60,
    "TariffCostCtrlr.Interval[Tariff]": 0,
    "TariffCostCtrlr.HandleFailedTariff[Tariff]": "UseDefaultTariff",
    "TariffCostCtrlr.Currency": "EUR",
    "SampledDataCtrlr.TxUpdatedInterval": 60,
    "AlignedDataCtrlr.Interval": 0,
    "SampledDataCtrlr.TxEndedMeasurands": (),
    "AlignedDataCtrlr.TxEndedMeasurands": (),
    "SampledDataCtrlr.TxEndedInterval": 0,
    "AlignedDataCtrlr.TxEndedInterval": 0,
    "TxCtrlr.EVConnectionTimeOut": 120,
    "TokenReader.Available": True,
    "TxCtrlr.StopTxOnInvalidId": True,
    "TxCtrlr.StopTxOnEVSideDisconnect": True,
    "TxCtrlr.TxStartPoint": ("PowerPathClosed",),
    "TxCtrlr.TxStopPoint": ("PowerPathClosed",),
    "SampledDataCtrlr.SignReadings": False,
    "AlignedDataCtrlr.SendDuringIdle": False,
    "TxCtrlr.MaxEnergyOnInvalidId": 0,
    "TxCtrlr.ResumptionTimeout": 3600,
    "WebPaymentsCtrlr.Enabled": False,
    "WebPaymentsCtrlr.URLTemplate": "",
    "WebPaymentsCtrlr.SharedSecret": "",
    "WebPaymentsCtrlr.ValidityTime": 30,
    "WebPaymentsCtrlr.Length": 8,
    "SecurityCtrlr.Identity": "AK0001",
    "TxCtrlr.AllowEnergyTransferResumption": True,
    "TxCtrlr.EnergyTransferResumptionRandomRange": 0,
    "AuthCtrlr.AuthorizeRemoteStart": False,
    "AuthCtrlr.LocalPreAuthorize": True,
    "AuthCtrlr.LocalAuthorizeOffline": True,
    "AuthCtrlr.OfflineTxForUnknownIdEnabled": False,
    "AuthCacheCtrlr.Enabled": True,
    "AuthCacheCtrlr.LifeTime": 0,
    "AuthCacheCtrlr.DisablePostAuthorize": False,
    "AuthCtrlr.DisableRemoteAuthorization": False,
    "AuthCtrlr.MasterPassGroupId": "",
    "LocalAuthListCtrlr.DisablePostAuthorize": False,
    "LocalAuthListCtrlr.Enabled": True,
    "DisplayMessageCtrlr.DisplayMessages": 3,
    "TariffCostCtrlr.TariffFallbackMessage": "",
    "TariffCostCtrlr.OfflineTariffFallbackMessage": "",
    "TariffCostCtrlr.TotalCostFallbackMessage": "",
    "ReservationCtrlr.Enabled": True,
    "Connector@1.ConnectorType": "sType2",
    "Connector@2.ConnectorType": "cType2",
    "Connector@3.ConnectorType": "cType2",
    "LocalAuthListCtrlr.Entries": 5,
    "LocalAuthListCtrlr.ItemsPerMessage": 4,
    "LimitCtrlr.MaxCurrent": 80,
    "DelayCtrlr.MaxRandomDelay": -1,
    "SmartChargingCtrlr.Entries[ChargingProfiles]": 50,
    "SmartChargingCtrlr.ProfileStackLevel": 20,
    "SmartChargingCtrlr.PeriodsPerSchedule": 100,
}


class Charger:
    """Drives a ``Station`` and remembers everything that followed."""

    def __init__(self, count: int = 1, **rules: Any) -> None:
        self.now_s = 1_000.0
        self.variables = dict(VARIABLES)
        self.energy_wh = 10_000
        self.changes: list[Change] = []
        self.effects: list[Effects] = []
        self._ids = 0
        self.step = timedelta()  # of the wall clock
        told = {"has_csms": True, "is_free": False, "local_tags": frozenset({"0BCAFE01"})}
        told |= {"same_card_stops": True, "ends_on_power_return": False} | rules
        evses = [
            Evse(EvseRules(n, 32.0, 3, True), Register(MeterWatch(32.0, 3), 6.0), self._new_id)
            for n in range(1, count + 1)
        ]
        self.station = Station(StationRules(**told), evses, self.variables.__getitem__)
        self.station.entrance.is_online = True

    def _new_id(self) -> str:
        self._ids += 1
        return f"id-{self._ids}"

    @property
    def now(self) -> datetime:
        return START + self.step + timedelta(seconds=self.now_s - 1_000.0)

    def do(self, event: Callable[..., Effects], *args: Any, **fields: Any) -> Effects:
        effects = event(*args, now=self.now, now_s=self.now_s, **fields)
        self.effects.append(effects)
        self.changes += effects.changes
        return effects

    def wait(self, seconds: float, step_s: float = 0.5, with_meter: bool = True) -> None:
        """Let time pass, with a meter reading every second."""
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            self.now_s += step_s
            if with_meter and self.now_s % 1.0 == 0.0:
                for evse_id in self.station.evses:
                    self.read(evse_id)
            self.do(self.station.on_tick)

    def read(self, evse_id: int = 1) -> None:
        reading = MeterReading(self.now_s, self.energy_wh, 0.0, (0.0, 0.0, 0.0))
        self.do(self.station.on_reading, evse_id, reading)

    def report(self, evse_id: int = 1, **fields: Any) -> Effects:
        """Ring 1 says how it is: a free socket, changed by ``fields``."""
        status = replace(FREE_SOCKET, taken_s=self.now_s, **fields)
        return self.do(self.station.on_pilot, evse_id, status)

    def plug(self, evse_id: int = 1, bolt: int = lock.LOCKED) -> Effects:
        """A car comes; ring 1 holds its plug at once."""
        return self.report(
            evse_id, pilot=pilot.B, sequence=sequence.CONNECTED, lock=bolt, cable_a=20.0
        )

    def offer(self, evse_id: int = 1) -> Effects:
        return self.report(
            evse_id,
            pilot=pilot.B,
            sequence=sequence.OFFERED,
            lock=lock.LOCKED,
            duty_ticks=DUTY_16_A,
            cable_a=20.0,
        )

    def draw(self, evse_id: int = 1, **fields: Any) -> Effects:
        told: dict[str, Any] = {
            "pilot": pilot.C,
            "sequence": sequence.CHARGING,
            "contactor": contactor.CLOSED,
            "lock": lock.LOCKED,
            "is_coil_on": True,
            "is_mirror_made": True,
            "duty_ticks": DUTY_16_A,
            "cable_a": 20.0,
        }
        return self.report(evse_id, **(told | fields))

    def opened(self, evse_id: int = 1) -> Effects:
        """Ring 1 has ended the charge; the car is still there."""
        return self.plug(evse_id)

    def unplug(self, evse_id: int = 1) -> Effects:
        return self.report(evse_id)

    def swipe(self, uid: str = "04A224B1") -> Effects:
        return self.do(self.station.on_tag, IdToken(uid))

    def start(self, uid: str = "0BCAFE01") -> None:
        """Plug, swipe a local card, charge."""
        self.read()
        self.plug()
        self.swipe(uid)
        self.offer()
        self.draw()

    @property
    def facts(self) -> list[Fact]:
        return [change.fact for change in self.changes if isinstance(change, AddFact)]

    @property
    def statuses(self) -> list[str]:
        """Of the connectors, not of the station itself."""
        reports = [report for effects in self.effects for report in effects.reports]
        return [str(report.state) for report in reports if report.evse_id != STATION]

    @property
    def evse(self) -> Evse:
        return self.station.evses[1]


def ended(charger: Charger) -> TransactionEnded:
    """The end of the one transaction that ended."""
    (fact,) = [fact for fact in charger.facts if isinstance(fact, TransactionEnded)]
    return fact
