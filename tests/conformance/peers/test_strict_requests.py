"""Every request of a strict central system, good and bad: each gets the standard's answer."""

import json
from collections.abc import AsyncIterator, Iterator
from copy import deepcopy
from typing import Any

import pytest
import pytest_asyncio

from tests.conformance.peers.strict_requests import BAD, GOOD, KNOWN_NOT_SERVED, LIMITED
from tests.conformance.peers.strict_rig import StrictRig, strict_rig
from tests.support.rig import VERSIONS

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="module")]

# Put in the place of each value of a good payload, one at a time.
STRANGERS: tuple[Any, ...] = (
    None,
    "",
    "x" * 3000,
    "Inoperative",
    -1,
    1.5,
    2**40,
    True,
    [],
    {},
    ["x"],
    {"x": 1},
)
STARTERS = {"Reset", "RemoteStartTransaction", "RequestStartTransaction"}  # not when good


@pytest_asyncio.fixture(params=VERSIONS, scope="module", loop_scope="module")
async def rig(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[StrictRig]:
    """One for all tests here: each leaves it as it was."""
    async with strict_rig(tmp_path_factory.mktemp("charger"), request.param) as made:
        yield made


async def test_every_good_request_gets_its_answer(rig: StrictRig) -> None:
    for action, payload, status in GOOD[rig.version]:
        reply = await rig.peer.call(action, payload)
        assert (reply.result is not None, reply.status) == (True, status), (action, payload, reply)


async def test_every_bad_request_gets_its_error_and_changes_nothing(rig: StrictRig) -> None:
    before = await rig.charger.state()
    for action, payload, code in BAD[rig.version]:
        assert await rig.peer.objection(action, payload) != "", (action, payload)
        reply = await rig.peer.call_unchecked(action, payload)
        assert reply.code == code, (action, payload, reply)
    after = await rig.charger.state()
    assert after | {"time": ""} == before | {"time": ""}


async def test_what_is_known_is_not_supported_and_what_is_not_is_not_implemented(
    rig: StrictRig,
) -> None:
    action, payload = KNOWN_NOT_SERVED[rig.version]
    assert (await rig.peer.call(action, payload)).code == "NotSupported"
    assert (await rig.peer.call_unchecked("BrewCoffee", {})).code == "NotImplemented"


async def test_broken_frames_are_answered_as_the_version_says_and_then_all_goes_on(
    rig: StrictRig,
) -> None:
    wrong_shape = "FormationViolation" if rig.is_16 else "RpcFrameworkError"
    assert (await rig.peer.send('[2,"a1","ClearCache"]', "a1")).code == wrong_shape
    assert (await rig.peer.send('[2,"a2",{"a":1},{}]', "a2")).code == wrong_shape
    if not rig.is_16:  # 1.6 has no id to answer to
        assert (await rig.peer.send("no JSON", "-1")).code == "RpcFrameworkError"
        assert (await rig.peer.send("[" * 100_000, "-1")).code == "RpcFrameworkError"
        assert (await rig.peer.send('[9,"a3"]', "a3")).code == "MessageTypeNotSupported"
    assert (await rig.peer.call("ClearCache", {})).status == "Accepted"


async def test_the_station_refuses_what_the_package_refuses_and_nothing_else(
    rig: StrictRig,
) -> None:
    """Two sets of schemas, made by different people, on every payload one value away from good."""
    differing: list[str] = []
    for action, good, _ in GOOD[rig.version]:
        for payload in neighbors(good):
            is_good = await rig.peer.objection(action, payload) == ""
            if is_good and action in STARTERS:
                continue
            reply = await rig.peer.call_unchecked(action, payload)
            if (reply.result is not None) != is_good:
                differing.append(f"{action} {json.dumps(payload)[:200]}: {reply}")
    assert await rig.change_availability("Operative") == "Accepted"  # as it was
    assert differing == []


async def test_limits_with_one_decimal_are_taken_and_finer_ones_only_in_2_0_1(
    rig: StrictRig,
) -> None:
    """1.6 limits are multiples of 0.1, which binary fractions are not."""
    make, action = LIMITED[rig.version]
    refused = []
    for tenths in range(401):
        reply = await rig.peer.call(action, make(tenths / 10))
        refused += [tenths] if reply.status != "Rejected" else []  # there is no EVSE 9
    assert refused == []
    for limit_a in (16.15, 0.01, 6.05):
        assert (await rig.peer.objection(action, make(limit_a)) != "") == rig.is_16
        reply = await rig.peer.call_unchecked(action, make(limit_a))
        assert reply.status == ("PropertyConstraintViolation" if rig.is_16 else "Rejected"), limit_a


def neighbors(payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Payloads with one value replaced, left out, or added."""
    yield {**payload, "surplus": 1}
    for path in paths(payload):
        for stranger in STRANGERS:
            changed = deepcopy(payload)
            place(changed, path)[path[-1]] = stranger
            yield changed
        shorter = deepcopy(payload)
        del place(shorter, path)[path[-1]]
        yield shorter


def paths(payload: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Where there is a value: keys and indices from the root."""
    found: list[tuple[Any, ...]] = []
    waiting: list[tuple[tuple[Any, ...], Any]] = [((), payload)]
    while waiting:
        path, value = waiting.pop()
        if path:
            found.append(path)
        if isinstance(value, dict):
            waiting += [((*path, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, index), inner) for index, inner in enumerate(value)]
    return found


def place(payload: Any, path: tuple[Any, ...]) -> Any:
    """What holds the last step of a path."""
    for step in path[:-1]:
        payload = payload[step]
    return payload
