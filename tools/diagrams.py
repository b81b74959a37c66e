"""Writes what the tables say into the READMEs: diagrams of the machines, the list of faults.

``python tools/diagrams.py`` rewrites the parts between the markers; with ``--check`` it changes
nothing and fails if a part is not current.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from ampkeeper.firmware import faults
from ampkeeper.firmware.billing import payments
from ampkeeper.firmware.ocpp import outbox, registration
from ampkeeper.firmware.safety import contactor, leakage, lock, names, sequence
from ampkeeper.firmware.safety.signals import LOCK_DRIVE, LOCK_REST, UNLOCK_DRIVE
from ampkeeper.firmware.session import table as session
from ampkeeper.firmware.update import slots
from ampkeeper.firmware.update import table as update

FIRMWARE = Path(__file__).resolve().parents[1] / "firmware"
LOCK_WISHES = {lock.FREE: "bolt free", lock.STAY: "bolt as it is", lock.HELD: "bolt held"}
MOTOR = {LOCK_REST: "rest", LOCK_DRIVE: "drive in", UNLOCK_DRIVE: "draw out"}


def diagram(first: str, edges: list[tuple[str, str, str]]) -> str:
    """Return a Mermaid state diagram; an edge is from, to, label."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {first}"]
    lines += [f"    {start} --> {end}: {label}" for start, end, label in edges]
    return "\n".join([*lines, "```"])


def of_contactor() -> str:
    """Draw the contactor: event, and the coil after it."""
    states, events = names.CONTACTOR_STATES, names.CONTACTOR_EVENTS
    edges = [
        (states[start], states[end], f"{events[event]} / coil {coil}")
        for start, event, end, coil in names.rows(contactor.TABLE, contactor.ROW_BYTES)
    ]
    return diagram("OPEN", edges)


def of_lock() -> str:
    """Draw the bolt: event, and what the motor does after it."""
    states, events = names.LOCK_STATES, names.LOCK_EVENTS
    edges = [
        (states[start], states[end], f"{events[event]} / {MOTOR[drive]}")
        for start, event, end, drive in names.rows(lock.TABLE, lock.ROW_BYTES)
    ]
    return diagram("UNLOCKED", edges)


def of_leakage() -> str:
    """Draw the test of the residual-current monitor: event, and its test input after it."""
    states, events = names.LEAKAGE_STATES, names.LEAKAGE_EVENTS
    edges = [
        (states[start], states[end], f"{events[event]} / test input {driven}")
        for start, event, end, driven in names.rows(leakage.TABLE, leakage.ROW_BYTES)
    ]
    return diagram("DUE", edges)


def of_sequence() -> str:
    """Draw the sequence: event, and the complete outputs after it."""
    states, events, drives = names.SEQUENCE_STATES, names.SEQUENCE_EVENTS, names.DRIVES
    edges = [
        (
            states[start],
            states[end],
            f"{events[event]} / {drives[drive]}, coil {coil}, {LOCK_WISHES[wish]}",
        )
        for start, event, end, drive, coil, wish in names.rows(sequence.TABLE, sequence.ROW_BYTES)
    ]
    return diagram("IDLE", edges)


def of_session() -> str:
    """Draw the session: event, and what ring 1 and the central system are told after it."""
    edges = [
        (
            session.STATES[start],
            session.STATES[end],
            f"{session.EVENTS[event]} / permit {permit}, plug {'held' if held else 'free'}, {told}",
        )
        for start, event, end, permit, held, told in session.TABLE
    ]
    return diagram("IDLE", edges)


def of_update() -> str:
    """Draw the update of the software: event, the status told, whether connectors are kept free."""
    edges = [
        (
            update.STATES[start],
            update.STATES[end],
            f"{update.EVENTS[event]} / {told or 'nothing told'}{', keeps free' * keeps_free}",
        )
        for start, event, end, told, keeps_free in update.TABLE
    ]
    return diagram("IDLE", edges)


def of_slots() -> str:
    """Draw which software starts: event, what starts then."""
    edges = [
        (slots.STATES[at], slots.STATES[end], f"{slots.EVENTS[on]} / {slots.STARTS[starts]}")
        for at, on, end, starts in slots.TABLE
    ]
    return diagram("GOOD", edges)


def of_registration() -> str:
    """Draw the registration at the central system."""
    return _by_events(registration.STATES, registration.EVENTS, registration.TABLE)


def of_outbox() -> str:
    """Draw what happens to the oldest fact that is owed."""
    return _by_events(outbox.STATES, outbox.EVENTS, outbox.TABLE)


def of_payments() -> str:
    """Draw what becomes of held money: event, what the terminal is asked for then."""
    edges = [
        (
            payments.STATES[at],
            payments.STATES[end],
            f"{payments.EVENTS[on]} / {payments.ASKED[asked]}",
        )
        for at, on, end, asked in payments.TABLE
    ]
    return diagram("ASKING", edges)


def _by_events(
    states: tuple[str, ...], events: tuple[str, ...], rows: Sequence[Sequence[object]]
) -> str:
    """Draw a table by its events alone, those between the same two states on one line."""
    labels: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        start, event, end = (cast(int, value) for value in row[:3])
        labels.setdefault((states[start], states[end]), []).append(events[event])
    edges = [(start, end, ", ".join(names)) for (start, end), names in labels.items()]
    return diagram(states[0], edges)


def of_faults() -> str:
    """List the catalogue."""
    lines = [
        "| code | name | severity | goes away | ChargeX | OCPP 1.6 | what the user reads |",
        "|---|---|---|---|---|---|---|",
    ]
    for info in faults.INFOS.values():
        going = faults.CLEARINGS[info.clears]
        if info.after_ms:
            going += f", after {info.after_ms // 1000} s"
        cells = (
            str(info.code),
            info.name,
            faults.SEVERITIES[info.severity],
            going,
            info.mrec,
            info.ocpp,
            info.text,
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


PARTS: dict[Path, dict[str, Callable[[], str]]] = {
    FIRMWARE / "safety" / "README.md": {
        "sequence": of_sequence,
        "contactor": of_contactor,
        "lock": of_lock,
        "leakage": of_leakage,
        "faults": of_faults,
    },
    FIRMWARE / "session" / "README.md": {"session": of_session},
    FIRMWARE / "update" / "README.md": {"update": of_update, "slots": of_slots},
    FIRMWARE / "faces" / "terminal" / "README.md": {"payments": of_payments},
    FIRMWARE / "ocpp" / "README.md": {"registration": of_registration, "outbox": of_outbox},
}


def renewed(readme: Path, text: str) -> str:
    """Return ``text`` with every part between its markers as the tables say now."""
    for name, part in PARTS[readme].items():
        begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise SystemExit(f"diagrams: no markers for {name} in {readme}")
        text = f"{before}{begin}\n{part()}\n\n{end}{after}"
    return text


def main(arguments: list[str]) -> int:
    """Write, or with ``--check`` only compare."""
    stale = [
        readme for readme in PARTS if renewed(readme, readme.read_text()) != readme.read_text()
    ]
    for readme in stale:
        if arguments == ["--check"]:
            sys.stderr.write(f"diagrams: {readme} is not current; run python tools/diagrams.py\n")
        else:
            readme.write_text(renewed(readme, readme.read_text()))
    return int(bool(stale) and arguments == ["--check"])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
