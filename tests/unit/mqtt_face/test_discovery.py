"""Discovery: what Home Assistant's documentation allows, and templates that find something."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from ampkeeper.firmware.faces.mqtt.discovery import Discovery
from ampkeeper.firmware.faces.mqtt.topics import Topics, told

from .mqtt_rig import TOPICS, state_of

SCHEMA = json.loads((Path(__file__).parent / "home_assistant.schema.json").read_text())
COMPONENTS = ("sensor", "binary_sensor", "number", "switch", "select", "button")
PLACE = re.compile(
    r"homeassistant/(?P<component>[a-z_]+)/(?P<node>[A-Za-z0-9_-]+)/(?P<key>[A-Za-z0-9_-]+)/config"
)
FIELD = re.compile(r"value_json\.([a-z_]+)")


def configs(evses: int = 1, has_commands: bool = True) -> dict[str, dict[str, Any]]:
    found = Discovery("homeassistant", TOPICS, has_commands)
    return {topic: json.loads(text) for topic, text in found.messages(state_of(evses=evses))}


def component_of(topic: str) -> str:
    place = PLACE.fullmatch(topic)
    assert place is not None, topic
    return place["component"]


def validator(component: str) -> jsonschema_rs.Validator:
    whole: Any = {"$ref": f"#/$defs/{component}", "$defs": SCHEMA["$defs"]}
    return jsonschema_rs.validator_for(whole)


@pytest.mark.parametrize("evses", [1, 3])
def test_each_is_one_that_home_assistant_allows(evses: int) -> None:
    for topic, config in configs(evses).items():
        problems = [str(error) for error in validator(component_of(topic)).iter_errors(config)]
        assert problems == [], topic


def test_the_schema_refuses_what_home_assistant_would() -> None:
    found = configs()
    power = next(each for topic, each in found.items() if "/evse1_power_w/" in topic)
    energy = next(each for topic, each in found.items() if "/evse1_energy_wh/" in topic)
    check = validator("sensor")
    assert check.is_valid(power)
    assert not check.is_valid(power | {"unit_of_measurement": "A"})
    assert not check.is_valid(power | {"unit": "W"})
    assert not check.is_valid(energy | {"state_class": "measurement"})
    assert not check.is_valid({key: each for key, each in power.items() if key != "state_topic"})


def test_all_of_its_components_are_there_and_ids_are_unique() -> None:
    found = configs(3)
    assert {component_of(topic) for topic in found} == set(COMPONENTS)
    ids = [config["unique_id"] for config in found.values()]
    assert len(set(ids)) == len(ids)
    assert len({config["device"]["identifiers"][0] for config in found.values()}) == 1


def test_each_template_finds_a_field_of_its_topic() -> None:
    state = state_of(evses=2)
    shown = {topic: json.loads(payload) for topic, payload in told(TOPICS, state)}
    for config in configs(2).values():
        if "state_topic" in config:
            field = FIELD.search(config["value_template"])
            assert field is not None
            assert field[1] in shown[config["state_topic"]], config["name"]


def test_what_a_state_says_is_what_its_entity_expects() -> None:
    shown = {topic: json.loads(payload) for topic, payload in told(TOPICS, state_of(owner_a=10.0))}
    evse = shown[TOPICS.evse(1)]
    found = {config["unique_id"].rpartition("evse1_")[2]: config for config in configs().values()}
    assert evse["plugged"] in ("ON", "OFF")
    assert evse["charge_now"] in (found["charge_now"]["payload_on"], "OFF")
    limit = found["owner_limit_a"]
    assert limit["min"] <= evse["owner_limit_a"] == 10.0 <= limit["max"] == 32.0
    assert shown[TOPICS.state]["mode"] in next(
        config["options"] for config in configs().values() if "options" in config
    )


def test_without_commands_nothing_commands() -> None:
    assert not any("command_topic" in config for config in configs(has_commands=False).values())


def test_a_name_that_is_no_level_of_a_topic_is_made_one() -> None:
    found = Discovery("homeassistant", Topics("ampkeeper", "A.K 1"), True)
    assert found.node == "ampkeeper_A_K_1"
