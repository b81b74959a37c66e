"""SSE: server-sent events as text (WHATWG HTML, section 9.2)."""

import json

from ampkeeper.board.emulated.events import Event


def message(event: Event) -> str:
    """One event: ``id``, ``event`` (its kind) and ``data`` (all of it, as JSON on one line)."""
    data = json.dumps(event.as_json(), separators=(",", ":"), default=str)
    return f"id: {event.id}\nevent: {event.kind}\ndata: {data}\n\n"


def comment(text: str) -> str:
    """A line that listeners ignore; it keeps the connection open."""
    return f": {text}\n\n"
