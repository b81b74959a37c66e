"""Inputs: what the owner chose and what the station shows, as the panel takes them. Pure."""

from datetime import datetime

from ampkeeper.firmware.config.model_panel import Panel as Chosen
from ampkeeper.firmware.faces.panel.panel import PanelSettings, Shown, quiet_hours
from ampkeeper.firmware.faces.panel.table import looks_of
from ampkeeper.firmware.station.station import Station
from ampkeeper.firmware.station.view import SESSION_STATES


def settings_of(chosen: Chosen) -> PanelSettings:
    """The section ``[panel]`` of the configuration."""
    return PanelSettings(
        looks=looks_of(chosen.states),
        brightness_percent=chosen.brightness_percent,
        quiet=quiet_hours(chosen.quiet_hours),
        quiet_brightness_percent=chosen.quiet_brightness_percent,
        has_sound=chosen.sound,
    )


def shown_of(station: Station, evse_id: int, now: datetime) -> Shown:
    """What the station shows of one EVSE."""
    evse = station.evses[evse_id]
    return Shown(
        status=str(evse.report(now).state),
        session=SESSION_STATES.get(evse.session.table.state),
        is_online=station.entrance.is_online or not station.rules.has_csms,
        is_restarting=station.reset_kind not in (None, "on_idle"),
    )
