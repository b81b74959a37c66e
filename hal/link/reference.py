"""Reference: what the messages mean, and README.md's tables, written from ``messages``.

For people; a pilot board does not load it. A test compares the names with those of ``MESSAGES``.
"""

from collections import namedtuple
from collections.abc import Iterator

from ampkeeper.hal.link.host import EVENTS, STATES, TABLE
from ampkeeper.hal.link.messages import FIELD, HELLO, IDENTITY, MESSAGES, PROTOCOL

KINDS = {1: "u8", 2: "u16", -2: "i16", 4: "u32", -4: "i32", 16: "text", 48: "raw"}

# fmt: off
WORDS: tuple[tuple[str, str, dict[str, tuple[str, str]]], ...] = (
    # name, what it is for; for each field: unit, meaning. In the order of the types.
    ("HELLO", "station to pilot: who is there? Repeated until IDENTITY comes", {
        "protocol": ("", "version of this page"),
        "nonce": ("", "new for each greeting; starts an epoch"),
        "host_version": ("", "firmware of the station"),
    }),
    ("IDENTITY", "pilot to station: the answer to HELLO", {
        "protocol": ("", "version of this page"),
        "nonce": ("", "of the HELLO that is answered"),
        "epoch": ("", "what orders must carry from now on"),
        "boot_reason": ("", "0 unknown 1 power 2 watchdog 3 software"),
        "firmware_version": ("", "firmware of the pilot board"),
        "board": ("", "name of the pilot board"),
        "image": ("", "4 times the first 28 bits of its SHA-256, 0 for what the board came with, "
                    "and 0 cannot be flashed by the station, 1 good, 2 on trial, 3 went back"),
    }),
    ("SETTINGS", "station to pilot: repeated until STATUS names their id", {
        "epoch": ("", "from the IDENTITY that the order follows"),
        "counter": ("", "counts the orders of an epoch; only up"),
        "settings_id": ("", "CRC-16 of the fields that follow"),
        "max_ma": ("mA", "rating per phase"),
        "phases": ("", "wired: 1 or 3"),
        "is_socket": ("", "0: captive cable"),
        "has_ventilation": ("", "1: may serve cars in state D"),
        "permit_ms": ("ms", "a permit's life"),
        "ready_ms": ("ms", "state C uninterrupted before closing"),
        "stop_ms": ("ms", "a car's time to obey X1"),
        "reclose_ms": ("ms", "between two closings"),
        "pwm_gap_ms": ("ms", "between two duty changes"),
        "pilot_f_ms": ("ms", "of F after a fault; 0: no F"),
        "duty_blank_ms": ("ms", "no C to B after a duty change"),
        "switch_blank_ms": ("ms", "no B, C, D change after switching"),
        "region": ("", "0 EU: a residual-current trip stays; 1 US: retries"),
        "has_rcd_test": ("", "1: the residual-current monitor can be tested"),
        "has_meter": ("", "1: stale measurements limit and end a charge"),
        "is_stepping_down_at_once": ("", "1: a lower duty does not wait"),
        "simplified_ma": ("mA", "for cars that read no duty; 0: no such limit"),
        "voltage_nominal_mv": ("mV", "line to neutral"),
        "has_phase_relay": ("", "1: one or three phases by relay"),
        "has_cp_relay": ("", "1: the pilot can be cut"),
    }),
    ("PERMIT", "station to pilot: charge up to this, until it expires", {
        "epoch": ("", "from the IDENTITY that the order follows"),
        "counter": ("", "counts the orders of an epoch; only up"),
        "seen_ms": ("ms", "uptime_ms of the newest STATUS seen"),
        "current_ma": ("mA", "per phase; 0 asks for a stop"),
        "phases": ("", "1 or 3"),
        "flags": ("", "1 keep locked, 2 in service"),
    }),
    ("COMMAND", "station to pilot: repeated until STATUS names its id", {
        "epoch": ("", "from the IDENTITY that the order follows"),
        "counter": ("", "counts the orders of an epoch; only up"),
        "command_id": ("", "run once, however often it comes"),
        "code": ("", "1 clear a fault, 2 restore faults, 3 run a self-test, "
                 "4 report all self-tests, 5 read the trace, 6 let the recorder run again, "
                 "7 freeze it, 8 restore closings, 9 restore openings under load, "
                 "10 restore residual-current retries, 11 stop to be flashed"),
        "argument": ("", "1: fault code; 2: bits as in STATUS; 3: number, 0 all; "
                     "5: offset in bytes; 6: trace_id, 0 any; 8, 9, 10: count"),
    }),
    ("STATUS", "pilot to station: ten times a second and on every change", {
        "uptime_ms": ("ms", "since boot; at 0 again after 12 days"),
        "epoch": ("", "what orders must carry"),
        "counter": ("", "of the newest order accepted"),
        "settings_id": ("", "in force; 0: none since boot, no permit counts"),
        "command_id": ("", "last command run in this epoch"),
        "command_result": ("", "0 not run, 1 done, 2 refused, 3 unknown"),
        "sequence": ("", "safety/sequence.py"),
        "pilot": ("", "safety/pilot.py: A to F, invalid"),
        "contactor": ("", "safety/contactor.py"),
        "lock": ("", "safety/lock.py"),
        "coil": ("", "1: driven"),
        "mirror": ("", "1: made"),
        "high_mv": ("mV", "control pilot, upper level"),
        "low_mv": ("mV", "control pilot, lower level"),
        "duty_ticks": ("16 ns", "62,500: always +12 V; 0: always -12 V"),
        "cable_ma": ("mA", "of the cable; 0: none or captive"),
        "limit_ma": ("mA", "offered"),
        "limited_by": ("", "safety/limit.py"),
        "phases": ("", "the phase relay: 1 or 3"),
        "temperature_dc": ("0.1 degC", "of the terminals"),
        "stop_reason": ("", "why current last stopped"),
        "stop_count": ("", "energised to not, since boot"),
        "closing_count": ("", "closings since boot"),
        "under_load_count": ("", "openings under load since boot"),
        "refused_count": ("", "orders not accepted since boot"),
        "faults": ("", "bit n: fault code n, 0 to 29"),
        "profile_id": ("", "of the vehicle's profile in force; 0: that of an unknown car"),
        "trace_id": ("", "of the frozen trace; 0: the recorder runs"),
        "closings": ("", "of the contactor, ever, as far as restored"),
        "under_load": ("", "openings under load, ever, as far as restored"),
        "rcd_retry_count": ("", "residual-current trips cleared by themselves; region US"),
        "simplified": ("", "1: the car reads no duty"),
        "toggle_count": ("", "calls of a car, B-C-B, since boot"),
        "wake_count": ("", "calls to this car since it was last in C"),
        "suppressed_count": ("", "changes of the pilot not believed since boot"),
        "invalid_count": ("", "messages of unknown type, wrong length or values out of range"),
        "garbled_count": ("", "frames with a wrong CRC, too long or cut short"),
        "hang_count": ("", "ticks too long after the one before; each cost the permit"),
    }),
    ("MEASURED", "station to pilot: what its meter shows; an order that says nothing of charging", {
        "epoch": ("", "from the IDENTITY that the order follows"),
        "counter": ("", "counts the orders of an epoch; only up"),
        "seen_ms": ("ms", "uptime_ms of the newest STATUS seen"),
        "current_l1_ma": ("mA", "-1: not known"),
        "current_l2_ma": ("mA", "-1: not known"),
        "current_l3_ma": ("mA", "-1: not known"),
        "voltage_l1_mv": ("mV", "line to neutral; -1: not known"),
        "voltage_l2_mv": ("mV", "line to neutral; -1: not known"),
        "voltage_l3_mv": ("mV", "line to neutral; -1: not known"),
    }),
    ("PROFILE", "station to pilot: what this vehicle needs; repeated until STATUS names its id", {
        "epoch": ("", "from the IDENTITY that the order follows"),
        "counter": ("", "counts the orders of an epoch; only up"),
        "profile_id": ("", "CRC-16 of the fields that follow"),
        "min_ma": ("mA", "below, nothing is offered"),
        "wake_method": ("", "0 never, 1 state F, 2 cut pilot, 3 both"),
        "wake_after_ms": ("ms", "in B with PWM"),
        "phase_gap_ms": ("ms", "without a pilot, round a move of the phase relay"),
        "may_switch_phases": ("", "0: never under this car"),
        "b_filter_ms": ("ms", "longer before C to B counts"),
        "never_f": ("", "1: this car never sees -12 V"),
    }),
    ("RESULT", "pilot to station: one self-test, when it changes or is asked for", {
        "epoch": ("", "of the last greeting"),
        "counter": ("", "counts RESULT and TRACE of an epoch; only up"),
        "number": ("", "of the list in firmware/safety/README.md"),
        "result": ("", "0 not run, 1 running, 2 passed, 3 failed, 4 absent"),
        "value": ("", "measured; -1: nothing"),
        "low": ("", "least that passes; -1: no such bound"),
        "high": ("", "most that passes; -1: no such bound"),
        "duration_ms": ("ms", "of the last run"),
        "age_s": ("s", "since the result was found"),
        "count": ("", "runs since boot"),
    }),
    ("TRACE", "pilot to station: a piece of the frozen trace", {
        "epoch": ("", "of the last greeting"),
        "counter": ("", "counts RESULT and TRACE of an epoch; only up"),
        "layout": ("", "of the rows; 1: 8 bytes a row, safety/recorder.py"),
        "trace_id": ("", "as in STATUS"),
        "cause": ("", "fault code; 255: asked for"),
        "total": ("", "bytes of the whole trace"),
        "offset": ("", "of this piece, from the oldest row on"),
        "rows": ("", "as layout says"),
    }),
)
# fmt: on


