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
from ampkeeper.firmware.site.messages import (
    TERM_MAX,
    Beat,
    CircuitRow,
    Grant,
    Lease,
    MemberRow,
    Overview,
    Report,
)
from ampkeeper.firmware.site.roster import NAME_CHARS_MAX
from ampkeeper.firmware.site.turns import STANDING_S_MAX, Standing

NUMBER_MAX = TERM_MAX  # of reports, beats and terms: a thousand a second for thirty years
MEASURED_A_MAX = 1_000.0
ROWS_MAX = 64  # of a page
WORDS_CHARS_MAX = 200
AGE_S_MAX = 60.0  # of what is told


@dataclass(frozen=True, slots=True)
class Reading:
    """What a mains meter shows in a circuit, chargers and all.

    It was taken ``after_s`` after ``beat`` had come, by the clock of who sends it; so its leader
    knows how old it is at the most. ``number`` is another for each reading: one may come again.
    """

    circuit: str
    beat: Beat
    current_a: PerPhase
    number: int = 0
    after_s: float = 0.0  # less than 0: before it had come


Message = Beat | Report | Grant | Reading | Overview


class NotAMessage(ValueError):
    """What came cannot be meant; the message says what and why."""


def encoded(message: Message) -> dict[str, Any]:
    """As JSON knows it."""
    if isinstance(message, Beat):
        return {"kind": "beat"} | _beat(message)
    if isinstance(message, Reading):
        circuit, current_a = message.circuit, _rounded(message.current_a)
        taken = {"number": message.number, "after_s": round(message.after_s, 2)}
        return {"kind": "reading", "circuit": circuit, "a": current_a} | taken | _beat(message.beat)
    if isinstance(message, Overview):
        return _pages(message)
    common = {"member": message.member, "boot": message.boot, "number": message.number}
    if isinstance(message, Grant):
        amount = {"a": message.current_a, "good_s": round(message.good_s, 2)}
        return {"kind": "grant"} | common | _held(message.lease) | amount
    return common | {
        "kind": "report",
        "beat": None if message.beat is None else _beat(message.beat),
        "held": message.held,
        "phases": list(message.phases),
        "max_a": round(message.max_a, 1),
        "min_a": round(message.min_a, 1),
        "a": _rounded(message.measured_a),
        "in": message.standing.is_in,
        "for_s": round(message.standing.for_s),
    }


def decoded(found: Any) -> Message:
    """What was meant; raise NotAMessage."""
    if not isinstance(found, dict):
        raise NotAMessage("no object")
    match found.get("kind"):
        case "beat":
            return _to_beat(found)
        case "reading":
            return _to_reading(found)
        case "grant":
            current_a, good_s = _amount(found, "a", CURRENT_A_MAX), _seconds(found, "good_s", 0.0)
            member, boot, number = _whose(found)
            return Grant(_lease(found), member, boot, number, current_a, good_s)
        case "overview":
            members = tuple(map(_to_member, _rows(found, "members", 6)))
            circuits = tuple(map(_to_circuit, _rows(found, "circuits", 5)))
            return Overview(_lease(found), members, circuits)
        case "report":
            return _to_report(found)
    raise NotAMessage(f"kind {str(found.get('kind'))[:20]!r}: unknown")


def parsed(data: bytes) -> Any:
    """JSON; raise NotAMessage for what is none."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NotAMessage(f"no JSON: {error}"[:120]) from error


def _to_reading(found: Mapping[str, Any]) -> Reading:
    circuit, current_a = _text(found, "circuit"), _per_phase(found, LIMIT_A_MAX)
    number, after_s = _whole(found, "number"), _seconds(found, "after_s", -AGE_S_MAX)
    return Reading(circuit, _to_beat(found), current_a, number, after_s)


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
        _standing(found),
    )


def _rows(found: Mapping[str, Any], name: str, cells: int) -> list[list[Any]]:
    rows = found.get(name)
    found_rows: list[Any] = rows if isinstance(rows, list) else [None]
    if len(found_rows) > ROWS_MAX or any(not _is_row(row, cells) for row in found_rows):
        raise NotAMessage(f"{name}: must be at most {ROWS_MAX} rows of {cells}")
    return found_rows


def _is_row(row: Any, cells: int) -> bool:
    return isinstance(row, list) and len(row) == cells


def _to_member(row: list[Any]) -> MemberRow:
    place, follows, given_a, *measured_a = row
    if not isinstance(follows, bool):
        raise NotAMessage(f"follows {str(follows)[:20]}: must be true or false")
    told = {"place": place, "given": given_a, "a": measured_a}
    given_a = _amount(told, "given", CURRENT_A_MAX)
    return MemberRow(_whole(told, "place"), follows, given_a, _per_phase(told, MEASURED_A_MAX))


def _to_circuit(row: list[Any]) -> CircuitRow:
    place, doubt, *others_a = row
    if not isinstance(doubt, str) or len(doubt) > WORDS_CHARS_MAX:
        raise NotAMessage(f"doubt: must be text of at most {WORDS_CHARS_MAX} characters")
    told = {"place": place, "a": others_a}
    return CircuitRow(_whole(told, "place"), _per_phase(told, LIMIT_A_MAX), doubt)


def _beat(beat: Beat) -> dict[str, Any]:
    return _held(beat.lease) | {"beat": beat.number}


def _held(lease: Lease) -> dict[str, Any]:
    return {"term": lease.term, "holder": lease.holder}


def _pages(page: Overview) -> dict[str, Any]:
    members = [
        [row.place, row.follows, row.given_a, *_rounded(row.measured_a)] for row in page.members
    ]
    circuits = [[row.place, row.doubt, *_rounded(row.others_a)] for row in page.circuits]
    return {"kind": "overview"} | _held(page.lease) | {"members": members, "circuits": circuits}


def _to_beat(found: Mapping[str, Any]) -> Beat:
    return Beat(_lease(found), _whole(found, "beat"))


def _lease(found: Mapping[str, Any]) -> Lease:
    return Lease(_whole(found, "term"), _text(found, "holder"))


def _standing(found: Mapping[str, Any]) -> Standing:
    """Who does not tell has waited for no time."""
    is_in, for_s = found.get("in", False), _number(found.get("for_s", 0.0))
    if not isinstance(is_in, bool) or for_s is None or not 0.0 <= for_s <= STANDING_S_MAX:
        told = f"{str(found.get('in'))[:20]} for {str(found.get('for_s'))[:20]}"
        raise NotAMessage(f"in {told}: must be true or false, and 0 to {STANDING_S_MAX:g} s")
    return Standing(is_in, for_s)


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


def _seconds(found: Mapping[str, Any], name: str, least: float) -> float:
    value = _number(found.get(name))
    if value is None or not least <= value <= AGE_S_MAX:
        text = str(found.get(name))[:40]
        raise NotAMessage(f"{name} {text}: must be {least:g} to {AGE_S_MAX:g} s")
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
