"""The model of a site: the broker, and the chargers and fuses that share a feeder.

Who belongs to a site and which fuses it has stands alike in the configuration of every charger;
one whose description differs is not listened to.
"""

from dataclasses import dataclass

from ampkeeper.firmware.config.fields import boolean, file, integer, number, text

CIRCUITS_MAX = 500
MEMBERS_MAX = 1000
LIMIT_A_MAX = 100_000.0  # of a whole site, counted at low voltage
OFFER_A_MIN, OFFER_A_MAX = 6.0, 80.0  # IEC 61851-1 Table A.8
NAME_PATTERN = r"[A-Za-z0-9_.-]{1,48}"
NAME_WORDS = "1 to 48 of A-Z a-z 0-9 _ . -"
ROTATIONS = ("L1L2L3", "L2L3L1", "L3L1L2", "L1L3L2", "L3L2L1", "L2L1L3", "L1", "L2", "L3")
VERIFIED, NO_TLS = "verify", "none"
MQTT_5, MQTT_3 = "5", "3.1.1"
NOTHING, STATE, COMMANDS = "nothing", "state", "commands"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mqtt:
    """The broker for what is shared with others; without ``url`` there is none."""

    url: str = text(
        "Address of the broker; mqtts:// is with TLS.",
        default="",
        words="mqtt://host:port or mqtts://host:port, without user and password",
    )
    id: str = text(
        "Identity at the broker and on a site; left out: the station's serial.",
        default="",
        pattern=NAME_PATTERN,
        words=NAME_WORDS,
    )
    prefix: str = text(
        "First levels of all topics.",
        default="ampkeeper",
        pattern=r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*",
        chars_max=100,
        words="levels of A-Z a-z 0-9 _ . - with / between them, at most 100 characters",
    )
    user: str = text("Name of the user.", default="", chars_max=100)
    password_file: str = file("File that holds the user's password, read for each connection.")
    tls: str = text(
        '"none": without TLS to another machine, where anybody can read, and be the broker.',
        default=VERIFIED,
        choices=(VERIFIED, NO_TLS),
    )
    ca_file: str = file("PEM file of the roots to trust; left out: those of the system.")
    certificate_file: str = file("PEM file of the charger's own certificate chain.")
    key_file: str = file("PEM file of its private key.")
    protocol: str = text("Version of MQTT.", default=MQTT_5, choices=(MQTT_5, MQTT_3))
    keepalive_s: int = integer(
        "A broker that is silent for longer is lost.", unit="s", low=5, high=3600, default=30
    )
    offers: str = text(
        "What the charger offers there to anybody whom the broker lets in: nothing, its state, or "
        "its state and to be told what to do (commands).",
        default=NOTHING,
        choices=(NOTHING, STATE, COMMANDS),
    )
    discovery: bool = boolean(
        "Whether Home Assistant finds what is offered by itself; false takes it back.", default=True
    )
    discovery_prefix: str = text(
        "First levels of the topics on which Home Assistant listens for that.",
        default="homeassistant",
        pattern=r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*",
        chars_max=100,
        words="levels of A-Z a-z 0-9 _ . - with / between them, at most 100 characters",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Chargers that share fuses, told of each other over [mqtt]; without ``name`` there are none.

    ``[[circuit]]`` and ``[[member]]`` stand alike in the file of each of them.
    """

    name: str = text(
        "Name of the site: a level of its topics.",
        default="",
        pattern=NAME_PATTERN,
        words=NAME_WORDS,
    )
    key_file: str = file(
        "File with the site's key, 32 bytes or more as hex, one a line: the first signs, all prove."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """One [[circuit]] table for each fuse of the site."""

    name: str = text("Name of the circuit.", pattern=NAME_PATTERN, words=NAME_WORDS)
    parent: str = text(
        "The circuit that feeds this one; left out: it is the feeder of the site.",
        default="",
        pattern=NAME_PATTERN,
        words=NAME_WORDS,
    )
    max_a: float = number("Fuse, per phase.", unit="A", low=0, high=LIMIT_A_MAX, is_required=True)
    max_l1_a: float | None = number(
        "Fuse of L1 where it is another.", unit="A", low=0, high=LIMIT_A_MAX
    )
    max_l2_a: float | None = number(
        "Fuse of L2 where it is another.", unit="A", low=0, high=LIMIT_A_MAX
    )
    max_l3_a: float | None = number(
        "Fuse of L3 where it is another.", unit="A", low=0, high=LIMIT_A_MAX
    )
    imbalance_a: float | None = number(
        "Most by which one- and two-phase cars may make its phases differ; left out: any. Safe"
        " shares have to keep to it too.",
        unit="A",
        low=0,
        high=LIMIT_A_MAX,
    )
    others_a: float = number(
        "Most that flows in it besides the chargers, per phase, while nothing measures it.",
        unit="A",
        low=0,
        high=LIMIT_A_MAX,
        default=0.0,
    )
    fed_in_a: float = number(
        "Most that may flow back out of it, per phase, as from solar panels.",
        unit="A",
        low=0,
        high=LIMIT_A_MAX,
        default=0.0,
    )
    meter: str = text(
        "Identity at the broker of the charger whose mains meter measures it, which has to be read "
        "every 2 s or oftener; left out: none.",
        default="",
        pattern=NAME_PATTERN,
        words=NAME_WORDS,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One [[member]] table for each place to charge of the site."""

    name: str = text("Name of the place.", pattern=NAME_PATTERN, words=NAME_WORDS)
    station: str = text(
        "Identity at the broker of its charger; left out: its name.",
        default="",
        pattern=NAME_PATTERN,
        words=NAME_WORDS,
    )
    evse: int = integer("Its EVSE there.", low=1, high=8, default=1)
    circuit: str = text("The circuit that it hangs on.", pattern=NAME_PATTERN, words=NAME_WORDS)
    rotation: str = text(
        "The site's phases that its own L1, L2 and L3 are; one: it is wired to that alone.",
        default="L1L2L3",
        choices=ROTATIONS,
    )
    safe_a: float = number(
        "What it may take per phase while nobody leads; 0: nothing.",
        unit="A",
        low=OFFER_A_MIN,
        high=OFFER_A_MAX,
        default=0.0,
        also=0,
    )
    priority: int = integer("The higher is served first.", low=0, high=100, default=0)
