"""The reference page and the schema file, made from the model.

``python -m ampkeeper.firmware.config.reference`` writes both beside this file.
"""

import dataclasses
import json
from pathlib import Path

from ampkeeper.firmware.config.fields import FREE, TABLES, Key, keys_of, toml_text
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.config.schema import schema

PAGE_FILE = "CONFIG.md"
SCHEMA_FILE = "config.schema.json"
HEAD = """\
# Configuration

<!-- Made from firmware/config/model.py: do not edit. -->

One TOML file. A key that is not in these tables is refused, with its line and the nearest one.
What the central system changes at run time is stored apart and wins over the file.
Paths of files are taken from the folder of the configuration.
"""
COLUMNS = "| key | allowed | default | what it is |\n|---|---|---|---|\n"


def page() -> str:
    """The reference page, as Markdown."""
    parts = [HEAD]
    for field in dataclasses.fields(Config):
        section = field.metadata["section"]
        title = f"[[{field.name}]]" if "count" in field.metadata else f"[{field.name}]"
        need = " Required." if field.metadata.get("is_required") else ""
        rows = "".join(_row(name, key) for name, key in keys_of(section).items())
        parts.append(f"\n## {title}\n\n{section.__doc__}{need}\n\n{COLUMNS}{rows}")
    return "".join(parts)


def schema_text() -> str:
    """The schema file."""
    return json.dumps(schema(), indent=2) + "\n"


def _row(name: str, key: Key) -> str:
    if key.kind == TABLES:
        shown, allowed, default = "*tables*", "what the board knows", ""
    elif key.kind == FREE:
        shown, allowed, default = f"`{name}`", key.pattern_words, "none"
    else:
        shown, allowed = f"`{name}`", key.allowed().replace("|", "\\|")
        default = "required" if key.is_required else "not set"
        if key.default is not None and key.default != "":
            default = f"`{toml_text(key.default)}`"
    return f"| {shown} | {allowed} | {default} | {key.help} |\n"


def main() -> None:
    """Write both files."""
    folder = Path(__file__).parent
    (folder / PAGE_FILE).write_text(page(), "utf-8")
    (folder / SCHEMA_FILE).write_text(schema_text(), "utf-8")


if __name__ == "__main__":
    main()
