"""Shapes: what ``GET /v1/state`` of an emulated charger answers, for type checkers."""

from typing import Any, Literal, TypedDict


class PilotState(TypedDict):
    """The pilot as it truly is. Heights in mV, duty in permille."""

    state: str
    high_mv: int
    low_mv: int
    duty_permille: int


class SessionState(TypedDict):
    """A session that runs."""

    id: str
    state: str
    id_tag: str | None
    energy_wh: int
    started: str


class EvseState(TypedDict):
    """One EVSE. ``status`` is the OCPP 1.6 name; ``faults`` are names of the catalogue."""

    id: int
    status: str
    pilot: PilotState
    contactor: Literal["open", "closed"]
    lock: Literal["locked", "unlocked", "none"]
    limit_a: float
    limited_by: str
    current_a: list[float]
    power_w: int
    energy_wh: int
    session: SessionState | None
    faults: list[str]


class CsmsState(TypedDict):
    """The link to the central system. ``queued`` messages are still owed to it."""

    link: Literal["up", "down"]
    registration: Literal["accepted", "pending", "rejected", "none"]
    ocpp: str | None
    queued: int


class ChargerState(TypedDict):
    """The whole truth about a charger."""

    time: str
    csms: CsmsState
    evses: list[EvseState]


Event = dict[str, Any]  # id, time, kind, and the kind's own fields
