"""Metrics: the read model in the text format of Prometheus, one family for each row of the table.

What nobody can tell has no line, and is not 0. Names end in their unit; counters in ``_total``.
Format 0.0.4. No card and no name of a person is in it.
"""

from collections.abc import Callable, Iterable

from ampkeeper.firmware.faces.api import Evse, Phase, State

KIND = "text/plain; version=0.0.4; charset=utf-8"
UP, GAUGE, COUNTER = 1, "gauge", "counter"
STATUSES = (
    "Available", "Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing",
    "Reserved", "Unavailable", "Faulted",
)  # fmt: skip
ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})

Labels = dict[str, str]
Sample = tuple[Labels, float | int | bool | None]


def _each(read: Callable[[Evse], float | int | bool | None]) -> Callable[[State], Iterable[Sample]]:
    def samples(state: State) -> Iterable[Sample]:
        return [({"evse": str(evse.id)}, read(evse)) for evse in state.evses]

    return samples


def _phases(read: Callable[[Phase], float | None]) -> Callable[[State], Iterable[Sample]]:
    def samples(state: State) -> Iterable[Sample]:
        return [
            ({"evse": str(evse.id), "phase": phase.name}, read(phase))
            for evse in state.evses
            for phase in evse.phases
        ]

    return samples


def _one(read: Callable[[State], float | int | bool | None]) -> Callable[[State], Iterable[Sample]]:
    return lambda state: [({}, read(state))]


def _statuses(state: State) -> Iterable[Sample]:
    return [
        ({"evse": str(evse.id), "status": status}, evse.status == status)
        for evse in state.evses
        for status in STATUSES
    ]


def _faults(state: State) -> Iterable[Sample]:
    return [
        ({"evse": str(evse.id), "fault": fault.name, "severity": fault.severity}, True)
        for evse in state.evses
        for fault in evse.faults
    ]


def _limits(state: State) -> Iterable[Sample]:
    return [
        ({"evse": str(evse.id), "source": limit.source}, limit.current_a)
        for evse in state.evses
        for limit in evse.limits
    ]


def _info(state: State) -> Iterable[Sample]:
    names = ("vendor", "model", "serial", "firmware")
    return [({name: getattr(state, name) for name in names}, UP)]


# fmt: off
FAMILIES: tuple[tuple[str, str, str, Callable[[State], Iterable[Sample]]], ...] = (
    ("ampkeeper_info", GAUGE, "Which charger this is.", _info),
    ("ampkeeper_csms_up", GAUGE, "The central system is connected.",
     _one(lambda state: state.link.state == "connected" if state.link.state != "none" else None)),
    ("ampkeeper_csms_queued_messages", GAUGE, "Messages that the central system has yet to hear.",
     _one(lambda state: state.link.queued)),
    ("ampkeeper_mains_power_watts", GAUGE, "Power from the grid; export is negative.",
     _one(lambda state: state.mains.power_w if state.mains is not None else None)),
    ("ampkeeper_energy_price", GAUGE, "What a kWh costs now, in the currency configured.",
     _one(lambda state: state.price.price if state.price is not None else None)),
    ("ampkeeper_evse_status", GAUGE, "1 for what the EVSE does, as OCPP 1.6 calls it.", _statuses),
    ("ampkeeper_evse_plugged", GAUGE, "A car is plugged in.",
     _each(lambda evse: evse.is_plugged)),
    ("ampkeeper_evse_power_watts", GAUGE, "Active power to the car.",
     _each(lambda evse: evse.power_w)),
    ("ampkeeper_evse_energy_wh_total", COUNTER, "The meter's register.",
     _each(lambda evse: evse.energy_wh)),
    ("ampkeeper_evse_current_amperes", GAUGE, "Current.",
     _phases(lambda phase: phase.current_a)),
    ("ampkeeper_evse_voltage_volts", GAUGE, "Voltage, line to neutral.",
     _phases(lambda phase: phase.voltage_v)),
    ("ampkeeper_evse_limit_amperes", GAUGE, "The most per phase that may flow now.",
     _each(lambda evse: evse.limit_a)),
    ("ampkeeper_evse_limit_by_amperes", GAUGE, "The most per phase by who limits.", _limits),
    ("ampkeeper_evse_session_energy_wh", GAUGE, "Energy of the session that runs.",
     _each(lambda evse: evse.session.energy_wh if evse.session is not None else None)),
    ("ampkeeper_evse_session_seconds", GAUGE, "How long the session lasts.",
     _each(lambda evse: evse.session.duration_s if evse.session is not None else None)),
    ("ampkeeper_evse_fault", GAUGE, "1 for each fault that is there now.", _faults),
)
# fmt: on


def text_of(state: State) -> str:
    """What Prometheus reads."""
    lines = []
    for name, kind, words, read in FAMILIES:
        told = [(labels, value) for labels, value in read(state) if value is not None]
        if not told:
            continue
        lines += [f"# HELP {name} {words}", f"# TYPE {name} {kind}"]
        lines += [f"{name}{_labels(labels)} {_number(value)}" for labels, value in told]
    return "\n".join(lines) + "\n"


def _labels(labels: Labels) -> str:
    parts = [f'{name}="{value.translate(ESCAPES)}"' for name, value in labels.items()]
    return "{" + ",".join(parts) + "}" if parts else ""


def _number(value: float | int | bool) -> str:
    return repr(float(value)) if isinstance(value, float) else str(int(value))
