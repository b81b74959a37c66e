"""Network desk: where the central system fills the slots of others (OCPP 2.0.1 B09)."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from ampkeeper.firmware.ocpp.ports.network import (
    BUSY,
    DOWNGRADE,
    INVALID,
    SLOT,
    NetworkProfile,
    NetworkRefused,
)
from ampkeeper.firmware.ocpp.system import (
    MAIN,
    SLOTS_MAX,
    System,
    SystemRefused,
    check,
    check_scheme,
    takes_tls_away,
)
from ampkeeper.firmware.ocpp.variables import refusal
from ampkeeper.firmware.security_events import SecurityEventKind
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.security_log import Event, SecurityLog
from ampkeeper.firmware.station.staged import NEW_BASIC_AUTH
from ampkeeper.firmware.station.systems import Systems
from ampkeeper.firmware.store.changes import SaveSystem

ANY = "Any"  # ocppInterface of 2.1: the machine's routes decide


class NetworkDesk:
    """Implements ``NetworkPort``."""

    def __init__(self, systems: Systems, log: SecurityLog, post: Callable[[Event], bool]) -> None:
        self._systems = systems
        self._log = log
        self._post = post

    def active(self) -> int:
        return self._systems.active

    def profile(self, slot: int) -> NetworkProfile | None:
        if slot not in self._systems.slots:
            return None
        found = self._systems.system(slot)
        return NetworkProfile(
            url=found.url,
            security_profile=found.security_profile,
            versions=found.versions,
            message_timeout_s=found.message_timeout_s or self._systems.timeout_s,
            interface=found.interface,
            id=found.id,
        )

    def set_profile(self, slot: int, profile: NetworkProfile) -> NetworkRefused | None:
        """The slot in use is not filled so: a change of it would cut the branch we sit on."""
        systems = self._systems
        if not MAIN <= slot <= SLOTS_MAX or slot == systems.active or self._is_on_trial(slot):
            return NetworkRefused(SLOT, f"slot {slot}: 1 to {SLOTS_MAX}, but not the one in use")
        lowest = self._lowest(slot)
        if profile.security_profile < lowest:  # B09.FR.04
            text = f"securityProfile {profile.security_profile}: at least {lowest} is allowed"
            return NetworkRefused(DOWNGRADE, text)
        if profile.message_timeout_s < 1:
            return NetworkRefused(
                INVALID, f"messageTimeout {profile.message_timeout_s}: at least 1"
            )
        known = systems.interfaces
        if known and profile.interface not in (*known, ANY):
            text = f"ocppInterface {profile.interface}: {', '.join(known)} or {ANY}"
            return NetworkRefused(INVALID, text)
        if profile.password and (refused := refusal(NEW_BASIC_AUTH, profile.password)):
            return NetworkRefused(INVALID, f"password: {refused}")
        system = System(
            url=profile.url,
            id=profile.id or systems.system(MAIN).id,
            versions=profile.versions,
            security_profile=profile.security_profile,
            password=profile.password,
            message_timeout_s=profile.message_timeout_s,
            interface=profile.interface,
        )
        try:
            check(system)
            check_scheme(system)
        except SystemRefused as error:
            return NetworkRefused(INVALID, str(error))
        others = (systems.system(each) for each in (MAIN, systems.active, slot))
        if takes_tls_away(system, *others):
            text = f"ocppCsmsUrl {system.url!r}: wss:// only, where TLS was in use"
            return NetworkRefused(DOWNGRADE, text)
        is_taken = self._post(partial(self._on_filled, slot, system))
        return None if is_taken else NetworkRefused(BUSY, "the station cannot keep up")

    def _is_on_trial(self, slot: int) -> bool:
        """A system on trial takes the place of slot 1."""
        return slot == MAIN and self._systems.trial is not None

    def _lowest(self, slot: int) -> int:
        """Nobody takes security away from afar: not from the slot that is filled, either."""
        profiles = [self._systems.system(self._systems.active).security_profile]
        if slot == MAIN:
            profiles.append(self._systems.system(MAIN).security_profile)
        return max(profiles)

    def _on_filled(self, slot: int, system: System, now: datetime, now_s: float) -> Effects:
        effects = Effects(changes=[SaveSystem(slot, system.to_text())])
        effects.acts.append(partial(self._systems.put, slot, system))
        text = f"central system {slot} is {system.endpoint}, by the central system"
        self._log.add(effects, SecurityEventKind.RECONFIGURED, text, now, now_s)
        return effects
