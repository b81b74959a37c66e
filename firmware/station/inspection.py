"""Inspection: what the charger sees of one EVSE, as its commissioning asks for it. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ampkeeper.firmware.commissioning.checks import Proof, Seen
from ampkeeper.firmware.faults import info_of
from ampkeeper.firmware.metering.phases import findings
from ampkeeper.firmware.selftests.words import STATION
from ampkeeper.firmware.station.evse import Evse
from ampkeeper.firmware.station.station import Station


def tests_of(told: Iterable[Mapping[str, Any]], evse_id: int) -> dict[int, Proof]:
    """The self-tests of an EVSE and of the whole station, as ``faces/evidence.py`` shapes them."""
    return {
        one["number"]: Proof(
            one["name"],
            one["result"],
            None if one["time"] is None else datetime.fromisoformat(one["time"]),
            _shown(one),
        )
        for one in told
        if one["evse_id"] in (evse_id, STATION)
    }


def seen_of(
    station: Station, evse: Evse, tests: Mapping[int, Proof], seals: Mapping[str, Any]
) -> Seen:
    """All that its checks are about; ``seals`` as "seal" shows them."""
    register, rules = evse.register, evse.rules
    reading = register.latest() if register.is_fresh else None
    identity = register.identity
    own = [one for one in seals["seals"] if one["evse"] in (None, evse.evse_id)]
    most = [rules.current_a_max, *(float(one["max_a"]) for one in own)]
    if station.rules.current_a_max is not None:
        most.append(station.rules.current_a_max)
    broken = seals["broken"]
    return Seen(
        evse_id=evse.evse_id,
        current_a_max=min(most),
        phases=rules.phases,
        is_socket=rules.is_socket,
        meter="" if identity is None else f"{identity.vendor} {identity.model}".strip(),
        meter_serial=register.serial,
        energy_wh=None if reading is None else reading.energy_wh,
        voltage_v=() if reading is None else reading.voltage_v,
        is_rotation_right=None if reading is None else reading.is_rotation_right,
        findings=() if reading is None else findings(reading),
        faults=tuple(info_of(code).name for code in sorted(evse.faults)),
        tests=tests,
        seal="" if broken else ", ".join(f"{one['max_a']:g} A, {one['counter']}" for one in own),
        must_be_sealed=bool(seals["required"] or broken),
    )


def _shown(one: Mapping[str, Any]) -> str:
    if one["value"] is None or one["meaning"]:
        return str(one["meaning"])
    return f"{one['value']:g} {one['unit']}".strip()
