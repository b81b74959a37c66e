"""Tables: what a person sees, in 80 and in 120 columns."""

import io
from datetime import timedelta, timezone
from typing import Any

import pytest

from ampkeeper.firmware.faces.cli.limit_tables import clock
from ampkeeper.firmware.faces.cli.tables import show
from tests.unit.cli.answers_of_a_station import ANSWERS, EVSE, FAULTS, STATUS

SHOWN = [*ANSWERS]


def shown(verb: str, width: int = 80, answer: dict[str, Any] | None = None) -> str:
    file = io.StringIO()
    show(verb, answer if answer is not None else ANSWERS[verb], file, width)
    return file.getvalue()


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("verb", SHOWN)
def test_every_table_fits_its_width_and_nothing_is_cut(verb: str, width: int) -> None:
    lines = shown(verb, width).splitlines()
    assert max(len(line) for line in lines) <= width
    assert not any("…" in line for line in lines)


def test_the_status_shows_each_evse_in_a_column() -> None:
    text = shown("status")
    for words in (
        "up, accepted, OCPP 1.6, 3 messages waiting",
        "2026-11-22 12:00:00 UTC",
        "16.0 A, by cable",
        "C2, +6.0 / -12.0 V, 26.7 %",
        "0.120 kWh since 2026-11-22 11:42",
        "card 04A224B1",
        "PeLost, PilotFault",
    ):
        assert words in text
    heads = [line.split() for line in text.splitlines() if "EVSE" in line]
    assert heads == [["EVSE", "1", "EVSE", "2"], ["EVSE", "3"]]


COST = {"text": "0.12 per kWh", "total": 1.345, "as_of": "2026-11-22T11:58:00.000Z"}
COST |= {"is_final": False, "now": 1.4, "is_idle": True}
COST |= {"prices_change": "2026-11-22T19:00:00-05:00"}


def test_a_cost_says_whose_sum_it_is() -> None:
    session = EVSE["session"] | {"cost": COST}
    text = " ".join(
        shown("status", answer=STATUS | {"evses": [EVSE | {"session": session}]}).split()
    )
    for words in ("cost 1.345 at 2026-11-22 11:58:00", "about 1.4 now, idle", "0.12 per kWh"):
        assert words in text
    final = COST | {"is_final": True, "total": 3.31, "prices_change": None}
    session = EVSE["session"] | {"cost": final}
    text = shown("status", answer=STATUS | {"evses": [EVSE | {"session": session}]})
    assert "cost 3.31" in text
    assert "now" not in text
    session = EVSE["session"] | {"cost": final | {"text": "§" * 2_000}}
    text = shown("status", answer=STATUS | {"evses": [EVSE | {"session": session}]})
    assert text.count("§") == 160


def test_sessions_have_a_column_of_costs_only_where_there_are_any() -> None:
    assert "cost" not in shown("sessions")
    first, *others = ANSWERS["sessions"]["sessions"]
    for cost, words in ((COST, "1.345 so far"), (COST | {"is_final": True}, "1.345")):
        text = shown("sessions", 120, {"sessions": [first | {"cost": cost}, *others]})
        assert "cost" in text
        assert words in text


LINK = STATUS["csms"]
DOWN = LINK | {"link": "down", "registration": "none", "state": "waiting", "failures": 2}
DOWN |= {"error": "connection refused", "next_attempt_s": 11.6}


@pytest.mark.parametrize(
    ("link", "words"),
    [
        (LINK, "up since 2026-11-22 11:00:00, heard 12 s ago"),
        (LINK | {"heard_s_ago": None}, "up since 2026-11-22 11:00:00, nothing heard yet"),
        (LINK | {"unanswered": 1}, "heard 12 s ago, 1 call unanswered"),
        (DOWN, "2 attempts failed, next attempt in 12 s: connection refused"),
        (DOWN | {"next_attempt_s": None, "failures": 1}, "1 attempt failed, connecting now"),
        (DOWN | {"failures": 0, "error": None}, "11:00:00, next attempt in 12 s"),
        (DOWN | {"state": "off"}, "down since 2026-11-22 11:00:00, switched off here"),
    ],
)
def test_the_status_tells_how_the_link_fares(link: dict[str, Any], words: str) -> None:
    text = " ".join(shown("status", 120, STATUS | {"csms": link}).split())
    assert words in text


