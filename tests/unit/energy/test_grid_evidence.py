"""The evidence of the grid operator's orders: a row that was tampered with shows."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ampkeeper.firmware.energy.grid_evidence import (
    BEGIN,
    KINDS,
    GridEvent,
    as_csv,
    as_json,
    chained,
    first_broken,
)

AT = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


def rows() -> list[GridEvent]:
    made: list[GridEvent] = []
    for number, kind in enumerate(KINDS):
        at = AT + timedelta(seconds=number)
        event = GridEvent(at, kind, 4_200, None if number else 11_040, "line", "§14a")
        made.append(chained(event, made[-1].digest if made else BEGIN))
    return made


def test_a_chain_as_it_was_written_is_whole_also_without_its_oldest_rows():
    assert first_broken(rows()) is None
    assert first_broken(rows()[2:]) is None
    assert first_broken([]) is None


@pytest.mark.parametrize(
    "change",
    [
        {"at": AT + timedelta(hours=1)},
        {"commanded_w": 11_000},
        {"measured_w": 4_000},
        {"reason": "another"},
        {"previous": "f" * 64},
        {"digest": "f" * 64},
    ],
)
def test_a_changed_row_shows(change: dict[str, object]):
    made = rows()
    made[2] = replace(made[2], **change)
    assert first_broken(made) == 2


def test_a_row_left_out_or_exchanged_shows():
    made = rows()
    assert first_broken(made[:1] + made[2:]) == 1
    assert first_broken([made[0], made[2], made[1]]) == 1


def test_exports_hold_every_row_and_say_unknown_as_nothing():
    table = list(csv.DictReader(io.StringIO(as_csv(rows()))))
    told = json.loads(as_json(rows()))
    assert [row["kind"] for row in table] == [row["kind"] for row in told] == list(KINDS)
    assert (table[0]["measured_w"], table[1]["measured_w"]) == ("11040", "")
    assert told[1]["measured_w"] is None
