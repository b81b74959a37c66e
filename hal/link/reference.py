"""Reference: the tables of README.md, written from ``messages`` so that they cannot differ."""

from pathlib import Path

from ampkeeper.hal.link.host import EVENTS, STATES, TABLE
from ampkeeper.hal.link.messages import HELLO, IDENTITY, KIND_BYTES, MESSAGES, PROTOCOL

BEGIN, END = "<!-- reference -->", "<!-- end -->"


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


def write(path: Path) -> None:
    """Put the reference between the marks of the page at ``path``."""
    before, _, rest = path.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n{reference()}{END}{after}")


if __name__ == "__main__":
    write(Path(__file__).with_name("README.md"))
