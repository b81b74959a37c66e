"""Messages: everything that station and ring 1 say to each other, declared once.

``MESSAGES`` is the whole protocol: packing, unpacking, range checks and the reference page in
README.md all come from it. Integers only, little-endian, fields without gaps. The names are
those of ``firmware/safety/signals.py`` where a value comes from there. What each field means is
in ``reference.py``, which a pilot board does not load.

A change here raises ``PROTOCOL``. HELLO and IDENTITY may only grow at their end, so that two
versions can still tell each other that they differ.
"""

from ampkeeper.hal.link.frame import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PROTOCOL = 3

HELLO, IDENTITY, SETTINGS, PERMIT, COMMAND, STATUS = range(1, 7)  # message types
MEASURED, PROFILE, RESULT, TRACE = range(7, 11)
CLEAR_FAULT, RESTORE_FAULTS, SELF_TEST, REPORT_TESTS, READ_TRACE = range(1, 6)  # command codes
REARM_TRACE, FREEZE_TRACE, RESTORE_CLOSINGS, RESTORE_UNDER_LOAD = range(6, 10)
RESTORE_RCD_RETRIES = const(10)
ENTER = const(11)  # stop, to be flashed: from a station of any version, so COMMAND never changes
NOT_RUN, DONE, REFUSED, UNKNOWN = range(4)  # command results
BOOT_UNKNOWN, BOOT_POWER, BOOT_WATCHDOG, BOOT_SOFTWARE = range(4)  # boot reasons

BITS_30 = const(0x3FFFFFFF)  # more would allocate on the pilot board
TRACE_LAYOUT = const(1)  # of the rows: that of firmware/safety/recorder.py
SETTINGS_FIRST = const(3)  # field of SETTINGS where the settings begin, after their id

_BITS_16 = const(0xFFFF)
_U8 = const(1)  # a field's kind is its bytes, negative where it has a sign
_U16 = const(2)
_I16 = const(-2)
_U32 = const(4)
_I32 = const(-4)
_TEXT = const(16)  # ASCII, filled with zeros
RAW = const(48)  # bytes as they are

