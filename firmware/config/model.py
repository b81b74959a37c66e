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
    optional_boolean,
    optional_text,
    tables,
    text,
    texts,
)
from ampkeeper.firmware.config.model_billing import (
    MONTHLY_LOGS_MAX,
    TARIFF_HOURS_MAX,
    Delivery,
    Letterhead,
    MonthlyLog,
    Ocmf,
    Payment,
    Tariff,
    TariffHours,
)
from ampkeeper.firmware.config.model_energy import (
    DEPARTURES_MAX,
    SCHEDULES_MAX,
    Departure,
    Energy,
    Mains,
    Price,
    Schedule,
    Surplus,
)
from ampkeeper.firmware.config.model_grid import Grid
from ampkeeper.firmware.config.model_limits import Limits, Seal
from ampkeeper.firmware.config.model_modbus import Modbus
from ampkeeper.firmware.config.model_panel import Panel
from ampkeeper.firmware.config.model_phases import Phases
from ampkeeper.firmware.config.model_site import (
    CIRCUITS_MAX,
    MEMBERS_MAX,
    Circuit,
    Member,
    Mqtt,
    Site,
)
from ampkeeper.firmware.config.model_update import Update
from ampkeeper.firmware.config.model_web import Web

CURRENT_A_MIN = 6.0  # IEC 61851-1 Table A.8: the least a duty cycle can offer
CURRENT_A_MAX = 80.0  # IEC 61851-1 Table A.8: the most a duty cycle can offer
EVSES_MAX = 8
TAGS_MAX = 100
VEHICLES_MAX = 50
FALLBACKS_MAX = 3
ID_PATTERN = r"[A-Za-z0-9*\-_=+|@.]{1,48}"
ID_WORDS = "1 to 48 of A-Z a-z 0-9 * - _ = + | @ ."
BOOKS_HELP = (
    "Name of the operator's books: what was begun at one system may go on at another of the same "
    "name; left out: its own."
)
RESUME = "resume"
END = "end"
BY_OCPP = "ocpp"
EU, US = "eu", "us"
WAKES = ("never", "f", "cut", "ladder")  # in the order of ring 1's numbers
VEHICLES = (
    "default", "kona", "zoe_gen1", "polestar", "bmw_ix3", "tavascan", "leaf", "ioniq5", "vw",
    "phev_no_f",
)  # fmt: skip
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
        pattern=ID_PATTERN,
        words=ID_WORDS,
    )
    versions: tuple[str, ...] = texts(
        "OCPP versions, offered to the central system in this order.",
        default=("2.0.1", "1.6"),
        count_min=1,
        count_max=3,
        choices=("2.1", "2.0.1", "1.6"),
    )
    security_profile: int = integer(
        "OCPP security profile: 0 open, 1 password, 2 TLS and password, 3 TLS both ways.",
        low=0,
        high=3,
        default=0,
    )
    password_file: str = file("File that holds the password of profiles 1 and 2.")
    books: str = text(BOOKS_HELP, default="", chars_max=50)
    ca_file: str = file("PEM file of the roots to trust; left out: those of the system.")
    certificate_file: str = file("PEM file of the station's certificate chain, for profile 3.")
    key_file: str = file("PEM file of the station's private key, for profile 3.")
    interfaces: tuple[str, ...] = texts(
        'What OCPP calls the machine\'s network interfaces: "Wired0=eth0", "Wireless0=wlan0".',
        default=(),
        count_max=8,
        chars_max=25,
    )
    keys: Mapping[str, Scalar] = free("[ocpp.keys]: any OCPP 1.6 configuration key = value.")
    variables: Mapping[str, Scalar] = free(
        '[ocpp.variables]: any OCPP 2.x variable, "Component[instance].Variable[instance]" = value.'
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """One [[fallback]] table for each central system to turn to when [ocpp] is not there."""

    url: str = text(
        "Address of the central system; the id is appended to it.",
        chars_max=512,
        words="ws:// or wss:// address without user, password and fragment",
    )
    id: str = text(
        "Identity of the station there; left out: that of [ocpp].",
        default="",
        pattern=ID_PATTERN,
        words=ID_WORDS,
    )
    versions: tuple[str, ...] = texts(
        "OCPP versions, offered in this order; left out: those of [ocpp].",
        default=(),
        count_min=1,
        count_max=3,
        choices=("2.1", "2.0.1", "1.6"),
    )
    security_profile: int | None = integer(
        "OCPP security profile; left out: that of [ocpp].", low=0, high=3, is_required=False
    )
    password_file: str = file("File that holds the password; left out: that of [ocpp].")
    books: str = text(BOOKS_HELP, default="", chars_max=50)


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
class Protection:
    """What ring 1 must know of the place and its rules."""

    region: str = text(
        'After a residual-current trip: "eu" stays off until a person clears it, "us" tries again.',
        default=EU,
        choices=(EU, US),
    )
    voltage_v: float = number(
        "Nominal voltage, line to neutral.", unit="V", low=120.0, high=277.0, default=230.0
    )
    simplified_a: float = number(
        "Most current offered to a car that reads no duty cycle; 0: no such limit.",
        unit="A",
        low=CURRENT_A_MIN,
        high=32.0,
        default=10.0,
        also=0,
    )
    step_down_at_once: bool | None = optional_boolean(
        "true: a lower current is offered at once, not 5 s after the last change; left out: true "
        "with site.name or mains.fuse_a, where it must not be false."
    )
    vehicle: str = text(
        "Profile of a car about which nothing else is known.", default="default", choices=VEHICLES
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """One [[vehicle]] table for each car that needs something of its own, known by its cards."""

    tags: tuple[str, ...] = texts(
        "Cards or vehicle ids by which this car is known.",
        default=None,
        count_min=1,
        count_max=TAGS_MAX,
        chars_max=36,
        is_secret=True,
    )
    like: str = text(
        "Shipped profile that the other keys change.", default="default", choices=VEHICLES
    )
    min_a: float | None = number(
        "Least current that the car can use.", unit="A", low=CURRENT_A_MIN, high=16.0
    )
    wake: str | None = optional_text(
        "How to wake the car when it sleeps: by state F, by cutting the pilot, by both.",
        choices=WAKES,
    )
    wake_after_s: float | None = number(
        "How long the car may wait in state B before it is woken.", unit="s", low=10.0, high=600.0
    )
    phase_gap_s: float | None = number(
        "Time without a pilot when the phases are switched.", unit="s", low=10.0, high=300.0
    )
    may_switch_phases: bool | None = optional_boolean(
        "false: never switch phases while this car is plugged in."
    )
    b_filter_ms: int | None = integer(
        "Longer before an end of charge by the car is believed.",
        unit="ms",
        low=0,
        high=60,
        is_required=False,
    )
    never_f: bool | None = optional_boolean("true: this car never sees state F.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfers:
    """Files that come and go: which machines are believed."""

    ca_file: str = file("PEM file of more roots to trust for https and ftps than the system's.")
    known_hosts_file: str = file(
        "Host keys for sftp, in OpenSSH's format; left out: known_hosts in the state folder."
    )
    learn_hosts: bool = boolean(
        "true: the key of a host that is met for the first time is believed and kept.",
        default=False,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole file. ``evse`` is one value per [[evse]], in order of id; ``vehicle`` likewise."""

    station: Station = field(metadata={"section": Station, "is_required": True})
    board: Board = field(metadata={"section": Board, "is_required": True})
    evse: tuple[Evse, ...] = field(
        metadata={"section": Evse, "is_required": True, "count": (1, EVSES_MAX)}
    )
    ocpp: Ocpp = field(default_factory=Ocpp, metadata={"section": Ocpp})
    fallback: tuple[Fallback, ...] = field(
        default=(), metadata={"section": Fallback, "count": (0, FALLBACKS_MAX)}
    )
    session: Session = field(default_factory=Session, metadata={"section": Session})
    authorise: Authorise = field(default_factory=Authorise, metadata={"section": Authorise})
    limits: Limits = field(default_factory=Limits, metadata={"section": Limits})
    seal: Seal = field(default_factory=Seal, metadata={"section": Seal})
    grid: Grid = field(default_factory=Grid, metadata={"section": Grid})
    phases: Phases = field(default_factory=Phases, metadata={"section": Phases})
    protection: Protection = field(default_factory=Protection, metadata={"section": Protection})
    vehicle: tuple[Vehicle, ...] = field(
        default=(), metadata={"section": Vehicle, "count": (0, VEHICLES_MAX)}
    )
    energy: Energy = field(default_factory=Energy, metadata={"section": Energy})
    mains: Mains = field(default_factory=Mains, metadata={"section": Mains})
    surplus: Surplus = field(default_factory=Surplus, metadata={"section": Surplus})
    schedule: tuple[Schedule, ...] = field(
        default=(), metadata={"section": Schedule, "count": (0, SCHEDULES_MAX)}
    )
    price: Price = field(default_factory=Price, metadata={"section": Price})
    departure: tuple[Departure, ...] = field(
        default=(), metadata={"section": Departure, "count": (0, DEPARTURES_MAX)}
    )
    tariff: Tariff = field(default_factory=Tariff, metadata={"section": Tariff})
    monthly_log: tuple[MonthlyLog, ...] = field(
        default=(), metadata={"section": MonthlyLog, "count": (0, MONTHLY_LOGS_MAX)}
    )
    tariff_hours: tuple[TariffHours, ...] = field(
        default=(), metadata={"section": TariffHours, "count": (0, TARIFF_HOURS_MAX)}
    )
    letterhead: Letterhead = field(default_factory=Letterhead, metadata={"section": Letterhead})
    payment: Payment = field(default_factory=Payment, metadata={"section": Payment})
    delivery: Delivery = field(default_factory=Delivery, metadata={"section": Delivery})
    ocmf: Ocmf = field(default_factory=Ocmf, metadata={"section": Ocmf})
    panel: Panel = field(default_factory=Panel, metadata={"section": Panel})
    site: Site = field(default_factory=Site, metadata={"section": Site})
    circuit: tuple[Circuit, ...] = field(
        default=(), metadata={"section": Circuit, "count": (0, CIRCUITS_MAX)}
    )
    member: tuple[Member, ...] = field(
        default=(), metadata={"section": Member, "count": (0, MEMBERS_MAX)}
    )
    transfers: Transfers = field(default_factory=Transfers, metadata={"section": Transfers})
    update: Update = field(default_factory=Update, metadata={"section": Update})
    web: Web = field(default_factory=Web, metadata={"section": Web})
    mqtt: Mqtt = field(default_factory=Mqtt, metadata={"section": Mqtt})
    modbus: Modbus = field(default_factory=Modbus, metadata={"section": Modbus})
