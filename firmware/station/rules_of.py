"""The rules of the station, as the configuration has them."""

from ampkeeper.firmware.config.model import END, FREE_MODE, Config
from ampkeeper.firmware.limits.enforcement import EnforcementRules
from ampkeeper.firmware.station.rules import StationRules


def rules_of(config: Config) -> StationRules:
    """What was configured, as one value."""
    return StationRules(
        has_csms=bool(config.ocpp.url),
        is_free=config.authorise.mode == FREE_MODE,
        local_tags=frozenset(tag.upper() for tag in config.authorise.tags),
        same_card_stops=config.authorise.same_card_stops,
        ends_on_power_return=config.session.on_power_return == END,
        keeps_samples=bool(config.ocpp.url),  # whichever version it will end in
        current_a_max=config.limits.max_a,
        voltage_v=config.protection.voltage_v,
        version=config.ocpp.versions[0],
        enforcement=EnforcementRules(
            config.limits.enforce,
            config.limits.enforce_margin_a,
            config.limits.enforce_margin_percent,
        ),
    )
