"""The keys of [phases]: switching between one phase and three, where the board can."""

from dataclasses import dataclass

from ampkeeper.firmware.config.fields import integer, number, text

NEVER, ASKED, AUTOMATIC = "never", "asked", "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phases:
    """Switching between one phase and three, on a board that can."""

    switching: str = text(
        "When to switch: never, only as a charging profile asks, or also where the power that "
        "may be used is better used so.",
        default=AUTOMATIC,
        choices=(NEVER, ASKED, AUTOMATIC),
    )
    up_after_s: float = number(
        "How long there must be enough for three phases before it goes up.",
        unit="s", low=30.0, high=3_600.0, default=300.0,
    )  # fmt: skip
    down_after_s: float = number(
        "How long there must be too little for three phases before it goes down.",
        unit="s", low=10.0, high=3_600.0, default=120.0,
    )  # fmt: skip
    margin_w: float = number(
        "Power above the least of three phases that must be there before it goes up.",
        unit="W", low=0.0, high=5_000.0, default=300.0,
    )  # fmt: skip
    between_s: float = number(
        "Least time between two changes under a car.",
        unit="s", low=120.0, high=7_200.0, default=600.0,
    )  # fmt: skip
    per_hour_max: int = integer(
        "Most changes under a car in any hour; a limit to one phase is followed even so.",
        low=1, high=12, default=4,
    )  # fmt: skip
    per_session_max: int = integer(
        "Most changes under one car until it is unplugged; a limit to one phase is followed even "
        "so.",
        low=1, high=50, default=10,
    )  # fmt: skip
    one_phase_max_a: float | None = number(
        "Most current while one of three phases is used, for grids that limit the imbalance; left "
        "out: no such limit.",
        unit="A", low=6.0, high=80.0,
    )  # fmt: skip
