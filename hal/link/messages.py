"""Messages: everything that station and ring 1 say to each other, declared once.

``MESSAGES`` is the whole protocol: packing, unpacking, range checks and the reference page in
README.md all come from it. Integers only, little-endian, fields without gaps. The names are
those of ``firmware/safety/signals.py`` where a value comes from there.

A change here raises ``PROTOCOL``. HELLO and IDENTITY may only grow at their end, so that two
versions can still tell each other that they differ.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    Fields = tuple[tuple[str, str, str, int, int, str], ...]

PROTOCOL = 1

HELLO, IDENTITY, SETTINGS, PERMIT, COMMAND, STATUS = range(1, 7)  # message types
CLEAR_FAULT, RESTORE_FAULTS = range(1, 3)  # command codes
NOT_RUN, DONE, REFUSED, UNKNOWN = range(4)  # command results
BOOT_UNKNOWN, BOOT_POWER, BOOT_WATCHDOG, BOOT_SOFTWARE = range(4)  # boot reasons

BITS_16 = 0xFFFF
BITS_30 = 0x3FFFFFFF  # more would allocate on the pilot board
TEXT_BYTES = 16
SETTINGS_FIRST = 3  # field of SETTINGS, after epoch, counter and id, where the settings begin
KIND_BYTES = {"u8": 1, "u16": 2, "i16": 2, "u32": 4, "text": TEXT_BYTES}

# fmt: off
# How SETTINGS, PERMIT and COMMAND begin: what makes an order fresh.
EPOCH =      ("epoch",       "u32",  "",    1, BITS_30, "from the IDENTITY that the order follows")
COUNTER =    ("counter",     "u32",  "",    1, BITS_30, "counts the orders of an epoch; only up")
MESSAGES: "tuple[tuple[int, str, str, Fields], ...]" = (
    (HELLO, "HELLO", "station to pilot: who is there? Repeated until IDENTITY comes", (
        ("protocol",         "u16",  "",    1, BITS_16, "version of this page"),
        ("nonce",            "u32",  "",    1, BITS_30, "new for each greeting; starts an epoch"),
        ("host_version",     "text", "",    0, 0,       "firmware of the station"),
    )),
    (IDENTITY, "IDENTITY", "pilot to station: the answer to HELLO", (
        ("protocol",         "u16",  "",    1, BITS_16, "version of this page"),
        ("nonce",            "u32",  "",    1, BITS_30, "of the HELLO that is answered"),
        ("epoch",            "u32",  "",    1, BITS_30, "what orders must carry from now on"),
        ("boot_reason",      "u8",   "",    0, 3,       "0 unknown 1 power 2 watchdog 3 software"),
        ("firmware_version", "text", "",    0, 0,       "firmware of the pilot board"),
        ("board",            "text", "",    0, 0,       "name of the pilot board"),
    )),
    (SETTINGS, "SETTINGS", "station to pilot: repeated until STATUS names their id", (
        EPOCH,
        COUNTER,
        ("settings_id",      "u16",  "",    1, BITS_16, "CRC-16 of the fields that follow"),
        ("max_ma",           "u32",  "mA",  6000, 80000,   "rating per phase"),
        ("phases",           "u8",   "",    1, 3,          "wired: 1 or 3"),
        ("is_socket",        "u8",   "",    0, 1,          "0: captive cable"),
        ("has_ventilation",  "u8",   "",    0, 1,          "1: may serve cars in state D"),
        ("permit_ms",        "u16",  "ms",  1000, 5000,    "a permit's life"),
        ("ready_ms",         "u16",  "ms",  300, 2500,     "state C uninterrupted before closing"),
        ("stop_ms",          "u16",  "ms",  6000, 7000,    "a car's time to obey X1"),
        ("reclose_ms",       "u32",  "ms",  10000, 600000, "between two closings"),
        ("pwm_gap_ms",       "u16",  "ms",  5000, 60000,   "between two duty changes"),
        ("pilot_f_ms",       "u16",  "ms",  0, 1000,       "of F after a fault; 0: no F"),
        ("duty_blank_ms",    "u16",  "ms",  0, 600,        "no C to B after a duty change"),
        ("switch_blank_ms",  "u16",  "ms",  0, 200,        "no B, C, D change after switching"),
        ("phase_gap_ms",     "u32",  "ms",  10000, 300000, "X1 before the phase relay moves"),
    )),
    (PERMIT, "PERMIT", "station to pilot: charge up to this, until it expires", (
        EPOCH,
        COUNTER,
        ("seen_ms",          "u32",  "ms",  0, BITS_30, "uptime_ms of the newest STATUS seen"),
        ("current_ma",       "u32",  "mA",  0, 80000,   "per phase; 0 asks for a stop"),
        ("phases",           "u8",   "",    1, 3,       "1 or 3"),
        ("flags",            "u8",   "",    0, 255,     "1 keep locked, 2 in service"),
    )),
    (COMMAND, "COMMAND", "station to pilot: repeated until STATUS names its id", (
        EPOCH,
        COUNTER,
        ("command_id",       "u32",  "",    1, BITS_30, "run once, however often it comes"),
        ("code",             "u8",   "",    0, 255,     "1 clear a fault, 2 restore faults"),
        ("argument",         "u32",  "",    0, BITS_30, "1: fault code; 2: bits as in STATUS"),
    )),
    (STATUS, "STATUS", "pilot to station: ten times a second and on every change", (
        ("uptime_ms",        "u32",  "ms",  0, BITS_30, "since boot; at 0 again after 12 days"),
        ("epoch",            "u32",  "",    1, BITS_30, "what orders must carry"),
        ("counter",          "u32",  "",    0, BITS_30, "of the newest order accepted"),
        ("settings_id",      "u16",  "",    0, BITS_16, "in force; 0: none, no permit counts"),
        ("command_id",       "u32",  "",    0, BITS_30, "last command run in this epoch"),
        ("command_result",   "u8",   "",    0, 3,       "0 not run, 1 done, 2 refused, 3 unknown"),
        ("sequence",         "u8",   "",    0, 255,     "safety/sequence.py"),
        ("pilot",            "u8",   "",    0, 255,     "safety/pilot.py: A to F, invalid"),
        ("contactor",        "u8",   "",    0, 255,     "safety/contactor.py"),
        ("lock",             "u8",   "",    0, 255,     "safety/lock.py"),
        ("coil",             "u8",   "",    0, 1,       "1: driven"),
        ("mirror",           "u8",   "",    0, 1,       "1: made"),
        ("high_mv",          "i16",  "mV",  -32768, 32767, "control pilot, upper level"),
        ("low_mv",           "i16",  "mV",  -32768, 32767, "control pilot, lower level"),
        ("duty_ticks",       "u16",  "16 ns", 0, BITS_16, "62,500: always +12 V; 0: always -12 V"),
        ("cable_ma",         "u32",  "mA",  0, 80000,   "of the cable; 0: none or captive"),
        ("limit_ma",         "u32",  "mA",  0, 80000,   "offered"),
        ("limited_by",       "u8",   "",    0, 255,     "safety/limit.py"),
        ("phases",           "u8",   "",    1, 3,       "the phase relay: 1 or 3"),
        ("temperature_dc",   "i16",  "0.1 degC", -32768, 32767, "of the terminals"),
        ("stop_reason",      "u8",   "",    0, 255,     "why current last stopped"),
        ("stop_count",       "u32",  "",    0, BITS_30, "energised to not, since boot"),
        ("closing_count",    "u32",  "",    0, BITS_30, "closings since boot"),
        ("under_load_count", "u32",  "",    0, BITS_30, "openings under load since boot"),
        ("refused_count",    "u32",  "",    0, BITS_30, "orders not accepted since boot"),
        ("faults",           "u32",  "",    0, BITS_30, "bit n: fault code n, 0 to 23"),
    )),
)
# fmt: on


class Message:
    """One message with room for its values, made once and used again."""

    def __init__(self, kind: int) -> None:
        self.kind, self.name, _, self.fields = MESSAGES[kind - 1]
        assert self.kind == kind
        self.length = sum(KIND_BYTES[field[1]] for field in self.fields)
        self.values: "dict[str, int]" = {}
        self.texts: "dict[str, str]" = {}
        for name, field_kind, _, low, _, _ in self.fields:
            if field_kind == "text":
                self.texts[name] = ""
            else:
                self.values[name] = max(low, 0)

    def pack_into(self, buffer: bytearray, offset: int) -> int:
        """Write all fields from ``offset`` on; return the end. Without texts allocates nothing.

        A value outside its range is sent as the nearest in range: ring 1 reports, it never stops.
        """
        for name, kind, _, low, high, _ in self.fields:
            if kind == "text":
                offset = put_text(self.texts[name], buffer, offset)
                continue
            value = min(max(self.values[name], low), high)
            for _ in range(KIND_BYTES[kind]):
                buffer[offset] = value & 0xFF
                value >>= 8
                offset += 1
        return offset

    def unpack_from(self, buffer: "bytes | bytearray", offset: int, length: int) -> bool:
        """Read all fields; False, and not to be used, if length or one value is not allowed."""
        is_greeting = self.kind in (HELLO, IDENTITY)
        if length < self.length or (length > self.length and not is_greeting):
            return False
        for name, kind, _, low, high, _ in self.fields:
            size = KIND_BYTES[kind]
            if kind == "text":
                self.texts[name] = get_text(buffer, offset)
            else:
                value = get_number(buffer, offset, size, kind == "i16")
                if not low <= value <= high:
                    return False
                self.values[name] = value
            offset += size
        return True


def get_number(buffer: "bytes | bytearray", offset: int, size: int, is_signed: bool) -> int:
    """Read ``size`` bytes, low byte first; stays inside 31 bits for what is in range."""
    value = buffer[offset + size - 1]
    if is_signed and value >= 0x80:
        value -= 0x100
    for index in range(size - 2, -1, -1):
        value = (value << 8) | buffer[offset + index]
    return value


def put_text(text: str, buffer: bytearray, offset: int) -> int:
    """Write 16 characters of ASCII, filled with zeros; return the end."""
    for index in range(TEXT_BYTES):
        code = ord(text[index]) if index < len(text) else 0
        buffer[offset + index] = code if code < 0x7F else ord("?")
    return offset + TEXT_BYTES


def get_text(buffer: "bytes | bytearray", offset: int) -> str:
    """Read text up to the first zero; what is not printable ASCII becomes a question mark."""
    text = ""
    for index in range(TEXT_BYTES):
        code = buffer[offset + index]
        if code == 0:
            break
        text += chr(code) if 0x20 <= code < 0x7F else "?"
    return text
