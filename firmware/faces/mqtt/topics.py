"""Topics: what is told of a charger over MQTT, and where. Pure.

Below ``PREFIX/charger/ID``: ``status`` is online or offline, ``state`` the station as JSON,
``evse/N`` an EVSE as JSON, all retained. No card and no person is told: whoever the broker lets
in may read it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ampkeeper.firmware.faces.api import Evse, State

ONLINE, OFFLINE = b"online", b"offline"
OWNER, BOARD = "owner", "board"  # sources of the ledger of limits
ON, OFF = "ON", "OFF"


@dataclass(frozen=True, slots=True)
class Topics:
    """Of one charger."""

    prefix: str
    own: str

    @property
    def base(self) -> str:
        """Above all others."""
        return f"{self.prefix}/charger/{self.own}"

    @property
    def status(self) -> str:
        """Whether it is there."""
        return f"{self.base}/status"

    @property
    def state(self) -> str:
        """The station."""
        return f"{self.base}/state"

    @property
    def result(self) -> str:
        """What became of a command; not retained."""
        return f"{self.base}/result"

    @property
    def orders(self) -> tuple[str, ...]:
        """Filters of all commands."""
        return f"{self.base}/set/+", f"{self.base}/evse/+/set/+"

    def evse(self, evse_id: int) -> str:
        """One EVSE."""
        return f"{self.base}/evse/{evse_id}"


def told(topics: Topics, state: State) -> Iterator[tuple[str, bytes]]:
    """Every retained message that tells the state, by topic."""
    yield topics.state, _json(_station(state))
    for evse in state.evses:
        yield topics.evse(evse.id), _json(_evse(evse))


def rated_a(evse: Evse) -> float:
    """The most that the EVSE may ever offer."""
    return next((one.current_a or 0.0 for one in evse.limits if one.source == BOARD), 0.0)


def _station(state: State) -> dict[str, Any]:
    mains, price = state.mains, state.price
    return {
        "mode": state.mode,
        "central_system": state.link.state,
        "firmware": state.firmware,
        "update": state.update,
        "mains_power_w": None if mains is None else mains.power_w,
        "surplus_w": None if mains is None else mains.surplus_w,
        "price": None if price is None else price.price,
        "site": state.site,
    }


def _evse(evse: Evse) -> dict[str, Any]:
    session = evse.session
    owner = next((one for one in evse.limits if one.source == OWNER), None)
    currents = [phase.current_a for phase in evse.phases if phase.current_a is not None]
    return {
        "status": evse.status,
        "plugged": None if evse.is_plugged is None else _switch(evse.is_plugged),
        "charging": _switch(session is not None and session.state == "charging"),
        "contactor": evse.contactor,
        "lock": evse.lock,
        "power_w": evse.power_w,
        "current_a": max(currents, default=None),
        "voltage_v": [phase.voltage_v for phase in evse.phases],
        "energy_wh": evse.energy_wh,
        "session_energy_wh": None if session is None else session.energy_wh,
        "session_state": None if session is None else session.state,
        "limit_a": evse.limit_a,
        "limited_by": evse.limited_by,
        "reason": evse.reason,
        "owner_limit_a": rated_a(evse) if owner is None else owner.current_a,
        "charge_now": _switch(evse.charge_now),
        "fault": evse.faults[0].name if evse.faults else "",
        "fault_text": evse.faults[0].text if evse.faults else "",
    }


def _switch(is_on: bool) -> str:
    return ON if is_on else OFF


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
