"""The section of the configuration on the grid operator's cap."""

from dataclasses import dataclass

from ampkeeper.firmware.config.fields import integer, number, text

TOPIC, LINE = "topic", "line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """What the operator of the grid may order (§14a EnWG): a cap on all EVSEs together."""

    power_w: float = number(
        "Power that an order caps to, and that no order goes below.",
        unit="W", low=1_380.0, high=100_000.0, default=4_200.0,
    )  # fmt: skip
    input: str = text(
        "How his orders come: on the topic below, or by [grid_relay] of board.toml.",
        default=TOPIC, choices=(TOPIC, LINE),
    )  # fmt: skip
    debounce_ms: int = integer(
        "A level of that line counts once it stayed for so long.",
        unit="ms", low=20, high=5_000, default=100,
    )  # fmt: skip
    topic: str = text(
        "MQTT topic of his orders: true, false or so many W as JSON; a retained false takes "
        "nothing back; left out: none.",
        default="", chars_max=255,
    )  # fmt: skip
    hold_s: float | None = number(
        "An input that is not heard for so long caps until it is; left out: it need not repeat.",
        unit="s", low=10.0, high=86_400.0,
    )  # fmt: skip
    duration_s_max: float | None = number(
        "An order ends by itself after so long; left out: only when it is taken back.",
        unit="s", low=60.0, high=86_400.0,
    )  # fmt: skip
    release_s_max: float = number(
        "When an order is taken back, charging goes on after a random delay of at most so long.",
        unit="s", low=0.0, high=1_800.0, default=0.0,
    )  # fmt: skip
