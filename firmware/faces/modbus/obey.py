"""Obey: what a request is answered with, or which limit it asks for. Pure.

Modbus Application Protocol V1.1b3: read holding (6.3) and input registers (6.4), which show the
same; write one (6.6) or several (6.12), of which only the limit can be written, and only where
that is allowed; read device identification (6.21).
"""

import struct
from dataclasses import dataclass

from ampkeeper.firmware.faces.api import State
from ampkeeper.firmware.faces.modbus.frames import (
    ILLEGAL_ADDRESS,
    ILLEGAL_FUNCTION,
    ILLEGAL_VALUE,
    Exceptional,
    Request,
)
from ampkeeper.firmware.faces.modbus.registers import (
    BLOCK,
    LIMIT_AT,
    LIMIT_STEPS_PER_A,
    U16,
    UNKNOWN,
    words_of,
)

WORD, PAIR = struct.Struct(">H"), struct.Struct(">HH")
READ_MAX = 125  # registers
MEI_IDENTIFICATION = 14
IDENTIFY_BYTES = 3  # that, the kind, the object
BASIC, SINGLE = 1, 4  # kinds of identification that may be asked for
CONFORMITY_BASIC = 0x81  # basic, as a stream and one by one
OBJECT_BYTES_MAX = 60  # three of them fit into one answer


@dataclass(frozen=True, slots=True)
class Wish:
    """The owner's limit of an EVSE, A per phase; None: none. ``echo`` answers once it is done."""

    evse_id: int
    current_a: float | None
    echo: bytes


def reply(request: Request, state: State, may_write: bool) -> bytes | Wish:
    """What stands behind the function code of the answer, or a wish; raise Exceptional."""
    match request.function:
        case 3 | 4:
            return _read(request.data, state)
        case 6 if may_write:
            return _write_one(request.data, state)
        case 16 if may_write:
            return _write_many(request.data, state)
        case 43 if request.data[:1] == bytes([MEI_IDENTIFICATION]):
            return _identify(request.data, state)
    raise Exceptional(ILLEGAL_FUNCTION)


def _read(data: bytes, state: State) -> bytes:
    if len(data) != PAIR.size:
        raise Exceptional(ILLEGAL_VALUE)
    address, count = PAIR.unpack(data)
    if not 1 <= count <= READ_MAX:
        raise Exceptional(ILLEGAL_VALUE)
    words = words_of(state, address, count)
    if words is None:
        raise Exceptional(ILLEGAL_ADDRESS)
    return bytes([WORD.size * count]) + b"".join(WORD.pack(word) for word in words)


def _write_one(data: bytes, state: State) -> Wish:
    if len(data) != PAIR.size:
        raise Exceptional(ILLEGAL_VALUE)
    address, value = PAIR.unpack(data)
    return _wish(address, value, data, state)


def _write_many(data: bytes, state: State) -> Wish:
    """One register: several could be done in part."""
    if len(data) != PAIR.size + 1 + WORD.size:
        raise Exceptional(ILLEGAL_VALUE)
    address, count = PAIR.unpack_from(data)
    if (count, data[PAIR.size]) != (1, WORD.size):
        raise Exceptional(ILLEGAL_VALUE)
    (value,) = WORD.unpack_from(data, PAIR.size + 1)
    return _wish(address, value, data[: PAIR.size], state)


def _wish(address: int, value: int, echo: bytes, state: State) -> Wish:
    evse_id, offset = divmod(address, BLOCK)
    if offset != LIMIT_AT or evse_id not in [evse.id for evse in state.evses]:
        raise Exceptional(ILLEGAL_ADDRESS)
    return Wish(evse_id, None if value == UNKNOWN[U16] else value / LIMIT_STEPS_PER_A, echo)


def _identify(data: bytes, state: State) -> bytes:
    if len(data) != IDENTIFY_BYTES:
        raise Exceptional(ILLEGAL_VALUE)
    _, kind, first = data
    objects = (state.vendor, state.model, state.firmware)
    if kind == SINGLE and first < len(objects):
        told = objects[first : first + 1]
    elif kind == BASIC:
        first = first if first < len(objects) else 0  # 6.21: begin again from the first
        told = objects[first:]
    else:
        raise Exceptional(ILLEGAL_ADDRESS if kind == SINGLE else ILLEGAL_VALUE)
    head = bytes([MEI_IDENTIFICATION, kind, CONFORMITY_BASIC, 0, 0, len(told)])
    return head + b"".join(_object(first + at, text) for at, text in enumerate(told))


def _object(number: int, text: str) -> bytes:
    data = text.encode("ascii", "replace")[:OBJECT_BYTES_MAX]
    return bytes([number, len(data)]) + data
