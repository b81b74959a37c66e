"""The diagrams in the README are those of the tables."""

from pathlib import Path

from ampkeeper.firmware.ocpp import outbox, registration

README = Path(__file__).parents[3] / "firmware" / "ocpp" / "README.md"


def diagram(states: tuple[str, ...], events: tuple[str, ...], rows: list[tuple[int, ...]]) -> str:
    """A table as a Mermaid state diagram, events between the same two states on one line."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for state, event, next_state in rows:
        arrows.setdefault((states[state], states[next_state]), []).append(events[event])
    lines = [f"    {a} --> {b}: {', '.join(names)}" for (a, b), names in arrows.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", f"    [*] --> {states[0]}", *lines, "```"])


def test_the_registration_is_drawn_as_it_is() -> None:
    rows = [row[:3] for row in registration.TABLE]
    assert diagram(registration.STATES, registration.EVENTS, rows) in README.read_text()


def test_the_outbox_is_drawn_as_it_is() -> None:
    assert diagram(outbox.STATES, outbox.EVENTS, list(outbox.TABLE)) in README.read_text()