# In the order of the types. Orders begin with what makes them fresh; so do RESULT and TRACE.
# fmt: off
MESSAGES: "tuple[tuple[Any, ...], ...]" = (
    # field, kind, least, most
    (  # HELLO
        "protocol",          _U16,   1,       _BITS_16,
        "nonce",             _U32,   1,       BITS_30,
        "host_version",      _TEXT,  0,       0,
    ),
    (  # IDENTITY
        "protocol",          _U16,   1,       _BITS_16,
        "nonce",             _U32,   1,       BITS_30,
        "epoch",             _U32,   1,       BITS_30,
        "boot_reason",       _U8,    0,       3,
        "firmware_version",  _TEXT,  0,       0,
        "board",             _TEXT,  0,       0,
        "image",             _U32,   0,       BITS_30,
    ),
    (  # SETTINGS
        "epoch",             _U32,   1,       BITS_30,
        "counter",           _U32,   1,       BITS_30,
        "settings_id",       _U16,   1,       _BITS_16,
        "max_ma",            _U32,   6000,    80_000,
        "phases",            _U8,    1,       3,
        "is_socket",         _U8,    0,       1,
        "has_ventilation",   _U8,    0,       1,
        "permit_ms",         _U16,   1000,    5000,
        "ready_ms",          _U16,   300,     2500,
        "stop_ms",           _U16,   6000,    7000,
        "reclose_ms",        _U32,   10_000,  600_000,
        "pwm_gap_ms",        _U16,   5000,    60_000,
        "pilot_f_ms",        _U16,   0,       1000,
        "duty_blank_ms",     _U16,   0,       600,
        "switch_blank_ms",   _U16,   0,       200,
        "region",            _U8,    0,       1,
        "has_rcd_test",      _U8,    0,       1,
        "has_meter",         _U8,    0,       1,
        "is_stepping_down_at_once", _U8, 0,   1,
        "simplified_ma",     _U16,   0,       32_000,
        "voltage_nominal_mv", _U32,  120_000, 277_000,
        "has_phase_relay",   _U8,    0,       1,
        "has_cp_relay",      _U8,    0,       1,
    ),
    (  # PERMIT
        "epoch",             _U32,   1,       BITS_30,
        "counter",           _U32,   1,       BITS_30,
        "seen_ms",           _U32,   0,       BITS_30,
        "current_ma",        _U32,   0,       80_000,
        "phases",            _U8,    1,       3,
        "flags",             _U8,    0,       255,
    ),
    (  # COMMAND
        "epoch",             _U32,   1,       BITS_30,
        "counter",           _U32,   1,       BITS_30,
        "command_id",        _U32,   1,       BITS_30,
        "code",              _U8,    0,       255,
        "argument",          _U32,   0,       BITS_30,
    ),
    (  # STATUS
        "uptime_ms",         _U32,   0,       BITS_30,
        "epoch",             _U32,   1,       BITS_30,
        "counter",           _U32,   0,       BITS_30,
        "settings_id",       _U16,   0,       _BITS_16,
        "command_id",        _U32,   0,       BITS_30,
        "command_result",    _U8,    0,       3,
        "sequence",          _U8,    0,       7,
        "pilot",             _U8,    0,       6,
        "contactor",         _U8,    0,       5,
        "lock",              _U8,    0,       5,
        "coil",              _U8,    0,       1,
        "mirror",            _U8,    0,       1,
        "high_mv",           _I16,   -32_768, 32_767,
        "low_mv",            _I16,   -32_768, 32_767,
        "duty_ticks",        _U16,   0,       _BITS_16,
        "cable_ma",          _U32,   0,       80_000,
        "limit_ma",          _U32,   0,       80_000,
        "limited_by",        _U8,    0,       6,
        "phases",            _U8,    1,       3,
        "temperature_dc",    _I16,   -32_768, 32_767,
        "stop_reason",       _U8,    0,       7,
        "stop_count",        _U32,   0,       BITS_30,
        "closing_count",     _U32,   0,       BITS_30,
        "under_load_count",  _U32,   0,       BITS_30,
        "refused_count",     _U32,   0,       BITS_30,
        "faults",            _U32,   0,       BITS_30,
        "profile_id",        _U16,   0,       _BITS_16,
        "trace_id",          _U16,   0,       _BITS_16,
        "closings",          _U32,   0,       BITS_30,
        "under_load",        _U32,   0,       BITS_30,
        "rcd_retry_count",   _U8,    0,       255,
        "simplified",        _U8,    0,       1,
        "toggle_count",      _U16,   0,       _BITS_16,
        "wake_count",        _U8,    0,       255,
        "suppressed_count",  _U16,   0,       _BITS_16,
        "invalid_count",     _U16,   0,       _BITS_16,
        "garbled_count",     _U16,   0,       _BITS_16,
        "hang_count",        _U16,   0,       _BITS_16,
    ),
    (  # MEASURED
        "epoch",             _U32,   1,       BITS_30,
        "counter",           _U32,   1,       BITS_30,
        "seen_ms",           _U32,   0,       BITS_30,
        "current_l1_ma",     _I32,   -1,      1_000_000,
        "current_l2_ma",     _I32,   -1,      1_000_000,
        "current_l3_ma",     _I32,   -1,      1_000_000,
        "voltage_l1_mv",     _I32,   -1,      1_000_000,
        "voltage_l2_mv",     _I32,   -1,      1_000_000,
        "voltage_l3_mv",     _I32,   -1,      1_000_000,
    ),
    (  # PROFILE
        "epoch",             _U32,   1,       BITS_30,
        "counter",           _U32,   1,       BITS_30,
        "profile_id",        _U16,   1,       _BITS_16,
        "min_ma",            _U16,   6000,    16_000,
        "wake_method",       _U8,    0,       3,
        "wake_after_ms",     _U32,   10_000,  600_000,
        "phase_gap_ms",      _U32,   10_000,  300_000,
        "may_switch_phases", _U8,    0,       1,
        "b_filter_ms",       _U8,    0,       60,
        "never_f",           _U8,    0,       1,
    ),
    (  # RESULT
        "epoch",             _U32,   1,       BITS_30,
        "counter",           _U32,   1,       BITS_30,
        "number",            _U8,    1,       29,
        "result",            _U8,    0,       4,
        "value",             _I32,   -BITS_30, BITS_30,
        "low",               _I32,   -BITS_30, BITS_30,
        "high",              _I32,   -BITS_30, BITS_30,
        "duration_ms",       _U32,   0,       BITS_30,
        "age_s",             _U32,   0,       BITS_30,
        "count",             _U16,   0,       _BITS_16,
    ),
    (  # TRACE
        "epoch",             _U32,   1,       BITS_30,
        "counter",           _U32,   1,       BITS_30,
        "layout",            _U8,    1,       255,
        "trace_id",          _U16,   1,       _BITS_16,
        "cause",             _U8,    0,       255,
        "total",             _U16,   0,       _BITS_16,
        "offset",            _U16,   0,       _BITS_16,
        "rows",              RAW,    0,       0,
    ),
)
# fmt: on
FIELD = const(4)  # columns
IDENTITY_BYTES_MIN = const(43)  # of boards that do not tell their program


