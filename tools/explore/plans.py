"""Plans: the explorations, each closed on its own.

One product of all inputs would never end. Each plan turns what one protective function sees, with
car and permit, and leaves the rest healthy. What no plan turns is in the README.
"""

from __future__ import annotations

from ampkeeper.firmware.safety.profile import WAKE_LADDER
from ampkeeper.firmware.safety.signals import NO, PP_OPEN_OHM, REGION_US, UNKNOWN, YES
from tools.explore.scale import TICK_MS
from tools.explore.world import CALLING, HANG, METERED, OBSERVERS, RELAY, THERMAL, Plan

CAPTIVE = {"is_socket": NO}
WARM_DC = 620
HOT_DC = (660, 690, 720)  # half, a quarter, nothing; from one to any other is no leap
LEAPS_DC = (360, 2_000)  # from 250: farther than a second takes; no temperature

PLANS = (
    Plan("car and permit", settings=CAPTIVE, host=("16A", "0A", "none"), has_bounces=True),
    Plan("pilot", settings=CAPTIVE, cp=("A", "C", "E", "n", "x"), host=("16A",), has_bounces=True),
    Plan("ventilation", settings=CAPTIVE, cp=("A", "C", "D"), host=("16A",), has_bounces=True),
    Plan(
        "ventilated",
        settings=CAPTIVE | {"has_ventilation": YES},
        cp=("A", "B", "C", "D"),
        host=("16A",),
        has_bounces=True,
    ),
    Plan(
        "blanking",
        settings=CAPTIVE | {"duty_blank_ms": 40, "switch_blank_ms": 30, "pwm_gap_ms": 80},
        cp=("A", "B", "C"),
        host=("16A", "6A"),
        has_bounces=True,
    ),
    Plan(
        "contactor",
        settings=CAPTIVE,
        cp=("A", "C"),
        host=("16A",),
        mirror=("follows", "contradicts"),
        clears=(False, True),
        has_bounces=True,
    ),
    Plan("lock", cp=("A", "C"), host=("16A", "0A kept"), bolt=("follows", "contradicts")),
    Plan(
        "lock, cable left",
        cp=("A", "C"),
        host=("16A", "0A kept"),
        bolt=("follows", "contradicts"),
        is_cable_left=True,
    ),
    Plan("cable", cp=("A", "C"), host=("16A",), lines={"pp_ohm": (PP_OPEN_OHM, 0, 680)}),
    Plan(
        "earth",
        settings=CAPTIVE,
        cp=("A", "C"),
        host=("16A",),
        lines={"pe_ok": (NO, UNKNOWN)},
        clears=(False, True),
    ),
    Plan(
        "supply",
        settings=CAPTIVE,
        cp=("A", "C"),
        host=("16A",),
        mirror=("follows", "contradicts"),
        lines={"supply_ok": (NO,)},
        clears=(False, True),
    ),
    Plan(
        "trips",
        settings=CAPTIVE,
        cp=("A", "C"),
        host=("16A",),
        lines={
            "rcd_ac": (YES,),
            "rcd_dc": (YES,),
            "emergency_stop": (YES,),
            "over_current": (YES,),
        },
        clears=(False, True),
    ),
    Plan(
        "heat",
        settings=CAPTIVE,
        cp=("A", "C"),
        host=("16A",),
        base={"temperature_dc": WARM_DC},
        lines={"temperature_dc": HOT_DC},
        blind=OBSERVERS + METERED + CALLING + RELAY,
    ),
    Plan(
        "sensor",
        settings=CAPTIVE,
        cp=("A", "C"),
        host=("16A",),
        lines={"temperature_dc": LEAPS_DC},
        blind=OBSERVERS + METERED + CALLING + RELAY,
    ),
    Plan(
        "phases",
        settings=CAPTIVE,
        cp=("A", "C"),
        host=("16A", "16A 1ph"),
        blind=OBSERVERS + METERED + THERMAL + CALLING,
        has_bounces=True,
    ),
    Plan(
        "phases by X1",
        settings=CAPTIVE | {"has_cp_relay": NO},
        cp=("A", "C"),
        host=("16A", "16A 1ph"),
        blind=OBSERVERS + METERED + THERMAL + CALLING,
        has_bounces=True,
    ),
    Plan(
        "pace",
        settings=CAPTIVE | {"pwm_gap_ms": 50},
        cp=("B", "C"),
        host=("6A", "16A", "32A"),
        has_bounces=True,
    ),
    Plan(
        "wake",
        settings=CAPTIVE,
        profile={"wake_method": WAKE_LADDER, "wake_after_ms": 40},
        host=("16A", "0A"),
        blind=OBSERVERS + METERED + THERMAL + RELAY,
        has_bounces=True,
    ),
    Plan(
        "time",
        settings=CAPTIVE,
        cp=("A", "C"),
        host=("16A", "none"),
        elapsed_ms=(TICK_MS, HANG),
        has_bounces=True,
    ),
    Plan(
        "monitor test",
        settings=CAPTIVE | {"has_rcd_test": YES},
        cp=("A", "C"),
        host=("16A",),
        monitor=("follows", "contradicts"),
        lines={"rcd_ac": (YES,)},
    ),
    Plan(
        "America",
        settings=CAPTIVE | {"region": REGION_US},
        cp=("A", "C"),
        host=("16A",),
        lines={"rcd_dc": (YES,)},
        clears=(False, True),
    ),
    Plan(
        "current",
        settings=CAPTIVE,
        cp=("A", "C"),
        host=("16A", "6A"),
        base={"current_l1_ma": 0},
        lines={"current_l1_ma": (UNKNOWN, 16_000, 20_000, 30_000)},
        blind=OBSERVERS + THERMAL + CALLING + RELAY,
    ),
    Plan(
        "voltage",
        settings=CAPTIVE,
        cp=("A", "C"),
        host=("16A",),
        base={"voltage_l1_mv": 230_000},
        lines={"voltage_l1_mv": (150_000, UNKNOWN, 290_000)},
        blind=OBSERVERS + THERMAL + CALLING + RELAY,
    ),
    Plan(
        "outlet",
        settings=CAPTIVE,
        cp=("A", "C"),
        host=("16A",),
        outlet=("follows", "contradicts", "none"),
        clears=(False, True),
        blind=OBSERVERS + THERMAL + CALLING + RELAY,
    ),
    Plan(
        "meter",
        settings=CAPTIVE | {"has_meter": YES, "phases": 1},
        cp=("A", "C"),
        host=("16A",),
        base={"current_l1_ma": 0},
        lines={"current_l1_ma": (UNKNOWN, 16_000)},
        blind=OBSERVERS + THERMAL + CALLING + RELAY,
    ),
)
