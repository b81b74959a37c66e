"""One setting of the charger as OCPP sees it, and the one check of what it may be set to.

A setting has a 2.x name, "Component[instance].Variable[instance]", and perhaps an OCPP 1.6 key.
Settings of every EVSE or connector are declared once; in a name the id follows the component:
"EVSE@1.Power". Those that only 1.6 has live in the component "OCPP16", which 2.x never reports.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum

Value = bool | int | float | str | tuple[str, ...]

COMPONENT_16 = "OCPP16"
ITEMS_MAX = 50  # in one list; far above what any declared list can hold
TEXT_CHARS_MAX = 1000  # 2.0.1 SetVariableData.attributeValue
NAME = re.compile(
    r"(?P<component>\w+)(\[(?P<instance>[^\]]+)\])?(@(?P<evse>\d{1,9}))?"
    r"\.(?P<variable>\w+)(\[(?P<variable_instance>[^\]]+)\])?"
)
INTEGER = re.compile(r"[+-]?\d{1,10}")
DECIMAL = re.compile(r"[+-]?\d{1,10}(\.\d{1,6})?")
EVSE_TIER = frozenset(
    (
        "CPPWMController",
        "ElectricalFeed",
        "EmergencyStopSensor",
        "EVSE",
        "FiscalMetering",
        "OverCurrentProtection",
        "PowerContactor",
        "RCD",
        "TemperatureSensor",
    )
)
CONNECTOR_TIER = frozenset(("Connector", "ConnectorPlugRetentionLock"))
PASSWORD = re.compile(r"[A-Za-z0-9*\-_=:+|@.]*")  # 2.0.1 passwordString


class Kind(StrEnum):
    """The 2.x data type of a setting."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    TEXT = "string"
    TIME = "dateTime"
    OPTION = "OptionList"
    MEMBERS = "MemberList"
    SEQUENCE = "SequenceList"


class Access(StrEnum):
    """What a central system may do with a setting; the names of 2.x MutabilityEnumType."""

    READ_ONLY = "ReadOnly"
    READ_WRITE = "ReadWrite"
    WRITE_ONLY = "WriteOnly"


class Role(Enum):
    """What the value of a setting is in 2.x; 1.6 knows nothing but values."""

    ACTUAL = "Actual"
    MAX_SET = "MaxSet"  # the most that is allowed here; Actual is read at the moment of asking
    MAX_LIMIT = "maxLimit"  # the most that there can be; Actual is read at the moment of asking


class Origin(Enum):
    """Who decides the value."""

    CHOSEN = "configuration"  # the file, and then the central system
    FIXED = "firmware"  # a fact of this firmware: the default is the value
    TABLE = "[ocpp]"  # that table of the file, and then the central system
    HARDWARE = "station"  # what the board and the rest of the configuration say
    LIVE = "measured"  # read from the station at the moment of asking


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One declaration. ``lowest`` and ``highest`` bound a number, or the length of a text."""

    name: str
    help: str
    kind: Kind
    default: Value
    key: str | None = None  # OCPP 1.6
    unit: str = ""
    lowest: int | None = None
    highest: int | None = None
    allowed: tuple[str, ...] = ()
    pattern: str = ""  # what every item of a list looks like, when it cannot be enumerated
    pattern_help: str = ""
    form: Callable[[str], bool] | None = None  # of a text that is not empty
    access: Access = Access.READ_WRITE
    access_16: Access | None = None  # where 1.6 rules differently
    reboot: bool = False
    origin: Origin = Origin.CHOSEN
    role: Role = Role.ACTUAL
    is_secret: bool = False

    @property
    def component(self) -> str:
        """The component with its instance, without an EVSE id."""
        return self.name.partition(".")[0]

    @property
    def variable(self) -> str:
        """The variable with its instance."""
        return self.name.partition(".")[2]

    @property
    def is_2x(self) -> bool:
        """True if OCPP 2.x knows it."""
        return self.component != COMPONENT_16

    @property
    def is_per_evse(self) -> bool:
        """True if each EVSE has one."""
        return self.component in EVSE_TIER or self.component in CONNECTOR_TIER

    @property
    def is_live(self) -> bool:
        """True if its Actual is read from the station at the moment of asking."""
        return self.origin is Origin.LIVE or self.role is not Role.ACTUAL

    def access_in(self, version: str) -> Access:
        """What OCPP "1.6" or "2.x" may do with it."""
        return self.access_16 if version == "1.6" and self.access_16 else self.access


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a text is no value of a setting: what it is, and what is allowed."""

    reason: str
    is_range: bool = False  # the form is right, the size is not


