"""Board keys: every key of a ``board.toml``, with range, unit and one line of help.

The readers in ``lines.py`` and in the boards take their ranges from here, and docs/board-toml.md
is made from it; nothing else lists keys. It loads nothing but the standard library.
"""

from typing import Any, NamedTuple

GPIO_MAX = 27  # of the Pi's header
CHANNEL_MAX = 7
OHM_MAX = 1_000_000
POINT_MAX = 20_000  # counts or mV

WHOLE, TEXT, CHOICE, POINTS = "a whole number", "a text", "one of", "four whole numbers"


class Key(NamedTuple):
    """One key. ``default`` None: it must be there, unless its table may be left out."""

    name: str
    kind: str
    help: str
    low: int = 0
    high: int = 0
    unit: str = ""
    choices: tuple[str | int, ...] = ()
    default: Any = None


class Name(NamedTuple):
    """One name that a table or a pin may have."""

    name: str
    help: str
    is_needed: bool = False  # by every board that has the section


class Section(NamedTuple):
    """One table of the file; ``names``: it has a key, or a table, for each thing that is fitted.

    ``keys`` are those of the table, or of each table below it.
    """

    name: str
    help: str
    keys: tuple[Key, ...] = ()
    names: tuple[Name, ...] = ()


def _gpio(help: str = "Number of the GPIO, as the Pi's documents count.") -> Key:
    return Key("gpio", WHOLE, help, 0, GPIO_MAX)


ACTIVE = Key(
    "active", CHOICE, "Level that means yes: pressed, made, tripped.", choices=("low", "high")
)
PULL = Key("pull", CHOICE, "The Pi's own resistor at the pin.", choices=("up", "down", "none"))
ON = Key("on", CHOICE, "Level that switches it on.", choices=("high", "low"), default="high")

# fmt: off
RATINGS = Section("ratings", "What cable, terminals and contactor carry.", (
    Key("max_ma", WHOLE, "Most current per phase.", 6_000, 80_000, "mA"),
    Key("phases", WHOLE, "Phases that are wired.", 1, 3, choices=(1, 3)),
))
PARTS = Section("parts", "Which part is fitted, in words: each one declares what it needs.", (), (
    Name("contactor", "the contactor"),
    Name("rcd", "the residual-current monitor"),
    Name("lock", "the motor that bolts the plug"),
    Name("phase_relay", "the relay for one or three phases"),
    Name("cp_relay", "the relay that opens the control pilot"),
    Name("emergency_stop", "the emergency stop"),
    Name("earth_monitor", "the detector of the protective earth"),
    Name("supply_monitor", "the detector of the mains ahead of the contactor"),
    Name("outlet_monitor", "the detector of voltage behind the contactor"),
))
PWM = Section("pwm", "The kernel's PWM that makes the pilot.", (
    Key("chip", TEXT, "Its folder below /sys/class/pwm."),
    Key("channel", WHOLE, "Its channel.", 0, CHANNEL_MAX),
    Key("gpio", WHOLE, "The pin that the overlay gave it.", 0, GPIO_MAX, choices=(12, 13, 18, 19)),
))
ADC = Section("adc", "The converter on the SPI line.", (
    Key("chip", CHOICE, "Its type.", choices=("mcp3208", "mcp3008")),
    Key("port", WHOLE, "Number of the SPI line.", 0, 1),
    Key("device", WHOLE, "Number of its chip select.", 0, 1),
))
OUTPUTS = Section("outputs", "What is driven, high: on. NAME = GPIO.", (), (
    Name("coil", "the contactor's coil, behind the monostable", is_needed=True),
    Name("heartbeat", "to the monostable: changes with every block", is_needed=True),
    Name("peak_reset", "empties the peak detectors", is_needed=True),
    Name("phase_relay", "on: three phases"),
    Name("cp_disconnect", "on: control pilot open"),
    Name("lock_in", "drives the bolt in"),
    Name("lock_out", "draws the bolt out"),
    Name("rcd_test", "the monitor's test input"),
))
INPUTS = Section("inputs", "What is read; one table [inputs.NAME] each.", (_gpio(), ACTIVE, PULL), (
    Name("mirror", "mirror contact: the contactor is made", is_needed=True),
    Name("lock_closed", "the bolt is in"),
    Name("rcd_ac", "the residual-current monitor tripped"),
    Name("rcd_dc", "it tripped on direct current"),
    Name("pe_ok", "protective earth is there"),
    Name("emergency_stop", "the emergency stop is pressed"),
    Name("supply_ok", "the mains are there"),
    Name("over_current", "a current sensor's comparator tripped"),
    Name("outlet_live", "there is voltage behind the contactor"),
    Name("lock_charged", "the capacitor that draws the bolt without mains is charged"),
    Name("enclosure_open", "the enclosure was opened"),
    Name("tilted", "the charger was moved"),
    Name("wet", "there is water inside"),
))
CHANNELS = Section("channels", "The converter's channels; one table [channels.NAME] each.", (
    Key("channel", WHOLE, "Number of the input.", 0, CHANNEL_MAX),
    Key("points", POINTS, "Voltages only: two measured points, counts and mV each.",
        -POINT_MAX, POINT_MAX),
    Key("pull_ohm", WHOLE, "All others: the pull-up to the converter's reference.",
        100, OHM_MAX, "ohm"),
    Key("ohm_25", WHOLE, "Temperatures only: the thermistor at 25 degrees.", 100, OHM_MAX, "ohm"),
    Key("beta_k", WHOLE, "Temperatures only: its beta.", 1_000, 10_000, "K"),
), (
    Name("cp_high", "highest level of the pilot", is_needed=True),
    Name("cp_low", "lowest level of the pilot", is_needed=True),
    Name("rail_high", "the pilot's +12 V"),
    Name("rail_low", "the pilot's -12 V, without its sign"),
    Name("reference", "2.500 V, which prove the converter"),
    Name("pp", "proximity contact"),
    Name("temperature", "thermistor at the terminals"),
    Name("plug_temperature", "thermistor at the plug"),
))
LEDS = Section("leds", "Lamp of the indicator; any of the three, NAME = GPIO.", (
    Key("drive", CHOICE, "Dimmed, or only on and off.", choices=("pwm", "on_off"), default="pwm"),
    ON,
), (
    Name("red", "the red one"),
    Name("green", "the green one"),
    Name("blue", "the blue one"),
))
BUZZER = Section("buzzer", "A buzzer that sounds while it is driven.", (_gpio(), ON))
BUTTON = Section("button", "A button; what it does stands in the configuration, [panel].", (
    _gpio(), ACTIVE, PULL,
))
GRID_RELAY = Section(
    "grid_relay",
    "The contact of the grid operator's control box, for [grid] input = \"line\" (§14a EnWG).", (
    _gpio(),
    Key("active", CHOICE, "Level that orders the cap.", choices=("low", "high")),
    Key("pull", CHOICE, "The Pi's own resistor at the pin.", choices=("up", "down")),
    Key("torn", CHOICE, "What a torn wire counts as; checked against pull and active level.",
        choices=("order", "free")),
))
# fmt: on
SECTIONS = (RATINGS, PARTS, PWM, ADC, OUTPUTS, INPUTS, CHANNELS, LEDS, BUZZER, BUTTON, GRID_RELAY)


