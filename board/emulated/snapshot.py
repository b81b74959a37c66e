"""Snapshot: every number that an object and its parts hold, by name, to see what has moved.

For parts that are plain: numbers, texts, lists and further such parts. What else they hold, as
a source of chance, is left out.
"""

from typing import Any

PACKAGE = "ampkeeper."
LEAVES = (int, float, str, bytes, tuple, type(None))
PLAIN = frozenset((*LEAVES, bool))  # most are one of these, and not a kind of one


def snapshot(root: object) -> dict[str, Any]:
    """Names as ``protection.leakage._age_ms`` and ``timers.3``; a part is entered once."""
    found: dict[str, Any] = {}
    entered = {id(root)}
    waiting: list[tuple[str, Any]] = [("", root)]
    while waiting:
        prefix, part = waiting.pop()
        for name, value in _items(part):
            path = f"{prefix}{name}"
            if type(value) in PLAIN or isinstance(value, LEAVES):
                found[path] = value
            elif _is_part(value) and id(value) not in entered:
                entered.add(id(value))
                waiting.append((f"{path}.", value))
    return found


def moved(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """The names of what is not as it was."""
    return {name for name, _ in before.items() ^ after.items()}


def _items(part: Any) -> list[tuple[str, Any]]:
    if isinstance(part, list):
        return [(str(index), value) for index, value in enumerate(part)]
    if isinstance(part, dict):
        return [(str(name), value) for name, value in part.items()]
    return list(vars(part).items())


def _is_part(value: Any) -> bool:
    if isinstance(value, (list, dict)):
        return True
    return type(value).__module__.startswith(PACKAGE) and hasattr(value, "__dict__")
