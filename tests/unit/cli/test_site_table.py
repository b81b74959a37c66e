"""What `ampkeeper site` shows, where this charger leads, follows, or is alone."""

import io
from typing import Any

from ampkeeper.firmware.faces.cli.tables import show

MEMBER = {"name": "left", "station": "AK1", "evse": 1, "circuit": "row", "phases": "L1L2L3"}
MEMBER |= {"safe_a": 6.0, "priority": 0, "follows": True, "granted_a": 12.5}
MEMBER |= {"measured_a": [12.4, 12.4, 0.0]}
CIRCUIT = {"name": "row", "parent": "feeder", "max_a": [63.0] * 3, "measured_by": None}
CIRCUIT |= {"chargers_a": [24.8, 24.8, 0.0], "others_a": [4.0] * 3, "doubt": None}
SITE: dict[str, Any] = {
    "name": "yard",
    "own": "AK1",
    "state": "leading",
    "since": "2026-11-22T12:00:00.000Z",
    "leader": "AK1",
    "term": 3,
    "is_connected": True,
    "problem": None,
    "refused": {},
    "refused_last": None,
    "dropped": 0,
    "members": [MEMBER, MEMBER | {"name": "right", "follows": False, "granted_a": None}],
    "circuits": [CIRCUIT],
}


def shown(answer: dict[str, Any] | None) -> str:
    file = io.StringIO()
    show("site", {"site": answer}, file, 80)
    return " ".join(file.getvalue().split())


def test_who_leads_sees_members_and_circuits() -> None:
    text = shown(SITE)
    for words in ("Site yard: AK1 is leading, since", "12.5 A", "12.4 12.4 0.0 A", "right (away)"):
        assert words in text
    assert "63.0 A 24.8 24.8 0.0 A 4.0 A" in text


def test_who_follows_is_told_whom_to_ask() -> None:
    text = shown(SITE | {"state": "following", "leader": "AK2"})
    assert "AK1 is following, led by AK2" in text
    assert "What others take is as AK2, who leads, told it last." in text


def test_what_is_refused_and_why_nobody_is_heard_is_told() -> None:
    refused = {"refused": {"forged": 3}, "refused_last": "forged: the site's key did not sign it"}
    text = shown(SITE | refused | {"problem": "certificate verify failed"})
    assert "Not in touch with the others: certificate verify failed" in text
    assert "Messages refused: 3 forged; the last: forged: the site's key did not sign" in text


def test_without_a_site_that_is_said() -> None:
    assert "shares no fuse with others" in shown(None)
