"""Reference: the tables of README.md, written from ``messages`` so that they cannot differ."""

from ampkeeper.hal.link.host import EVENTS, STATES, TABLE
from ampkeeper.hal.link.messages import HELLO, IDENTITY, KIND_BYTES, MESSAGES, PROTOCOL


def reference() -> str:
    """Return the Markdown between the two marks in README.md."""
    parts = [f"Protocol version {PROTOCOL}.", ""]
    parts.extend(_states())
    for kind, name, text, fields in MESSAGES:
        length = sum(KIND_BYTES[field[1]] for field in fields)
        least = " or more" if kind in (HELLO, IDENTITY) else ""
        parts += [
            f"### {kind} {name}",
            "",
            f"{text[0].upper()}{text[1:]}.",
            f"{length}{least} bytes.",
            "",
            "| offset | field | type | unit | range | what |",
            "|---|---|---|---|---|---|",
        ]
        offset = 0
        for field, field_kind, unit, low, high, help_text in fields:
            span = "ASCII, 0-filled" if field_kind == "text" else f"{low} to {high}"
            shown = "16 bytes" if field_kind == "text" else field_kind
            parts.append(f"| {offset} | `{field}` | {shown} | {unit} | {span} | {help_text} |")
            offset += KIND_BYTES[field_kind]
        parts.append("")
    return "\n".join(parts)


def _states() -> list[str]:
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [
        f"    {STATES[state]} --> {STATES[next_state]}: {EVENTS[event]}"
        for state, event, next_state, _, _ in TABLE
    ]
    lines += ["```", ""]
    return lines
