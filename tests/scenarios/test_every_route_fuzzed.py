"""Each route of a charger that runs, asked by schemathesis for what its description forbids.

Missing, extra, overlong, wrong-typed and hostile values get 4xx with a sentence, and nothing is
changed; what the description allows is done, or refused with a sentence. Never is it 5xx.
``AMPKEEPER_FUZZ_EXAMPLES`` says how many of each kind there are for each route.
"""

import copy
import os
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings

from ampkeeper.firmware.faces.web.openapi import describe
from ampkeeper.firmware.faces.web.routes import ROWS
from tests.scenarios.web_process import Charger, charger_with_page

schemathesis = pytest.importorskip("schemathesis", reason="no wheel for 32-bit ARM")
checks = pytest.importorskip("schemathesis.specs.openapi.checks")

EXAMPLES = int(os.environ.get("AMPKEEPER_FUZZ_EXAMPLES", "2"))
HOW = settings(
    max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
TIMEOUT_S = 30.0
LIVE = "get_events"  # never ends
ENDS_IT = {  # what would take the charger, or the way in, from the test
    "post_restart",
    "post_setup",
    "post_login",
    "post_password",
}
FILE = "put_update_image"  # any bytes are an image until they are looked at
NAMES = sorted(row.name for row in ROWS if row.name not in (LIVE, FILE))
WITH_WORDS = [row.name for row in ROWS if row.name in NAMES and (row.body or row.query)] + [
    row.name for row in ROWS if row.name in NAMES and "{" in row.path and row.body is None
]
ANYTHING_GOES = {"get_page_file", "put_prices"}  # a name that is not there; prices are read later
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,  # knows what is no longer forbidden once it is on the wire
]
BY_THE_STATION = 409  # it was allowed by the description, and looked at
told: Counter[str] = Counter()  # which answers there were

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def charger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Charger]:
    with charger_with_page(tmp_path_factory.mktemp("fuzzed")) as running:
        yield running
    print(f"answers: {sorted(told.items())}")


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as made:
        yield made


@cache
def operations() -> dict[str, Any]:
    """By name; who asks is no part of what is tried, so every request shows the same token."""
    whole = copy.deepcopy(describe(ROWS))
    del whole["security"]
    del whole["components"]["securitySchemes"]
    for path in whole["paths"].values():
        for operation in path.values():
            operation.pop("security", None)
    schema = schemathesis.openapi.from_dict(whole)
    found = [each.ok() for each in schema.get_all_operations()]
    return {each.definition.raw["operationId"]: each for each in found}


def answer_to(case: Any, charger: Charger, session: requests.Session) -> Any:
    """What comes back, as it is described."""
    answer = case.call(
        base_url=charger.url, session=session, headers=charger.headers, timeout=TIMEOUT_S
    )
    told[f"{answer.status_code}"] += 1
    assert answer.status_code < 500, answer.text
    case.validate_response(answer, checks=CHECKS)
    if answer.status_code >= 400:
        assert len(answer.json()["error"]) > 5
    return answer


@pytest.mark.parametrize("name", sorted(set(WITH_WORDS) - ANYTHING_GOES))
def test_what_is_not_allowed_is_refused_and_changes_nothing(
    name: str, charger: Charger, session: requests.Session
) -> None:
    @HOW
    @given(operations()[name].as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE))
    def each(case: Any) -> None:
        before = charger.newest
        answer = answer_to(case, charger, session)
        if 400 <= answer.status_code != BY_THE_STATION:
            assert charger.newest == before, "somebody asked for a change"

    each()


@pytest.mark.parametrize("name", sorted(set(NAMES) - ENDS_IT))
def test_what_is_allowed_is_done_or_refused(
    name: str, charger: Charger, session: requests.Session
) -> None:
    @HOW
    @given(operations()[name].as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE))
    def each(case: Any) -> None:
        answer_to(case, charger, session)

    each()


def test_the_charger_is_as_well_as_before(charger: Charger) -> None:
    assert charger.get("/api/v1/state")["evses"][0]["faults"] == []
