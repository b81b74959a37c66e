"""The sections of the configuration on limits: of the station, and the installer's seal."""

from dataclasses import dataclass

from ampkeeper.firmware.config.fields import boolean, file, number

CURRENT_A_MIN, CURRENT_A_MAX = 6.0, 80.0  # IEC 61851-1 Table A.8
EVSES_MAX = 8


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
    offline_a: float | None = number(
        "Limit of each EVSE while the central system is away; left out: as it said last.",
        unit="A",
        low=CURRENT_A_MIN,
        high=CURRENT_A_MAX,
        also=0,
    )
    offline_hold_s: float = number(
        "How long it may be away before that.", unit="s", low=10.0, high=86_400.0, default=300.0
    )
    enforce: bool = boolean(
        "true: a car that takes more than it is allowed is offered less, and then stopped.",
        default=True,
    )
    enforce_margin_a: float = number(
        "So much more on any phase is let pass; of this and the next key the larger counts.",
        unit="A",
        low=0.5,
        high=10.0,
        default=1.0,
    )
    enforce_margin_percent: float = number(
        "So much more of what is allowed is let pass.", unit="%", low=1.0, high=50.0, default=5.0
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """The installer's limit, which only the installer's key can change (NEC 625.42)."""

    key_file: str = file(
        "PEM file of the installer's public key, Ed25519; the first one that is named is kept."
    )
    required: bool = boolean("true: without a seal that is whole, nothing charges.", default=False)
