"""The model: every key of the configuration, with unit, range, default and one line of help.

The file's reader, its JSON schema and CONFIG.md are made from this page; nothing else lists keys.
Currents are A, energies integer Wh. Choices of the owner stand here; facts of the circuit board
stand in ``board/<name>/board.toml``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ampkeeper.firmware.config.fields import (
    Scalar,
    boolean,
    file,
    free,
    integer,
    number,
    optional_text,
    tables,
    text,
    texts,
)

CURRENT_A_MIN = 6.0  # IEC 61851-1 Table A.8: the least a duty cycle can offer
CURRENT_A_MAX = 80.0  # IEC 61851-1 Table A.8: the most a duty cycle can offer
EVSES_MAX = 8
TAGS_MAX = 100
RESUME = "resume"
END = "end"
BY_OCPP = "ocpp"
FREE_MODE = "free"


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """Who this charging station is."""

    vendor: str = text("Name of the maker, as the central system sees it.", chars_max=20)
    model: str = text("Name of the model, as the central system sees it.", chars_max=20)
    serial: str = text("Serial number of the charging station.", chars_max=25)
    firmware_version: str | None = optional_text(
        "Version to report instead of the software's own.", chars_max=50
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Which hardware this is; what the board itself needs stands in tables below [board]."""

    name: str = text(
        "Name of the board: a folder of board/.",
        pattern=r"[a-z][a-z0-9_]{0,39}",
        words="lower-case letters, digits and _, at most 40",
    )
    tables: Mapping[str, Mapping[str, Scalar]] = tables(
        "[board.NAME]: keys that this board needs, such as the device of its meter."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Evse:
    """One [[evse]] table for each place where a car can charge."""

    id: int = integer("Number of the EVSE; they count from 1 without a gap.", low=1, high=EVSES_MAX)
    max_a: float = number(
        "Most current per phase that cable, fuse and contactor behind this EVSE carry.",
        unit="A",
        low=CURRENT_A_MIN,
        high=CURRENT_A_MAX,
        is_required=True,
    )
    phases: int = integer("Phases wired to this EVSE.", low=1, high=3, choices=(1, 3))
    socket: bool = boolean("true: a socket with a lock; false: a captive cable.")
    ventilation: bool = boolean(
        "true: the place is ventilated, so cars that ask for ventilation may charge.",
        default=False,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ocpp:
    """The central system; without ``url`` the charger works alone."""

    url: str = text(
        "Address of the central system; the id is appended to it.",
        default="",
        chars_max=512,
        words="ws:// or wss:// address without user, password and fragment",
    )
    id: str = text(
        "Identity of the station at the central system.",
        default="",
        pattern=r"[A-Za-z0-9*\-_=+|@.]{1,48}",
        words="1 to 48 of A-Z a-z 0-9 * - _ = + | @ .",
    )
    versions: tuple[str, ...] = texts(
        "OCPP versions, offered to the central system in this order.",
        default=("2.0.1", "1.6"),
        count_min=1,
        count_max=2,
        choices=("2.0.1", "1.6"),
    )
    security_profile: int = integer(
        "OCPP security profile: 0 open, 1 password, 2 TLS and password, 3 TLS both ways.",
        low=0,
        high=3,
        default=0,
    )
    password_file: str = file("File that holds the password of profiles 1 and 2.")
    ca_file: str = file("PEM file of the roots to trust; left out: those of the system.")
    certificate_file: str = file("PEM file of the station's certificate chain, for profile 3.")
    key_file: str = file("PEM file of the station's private key, for profile 3.")
    keys: Mapping[str, Scalar] = free("[ocpp.keys]: any OCPP 1.6 configuration key = value.")
    variables: Mapping[str, Scalar] = free(
        '[ocpp.variables]: any OCPP 2.x variable, "Component[instance].Variable[instance]" = value.'
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """From plug to unplug."""

    on_power_return: str = text(
        "After a power cut in mid-charge: go on in the same transaction, or end it (PowerLoss).",
        default=RESUME,
        choices=(RESUME, END),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorise:
    """Who may charge."""

    mode: str = text(
        "Ask the central system, or let everybody charge.",
        default=BY_OCPP,
        choices=(BY_OCPP, FREE_MODE),
    )
    tags: tuple[str, ...] = texts(
        "Cards that are always accepted, by their number.",
        default=(),
        count_max=TAGS_MAX,
        chars_max=36,
        is_secret=True,
    )
    same_card_stops: bool = boolean("The card that started also stops.", default=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of the station beside those of each EVSE."""

    max_a: float | None = number(
        "Most current per phase that all EVSEs together may draw; left out: no such limit.",
        unit="A",
        low=CURRENT_A_MIN,
        high=CURRENT_A_MAX * EVSES_MAX,
    )
    stale_meter_a: float = number(
        "Limit while the meter is silent or implausible; 0 stops the charge.",
        unit="A",
        low=CURRENT_A_MIN,
        high=CURRENT_A_MAX,
        default=6.0,
        also=0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Sharing a feeder between chargers: not in this version."""

    enabled: bool = boolean("Not in this version: only false.", default=False, choices=(False,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Software updates: not in this version."""

    enabled: bool = boolean("Not in this version: only false.", default=False, choices=(False,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """Local web page: not in this version."""

    enabled: bool = boolean("Not in this version: only false.", default=False, choices=(False,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mqtt:
    """MQTT: not in this version."""

    enabled: bool = boolean("Not in this version: only false.", default=False, choices=(False,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole file. ``evse`` is one value per [[evse]], in order of id."""

    station: Station = field(metadata={"section": Station, "is_required": True})
    board: Board = field(metadata={"section": Board, "is_required": True})
    evse: tuple[Evse, ...] = field(metadata={"section": Evse, "is_required": True})
    ocpp: Ocpp = field(default_factory=Ocpp, metadata={"section": Ocpp})
    session: Session = field(default_factory=Session, metadata={"section": Session})
    authorise: Authorise = field(default_factory=Authorise, metadata={"section": Authorise})
    limits: Limits = field(default_factory=Limits, metadata={"section": Limits})
    site: Site = field(default_factory=Site, metadata={"section": Site})
    update: Update = field(default_factory=Update, metadata={"section": Update})
    web: Web = field(default_factory=Web, metadata={"section": Web})
    mqtt: Mqtt = field(default_factory=Mqtt, metadata={"section": Mqtt})