class Feature(NamedTuple):
    """What a part needs to be of use, and what says that it is fitted.

    It is declared by its part in ``[parts]`` or by any line of ``signs``; then all of ``outputs``
    and one of ``feedback`` must be there.
    """

    part: str
    signs: tuple[str, ...]
    outputs: tuple[str, ...]
    feedback: tuple[str, ...]
    why: str


# fmt: off
FEATURES = (
    Feature("contactor", ("coil",), ("coil",), ("mirror",),
            "without it a welded contactor is not seen"),
    Feature("rcd", ("rcd_test",), (), ("rcd_ac", "rcd_dc"),
            "without it nobody learns of a trip or of a test"),
    Feature("lock", ("lock_in", "lock_out", "lock_charged"), ("lock_in", "lock_out"),
            ("lock_closed",), "without it nobody knows whether the plug is held"),
    Feature("phase_relay", ("phase_relay",), ("phase_relay",), (), ""),
    Feature("cp_relay", ("cp_disconnect",), ("cp_disconnect",), (), ""),
    Feature("emergency_stop", (), (), ("emergency_stop",),
            "without it nobody learns that it was pressed"),
    Feature("earth_monitor", (), (), ("pe_ok",), "without it a lost earth is not seen"),
    Feature("supply_monitor", (), (), ("supply_ok",), "without it a lost supply is not seen"),
    Feature("outlet_monitor", (), (), ("outlet_live",), "without it a live outlet is not seen"),
)
# fmt: on

# Pins that something else on the Pi needs, by the port that is opened there.
SPI_0 = (7, 8, 9, 10, 11)  # both chip selects: the kernel holds them
SPI_1 = (16, 17, 18, 19, 20, 21)
BUS_PINS = {
    "/dev/serial0": (14, 15),
    "/dev/ttyAMA0": (14, 15),
    "/dev/ttyS0": (14, 15),
    "/dev/i2c-1": (2, 3),
    "/dev/spidev0.0": SPI_0,
    "/dev/spidev0.1": SPI_0,
    "/dev/spidev1.0": SPI_1,
    "/dev/spidev1.1": SPI_1,
}
ALWAYS_RESERVED = {
    0: "the memory of a board on the header",
    1: "the memory of a board on the header",
}