def test_without_a_central_system_there_is_no_word_on_the_link() -> None:
    link = {"link": "down", "registration": "none", "ocpp": None, "queued": 0, "state": "none"}
    assert "since" not in shown("status", answer=STATUS | {"csms": link, "evses": []})


def test_the_status_shows_every_refusal_that_happened_and_no_other() -> None:
    text = " ".join(shown("status", answer=STATUS | {"evses": [EVSE]}).split())
    assert "not taken 12 orders, 3 frames, 1 pilot, 9 line noise bytes, 2 line lost" in text
    for refused, words in (
        (None, "not taken -"),
        ({"orders": 0, "line": {"good": 5, "greetings": 1, "told": 2}}, "not taken none"),
        ({"orders": 0, "line": {}}, "not taken none"),
    ):
        text = shown("status", answer=STATUS | {"evses": [EVSE | {"refused": refused}]})
        assert words in " ".join(text.split())


def test_what_is_not_known_shows_no_number() -> None:
    evse = EVSE | {"power_w": None, "energy_wh": None, "current_a": None, "pilot": None}
    text = shown("status", answer=STATUS | {"evses": [evse]})
    rows = {line.split()[0]: line.split()[1:] for line in text.splitlines() if line.strip()}
    assert [rows[name] for name in ("power", "meter", "current")] == [["-"]] * 3
    assert rows["pilot"] == ["not", "heard", "from"]


def test_the_binding_limit_is_marked() -> None:
    (line,) = (line for line in shown("why").splitlines() if line.strip().startswith("▶ "))
    assert "cable" in line


def test_past_limits_say_for_how_many_changes_a_line_stands() -> None:
    rows = [line.split() for line in shown("why history", 120).splitlines()]
    assert rows[2][-7:] == ["16.0", "A", "cable", "resistor", "of", "the", "plug"]
    assert rows[3][-14:-9] == ["0.0", "A", "profile_default", "14", "[red]charging"]
    assert "No limit changed" in shown("why history", answer={"changes": []})


def test_why_begins_with_a_sentence_and_tells_what_each_limit_becomes() -> None:
    lines = shown("why", 140).splitlines()
    assert lines[0].startswith("EVSE 1: 16 A because resistor of the plug, since ")
    (row,) = (" ".join(line.split()) for line in lines if "TxDefaultProfile" in line)
    assert row.endswith("(L1 20.0 A, L2 24.0 A, L3 32.0 A)")
    assert " 6 A TxDefaultProfile 7" in row


@pytest.mark.parametrize(
    ("text", "told"),
    [("2001-01-01T23:30:00.000Z", "01-02 00:30"), ("tomorrow", "tomorrow"), (None, "-")],
)
def test_since_when_is_told_on_the_wall_s_clock(text: str | None, told: str) -> None:
    assert clock(text, timezone(timedelta(hours=1))) == told


def test_a_session_shows_how_long_it_lasted_or_that_it_runs() -> None:
    text = shown("sessions")
    assert "8:32 h" in text
    assert "running" in text
    assert "5f8ed2a6" not in text
    (line,) = (line for line in shown("sessions", 120).splitlines() if "running" in line)
    assert line.split()[-2:] == ["4711", "5f8ed2a6"]


def test_nothing_to_show_is_said_in_words() -> None:
    assert shown("sessions", answer={"sessions": []}) == "No sessions yet.\n"
    assert shown("tag list", answer={"tags": [], "count": 0}) == "No card is remembered.\n"
    assert "No active faults." in shown("faults", answer={"active": [], "history": []})
    assert "No active faults." not in shown("faults", answer=FAULTS)


def test_text_from_outside_is_neither_markup_nor_control() -> None:
    assert "[red]?[31mX" in shown("tag list")


def test_a_time_that_is_none_is_shown_as_it_came() -> None:
    tag = {"token": "a", "status": "Accepted", "expires": "tomorrow", "from": "cache"}
    tags = {"tags": [tag], "count": 1}
    assert "tomorrow" in shown("tag list", answer=tags)


def test_of_many_cards_the_number_is_told() -> None:
    assert "and 1000 more" in shown("tag list")
