"""Whatever is sent: 4xx with a sentence, never 5xx, and nothing is changed."""

import json
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.access.roles import Role
from ampkeeper.firmware.faces.web.routes import ROWS, Row
from tests.unit.web.test_routes_and_roles import BY_NAME, FITTING, OPEN, path_of
from tests.unit.web.web_rig import WebRig

EXAMPLES = int(os.environ.get("AMPKEEPER_FUZZ_EXAMPLES", "3"))  # of each route
CHANGES = sorted(name for name in BY_NAME if BY_NAME[name].is_change)
WITH_BODY = sorted(name for name in CHANGES if BY_NAME[name].body and name != "put_prices")
FUZZ = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TEXT = st.text(max_size=60) | st.sampled_from(
    ["\x00", "../../etc/passwd", "';--", "$(id)", "\ud800"]
)
LEAF = (
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT
    | st.sampled_from([2**31, 2**63, 10**400, -1, 1e308])
)  # fmt: skip
JSON = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


async def refused(rig: WebRig, row: Row, **more: Any) -> None:
    answer = await rig.ask(row.method, more.pop("path", path_of(row)), **more)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["error"]
    assert (rig.asked, rig.books.audit) == ([], [])
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", WITH_BODY)
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"null", "application/json"),
        (b"\xff", "application/json"),
        (b'{"a": NaN}', "application/json"),
        (b'{"unknown": 1}', "application/json"),
        (b'{"name": "a", "name": "b"}', "application/json"),
        (b"[" * 5_000, "application/json"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "application/json"),
        (b"{}" + b" " * 8_191, "application/json"),
        (b'{"a": 1}', "text/plain"),
        (b'{"a": 1}', "application/x-www-form-urlencoded"),
    ],
)
async def test_a_body_that_cannot_be_is_refused(name: str, content: bytes, kind: str) -> None:
    rig, row = WebRig().enter(Role.OWNER), BY_NAME[name]
    if not content and not (row.body or {}).get("required"):
        return
    await refused(rig, row, content=content, headers={"content-type": kind})


@pytest.mark.parametrize("name", WITH_BODY)
async def test_each_member_is_held_to_its_kind_and_bounds(name: str) -> None:
    row = BY_NAME[name]
    for member, schema in (row.body or {})["properties"].items():
        too_long = "x" * max(2_501, schema.get("maxLength", 0) + 1)
        wrong: list[Any] = [None, [], {}, -1.5, too_long, 10**12]
        if schema["type"] == "array":
            wrong = [None, {}, -1.5, "x", [1], [""], ["x" * 37], ["x"] * 11, [["x"]]]
        elif schema["type"] == "string":
            wrong += [1, True, *([""] if schema.get("minLength") or "enum" in schema else [])]
        elif schema["type"] == "boolean":
            wrong += [0, "true"]
        else:
            wrong += ["1", True, schema["minimum"] - 1, schema["maximum"] + 1]
        for value in wrong:
            rig = WebRig().enter(Role.OWNER)
            await refused(rig, row, body=FITTING[name] | {member: value})


@pytest.mark.parametrize("name", WITH_BODY)
async def test_no_member_may_be_missing_or_unknown(name: str) -> None:
    row = BY_NAME[name]
    for member in (row.body or {})["required"]:
        rig = WebRig().enter(Role.OWNER)
        rest = {key: value for key, value in FITTING[name].items() if key != member}
        await refused(rig, row, body=rest)
    await refused(WebRig().enter(Role.OWNER), row, body=FITTING[name] | {"__proto__": 1})


@pytest.mark.parametrize("name", sorted(set(CHANGES) - set(WITH_BODY) - {"put_prices"}))
async def test_where_no_body_is_asked_for_none_is_taken(name: str) -> None:
    await refused(WebRig().enter(Role.OWNER), BY_NAME[name], body={"evse": 2})


@pytest.mark.parametrize("name", sorted(name for name in BY_NAME if "{" in BY_NAME[name].path))
@pytest.mark.parametrize(
    "value", ["0", "9", "01", "-1", "1.0", "x", "%00", "..%2f..", "1e0", "x" * 99]
)
async def test_what_cannot_stand_in_a_path_is_not_found(name: str, value: str) -> None:
    row = BY_NAME[name]
    if "{name}" in row.path:
        return
    rig = WebRig().enter(Role.OWNER)
    user = "1000001" if value == "9" else value
    path = (
        row.path.replace("{user}", user)
        .replace("{evse}", value)
        .replace("{fault}", value)
        .replace("{file}", value)
        .replace("{payment}", value)
    )
    answer = await rig.ask(row.method, path, FITTING.get(name))
    assert answer.status_code == 404
    assert (rig.asked, rig.books.audit) == ([], [])


@pytest.mark.parametrize("name", ["nobody", "%00", "x" * 40, "a%2fb", "%ed%a0%80"])
async def test_somebody_who_is_not_there_cannot_be_changed(name: str) -> None:
    for method, path in (("DELETE", "users"), ("DELETE", "tokens")):
        rig = WebRig().enter(Role.OWNER)
        answer = await rig.ask(method, f"/api/v1/{path}/{name}")
        assert answer.status_code in (404, 409)
        assert rig.books.meta == {}


@pytest.mark.parametrize("name", sorted(BY_NAME))
async def test_an_unknown_or_doubled_query_is_refused(name: str) -> None:
    row = BY_NAME[name]
    queries = ["x=1", "limit=1&limit=2", "limit=", "limit=-1", "limit=1.5", "limit=99999999999999"]
    for query in queries:
        rig = WebRig().enter(Role.OWNER)
        answer = await rig.ask(row.method, f"{path_of(row)}?{query}", FITTING.get(name))
        assert answer.status_code == 400
        assert (rig.asked, rig.books.audit) == ([], [])


@pytest.mark.parametrize(
    "path",
    [
        "/x",
        "/api",
        "/api/v1",
        "/api/v1/state/",
        "//api/v1/state",
        "/API/V1/STATE",
        "/%",
        "/prices/",
    ],
)
async def test_another_path_is_no_page(path: str) -> None:
    answer = await WebRig().enter(Role.OWNER).ask("GET", path)
    assert answer.status_code == 404
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("name", WITH_BODY)
@FUZZ
@given(value=JSON)
async def test_no_json_at_all_breaks_anything(name: str, value: Any) -> None:
    rig, row = WebRig().enter(Role.OWNER), BY_NAME[name]
    if value == {} and not (row.body or {})["required"]:
        return
    content = json.dumps(value).encode()
    await refused(rig, row, content=content, headers={"content-type": "application/json"})


@FUZZ
@given(
    name=st.sampled_from(sorted(BY_NAME)),
    headers=st.dictionaries(
        st.sampled_from(["cookie", "authorization", "origin", "content-type", "content-length",
                         "x-csrf-token", "if-none-match", "last-event-id", "accept-language"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80),
        max_size=4,
    ),
)  # fmt: skip
async def test_no_header_at_all_breaks_anything(name: str, headers: dict[str, str]) -> None:
    rig, row = WebRig(), BY_NAME[name]
    answer = await rig.ask(row.method, path_of(row), headers=headers)
    assert answer.status_code < 500
    if name not in OPEN:
        assert answer.status_code >= 400
        assert (rig.asked, rig.books.audit) == ([], [])


def test_every_route_is_here() -> None:
    assert len(BY_NAME) == len(ROWS) - 2, "but the live one and the file"
