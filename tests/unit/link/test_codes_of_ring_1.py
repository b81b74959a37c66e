"""A code that nobody knows never reaches the station: it would have no name for it."""

import pytest

from ampkeeper.firmware.safety import names
from ampkeeper.hal.link.messages import RESULT, STATUS
from ampkeeper.hal.link.reference import fields_of

NAMED = {
    "sequence": names.SEQUENCE_STATES,
    "pilot": names.PILOT_CLASSES,
    "contactor": names.CONTACTOR_STATES,
    "lock": names.LOCK_STATES,
    "limited_by": names.LIMIT_OWNERS,
    "stop_reason": names.STOP_REASONS,
}


@pytest.mark.parametrize("name", NAMED)
def test_a_status_carries_every_code_of_ring_1_and_no_other(name: str) -> None:
    ranges = {field.name: (field.low, field.high) for field in fields_of(STATUS)}
    assert ranges[name] == (0, len(NAMED[name]) - 1)


def test_a_result_carries_every_result_and_no_other() -> None:
    ranges = {field.name: (field.low, field.high) for field in fields_of(RESULT)}
    assert ranges["result"] == (0, len(names.SELF_TEST_RESULTS) - 1)
