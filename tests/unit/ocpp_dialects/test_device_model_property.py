"""What is accepted is told and reported so, what is refused changes nothing, whatever it is."""

import os
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.device_model.variable import WRITE_ONLY
from ampkeeper.firmware.ocpp.device import model_of, setting_of, value_text
from ampkeeper.firmware.ocpp.schemas import schemas_for
from ampkeeper.firmware.ocpp.v201.device_model import place_of
from ampkeeper.firmware.ocpp.v201.dialect import Dialect201
from tests.unit.ocpp_dialects.station_fake import FakeStation

EXAMPLES = int(os.environ.get("AMPKEEPER_MODEL_EXAMPLES", "15"))
SCHEMAS = schemas_for("ocpp2.0.1")
MODEL = list(model_of((1, 2), FakeStation().variable))
SETTABLE = [variable for variable in MODEL if variable.is_settable]
TEXTS = st.one_of(
    st.integers(-10, 100_000).map(str),
    st.sampled_from(["true", "false", "", "A", "1", "0.5", "100.0", "1e3", "-0"]),
    st.text(max_size=60),
)
LISTED = st.sampled_from([variable for variable in SETTABLE if variable.characteristics.allowed])


def asked(dialect: Dialect201, action: str, payload: dict[str, Any]) -> Any:
    if SCHEMAS.check_request(action, payload) is not None:
        return None  # it would not come so far
    answer = dialect.handle(action, payload)
    assert answer.error is None
    assert SCHEMAS.check_response(action, answer.payload) is None
    return answer


@settings(max_examples=EXAMPLES)
@given(st.data())
def test_what_is_accepted_is_told_and_reported_and_what_is_refused_is_not(
    data: st.DataObject,
) -> None:
    station = FakeStation()
    dialect = Dialect201(station)
    before = {variable.known_as: value_text(variable, "Actual", station) for variable in MODEL}
    variable = data.draw(st.one_of(st.sampled_from(MODEL), LISTED))
    possible = variable.characteristics.allowed
    texts = TEXTS
    if possible:
        texts |= st.lists(st.sampled_from(possible), max_size=4).map(",".join)
    text = data.draw(texts)
    item = place_of(variable)
    answer = asked(dialect, "SetVariables", {"setVariableData": [item | {"attributeValue": text}]})
    if answer is None:
        return
    (result,) = answer.payload["setVariableResult"]
    is_set = result["attributeStatus"] in ("Accepted", "RebootRequired")
    assert is_set <= variable.is_settable
    told = asked(dialect, "GetVariables", {"getVariableData": [item]})
    (now,) = told.payload["getVariableResult"]
    is_secret = variable.attributes[0].access == WRITE_ONLY
    assert ("attributeValue" in now) != is_secret
    after = {each.known_as: value_text(each, "Actual", station) for each in MODEL}
    others = {name for name in after if name != variable.known_as}
    assert {name: after[name] for name in others} == {name: before[name] for name in others}
    if not is_set:
        assert after == before
    report = asked(dialect, "GetReport", {"requestId": 1, "componentVariable": [item]})
    rows = [row for call in report.follow[0].calls for row in call.payload["reportData"]]
    (row,) = [each for each in rows if each["variable"] == item["variable"]]
    assert row["variableAttribute"][0].get("value") == now.get("attributeValue")


@given(st.sampled_from(SETTABLE), st.integers(-(2**31), 2**31))
@settings(max_examples=EXAMPLES)
def test_a_number_is_accepted_within_its_limits_and_nowhere_else(
    variable: Any, number: int
) -> None:
    if variable.characteristics.kind not in ("integer", "decimal"):
        return
    station = FakeStation()
    item = place_of(variable) | {"attributeValue": str(number)}
    answer = asked(Dialect201(station), "SetVariables", {"setVariableData": [item]})
    (result,) = answer.payload["setVariableResult"]
    given_limits = variable.characteristics
    is_within = given_limits.lowest <= number <= given_limits.highest
    assert (result["attributeStatus"] != "Rejected") == is_within
    assert setting_of(variable).kind.value == given_limits.kind