class Message:
    """One message with room for its values, made once and used again."""

    texts: "dict[str, str]" = {}  # of a message that has none
    raw = bytearray()  # likewise

    def __init__(self, kind: int) -> None:
        self.kind = kind
        self.fields = MESSAGES[kind - 1]
        self.length = 0
        self.values: "dict[str, int]" = {}
        texts = {}
        for at in range(0, len(self.fields), FIELD):
            size = self.fields[at + 1]
            self.length += abs(size)
            if size == _TEXT:
                texts[self.fields[at]] = ""
            elif size == RAW:
                self.raw = bytearray(RAW)
            else:
                self.values[self.fields[at]] = max(self.fields[at + 2], 0)
        if texts:
            self.texts = texts

    def names(self, first: int = 0) -> "list[str]":
        """Return the names of the fields, in order, from the ``first`` on."""
        return [self.fields[at] for at in range(first * FIELD, len(self.fields), FIELD)]

    def pack_into(self, buffer: bytearray, offset: int) -> int:
        """Write all fields from ``offset`` on; return the end. Without texts allocates nothing.

        A value outside its range is sent as the nearest in range: ring 1 reports, it never stops.
        """
        fields = self.fields
        for at in range(0, len(fields), FIELD):
            size = fields[at + 1]
            if size == _TEXT:
                put_text(self.texts[fields[at]], buffer, offset)
                offset += _TEXT
                continue
            if size == RAW:
                for index in range(RAW):
                    buffer[offset + index] = self.raw[index]
                offset += RAW
                continue
            value = min(max(self.values[fields[at]], fields[at + 2]), fields[at + 3])
            for _ in range(abs(size)):
                buffer[offset] = value & 0xFF
                value >>= 8
                offset += 1
        return offset

    def unpack_from(self, buffer: "bytes | bytearray", offset: int, length: int) -> bool:
        """Read all fields; False, and not to be used, if length or one value is not allowed."""
        is_greeting = self.kind in (HELLO, IDENTITY)
        least = IDENTITY_BYTES_MIN if self.kind == IDENTITY else self.length
        if length < least or (length > self.length and not is_greeting):
            return False
        end = offset + length
        fields = self.fields
        for at in range(0, len(fields), FIELD):
            size = fields[at + 1]
            length = abs(size)
            if offset + length > end:
                self.values[fields[at]] = 0
            elif size == _TEXT:
                self.texts[fields[at]] = get_text(buffer, offset)
            elif size == RAW:
                for index in range(RAW):
                    self.raw[index] = buffer[offset + index]
            else:
                value = get_number(buffer, offset, size)
                if not fields[at + 2] <= value <= fields[at + 3]:
                    return False
                self.values[fields[at]] = value
            offset += abs(size)
        return True


def get_number(buffer: "bytes | bytearray", offset: int, size: int) -> int:
    """Read a number, low byte first; stays inside 31 bits for what is in range."""
    last = abs(size) - 1
    value = buffer[offset + last]
    if size < 0 and value >= 0x80:
        value -= 0x100
    for index in range(last - 1, -1, -1):
        value = (value << 8) | buffer[offset + index]
    return value


def put_text(text: str, buffer: bytearray, offset: int) -> None:
    """Write 16 characters of ASCII, filled with zeros."""
    for index in range(_TEXT):
        code = ord(text[index]) if index < len(text) else 0
        buffer[offset + index] = code if code < 0x7F else ord("?")


def get_text(buffer: "bytes | bytearray", offset: int) -> str:
    """Read text up to the first zero; what is not printable ASCII becomes a question mark."""
    text = ""
    for index in range(_TEXT):
        code = buffer[offset + index]
        if code == 0:
            break
        text += chr(code) if 0x20 <= code < 0x7F else "?"
    return text
