"""Writes what ring 1's tables say into its README: diagrams of the machines, list of faults.

``python tools/diagrams.py`` rewrites the parts between the markers; with ``--check`` it changes
nothing and fails if a part is not current.
"""

import sys
from pathlib import Path

from ampkeeper.firmware.safety import contactor, fault, lock, sequence
from ampkeeper.firmware.safety.signals import LOCK_DRIVE, LOCK_REST, UNLOCK_DRIVE
from ampkeeper.firmware.safety.units import DRIVES

README = Path(__file__).resolve().parents[1] / "firmware" / "safety" / "README.md"
LOCK_WISHES = {lock.FREE: "bolt free", lock.STAY: "bolt as it is", lock.HELD: "bolt held"}
MOTOR = {LOCK_REST: "rest", LOCK_DRIVE: "drive in", UNLOCK_DRIVE: "draw out"}


def diagram(first: str, edges: list[tuple[str, str, str]]) -> str:
    """Return a Mermaid state diagram; an edge is from, to, label."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {first}"]
    lines += [f"    {start} --> {end}: {label}" for start, end, label in edges]
    return "\n".join([*lines, "```"])


def of_contactor() -> str:
    """Draw the contactor: event, and the coil after it."""
    names, events = contactor.STATES, contactor.EVENTS
    edges = [
        (names[start], names[end], f"{events[event]} / coil {coil}")
        for start, event, end, coil in contactor.TABLE
    ]
    return diagram("OPEN", edges)


def of_lock() -> str:
    """Draw the bolt: event, and what the motor does after it."""
    names, events = lock.STATES, lock.EVENTS
    edges = [
        (names[start], names[end], f"{events[event]} / {MOTOR[drive]}")
        for start, event, end, drive in lock.TABLE
    ]
    return diagram("UNLOCKED", edges)


def of_sequence() -> str:
    """Draw the sequence: event, and the complete outputs after it."""
    names, events = sequence.STATES, sequence.EVENTS
    edges = [
        (names[start], names[end], f"{events[event]} / {DRIVES[drive]}, coil {coil}, {wish}")
        for start, event, end, drive, coil, wish in (
            (*row[:5], LOCK_WISHES[row[5]]) for row in sequence.TABLE
        )
    ]
    return diagram("IDLE", edges)


def of_faults() -> str:
    """List the catalogue."""
    lines = [
        "| code | name | severity | goes away | ChargeX | OCPP 1.6 | what the user reads |",
        "|---|---|---|---|---|---|---|",
    ]
    for code, name, severity, clears, after_ms, mrec, ocpp, text in fault.TABLE:
        going = fault.CLEARINGS[clears]
        if after_ms:
            going += f", after {after_ms // 1000} s"
        severity_name = fault.SEVERITIES[severity]
        lines.append(f"| {code} | {name} | {severity_name} | {going} | {mrec} | {ocpp} | {text} |")
    return "\n".join(lines)


PARTS = {
    "sequence": of_sequence,
    "contactor": of_contactor,
    "lock": of_lock,
    "faults": of_faults,
}


def renewed(text: str) -> str:
    """Return ``text`` with every part between its markers as the tables say now."""
    for name, part in PARTS.items():
        begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise SystemExit(f"diagrams: no markers for {name} in {README}")
        text = f"{before}{begin}\n{part()}\n\n{end}{after}"
    return text


def main(arguments: list[str]) -> int:
    """Write, or with ``--check`` only compare."""
    text = README.read_text()
    current = renewed(text)
    if arguments == ["--check"]:
        if text != current:
            sys.stderr.write("diagrams: not current; run python tools/diagrams.py\n")
        return int(text != current)
    README.write_text(current)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