def check(setting: Setting, text: str) -> Value | Refused:
    """The value that ``text`` means for ``setting``, or why it is refused. Never raises."""
    if len(text) > TEXT_CHARS_MAX:
        return Refused(f"{len(text)} characters; allowed: at most {TEXT_CHARS_MAX}", is_range=True)
    match setting.kind:
        case Kind.BOOLEAN:
            return _boolean(text)
        case Kind.INTEGER:
            return _integer(setting, text)
        case Kind.DECIMAL:
            return _decimal(setting, text)
        case Kind.MEMBERS | Kind.SEQUENCE:
            return _items(setting, text)
        case Kind.OPTION:
            return text if text in setting.allowed else _refused(setting, text)
        case _:
            return _text(setting, text)


def text_of(value: object) -> str:
    """A value as OCPP writes it: "true", "10", "a,b"."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    if isinstance(value, list | tuple):
        return ",".join(str(item) for item in value)
    return str(value)


def allowed_text(setting: Setting) -> str:
    """What is allowed, in words: for error texts and the reference page."""
    unit = f" {setting.unit}" if setting.unit else ""
    match setting.kind:
        case Kind.BOOLEAN:
            return "true or false"
        case Kind.INTEGER if setting.lowest is not None and setting.lowest == setting.highest:
            return f"only {setting.lowest}{unit}"
        case Kind.INTEGER | Kind.DECIMAL:
            return f"{setting.lowest} to {setting.highest}{unit}"
        case Kind.OPTION:
            return "one of " + ", ".join(setting.allowed)
        case Kind.MEMBERS | Kind.SEQUENCE:
            items = setting.pattern_help or ", ".join(setting.allowed) or "nothing"
            return f"comma-separated, any of {items}"
        case Kind.TEXT if setting.pattern_help:
            return f"{setting.pattern_help}, at most {setting.highest} characters"
        case Kind.TEXT:
            kind = "letters, digits and *-_=:+|@." if setting.is_secret else "text"
            return f"{kind} of {setting.lowest or 0} to {setting.highest} characters"
        case _:
            return setting.kind.value


def _boolean(text: str) -> Value | Refused:
    word = text.strip().casefold()
    if word in ("true", "false"):
        return word == "true"
    return Refused(f"{text!r}; allowed: true or false")


def _integer(setting: Setting, text: str) -> Value | Refused:
    if INTEGER.fullmatch(text.strip()) is None or not text.isascii():
        return _refused(setting, text)
    return _in_range(setting, text, int(text))


def _decimal(setting: Setting, text: str) -> Value | Refused:
    if DECIMAL.fullmatch(text.strip()) is None or not text.isascii():
        return _refused(setting, text)
    return _in_range(setting, text, float(text))


def _in_range(setting: Setting, text: str, number: float) -> Value | Refused:
    too_low = setting.lowest is not None and number < setting.lowest
    too_high = setting.highest is not None and number > setting.highest
    return _refused(setting, text, is_range=True) if too_low or too_high else number


def _items(setting: Setting, text: str) -> Value | Refused:
    """A list is taken whole or not at all (OCPP 1.6 errata 3.14.4)."""
    items = tuple(dict.fromkeys(item.strip() for item in text.split(","))) if text.strip() else ()
    if len(items) > ITEMS_MAX:
        return Refused(f"{len(items)} items; allowed: at most {ITEMS_MAX}", is_range=True)
    for item in items:
        is_known = item in setting.allowed
        is_alike = bool(setting.pattern) and re.fullmatch(setting.pattern, item) is not None
        if not is_known and not is_alike:
            return _refused(setting, item)
    if len(items) < (setting.lowest or 0):
        return _refused(setting, text)
    return items


def _text(setting: Setting, text: str) -> Value | Refused:
    if setting.is_secret:
        is_fine = PASSWORD.fullmatch(text) is not None
    else:
        is_fine = text == "" or (text.isprintable() and _has_form(setting, text))
    if not is_fine:
        return _refused(setting, text)
    is_short = len(text) < (setting.lowest or 0)
    is_long = setting.highest is not None and len(text) > setting.highest
    return _refused(setting, text, is_range=True) if is_short or is_long else text


def _has_form(setting: Setting, text: str) -> bool:
    return setting.form is None or setting.form(text)


def _refused(setting: Setting, text: str, is_range: bool = False) -> Refused:
    shown = "the value" if setting.is_secret else repr(text[:80])
    return Refused(f"{shown}; allowed: {allowed_text(setting)}", is_range=is_range)
