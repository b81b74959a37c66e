"""Reference: the table of the control API's keys in README.md, made from ``keys.py``.

Run ``python -m ampkeeper.board.emulated.reference`` after a change of the keys.
"""

from pathlib import Path

from ampkeeper.board.emulated import keys
from ampkeeper.board.emulated.faults import CATALOGUE

README = Path(__file__).with_name("README.md")
BEGIN = "<!-- made from keys.py: begin -->"
END = "<!-- made from keys.py: end -->"


def table() -> str:
    """All requests and keys, as Markdown."""
    lines: list[str] = []
    causes = {row[0]: f"`{row[1]}` = {_json(row[2])}, then {_json(row[3])}" for row in CATALOGUE}
    for where, section in keys.SECTIONS:
        lines += ["", f"**`{where}`**", "", "| key | takes | effect |", "|---|---|---|"]
        for key in section:
            effect = f"{key.help} Sets {causes[key.name]}." if key.name in causes else key.help
            needed = " (required)" if key.is_required else ""
            lines.append(f"| `{key.name}` | {key.allowed()}{needed} | {effect} |")
    return "\n".join(lines).strip("\n")


def with_table(readme: str) -> str:
    """The page with the table as it is now."""
    head, _, rest = readme.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{table()}\n\n{END}{tail}"


def main() -> None:
    """Write the table into README.md."""
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")


def _json(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value}"


if __name__ == "__main__":
    main()
