"""Handover: the report of a commissioning as people take it with them: HTML, PDF or JSON.

One paper for both; beside it, and in the HTML, is the text that was signed, as it is.
"""

from datetime import datetime
from functools import partial
from html import escape
from typing import Any

from ampkeeper.firmware.billing.receipt import Letterhead, Line, Paper, to_html
from ampkeeper.firmware.billing.receipt_pdf import to_pdf
from ampkeeper.firmware.commissioning.pdf_seal import make_room, sealed
from ampkeeper.firmware.commissioning.report import Report

HTML, PDF, JSON = "html", "pdf", "json"
KINDS = {HTML: "text/html", PDF: "application/pdf", JSON: "application/json"}
ENTERED = {
    "fuse_a": "Fuse, A",
    "rcd": "RCD before the charger",
    "rotation": "Rotation of the phases",
    "meter_serial": "Serial number on the meter",
}
NOTES = (
    "What the installer entered is his word; what the charger saw is signed with its key.",
    "The charger's tests replace no inspection of the installation by law.",
)


def paper_of(report: Report) -> Paper:
    """The report in lines."""
    told = report.content
    station = told["station"]
    facts = [
        ("Charger", f"{station['vendor']} {station['model']}, {station['serial']}"),
        ("Software", station["firmware"]),
        ("Report", f"{station['serial']} / {told['number']}"),
        ("Installer", told["installer"]),
        ("Place", told["place"]),
        ("Begun", _when(told["begun"])),
        ("Finished", _when(told["finished"])),
    ]
    lines = [line for one in told["evses"] for line in _lines(one)]
    notes = (
        *((f"Remark: {told['note']}",) if told["note"] else ()),
        *NOTES,
        f"Signature (ECDSA, P-256, SHA-256): {report.signature}",
        f"Public key of the charger: {report.public_key}",
    )
    return Paper(
        Letterhead(told["company"]),
        "Commissioning report",
        _when(told["finished"]),
        tuple((name, value) for name, value in facts if value),
        tuple(lines),
        notes,
    )


def file_of(report: Report, kind: str, key: str) -> bytes:
    """The report as a file; ValueError if the key or a place for the signature is missing."""
    if kind == JSON:
        return report.to_text().encode()
    paper = paper_of(report)
    if kind == HTML:
        kept = f"<h2>What was signed</h2><pre style='white-space:pre-wrap'>{escape(report.text)}"
        return to_html(paper).replace("</body>", f"{kept}</pre></body>").encode()
    told = report.content
    name, at = f"Charger {told['station']['serial']}", datetime.fromisoformat(told["finished"])
    return sealed(to_pdf(paper, partial(make_room, name=name, at=at)), key, name, at)


def _lines(evse: dict[str, Any]) -> list[Line]:
    lines = [Line(f"EVSE {evse['evse']}", is_strong=True)]
    for key, name in ENTERED.items():
        value = evse["entered"][key]
        if value:
            text = f"{value:g}" if isinstance(value, float) else str(value)
            lines.append(Line(f"{name}: {text}", price="entered"))
    lines.append(Line("Checks", is_strong=True))
    for one in evse["checks"]:
        text = f"{one['name']}: {one['shown']}" if one["shown"] else one["name"]
        lines.append(Line(text, price=one["state"]))
    lines.append(Line("Self-tests", is_strong=True))
    for one in evse["selftests"]:
        text = f"{one['number']} {one['name']} {one['shown']}".strip()
        lines.append(Line(text, price=one["result"]))
    return lines


def _when(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S UTC")
