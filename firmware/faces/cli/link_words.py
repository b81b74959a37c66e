"""Link words: how the way to the central system fares, in one sentence."""

from typing import Any

from ampkeeper.firmware.faces.cli.cells import when

Link = dict[str, Any]


def link_words(link: Link) -> str:
    """The sentence; empty where no central system is configured."""
    state = link.get("state", "none")
    if state == "none":
        return ""
    since = when(link["since"], "seconds")
    if state == "connected":
        return ", ".join((f"up since {since}", *_signs_of_life(link)))
    parts = [f"down since {since}"]
    if state == "off":
        return f"{parts[0]}, switched off here"
    failures = link["failures"]
    if failures:
        parts.append(f"{failures} attempt{'s' if failures > 1 else ''} failed")
    wait_s = link["next_attempt_s"]
    parts.append("connecting now" if wait_s is None else f"next attempt in {wait_s:.0f} s")
    error = link["error"]
    return ", ".join(parts) + (f": {error}" if error else "")


def _signs_of_life(link: Link) -> list[str]:
    heard_s = link["heard_s_ago"]
    parts = ["nothing heard yet" if heard_s is None else f"heard {heard_s:.0f} s ago"]
    unanswered = link["unanswered"]
    if unanswered:
        parts.append(f"{unanswered} call{'s' if unanswered > 1 else ''} unanswered")
    return parts
