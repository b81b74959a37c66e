"""Wire: messages of a site as JSON, and back; what cannot be meant is refused with why. Pure.

One object with ``kind``; currents in A per phase. A number that is none, a current that no charger
has and a name that is too long are refused here, so nobody behind has to ask.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ampkeeper.firmware.site.allocator import CURRENT_A_MAX
from ampkeeper.firmware.site.circuits import LIMIT_A_MAX, PHASES, PerPhase
from ampkeeper.firmware.site.messages import Beat, Grant, Lease, Report
from ampkeeper.firmware.site.roster import NAME_CHARS_MAX

NUMBER_MAX = 1 << 40  # of reports, beats and terms: a thousand a second for thirty years
MEASURED_A_MAX = 1_000.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a mains meter shows in a circuit, chargers and all; sent in answer to ``beat``."""

    circuit: str
    beat: Beat
    current_a: PerPhase


Message = Beat | Report | Grant | Reading


class NotAMessage(ValueError):
    """What came cannot be meant; the message says what and why."""


def encoded(message: Message) -> dict[str, Any]:
    """As JSON knows it."""
    if isinstance(message, Beat):
        return {"kind": "beat"} | _beat(message)
    if isinstance(message, Reading):
        circuit, current_a = message.circuit, _rounded(message.current_a)
        return {"kind": "reading", "circuit": circuit, "a": current_a} | _beat(message.beat)
    common = {"member": message.member, "boot": message.boot, "number": message.number}
    if isinstance(message, Grant):
        lease = {"term": message.lease.term, "holder": message.lease.holder}
        return {"kind": "grant"} | common | lease | {"a": message.current_a}
    return common | {
        "kind": "report",
        "beat": None if message.beat is None else _beat(message.beat),
        "held": message.held,
        "phases": list(message.phases),
        "max_a": round(message.max_a, 1),
        "min_a": round(message.min_a, 1),
        "a": _rounded(message.measured_a),
    }


def decoded(found: Any) -> Message:
    """What was meant; raise NotAMessage."""
    if not isinstance(found, dict):
        raise NotAMessage("no object")
    match found.get("kind"):
        case "beat":
            return _to_beat(found)
        case "reading":
            circuit = _text(found, "circuit")
            return Reading(circuit, _to_beat(found), _per_phase(found, LIMIT_A_MAX))
        case "grant":
            current_a = _amount(found, "a", CURRENT_A_MAX)
            member, boot, number = _whose(found)
            return Grant(_lease(found), member, boot, number, current_a)
        case "report":
            return _to_report(found)
    raise NotAMessage(f"kind {str(found.get('kind'))[:20]!r}: unknown")


def parsed(data: bytes) -> Any:
    """JSON; raise NotAMessage for what is none."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NotAMessage(f"no JSON: {error}"[:120]) from error


def _to_report(found: Mapping[str, Any]) -> Report:
    member, boot, number = _whose(found)
    beat = found.get("beat")
    if beat is not None and not isinstance(beat, dict):
        raise NotAMessage("beat: no object")
    phases = found.get("phases")
    if not isinstance(phases, list) or not phases or any(each not in PHASES for each in phases):
        raise NotAMessage(f"phases {str(phases)[:40]}: must be some of 0, 1 and 2")
    return Report(
        member,
        boot,
        number,
        None if beat is None else _to_beat(beat),
        _whole(found, "held"),
        tuple(sorted({int(each) for each in phases})),
        _amount(found, "max_a", CURRENT_A_MAX),
        _amount(found, "min_a", CURRENT_A_MAX),
        _per_phase(found, MEASURED_A_MAX),
    )


def _beat(beat: Beat) -> dict[str, Any]:
    return {"term": beat.lease.term, "holder": beat.lease.holder, "beat": beat.number}


def _to_beat(found: Mapping[str, Any]) -> Beat:
    return Beat(_lease(found), _whole(found, "beat"))


def _lease(found: Mapping[str, Any]) -> Lease:
    return Lease(_whole(found, "term"), _text(found, "holder"))


def _whose(found: Mapping[str, Any]) -> tuple[str, str, int]:
    return _text(found, "member"), _text(found, "boot"), _whole(found, "number")


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= NAME_CHARS_MAX:
        raise NotAMessage(f"{name} {str(value)[:40]!r}: must have 1 to {NAME_CHARS_MAX} characters")
    return value


def _whole(found: Mapping[str, Any], name: str) -> int:
    value = found.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= NUMBER_MAX:
        raise NotAMessage(f"{name} {str(value)[:40]}: must be a whole number to {NUMBER_MAX}")
    return value


def _amount(found: Mapping[str, Any], name: str, most: float) -> float:
    value = _number(found.get(name))
    if value is None or not 0.0 <= value <= most:
        raise NotAMessage(f"{name} {str(found.get(name))[:40]}: must be 0 to {most:g} A")
    return value


def _per_phase(found: Mapping[str, Any], most: float) -> PerPhase:
    values = found.get("a")
    numbers = [_number(each) for each in values] if isinstance(values, list) else []
    known = [each for each in numbers if each is not None and abs(each) <= most]
    if len(numbers) != len(PHASES) or len(known) != len(PHASES):
        raise NotAMessage(f"a {str(values)[:60]}: must be three currents to {most:g} A")
    return known[0], known[1], known[2]


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= NUMBER_MAX and math.isfinite(value) else None


def _rounded(current_a: PerPhase) -> list[float]:
    return [round(each, 2) for each in current_a]
