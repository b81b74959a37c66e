"""Network desk: where the central system fills the slots of others (OCPP 2.0.1 B09)."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from ampkeeper.firmware.ocpp.system import (
    MAIN,
    SLOTS_MAX,
    System,
    SystemRefused,
    check,
    check_scheme,
)
from ampkeeper.firmware.security_events import SecurityEventKind
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.security_log import Event, SecurityLog
from ampkeeper.firmware.station.systems import Systems
from ampkeeper.firmware.store.changes import SaveSystem


class NetworkDesk:
    """Implements ``NetworkPort``."""

    def __init__(self, systems: Systems, log: SecurityLog, post: Callable[[Event], bool]) -> None:
        self._systems = systems
        self._log = log
        self._post = post

    def set_profile(
        self, slot: int, url: str, security_profile: int, versions: tuple[str, ...]
    ) -> str:
        """Slot 1 is not filled so: it is what a change goes back to, and changes on trial only."""
        systems = self._systems
        if not MAIN < slot <= SLOTS_MAX or slot == systems.active:
            return f"slot {slot}: 2 to {SLOTS_MAX} are allowed, but not the one in use"
        lowest = systems.system(systems.active).security_profile
        if security_profile < lowest:
            return f"securityProfile {security_profile}: at least {lowest} is allowed"  # FR.04
        system = System(
            url=url,
            id=systems.system(MAIN).id,
            versions=versions,
            security_profile=security_profile,
        )
        try:
            check(system)
            check_scheme(system)
        except SystemRefused as error:
            return str(error)
        is_taken = self._post(partial(self._on_filled, slot, system))
        return "" if is_taken else "the station cannot keep up"

    def _on_filled(self, slot: int, system: System, now: datetime, now_s: float) -> Effects:
        effects = Effects(changes=[SaveSystem(slot, system.to_text())])
        effects.acts.append(partial(self._systems.put, slot, system))
        text = f"central system {slot} is {system.endpoint}, by the central system"
        self._log.add(effects, SecurityEventKind.RECONFIGURED, text, now, now_s)
        return effects
