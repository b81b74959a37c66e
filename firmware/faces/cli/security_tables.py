"""Security tables: the log and the certificates, as people read them."""

from typing import Any

from rich.console import RenderableType
from rich.text import Text

from ampkeeper.firmware.faces.cli.cells import plain_table, plain_text, when

Answer = dict[str, Any]

SHA_SHOWN = 16  # of the fingerprint; the whole one is in the JSON


def events(answer: Answer, width: int) -> RenderableType:
    """Draw the log."""
    if not answer["events"]:
        return Text("Nothing is in the security log.")
    table = plain_table()
    for name in ("time (UTC)", "event", "what", ""):
        table.add_column(name, overflow="fold")
    for event in answer["events"]:
        table.add_row(
            plain_text(when(event["time"], "seconds")),
            plain_text(event["type"]),
            plain_text(event["tech_info"]),
            Text("not told yet" if event["waits"] else "", "yellow"),
        )
    return table


def certificates(answer: Answer, width: int) -> RenderableType:
    """Draw what is installed."""
    if not answer["certificates"]:
        return Text("No certificate is installed.")
    table = plain_table()
    for name in ("for", "subject", "until (UTC)", "SHA-256"):
        table.add_column(name, overflow="fold")
    for found in answer["certificates"]:
        table.add_row(
            plain_text(found["usage"]),
            plain_text(found["subject"]),
            plain_text(when(found["valid_until"])),
            plain_text(found["sha256"][:SHA_SHOWN]),
        )
    return table
