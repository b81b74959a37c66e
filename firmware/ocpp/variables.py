"""The settings: found by name or key, checked, and the values in force.

A value is the first of: changed at run time, configuration file, default. What belongs to the
hardware or to the firmware itself is not for the file to say. Pure: persisting ``changed`` is the
caller's work. ``declared/`` lists the settings, ``setting.py`` checks one.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ampkeeper.firmware.ocpp.declared import SETTINGS
from ampkeeper.firmware.ocpp.setting import (
    NAME,
    Access,
    Kind,
    Origin,
    Refused,
    Setting,
    Value,
    allowed_text,
    check,
    text_of,
)

__all__ = [
    "SETTINGS",
    "Access",
    "EvseHardware",
    "Hardware",
    "Kind",
    "Origin",
    "Refused",
    "Setting",
    "Settings",
    "Value",
    "allowed_text",
    "by_key",
    "by_name",
    "check",
    "check_key",
    "check_variable",
    "file_values",
    "refusal",
    "text_of",
]

PROFILE = "SecurityCtrlr.SecurityProfile"
ENDS_ON_UNPLUG = "TxCtrlr.StopTxOnEVSideDisconnect"
RESUMPTION = "TxCtrlr.ResumptionTimeout"
START_POINT, SIGNED = "TxCtrlr.TxStartPoint", "DataSigned"
RESERVES, RESERVATION = "reservationctrlr.enabled", "Reservation"
FEATURES = "OCPP16.SupportedFeatureProfiles"  # without Reservation, where there is none
ZERO_RESERVED = "OCPP16.ReserveConnectorZeroSupported"
NAMES_MAX = 1_024  # remembered as they were spelled; any may be asked for
VOLTAGE_V_NOMINAL = 230  # phase to neutral, IEC 60038

BY_NAME = {setting.name.casefold(): setting for setting in SETTINGS}
BY_KEY = {setting.key.casefold(): setting for setting in SETTINGS if setting.key}


def by_key(key: str) -> Setting | None:
    """The setting of an OCPP 1.6 key; keys are compared without case (CiString)."""
    return BY_KEY.get(key.casefold())


@lru_cache(NAMES_MAX)
def by_name(name: str) -> Setting | None:
    """The setting of a 2.x name, with or without "@" and an EVSE id; compared without case."""
    match = NAME.fullmatch(name)
    if match is None:
        return None
    setting = BY_NAME.get(_declared_name(name))
    has_evse = match["evse"] is not None
    return None if setting is None or (has_evse and not setting.is_per_evse) else setting


def check_key(key: str, value: object) -> str | None:
    """What is wrong with ``[ocpp.keys] key = value``, with what is allowed; None when fine."""
    setting = by_key(key)
    if setting is None:
        return "no such OCPP 1.6 key" + _nearest(key, (s.key for s in SETTINGS if s.key))
    return _problem(setting, value)


def check_variable(name: str, value: object) -> str | None:
    """What is wrong with ``[ocpp.variables] name = value``; None when fine."""
    setting = by_name(name)
    if setting is None or not setting.is_2x:
        return "no such OCPP variable" + _nearest(name, (s.name for s in SETTINGS if s.is_2x))
    return _problem(setting, value)


def refusal(name: str, text: str) -> str:
    """Why ``text`` is no value of the setting of a 2.x name; empty: it is one."""
    setting = by_name(name)
    assert setting is not None, f"{name} is declared"
    return _problem_of(setting, text) or ""


def file_values(keys: Mapping[str, object], variables: Mapping[str, object]) -> dict[str, Value]:
    """The values of both tables of the file, by 2.x name; a variable wins over its key.

    Names and values that do not pass ``check_key`` and ``check_variable`` are left out: the
    configuration has refused to start with them.
    """
    values: dict[str, Value] = {}
    found = [(by_key(key), value) for key, value in keys.items()]
    found += [(by_name(name), value) for name, value in variables.items()]
    for setting, raw in found:
        if setting is not None and setting.origin is Origin.CHOSEN:
            value = check(setting, text_of(raw))
            if not isinstance(value, Refused):
                values[setting.name] = value
    return values


@dataclass(frozen=True, slots=True)
class EvseHardware:
    """What the board and the installer fixed for one EVSE."""

    evse_id: int
    phases: int
    current_a_max: float
    is_socket: bool
    is_signing: bool = False  # its meter signs
    can_switch: bool = False  # between one phase and three


@dataclass(frozen=True, slots=True)
class Hardware:
    """What settings report but nobody can change through OCPP."""

    evses: tuple[EvseHardware, ...]
    identity: str
    security_profile: int = 0
    has_reader: bool = True
    can_resume: bool = True  # False: an interrupted transaction ends, whatever is set


class Settings:
    """The values in force. ``changed`` is what to persist: 2.x name to text."""

    def __init__(
        self,
        hardware: Hardware,
        file: Mapping[str, Value] | None = None,
        changed: Mapping[str, str] | None = None,
    ) -> None:
        self._hardware = _hardware_values(hardware)
        self._can_resume = hardware.can_resume
        self._has_cable = not all(evse.is_socket for evse in hardware.evses)
        self._is_signing = any(evse.is_signing for evse in hardware.evses)
        connectors = (0, *(evse.evse_id for evse in hardware.evses))
        self._connectors = {str(number) for number in connectors}
        self._file: dict[str, Value] = {
            "OCPP16.ConnectorPhaseRotation": tuple(f"{number}.Unknown" for number in connectors),
            PROFILE: hardware.security_profile,
            **(file or {}),
        }
        self._changed: dict[str, Value] = {}
        self.changed: dict[str, str] = {}
        self.dropped: list[str] = []  # persisted by another firmware, not valid here
        for name, text in (changed or {}).items():
            if self.change(name, text) == "rejected":
                self.dropped.append(name)

    def value(self, name: str) -> Value:
        """The value in force; KeyError for a name that is not declared: our own bug.

        What is measured ("ClockCtrlr.DateTime") is not here but asked of the station.
        """
        setting = by_name(name)
        if setting is None:
            raise KeyError("no such setting: " + name + _nearest(name, (s.name for s in SETTINGS)))
        own = self._hardware.get(name.casefold())
        if own is not None:
            return own
        if setting.name in (FEATURES, ZERO_RESERVED) and not self._held(BY_NAME[RESERVES]):
            return False if setting.name == ZERO_RESERVED else _without(setting, RESERVATION)
        return self._held(setting)

    def learn(self, name: str, text: str) -> None:
        """Take a value that the central system implied, such as Boot's interval; not persisted.

        In force until it is changed or learned again; what is no value of it is ignored.
        """
        setting = by_name(name)
        assert setting is not None, f"{name} is declared"
        value = check(setting, text)
        if not isinstance(value, Refused):
            self._changed[setting.name] = value

    def forget(self, name: str) -> None:
        """What was changed or learned of it at run time is no more."""
        self._changed.pop(name, None)
        self.changed.pop(name, None)

    def change(self, name: str, text: str) -> str:
        """Set a value at run time: "accepted", "reboot_required" or "rejected"."""
        outcome, setting = self.outcome(name, text), by_name(name)
        if outcome == "rejected" or setting is None:
            return "rejected"
        value = check(setting, text)
        assert not isinstance(value, Refused), "the outcome was another"
        self._changed[setting.name] = value
        self.changed[setting.name] = text_of(value)
        return outcome

    def outcome(self, name: str, text: str) -> str:
        """What ``change`` would return; changes nothing."""
        setting = by_name(name)
        if setting is None or setting.origin not in (Origin.CHOSEN, Origin.TABLE):
            return "rejected"
        value = check(setting, text)
        if isinstance(value, Refused) or not self._is_ours(setting, value):
            return "rejected"
        return "reboot_required" if setting.reboot else "accepted"

    def _held(self, setting: Setting) -> Value:
        found = self._changed.get(setting.name)
        return self._file.get(setting.name, setting.default) if found is None else found

    def _is_ours(self, setting: Setting, value: Value) -> bool:
        """False for what is allowed, but not to this station as it is."""
        if setting.name == ENDS_ON_UNPLUG:
            return bool(value) or self._has_cable
        if setting.name == RESUMPTION:
            return value == 0 or self._can_resume
        if setting.name == START_POINT and isinstance(value, tuple):
            return self._is_signing or SIGNED not in value
        if setting.name == PROFILE and isinstance(value, int):
            lowest = self._file[PROFILE]
            return isinstance(lowest, int) and value >= lowest  # A00.FR.005
        if setting.key != "ConnectorPhaseRotation" or not isinstance(value, tuple):
            return True
        return {item.partition(".")[0] for item in value} <= self._connectors


def _hardware_values(hardware: Hardware) -> dict[str, Value]:
    evses = hardware.evses
    values: dict[str, Value] = {
        "OCPPCommCtrlr.UnlockOnEVSideDisconnect": any(evse.is_socket for evse in evses),
        "SecurityCtrlr.Identity": hardware.identity,
        "ChargingStation.SupplyPhases": max((evse.phases for evse in evses), default=3),
        "TokenReader.Available": hardware.has_reader,
        "SmartChargingCtrlr.Phases3to1": _can_switch(evses),
        "OCPP16.NumberOfConnectors": len(evses),
        "OCPP16.ConnectorPhaseRotationMaxLength": len(evses) + 1,
    }
    if not hardware.can_resume:
        values[RESUMPTION] = 0  # E17: no transaction is resumed
    for evse in evses:
        here = f"@{evse.evse_id}"
        values[f"EVSE{here}.SupplyPhases"] = evse.phases
        values[f"EVSE{here}.Power"] = round(evse.current_a_max * evse.phases * VOLTAGE_V_NOMINAL)
        values[f"EVSE{here}.ACCurrent"] = evse.current_a_max
        values[f"Connector{here}.SupplyPhases"] = evse.phases
        values[f"ConnectorPlugRetentionLock{here}.Available"] = evse.is_socket
        values[f"FiscalMetering{here}.SignsReadings"] = evse.is_signing
        values[f"Connector{here}.ConnectorType"] = "sType2" if evse.is_socket else "cType2"
    return {name.casefold(): value for name, value in values.items()}


def _without(setting: Setting, item: str) -> Value:
    assert isinstance(setting.default, tuple), f"{setting.name} is a list"
    return tuple(each for each in setting.default if each != item)


def _can_switch(evses: tuple[EvseHardware, ...]) -> bool:
    """Every EVSE of three phases can: what is said of the station holds for each."""
    three = [evse.can_switch for evse in evses if evse.phases > 1]
    return bool(three) and all(three)


def _declared_name(name: str) -> str:
    component, _, variable = name.casefold().partition(".")
    return f"{component.partition('@')[0]}.{variable}"


def _problem(setting: Setting, value: object) -> str | None:
    if setting.origin is not Origin.CHOSEN:
        return f"not for the file to set: the {setting.origin.value} says it"
    return _problem_of(setting, text_of(value))


def _problem_of(setting: Setting, text: str) -> str | None:
    checked = check(setting, text)
    return checked.reason if isinstance(checked, Refused) else None


def _nearest(name: str, known: Iterable[str]) -> str:
    """The end of a sentence that names what was probably meant; may be empty."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    found = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return f"; did you mean {by_folded[found[0]]}?" if found else ""
