"""Upgrade: the end of the way back, once a higher security profile works (OCPP 2.0.1 A05.FR.06).

A central system has put another one, with a higher profile, in front of the order of preference.
When that one has accepted the station, the profile is the least from then on: systems with a
lower one leave the order, and what was told of them is forgotten. The one of [ocpp] cannot be
forgotten; it would be connected to with the new profile only.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from ampkeeper.firmware.ocpp.system import TRIAL
from ampkeeper.firmware.ocpp.variables import Settings, text_of
from ampkeeper.firmware.security_events import SecurityEventKind
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.security import PROFILE, Security
from ampkeeper.firmware.store.changes import DropSystem, SaveSetting

if TYPE_CHECKING:
    from ampkeeper.firmware.station.systems import Systems

PRIORITY = "OCPPCommCtrlr.NetworkConfigurationPriority"


def is_due(systems: "Systems", settings: Settings, security: Security) -> bool:
    """True if the system that has accepted the station was preferred so, and is more secure."""
    is_told = settings.changed.get(PRIORITY) == text_of(systems.priority)
    is_first = systems.active != TRIAL and systems.order[0] == systems.active
    is_trying = systems.trial is not None or security.is_trying
    is_higher = systems.system(systems.active).security_profile > security.main_profile
    return is_told and is_first and is_higher and not is_trying


def on_due(
    systems: "Systems", settings: Settings, security: Security, now: datetime, now_s: float
) -> Effects:
    """The event: written down first, in force next."""
    if not is_due(systems, settings, security):
        return Effects()
    old, new = security.main_profile, systems.system(systems.active).security_profile
    lower = [slot for slot in systems.slots if systems.system(slot).security_profile < new]
    order = tuple(slot for slot in systems.priority if slot in systems.slots and slot not in lower)
    told = {PROFILE: str(new), PRIORITY: text_of(order)}
    effects = Effects(changes=[SaveSetting(name, text) for name, text in told.items()])
    effects.changes += [DropSystem(slot) for slot in lower if not systems.is_from_file(slot)]
    effects.acts.append(partial(_put_in_force, settings, told))
    effects.acts.append(partial(systems.narrow, order, tuple(lower)))
    text = f"SecurityProfile from {old} to {new}; left: central systems {text_of(order)}"
    security.log.add(effects, SecurityEventKind.RECONFIGURED, text, now, now_s)
    return effects


def _put_in_force(settings: Settings, told: Mapping[str, str]) -> None:
    for name, text in told.items():
        settings.change(name, text)
