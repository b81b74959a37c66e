"""The model's sections on energy: what the owner wants of mains, sun, hours, prices and departures.

``firmware/energy`` decides by them, and knows what they may not say together (``configured.py``).
"""

from dataclasses import dataclass

from ampkeeper.firmware.config.fields import (
    boolean,
    file,
    integer,
    number,
    optional_text,
    text,
    texts,
)

CURRENT_A_MIN, CURRENT_A_MAX = 6.0, 80.0  # IEC 61851-1 Table A.8
SCHEDULES_MAX = 50
DEPARTURES_MAX = 14
TOPIC_CHARS_MAX = 255
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"
CLOCK_WORDS = 'a time of the day, local, such as "22:00"'
END = CLOCK + r"|24:00"
MODES = ("now", "surplus", "min+surplus", "schedule", "price", "off")
NONE, METER, MQTT = "none", "meter", "mqtt"
PHASES = ("L1", "L2", "L3")
WITH_TLS, NO_TLS = "certificate", "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Energy:
    """When to charge, unless the central system or another limit says less."""

    mode: str = text(
        "Mode until somebody chooses another with `ampkeeper mode`: at once, with surplus only, "
        "with surplus but always a little, in the hours of [[schedule]], by [price], not at all.",
        default="now",
        choices=MODES,
    )
    time_zone: str = text(
        'Where the charger stands, as the IANA names it, such as "Europe/Berlin"; left out: '
        "that of the system.",
        default="",
        chars_max=64,
    )
    country: str | None = optional_text(
        'Country by ISO 3166, such as "GB", whose rules for smart charging apply.',
        pattern=r"[A-Z]{2}",
    )
    random_delay_s: int | None = integer(
        "Charging begins, and hours and prices change or end it, after a random delay of at most "
        "so long (UK regulations of 2021, 11), unless the central system sets another by "
        "DelayCtrlr.MaxRandomDelay; left out: 600 s where country is GB, else none.",
        unit="s",
        low=0,
        high=1800,
        is_required=False,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mains:
    """The meter between house and grid: for surplus, and so that its fuse is never exceeded."""

    source: str = text(
        "Where its values come from: nowhere, a Modbus meter, or messages on MQTT.",
        default=NONE,
        choices=(NONE, METER, MQTT),
    )
    map: str = text("Modbus: name of a shipped map, or the path of one.", default="em24")
    port: str = text("Modbus: serial port, or tcp://HOST:PORT.", default="/dev/ttyUSB1")
    unit: int = integer("Modbus: unit of the meter.", low=1, high=247, default=1)
    baud: int = integer(
        "Modbus: speed of the line.",
        unit="baud",
        low=1200,
        high=115200,
        default=9600,
        choices=(1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200),
    )
    parity: str = text("Modbus: parity of the line.", default="N", choices=("N", "E", "O"))
    stop_bits: int = integer(
        "Modbus: stop bits of the line.", low=1, high=2, default=1, choices=(1, 2)
    )
    topics: tuple[str, ...] = texts(
        "MQTT: one topic for the total or for all phases, or one for each of L1, L2, L3.",
        default=(),
        count_max=3,
        chars_max=TOPIC_CHARS_MAX,
    )
    places: tuple[str, ...] = texts(
        'MQTT: where the values stand in a JSON message, such as "em.a_act_power"; left out: the '
        "message is a number.",
        default=(),
        count_max=3,
    )
    unit_of_values: str = text(
        "MQTT: unit of the values; import is positive.", default="W", choices=("W", "kW", "A", "mA")
    )
    reversed: bool = boolean("true: the meter counts export as positive.", default=False)
    rotation: tuple[str, ...] = texts(
        "Phases of the mains that feed L1, L2 and L3 of the charger.",
        default=PHASES,
        count_min=3,
        count_max=3,
        choices=PHASES,
    )
    fuse_a: float | None = number(
        "Rating of the fuse at the mains, per phase: charging never takes more than the house "
        "leaves; left out: not watched.",
        unit="A",
        low=CURRENT_A_MIN,
        high=1000.0,
    )
    margin_a: float = number(
        "So much of the fuse is kept free.", unit="A", low=0.0, high=50.0, default=1.0
    )
    stale_hold_s: float = number(
        "So long the last value counts when the meter is silent.",
        unit="s",
        low=5.0,
        high=300.0,
        default=15.0,
    )
    stale_a: float = number(
        "What all EVSEs together may take after that, less or more than before; 0 stops the "
        "charge.",
        unit="A",
        low=CURRENT_A_MIN,
        high=CURRENT_A_MAX,
        default=0.0,
        also=0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Surplus:
    """How calmly the sun is followed."""

    minimum_a: float = number(
        "What min+surplus charges with at least.",
        unit="A",
        low=CURRENT_A_MIN,
        high=32.0,
        default=6.0,
    )
    start_delay_s: float = number(
        "So long there has to be enough sun to begin.",
        unit="s",
        low=0.0,
        high=3600.0,
        default=180.0,
    )
    stop_delay_s: float = number(
        "So long there may be too little before it ends.",
        unit="s",
        low=0.0,
        high=3600.0,
        default=240.0,
    )
    on_s_min: float = number(
        "Once begun, it lasts at least so long.", unit="s", low=0.0, high=3600.0, default=300.0
    )
    off_s_min: float = number(
        "Once ended, it rests at least so long.", unit="s", low=0.0, high=3600.0, default=300.0
    )
    starts_per_hour: int = integer(
        "It begins at most so often in an hour.", low=1, high=60, default=4
    )
    smoothing_s: float = number(
        "What there is, is averaged over so long.", unit="s", low=1.0, high=120.0, default=20.0
    )
    margin_w: float = number(
        "So much may be imported while the current follows the sun.",
        unit="W",
        low=0.0,
        high=2000.0,
        default=100.0,
    )
    hysteresis_w: float = number(
        "So much more than the least is needed to begin.",
        unit="W",
        low=0.0,
        high=5000.0,
        default=200.0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """One [[schedule]] table for hours of the week, local time."""

    name: str = text("What these hours are called.", chars_max=40)
    days: tuple[str, ...] = texts(
        "Days on which they begin.", default=DAYS, count_min=1, count_max=7, choices=DAYS
    )
    begin: str = text("When they begin.", pattern=CLOCK, words=CLOCK_WORDS)
    end: str = text(
        "When they end; no later than begin: on the next day.",
        pattern=END,
        words=CLOCK_WORDS + ' or "24:00"',
    )
    what: str = text(
        "charge: mode schedule charges in these hours; limit: max_a holds in them, in every mode "
        "and before a departure, but not against `charge now`.",
        default="charge",
        choices=("charge", "limit"),
    )
    max_a: float | None = number(
        "At most so much per phase; 0: nothing; left out: no limit.",
        unit="A",
        low=CURRENT_A_MIN,
        high=CURRENT_A_MAX,
        also=0,
    )
    evse: int = integer("At which EVSE; 0: at each.", low=0, high=8, default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Mode price: charge while a kWh is cheap, or in the cheapest hours."""

    limit: float | None = number(
        "Charge while a kWh costs no more than this; left out: no such limit.",
        unit="of the currency per kWh",
        low=-10.0,
        high=1000.0,
    )
    cheapest_h: float = number(
        "Charge in so many cheapest hours before `by`, or before the departure.",
        unit="h",
        low=0.0,
        high=24.0,
        default=0.0,
    )
    by: str = text(
        "When the cheapest hours are over.", default="07:00", pattern=CLOCK, words=CLOCK_WORDS
    )
    topic: str = text(
        "MQTT topic on which prices come; left out: none.",
        default="",
        chars_max=TOPIC_CHARS_MAX,
    )
    listen: str = text(
        "Where PUT /prices is served, where [web] serves nothing; left out: nothing listens.",
        default="",
        words='an IP address or localhost, and the port, such as "127.0.0.1:8650"',
    )
    token_file: str = file(
        "File that holds the token of who may push, here or at web.listen: at least 20 characters, "
        "no spaces."
    )
    tls_cert: str = file("PEM file of the certificate chain that PUT /prices is served with.")
    tls_key: str = file("PEM file of its private key.")
    tls: str = text(
        '"none": other machines push without TLS, where anybody can read the token.',
        default=WITH_TLS,
        choices=(WITH_TLS, NO_TLS),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """One [[departure]] table for a time by which the car has what it needs."""

    days: tuple[str, ...] = texts(
        "Days of departure.", default=DAYS, count_min=1, count_max=7, choices=DAYS
    )
    at: str = text("When the car leaves.", pattern=CLOCK, words=CLOCK_WORDS)
    energy_wh: int = integer(
        "So much is charged in the session by then.",
        unit="Wh",
        low=100,
        high=250000,
        is_required=True,
    )
    evse: int = integer("At which EVSE; 0: at each.", low=0, high=8, default=0)
