"""Faults: what has to break in the world for the charger to find each fault of the catalogue.

Nothing here touches the charger: a fault is raised by its physical cause, seen through the
drivers, and it ends when the cause is gone and the charger agrees.
"""

from typing import Any

from ampkeeper.board.emulated.circuit import SHORT_AFTER_DIODE, SHORT_AT_PLUG, SHORT_NONE
from ampkeeper.board.emulated.keys_of_world import CAUSES
from ampkeeper.board.emulated.world import EvseWorld, World

# fmt: off
CATALOGUE = (
    # fault                     cause                  broken     mended
    ("RcdAc",                   "rcd_ac_ma",           30,        0),
    ("RcdDc",                   "rcd_dc_ma",           6,         0),
    ("ContactorWelded",         "contactor_welded",    True,      False),
    ("ContactorStuck",          "contactor_stuck",     True,      False),
    ("PilotFault",              "pilot_noise",         2_000,     0),
    ("PilotShort",              "pilot_short",         "plug",    "none"),
    ("DiodeFault",              "diode",               "short",   "ok"),
    ("VentilationNotAvailable", "ventilation",         True,      False),
    ("ProximityFault",          "pp_short",            True,      False),
    ("LockFailed",              "lock_stuck",          True,      False),
    ("LockLost",                "lock_feedback_lost",  True,      False),
    ("PeLost",                  "pe_open",             True,      False),
    ("OverTemperature",         "temperature_c",       110,       25),
    ("EmergencyStop",           "emergency_stop",      True,      False),
    ("SupplyLost",              "supply_lost",         True,      False),
    ("OverCurrent",             "overdraw_percent",    30,        0),
    ("OverCurrentFast",         "overdraw_percent",    100,       0),
    ("OverVoltage",             "voltage_percent",     125,       100),
    ("UnderVoltage",            "voltage_percent",     70,        100),
    ("MeterStale",              "measuring",           "lost",    "ok"),
    ("RcdTestFailed",           "rcd_dead",            True,      False),
    ("OutletLive",              "outlet_fed",          True,      False),
    ("BoardFailed",             "check_failed",        6,         0),
    ("RailFault",               "rail_mv",             10_500,    12_000),
    ("TemperatureSensor",       "temperature_sensor",  "open",    "ok"),
    ("Tampered",                "tamper",              "enclosure", "none"),
    ("LockUncharged",           "lock_uncharged",      True,      False),
    ("ContactorWorn",           "contactor_closings",  30_000,    0),
    ("ContactorSpent",          "contactor_closings",  50_000,    0),
    ("OutletDead",              "outlet_dead",         True,      False),
    ("MeterSilent",             "meter",               "silent",  "ok"),
    ("MeterImplausible",        "meter",               "nan",     "ok"),
    ("ReaderSilent",            "reader",              "silent",  "ok"),
    ("PilotLinkLost",           "pilot_link",          "silent",  "ok"),
    ("StoreFailed",             "disk",                "full",    "ok"),
    ("LimitIgnored",            "overdraw_percent",    15,        0),
    ("PhasesStuck",             "phase_relay",         "three",   "ok"),
)
# fmt: on
NAMES = tuple(row[0] for row in CATALOGUE)
SHORTS = {"none": SHORT_NONE, "plug": SHORT_AT_PLUG, "after_diode": SHORT_AFTER_DIODE}
SHORT_NAMES = {code: name for name, code in SHORTS.items()}


def causes_of(values: dict[str, Any]) -> dict[str, Any]:
    """Checked keys of a request with each catalogue name replaced by its cause, in order."""
    causes: dict[str, Any] = {}
    for name, value in values.items():
        for fault_name, cause, broken, mended in CATALOGUE:
            if fault_name == name:
                causes[cause] = broken if value else mended
                break
        else:
            causes[name] = value
    return causes


def apply(world: World, evse: EvseWorld, causes: dict[str, Any]) -> None:
    """Break or mend what ``causes`` names."""
    for cause, value in causes.items():
        _apply(world, evse, cause, value)


def present(world: World, evse: EvseWorld) -> dict[str, Any]:
    """Every cause with its value now."""
    found: dict[str, Any] = {
        "contactor_welded": evse.contactor.is_welded,
        "contactor_stuck": evse.contactor.is_stuck,
        "mirror": evse.contactor.mirror,
        "rcd_dc_ma": evse.leakage.dc_ma,
        "rcd_ac_ma": evse.leakage.ac_ma,
        "rcd_dead": evse.leakage.is_monitor_dead,
        "lock_stuck": evse.lock.is_stuck,
        "lock_feedback_lost": evse.lock.is_feedback_lost,
        "overdraw_percent": evse.car.overdraw_percent,
        "overdraw_ms": evse.car.overdraw_ms,
        "reader": world.reader,
        "disk": "full" if world.is_disk_full else "ok",
    }
    found |= vars(evse.causes)
    found["pilot_short"] = SHORT_NAMES[evse.causes.pilot_short]
    return {key.name: found[key.name] for key in CAUSES}


def _apply(world: World, evse: EvseWorld, cause: str, value: Any) -> None:
    """One cause; every name in ``CATALOGUE`` and in the control API's keys ends here."""
    match cause:
        case "contactor_welded":
            evse.contactor.is_welded = value
            evse.contactor.is_stuck &= not value
        case "contactor_stuck":
            evse.contactor.is_stuck = value
            evse.contactor.is_welded &= not value
        case "mirror":
            evse.contactor.mirror = value
        case "rcd_dead":
            evse.leakage.is_monitor_dead = value
        case "rcd_dc_ma":
            evse.leakage.dc_ma = value
        case "rcd_ac_ma":
            evse.leakage.ac_ma = value
        case "lock_stuck":
            evse.lock.is_stuck = value
        case "lock_feedback_lost":
            evse.lock.is_feedback_lost = value
        case "pilot_short":
            evse.causes.pilot_short = SHORTS[value]
        case "diode" | "ventilation":
            evse.change_car({cause: value})
        case "overdraw_percent" | "overdraw_ms":
            setattr(evse.car, cause, value)
        case "reader":
            world.reader = value
        case "disk":
            world.is_disk_full = value == "full"
        case _:
            assert hasattr(evse.causes, cause), f"cause {cause} without a part that has it"
            setattr(evse.causes, cause, value)
