"""Reports of 2.0.1, whatever is asked for: what fits and nothing else, whole, in pages."""

import os
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.device_model.variable import WRITE_ONLY
from ampkeeper.firmware.ocpp.device import model_of, setting_of
from ampkeeper.firmware.ocpp.schemas import schemas_for
from ampkeeper.firmware.ocpp.v201.device_model import place_of
from ampkeeper.firmware.ocpp.v201.dialect import Dialect201
from ampkeeper.firmware.ocpp.v201.reports import ITEMS_PER_REPORT, pages
from tests.unit.ocpp_dialects.station_fake import FakeStation

EXAMPLES = int(os.environ.get("AMPKEEPER_MODEL_EXAMPLES", "15"))
SCHEMAS = schemas_for("ocpp2.0.1")
CRITERIA = {"Active": "true", "Available": "true", "Enabled": "true", "Problem": "true"}
MODEL = list(model_of((1, 2), FakeStation().variable))
PLACES = [place_of(variable) for variable in MODEL]
LONG = [
    variable
    for variable in MODEL
    if variable.is_settable
    and variable.characteristics.kind == "string"
    and setting_of(variable).form is None  # else not every letter will do
]

Row = dict[str, Any]


def report(dialect: Dialect201, action: str, **asked: Any) -> list[Row]:
    """The rows, from pages that are as they must be; none: EmptyResultSet."""
    answer: Any = dialect.handle(action, {"requestId": 7} | asked)
    assert SCHEMAS.check_response(action, answer.payload) is None
    if answer.payload["status"] == "EmptyResultSet":
        assert answer.follow == ()
        return []
    assert answer.payload["status"] == "Accepted"
    told = [call.payload for call in answer.follow[0].calls]
    assert_pages(told, 7)
    return [row for page in told for row in page["reportData"]]


def assert_pages(told: list[Row], request_id: int) -> None:
    """B07.FR.04, FR.10, B08.FR.04, FR.14."""
    assert [page["seqNo"] for page in told] == list(range(len(told)))
    assert [page["tbc"] for page in told] == [True] * (len(told) - 1) + [False]
    assert {page["requestId"] for page in told} == {request_id}
    for page in told:
        assert SCHEMAS.check_request("NotifyReport", page) is None
    assert_full(told)


def assert_full(told: list[Row]) -> None:
    """Every page is full but the last, which holds the rest."""
    count = sum(len(page["reportData"]) for page in told)
    full, rest = divmod(count, ITEMS_PER_REPORT)
    sizes = [ITEMS_PER_REPORT] * full + [rest] * (rest > 0)
    assert [len(page["reportData"]) for page in told] == sizes


def key_of(row: Row) -> str:
    return str((row["component"], row["variable"]))


@st.composite
def wishes(draw: st.DrawFn) -> list[Row]:
    """Components and variables that are there, with parts left out, and some that are not."""
    found = []
    for place in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=4)):
        component, variable = dict(place["component"]), dict(place["variable"])
        for name in ("evse", "instance"):
            if draw(st.booleans()):
                component.pop(name, None)
        if draw(st.booleans()):
            variable.pop("instance", None)
        if draw(st.integers(0, 9)) == 0:
            component["name"] = "NoSuchComponent"
        found.append(
            {"component": component} | ({"variable": variable} if draw(st.booleans()) else {})
        )
    return found


def is_meant(row: Row, wish: Row) -> bool:
    """What is left out of a wish means any; what is there is compared (B08.FR.20 to FR.25)."""
    asked, here = wish["component"], row["component"]
    is_place = "evse" not in asked or is_within(here.get("evse", {}), asked["evse"])
    named = {name: asked[name] for name in ("name", "instance") if name in asked}
    if not is_within(here, named) or not is_place:
        return False
    wanted = wish.get("variable")
    return wanted is None or is_within(row["variable"], wanted)


def is_within(whole: Row, part: Row) -> bool:
    return all(whole.get(name) == value for name, value in part.items())


@settings(max_examples=EXAMPLES)
@given(wishes(), st.lists(st.sampled_from(sorted(CRITERIA)), unique=True, max_size=3))
def test_a_report_is_what_fits_of_the_full_inventory(asked: list[Row], criteria: list[str]) -> None:
    """B08.FR.05, FR.07 to FR.11, FR.13, FR.15."""
    dialect = Dialect201(FakeStation())
    full = report(dialect, "GetBaseReport", reportBase="FullInventory")
    more = {"componentCriteria": criteria} if criteria else {}
    found = report(dialect, "GetReport", componentVariable=asked, **more)
    expected = [
        row
        for row in full
        if any(is_meant(row, wish) for wish in asked)
        and (not criteria or any(meets(row, each, full) for each in criteria))
    ]
    assert sorted(map(key_of, found)) == sorted(map(key_of, expected))


def meets(row: Row, criterion: str, full: list[Row]) -> bool:
    """Of its component the variable says so, or is not there; a problem has to be there."""
    told = [
        other["variableAttribute"][0].get("value")
        for other in full
        if other["component"] == row["component"] and other["variable"] == {"name": criterion}
    ]
    return told == ["true"] or (not told and criterion != "Problem")


@given(st.lists(st.integers(), min_size=1, max_size=90), st.integers(0, 2**31 - 1))
def test_pages_hold_every_row_once_in_order(rows: list[int], request_id: int) -> None:
    made: list[Row] = [{"at": row} for row in rows]
    told = [call.payload for call in pages(made, request_id, "2026-11-22T12:00:00Z")]
    assert [row for page in told for row in page["reportData"]] == made
    assert [page["seqNo"] for page in told] == list(range(len(told)))
    assert [page["tbc"] for page in told] == [True] * (len(told) - 1) + [False]
    assert_full(told)


@settings(max_examples=EXAMPLES)
@given(st.sampled_from(LONG), st.integers(0, 1))
def test_a_text_is_accepted_up_to_its_length_and_no_longer(variable: Any, over: int) -> None:
    """B05.FR.07: what is told as the most is the most."""
    most = int(setting_of(variable).highest or 0)
    if not 1 < most < 1_000:
        return
    dialect = Dialect201(FakeStation())
    item = place_of(variable) | {"attributeValue": "A" * (most + over)}
    answer: Any = dialect.handle("SetVariables", {"setVariableData": [item]})
    (result,) = answer.payload["setVariableResult"]
    assert (result["attributeStatus"] == "Rejected") == (over > 0)


@settings(max_examples=EXAMPLES)
@given(st.lists(st.sampled_from(MODEL), min_size=1, max_size=20))
def test_each_item_has_its_own_result_in_order(chosen: list[Any]) -> None:
    """B05.FR.01, FR.02, B06.FR.01, FR.02: also where some are refused."""
    station = FakeStation()
    dialect = Dialect201(station)
    items = [place_of(variable) for variable in chosen]
    asked: Any = dialect.handle("GetVariables", {"getVariableData": items})
    results = asked.payload["getVariableResult"]
    assert [key_of(each) for each in results] == [key_of(each) for each in items]
    for variable, result in zip(chosen, results, strict=True):
        is_secret = variable.attributes[0].access == WRITE_ONLY
        assert result["attributeStatus"] == ("Rejected" if is_secret else "Accepted")
    again = [item | {"attributeValue": "?"} for item in items]
    set_: Any = dialect.handle("SetVariables", {"setVariableData": again})
    told = set_.payload["setVariableResult"]
    assert [key_of(each) for each in told] == [key_of(each) for each in items]