Field = namedtuple("Field", ("name", "kind", "size", "low", "high"))


def fields_of(message: int) -> Iterator[Field]:
    """Yield the fields of a message type, in order."""
    row = MESSAGES[message - 1]
    for at in range(0, len(row), FIELD):
        name, kind, low, high = row[at : at + FIELD]
        yield Field(name, KINDS[kind], abs(kind), low, high)


def reference() -> str:
    """Return the Markdown between the two marks in README.md."""
    parts = [f"Protocol version {PROTOCOL}.", ""]
    parts.extend(_states())
    for message, (name, text, words) in enumerate(WORDS, HELLO):
        length = sum(field.size for field in fields_of(message))
        least = " or more" if message in (HELLO, IDENTITY) else ""
        parts += [
            f"### {message} {name}",
            "",
            f"{text[0].upper()}{text[1:]}.",
            f"{length}{least} bytes.",
            "",
            "| offset | field | type | unit | range | what |",
            "|---|---|---|---|---|---|",
        ]
        offset = 0
        for field in fields_of(message):
            unit, meaning = words[field.name]
            is_text = field.kind == "text"
            span = "ASCII, 0-filled" if is_text else f"{field.low} to {field.high}"
            kind = "16 bytes" if is_text else field.kind
            parts.append(f"| {offset} | `{field.name}` | {kind} | {unit} | {span} | {meaning} |")
            offset += field.size
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
