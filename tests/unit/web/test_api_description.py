"""The description for programs is what is served, and what the file says."""

from pathlib import Path

import jsonschema

from ampkeeper.firmware.access.roles import Role
from ampkeeper.firmware.faces.web import reference
from ampkeeper.firmware.faces.web.openapi import describe
from ampkeeper.firmware.faces.web.routes import ROWS
from tests.unit.web.web_rig import WebRig

FILE = Path(reference.__file__).parent / reference.FILE


def test_the_file_is_made_from_the_table() -> None:
    wanted = "run `python -m ampkeeper.firmware.faces.web.reference`"
    assert FILE.read_text("utf-8") == reference.description_text(), wanted


async def test_the_same_is_served() -> None:
    served = (await WebRig().enter(Role.GUEST).ask("GET", "/api/v1/openapi.json")).json()
    assert served == describe(ROWS)


def test_each_operation_has_a_name_of_its_own_and_each_schema_is_one() -> None:
    whole = describe(ROWS)
    names = [one["operationId"] for path in whole["paths"].values() for one in path.values()]
    assert len(set(names)) == len(ROWS)
    for row in ROWS:
        for schema in (row.body or {}, *row.query.values()):
            jsonschema.Draft202012Validator.check_schema(dict(schema))


async def test_the_state_is_as_it_is_described() -> None:
    whole = describe(ROWS)
    told = (await WebRig().enter(Role.OWNER).ask("GET", "/api/v1/state")).json()
    schema = {"$ref": "#/components/schemas/State", "components": whole["components"]}
    jsonschema.Draft202012Validator(schema).validate(told)
