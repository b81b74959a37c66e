"""Whom the audit names: by number, with what changes, and never by name or card."""

from typing import Any

import pytest

from ampkeeper.firmware.station.whom import whom
from ampkeeper.firmware.users.book import User, UserBook, removed

BOOK = UserBook((User(1, "Anna", ("A1",)), removed(User(2, "Bob")), User(7, "Eve", ("E1",))))


@pytest.mark.parametrize(
    ("verb", "arguments", "said"),
    [
        ("user", {"action": "add", "user": "Zoe", "add_cards": ["C1", "C2"]}, "user=#8 cards+2"),
        (
            "user",
            {"action": "change", "user": "anna", "budget_kwh": 150, "until": "2026-12-01"},
            "user=#1 until=2026-12-01 budget_kwh=150",
        ),
        ("user", {"action": "change", "user": "#7", "cards": ["E2"]}, "user=#7 cards=1"),
        ("user", {"action": "change", "user": 7, "called": "Eva"}, "user=#7 called otherwise"),
        ("user", {"action": "change", "user": "Eve", "drop_cards": ["E1"]}, "user=#7 cards-1"),
        ("user", {"action": "remove", "user": "Nobody"}, "user=?"),
        ("user", {"action": "remove"}, "user=?"),
        ("user", {"action": "learn", "user": "Eve", "for_s": 30}, "user=#7 for_s=30"),
        ("user", {"action": "import", "table": "name,cards\nRita,F1\n"}, "lines=2"),
        ("user", {"action": "import", "table": 5}, ""),
        ("privacy", {"action": "delete", "user": "Bob"}, "user=#2"),
        ("privacy", {"action": "delete", "card": "e1"}, "user=#7"),
        ("privacy", {"action": "delete", "card": "F9"}, "a card of nobody"),
        ("privacy", {"action": "delete", "card": ["F9"]}, "user=?"),
        ("limit", {"current_a": 10}, ""),
    ],
)
def test_it_says_whom_and_what(verb: str, arguments: dict[str, Any], said: str) -> None:
    assert whom(BOOK, verb, arguments) == said


@pytest.mark.parametrize("name", ["user", "from", "until", "budget_kwh", "add_cards", "called"])
def test_whatever_is_sent_is_short(name: str) -> None:
    for value in ("x" * 5_000, ["x" * 5_000] * 50, {"x": "y"}):
        said = whom(BOOK, "user", {"action": "change", "user": "Anna", name: value})
        assert len(said) <= 60
