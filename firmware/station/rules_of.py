"""The rules of the station, as the configuration has them."""

from ampkeeper.firmware.config.model import END, FREE_MODE, Config
from ampkeeper.firmware.config.model_phases import AUTOMATIC, Phases
from ampkeeper.firmware.energy.grid_operator import GridRules
from ampkeeper.firmware.limits.enforcement import EnforcementRules
from ampkeeper.firmware.limits.ledger import CURRENT_A_MAX
from ampkeeper.firmware.limits.phase_choice import ChoiceRules
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
        grid=GridRules(
            config.grid.power_w,
            config.grid.hold_s,
            duration_s_max=config.grid.duration_s_max,
            release_s_max=config.grid.release_s_max,
        ),
        phase_rules=_phase_rules(config.phases),
        one_phase_a_max=config.phases.one_phase_max_a or CURRENT_A_MAX,
        version=config.ocpp.versions[0],
        offline_a=config.limits.offline_a,
        offline_hold_s=config.limits.offline_hold_s,
        enforcement=EnforcementRules(
            config.limits.enforce,
            config.limits.enforce_margin_a,
            config.limits.enforce_margin_percent,
        ),
    )


def _phase_rules(phases: Phases) -> ChoiceRules:
    return ChoiceRules(
        is_automatic=phases.switching == AUTOMATIC,
        up_after_s=phases.up_after_s,
        down_after_s=phases.down_after_s,
        margin_w=phases.margin_w,
        between_s=phases.between_s,
        per_hour_max=phases.per_hour_max,
        per_car_max=phases.per_session_max,
    )
