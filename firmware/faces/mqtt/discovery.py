"""Discovery: what Home Assistant needs to show a charger without being told of it. Pure.

One retained message for each entity, on ``PREFIX/COMPONENT/NODE/OBJECT/config``, in the words of
Home Assistant's documentation of MQTT discovery. An empty one on the same topic takes it back.
Entities that command are only there where commands are taken.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ampkeeper.firmware.faces.api import State
from ampkeeper.firmware.faces.mqtt.topics import OFF, OFFLINE, ON, ONLINE, Topics, rated_a

PAUSE_A = 0.0
MEASURED = "measurement"
UNSAFE = re.compile(r"[^A-Za-z0-9_-]")  # in a node of a discovery topic

Fields = dict[str, Any]

# of an EVSE: component, its field in the state, name, and the rest
# fmt: off
EVSE_ENTITIES: tuple[tuple[str, str, str, Fields], ...] = (
    ("sensor", "status", "Status", {"icon": "mdi:ev-station"}),
    ("sensor", "power_w", "Power", {
        "device_class": "power", "unit_of_measurement": "W", "state_class": MEASURED}),
    ("sensor", "current_a", "Current", {
        "device_class": "current", "unit_of_measurement": "A", "state_class": MEASURED}),
    ("sensor", "energy_wh", "Energy", {
        "device_class": "energy", "unit_of_measurement": "Wh",
        "state_class": "total_increasing"}),
    ("sensor", "session_energy_wh", "Energy of the session", {
        "device_class": "energy", "unit_of_measurement": "Wh",
        "state_class": "total_increasing"}),
    ("sensor", "limit_a", "Limit", {
        "device_class": "current", "unit_of_measurement": "A", "state_class": MEASURED}),
    ("sensor", "limited_by", "Limited by", {"entity_category": "diagnostic"}),
    ("sensor", "reason", "Why", {"entity_category": "diagnostic"}),
    ("sensor", "fault", "Fault", {"entity_category": "diagnostic"}),
    ("binary_sensor", "plugged", "Car plugged in", {"device_class": "plug"}),
    ("binary_sensor", "charging", "Charging", {"device_class": "battery_charging"}),
)
STATION_ENTITIES: tuple[tuple[str, str, str, Fields], ...] = (
    ("sensor", "central_system", "Central system", {"entity_category": "diagnostic"}),
    ("sensor", "mains_power_w", "Mains power", {
        "device_class": "power", "unit_of_measurement": "W", "state_class": MEASURED}),
    ("sensor", "surplus_w", "Surplus of the sun", {
        "device_class": "power", "unit_of_measurement": "W", "state_class": MEASURED}),
)
# fmt: on
BUTTONS = (("start", "Start", "mdi:play"), ("stop", "Stop", "mdi:stop"))


@dataclass(frozen=True, slots=True)
class Discovery:
    """Of one charger; ``has_commands``: it may also be told what to do."""

    prefix: str
    topics: Topics
    has_commands: bool

    def messages(self, state: State) -> Iterator[tuple[str, bytes]]:
        """Every message, by topic."""
        for component, key, config in self._entities(state):
            whole = self._common(state, key) | config
            payload = json.dumps(whole, separators=(",", ":")).encode()
            yield self._topic(component, key), payload

    def withdrawals(self, state: State) -> Iterator[tuple[str, bytes]]:
        """What takes back all that there may be of this charger, commands included."""
        whole = Discovery(self.prefix, self.topics, True)
        return ((topic, b"") for topic, _ in whole.messages(state))

    def outdated(self, state: State) -> Iterator[tuple[str, bytes]]:
        """What takes back the entities that command, where they are not offered any more."""
        kept = {topic for topic, _ in self.messages(state)}
        whole = Discovery(self.prefix, self.topics, True)
        return ((topic, b"") for topic, _ in whole.messages(state) if topic not in kept)

    @property
    def node(self) -> str:
        """The charger's name in topics and ids."""
        return "ampkeeper_" + UNSAFE.sub("_", self.topics.own)

    def _topic(self, component: str, key: str) -> str:
        return f"{self.prefix}/{component}/{self.node}/{key}/config"

    def _common(self, state: State, key: str) -> Fields:
        device = {
            "identifiers": [self.node],
            "name": f"{state.vendor} {state.serial}",
            "manufacturer": state.vendor,
            "model": state.model,
            "serial_number": state.serial,
            "sw_version": state.firmware,
        }
        return {
            "unique_id": f"{self.node}_{key}",
            "object_id": f"{self.node}_{key}",
            "availability_topic": self.topics.status,
            "payload_available": ONLINE.decode(),
            "payload_not_available": OFFLINE.decode(),
            "device": device,
            "origin": {"name": "Ampkeeper", "sw_version": state.firmware},
        }

    def _entities(self, state: State) -> Iterator[tuple[str, str, Fields]]:
        for component, key, name, more in STATION_ENTITIES:
            yield component, key, _shown(self.topics.state, key, name) | more
        if self.has_commands:
            modes = {"options": list(state.modes), "command_topic": f"{self.topics.base}/set/mode"}
            yield "select", "mode", _shown(self.topics.state, "mode", "Mode") | modes
        for evse in state.evses:
            tail = "" if len(state.evses) == 1 else f" {evse.id}"
            topic = self.topics.evse(evse.id)
            for component, key, name, more in EVSE_ENTITIES:
                shown = _shown(topic, key, name + tail) | more
                yield component, f"evse{evse.id}_{key}", shown
            if self.has_commands:
                yield from self._orders(evse.id, tail, rated_a(evse))

    def _orders(self, evse_id: int, tail: str, most_a: float) -> Iterator[tuple[str, str, Fields]]:
        topic = self.topics.evse(evse_id)
        limit = {
            "command_topic": f"{topic}/set/limit",
            "device_class": "current",
            "unit_of_measurement": "A",
            "min": PAUSE_A,
            "max": most_a,
            "step": 0.1,
            "mode": "box",
        }
        shown = _shown(topic, "owner_limit_a", f"Owner's limit{tail}")
        yield "number", f"evse{evse_id}_owner_limit_a", shown | limit
        switch = {"command_topic": f"{topic}/set/charge_now", "payload_on": ON, "payload_off": OFF}
        shown = _shown(topic, "charge_now", f"Charge now{tail}")
        yield "switch", f"evse{evse_id}_charge_now", shown | switch
        for word, name, icon in BUTTONS:
            button = {
                "name": name + tail,
                "command_topic": f"{topic}/set/charge",
                "payload_press": word,
                "icon": icon,
            }
            yield "button", f"evse{evse_id}_{word}", button


def _shown(topic: str, key: str, name: str) -> Fields:
    return {"name": name, "state_topic": topic, "value_template": f"{{{{ value_json.{key} }}}}"}
