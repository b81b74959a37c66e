"""What the configuration says of energy, as rules of those who decide. Pure."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta

from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.config.model_energy import NONE, PHASES
from ampkeeper.firmware.energy.configured import window_of, zone_of
from ampkeeper.firmware.energy.mains import Fitting
from ampkeeper.firmware.energy.overload import FuseRules
from ampkeeper.firmware.energy.randomised_delay import COUNTRY, DELAY_S_GB
from ampkeeper.firmware.energy.schedules import DAYS, minutes_of
from ampkeeper.firmware.energy.surplus import SunRules
from ampkeeper.firmware.energy.telegrams import Telegrams
from ampkeeper.firmware.station.energy import Energy, EnergyRules, Leaving
from ampkeeper.firmware.station.mains import MainsGuard, MainsRules
from ampkeeper.firmware.station.station import Station

SUN_KEYS = tuple(
    field.name
    for field in dataclasses.fields(SunRules)
    if field.name not in ("hold_s", "voltage_v")
)


def energy_of(config: Config, station: Station, random: Callable[[], float]) -> Energy:
    """Mains, sun, hours and prices at work, entered as sources of the station's limits."""
    rules = energy_rules(config)
    guard = MainsGuard(station, mains_rules(config), rules.sun)
    energy = Energy(station, rules, guard, random)
    station.limiting.sources += [guard, energy]
    return energy


def fitting_of(config: Config) -> Fitting:
    """How the mains meter sits there."""
    first, second, third = (PHASES.index(name) for name in config.mains.rotation)
    volts = config.protection.voltage_v
    return Fitting(volts, config.mains.reversed, (first, second, third))


def telegrams_of(config: Config) -> Telegrams:
    """Who puts messages of the mains meter together."""
    mains = config.mains
    return Telegrams(mains.topics, mains.places, mains.unit_of_values, fitting_of(config))


def mains_rules(config: Config) -> MainsRules:
    """What [mains] says."""
    mains, fuse = config.mains, None
    if mains.fuse_a is not None:
        hold_s, stale_a = mains.stale_hold_s, mains.stale_a
        fuse = FuseRules(mains.fuse_a, mains.margin_a, hold_s, stale_a)
    return MainsRules(mains.source != NONE, fitting_of(config), fuse)


def energy_rules(config: Config) -> EnergyRules:
    """What [energy], [surplus], [[schedule]], [price] and [[departure]] say."""
    energy, price = config.energy, config.price
    delay_s = energy.random_delay_s
    if delay_s is None:
        delay_s = DELAY_S_GB if energy.country == COUNTRY else 0
    calm = {name: getattr(config.surplus, name) for name in SUN_KEYS}
    sun = SunRules(**calm, hold_s=config.mains.stale_hold_s, voltage_v=config.protection.voltage_v)
    return EnergyRules(
        mode=energy.mode,
        zone=zone_of(energy.time_zone) if energy.time_zone else None,
        delay_s=delay_s,
        minimum_a=config.surplus.minimum_a,
        sun=sun,
        windows=tuple(window_of(dataclasses.asdict(row)) for row in config.schedule),
        leavings=tuple(
            Leaving(_days(row.days), minutes_of(row.at), row.energy_wh, row.evse)
            for row in config.departure
        ),
        price_limit=price.limit,
        cheapest_time=timedelta(hours=price.cheapest_h),
        cheapest_by_min=minutes_of(price.by),
    )


def _days(names: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(DAYS.index(name) for name in names)
