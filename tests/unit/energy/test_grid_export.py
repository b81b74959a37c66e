"""An export of the evidence: as the station wrote it, or refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.energy.grid_evidence import BEGIN, KINDS, GridEvent, chained
from ampkeeper.firmware.energy.grid_export import (
    Export,
    ExportRefused,
    check,
    make_key,
    public_key,
    read,
    signed,
    to_csv,
    to_json,
)

AT = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
KEY = make_key()
TRUSTED = public_key(KEY)
FORMS = pytest.mark.parametrize("form", [to_csv, to_json])


def rows() -> list[GridEvent]:
    made: list[GridEvent] = []
    for number, kind in enumerate(KINDS):
        at = AT + timedelta(seconds=number)
        event = GridEvent(at, kind, 4_200, None if number else 11_040, "line", '§14a, so, "now"')
        made.append(chained(event, made[-1].digest if made else BEGIN))
    return made


def rechained(events: list[GridEvent]) -> list[GridEvent]:
    """What a forger makes of the rows who knows how the chain is made."""
    made: list[GridEvent] = []
    for event in events:
        made.append(chained(event, made[-1].digest if made else events[0].previous))
    return made


@FORMS
@pytest.mark.parametrize("count", [0, 1, len(KINDS)])
def test_what_was_written_is_read_and_trusted(form: Callable[[Export], str], count: int):
    export = signed(rows()[:count], KEY)
    assert read(form(export)) == export
    assert read(form(export).replace("\n", "\r\n")) == export
    check(read(form(export)), TRUSTED)
    check(read(form(export)), f" {TRUSTED.upper()}\n")


@FORMS
@pytest.mark.parametrize(
    ("forge", "words"),
    [
        (lambda made: [replace(made[0], commanded_w=9_000), *made[1:]], "row 1 is not as written"),
        (lambda made: [made[1], made[0], *made[2:]], "row 2 is not as written"),
        (lambda made: made[:1] + made[2:], "row 2 is not as written"),
        (lambda made: made[1:], "the signature is not for these rows"),
        (lambda made: made[:-1], "the signature is not for these rows"),
        (lambda made: [], "the signature is not for these rows"),
        (
            lambda made: rechained([replace(made[0], measured_w=4_000), *made[1:]]),
            "the signature is not for these rows",
        ),
    ],
)
def test_what_was_changed_cut_or_reordered_is_refused(
    form: Callable[[Export], str], forge: Callable[[list[GridEvent]], list[GridEvent]], words: str
):
    forged = replace(signed(rows(), KEY), events=tuple(forge(rows())))
    with pytest.raises(ExportRefused, match=words):
        check(read(form(forged)), TRUSTED)


def test_a_forger_who_signs_himself_is_another_station():
    with pytest.raises(ExportRefused, match="another station signed it"):
        check(signed(rows(), make_key()), TRUSTED)
    with pytest.raises(ExportRefused, match="the signature is not for these rows"):
        check(replace(signed(rows(), make_key()), public_key=TRUSTED), TRUSTED)


@pytest.mark.parametrize("trusted", ["", "f", "zz" * 32, "ab" * 31])
def test_a_key_that_is_none_trusts_nothing(trusted: str):
    with pytest.raises(ExportRefused):
        check(replace(signed(rows(), KEY), public_key=trusted), trusted)
    with pytest.raises(ExportRefused, match="cannot be read"):
        public_key(trusted)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no export"),
        ("at,kind\n", "no export"),
        (to_csv(signed(rows(), KEY)).rpartition("# ed")[0], "its end was cut off"),
        (to_csv(signed(rows(), KEY))[:-200], "its end was cut off"),
        (to_csv(signed(rows(), KEY)).replace("4200", "4200.5"), "row 1: invalid literal"),
        (to_csv(signed(rows(), KEY)).replace("2026-", "26-"), "row 1: at: Invalid isoformat"),
        (to_csv(signed(rows(), KEY)).replace("4200,", ""), "row 1: 7 columns, 8 are wanted"),
        ("{", "no signed export"),
        ("{" * 100_000, "no signed export"),
        ('{"events": 1, "public_key": "", "signature": ""}', "are wanted"),
        ('{"events": [1], "public_key": "", "signature": ""}', "row 1: must have at, kind"),
        (to_json(signed(rows(), KEY)).replace("4200", "true"), "powers are whole numbers"),
        (to_json(signed(rows(), KEY)).replace('"line"', "1"), "the rest is text"),
        ("x" * 40_000_001, "at most 40000000"),
    ],
)
def test_what_is_no_export_is_refused_with_what_and_where(text: str, words: str):
    with pytest.raises(ExportRefused, match=words):
        read(text)


@given(st.text(max_size=60), st.integers(0, 3_000), st.booleans())
def test_no_text_raises_anything_else(text: str, place: int, is_json: bool):
    whole = (to_json if is_json else to_csv)(signed(rows(), KEY))
    for each in (text, whole[:place] + text + whole[place:]):
        try:
            check(read(each), TRUSTED)
        except ExportRefused:
            continue


def test_json_is_one_document():
    told = json.loads(to_json(signed(rows(), KEY)))
    assert [row["kind"] for row in told["events"]] == list(KINDS)
    assert told["public_key"] == TRUSTED
