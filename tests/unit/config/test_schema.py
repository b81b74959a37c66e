"""The schema, the reference page and the display: all of the one model."""

import copy
import dataclasses
import json
import tomllib
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.config import Checkers, Config, parse
from ampkeeper.firmware.config import reference as pages
from ampkeeper.firmware.config.fields import keys_of
from ampkeeper.firmware.config.locate import Lines
from ampkeeper.firmware.config.read import Reader, Source
from ampkeeper.firmware.config.rules import check_rules
from ampkeeper.firmware.config.schema import schema
from ampkeeper.firmware.config.show import as_data, as_toml
from tests.unit.config.files import SMALLEST

FOLDER = Path(pages.__file__).parent
IS_VALID = fastjsonschema.compile(schema() | {"$schema": "http://json-schema.org/draft-07/schema"})

values = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=4,
)
sections = ["station", "board", "evse", "ocpp", "authorise", "limits", "web", "other"]
keys = ["id", "name", "url", "keys", "versions", "max_a", "tags", "enabled", "other"]


def reader_problems(document: dict[str, Any]) -> list[str]:
    source = Source("charger.toml", Path(), Lines(""))
    reader = Reader(source, Checkers(board=lambda name: lambda key, value: None), [])
    check_rules(reader.read(document), reader)
    return [str(problem) for problem in reader.problems]


def schema_accepts(document: dict[str, Any]) -> bool:
    try:
        IS_VALID(document)
    except fastjsonschema.JsonSchemaException:
        return False
    return True


@given(st.sampled_from(sections), st.none() | st.sampled_from(keys), values)
@settings(max_examples=200, deadline=None)
def test_any_value_anywhere_is_read_or_refused_and_what_is_read_fits_the_schema(
    section: str, key: str | None, value: object
) -> None:
    document = tomllib.loads(SMALLEST)
    if key is None:
        document[section] = value
    elif section == "evse":
        document[section][0][key] = value
    else:
        document.setdefault(section, {})[key] = value
    if not reader_problems(document):
        assert schema_accepts(document)


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("station", "vendor", ""),
        ("station", "vendor", "x" * 21),
        ("station", "colour", "red"),
        ("evse", "max_a", 5.9),
        ("evse", "phases", 2),
        ("ocpp", "id", "AK:1"),
        ("ocpp", "versions", []),
        ("ocpp", "versions", ["1.6", "1.6"]),
        ("ocpp", "security_profile", 4),
        ("limits", "stale_meter_a", 3),
        ("web", "tls", "some"),
        ("other", "key", 1),
    ],
)
def test_what_the_reader_refuses_the_schema_refuses(section: str, key: str, value: object) -> None:
    document = copy.deepcopy(tomllib.loads(SMALLEST))
    table = document.setdefault(section, {})
    (table[0] if isinstance(table, list) else table)[key] = value
    assert reader_problems(document)
    assert not schema_accepts(document)


def test_reader_and_schema_take_the_smallest_file() -> None:
    document = tomllib.loads(SMALLEST)
    assert reader_problems(document) == []
    assert schema_accepts(document)


@pytest.mark.parametrize(
    ("name", "made"), [(pages.PAGE_FILE, pages.page), (pages.SCHEMA_FILE, pages.schema_text)]
)
def test_the_generated_files_are_current(name: str, made: Any) -> None:
    hint = "run: python -m ampkeeper.firmware.config.reference"
    assert (FOLDER / name).read_text("utf-8") == made(), hint


def test_every_key_has_help_and_every_number_a_range_and_a_default_that_fits() -> None:
    for field in dataclasses.fields(Config):
        for name, key in keys_of(field.metadata["section"]).items():
            assert key.help.endswith((".", "= value.")), name
            assert key.allowed(), name
            if key.kind in ("integer", "number"):
                assert key.low < key.high, name
                is_fine = key.default in (None, key.also)
                assert is_fine or key.low <= key.default <= key.high, name


def test_the_display_is_a_file_that_reads_back_to_the_same() -> None:
    config = parse(SMALLEST + '[limits]\nmax_a = 20\n[session]\non_power_return = "end"\n')
    assert parse(as_toml(config)) == config
    assert json.loads(json.dumps(as_data(config)))["limits"] == {
        "max_a": 20.0,
        "stale_meter_a": 6,
        "offline_hold_s": 300.0,
        "enforce": True,
        "enforce_margin_a": 1.0,
        "enforce_margin_percent": 5.0,
    }


def test_the_display_masks_tags_and_what_sounds_secret() -> None:
    text = (
        SMALLEST + '[board.reader]\nwifi_password = "hunter2"\n[authorise]\ntags = ["04A224B1"]\n'
    )
    shown = as_toml(parse(text, checkers=Checkers(board=lambda board: lambda key, value: None)))
    assert "hunter2" not in shown
    assert "04A224B1" not in shown
    assert 'tags = ["***24B1"]' in shown
    assert 'wifi_password = "***"' in shown
