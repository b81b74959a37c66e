"""What is fitted: the EVSEs of the station, as configuration and hardware make them."""

from collections.abc import Callable, Mapping
from functools import partial

from ampkeeper.firmware.billing.ocmf import Gateway
from ampkeeper.firmware.billing.own import own_tariff, prices_of
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.energy.configured import zone_of
from ampkeeper.firmware.metering.ocmf import dataset
from ampkeeper.firmware.metering.watch import MeterWatch
from ampkeeper.firmware.reported import can_switch, is_signing
from ampkeeper.firmware.station.clock import FollowingClock
from ampkeeper.firmware.station.evse import Evse
from ampkeeper.firmware.station.garage import garage_of
from ampkeeper.firmware.station.register import Register
from ampkeeper.firmware.station.rules import EvseRules
from ampkeeper.firmware.station.signed_records import RecordRules, SignedRecords
from ampkeeper.firmware.station.signing import Signing
from ampkeeper.firmware.station.station import Station
from ampkeeper.hal.ports import Meter, Pilot


def evses_of(
    config: Config,
    pilots: Mapping[int, Pilot],
    meters: Mapping[int, Meter],
    new_id: Callable[[], str],
) -> list[Evse]:
    """The places where a car can charge."""
    stale_a, garage = config.limits.stale_meter_a, garage_of(config)
    return [
        Evse(
            EvseRules(
                evse.id,
                evse.max_a,
                evse.phases,
                evse.socket,
                garage,
                can_switch=can_switch(config, pilots.get(evse.id)),
                voltage_v=config.protection.voltage_v,
            ),
            Register(
                MeterWatch(evse.max_a, evse.phases), stale_a, _signing(config, evse.id, meters)
            ),
            new_id,
        )
        for evse in config.evse
    ]


def records_of(
    config: Config, station: Station, version: str, clock: FollowingClock
) -> SignedRecords:
    """What is signed of sessions, from now on with their other facts."""
    named, asked = config.station, config.ocmf
    gateway = Gateway(f"{named.vendor} {named.model}", named.serial, version)
    sends = asked.sign and asked.send
    rules = RecordRules(asked.sign, asked.algorithm, gateway, sends, lambda: clock.age_s)
    made = SignedRecords(rules, _tariff_of(station))
    station.tariffs.records = made
    return made


def take_prices(config: Config, station: Station) -> None:
    """The station's own prices, where [tariff] says any."""
    zone = config.energy.time_zone
    station.tariffs.own = own_tariff(prices_of(config.tariff, config.tariff_hours))
    station.tariffs.zone = zone_of(zone) if zone else None


def _tariff_of(station: Station) -> Callable[[str], str]:
    def words(tx_id: str) -> str:
        account = station.tariffs.account(tx_id)
        return "" if account is None else account.tariff.text

    return words


def _signing(config: Config, evse_id: int, meters: Mapping[int, Meter]) -> Signing:
    """What is signed by the meter of an EVSE, if it is one that signs."""
    if not is_signing(meters.get(evse_id)):
        return Signing()
    told = config.station
    return Signing(partial(dataset, f"{told.vendor} {told.model}", told.serial, evse_id))
