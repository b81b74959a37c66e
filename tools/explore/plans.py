"""Plans: the explorations, each closed on its own; together they turn every input of ring 1.

One product of all inputs would never end. Each plan turns what one protective function sees, with
car and permit, and leaves the rest healthy.
"""

from ampkeeper.firmware.safety.profile import WAKE_LADDER
from ampkeeper.firmware.safety.signals import NO, PP_OPEN_OHM, REGION_US, YES
from tools.explore.scale import TICK_MS
from tools.explore.world import CALLING, HANG, METERED, OBSERVERS, THERMAL, Plan

CAPTIVE = {"is_socket": NO}
HOT_DC = (660, 690, 800)  # half, a quarter, nothing

PLANS = (
    Plan("car and permit", settings=CAPTIVE, host=("16A", "0A", "none")),
    Plan("pilot", settings=CAPTIVE, cp=("A", "C", "E", "n", "x"), host=("16A",)),
    Plan("ventilation", settings=CAPTIVE, cp=("A", "C", "D"), host=("16A",)),
    Plan(
        "ventilated",
        settings=CAPTIVE | {"has_ventilation": YES},
        cp=("A", "B", "C", "D"),
        host=("16A",),
    ),
    Plan(
        "blanking",
        settings=CAPTIVE | {"duty_blank_ms": 40, "switch_blank_ms": 30, "pwm_gap_ms": 80},
        cp=("A", "B", "C"),
        host=("16A", "6A"),
    ),
    Plan(
        "contactor",
        settings=CAPTIVE,
        cp=("A", "C"),
        host=("16A",),
        mirror=("follows", "contradicts"),
        clears=(False, True),
    ),
    Plan("lock", cp=("A", "C"), host=("16A", "0A kept"), bolt=("follows", "contradicts")),
    Plan("cable", cp=("A", "C"), host=("16A",), lines={"pp_ohm": (PP_OPEN_OHM, 0, 680)}),
    Plan(
        "lines",
        settings=CAPTIVE,
        cp=("A", "C"),
        host=("16A",),
        lines={"pe_ok": (NO,), "supply_ok": (NO,)},
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
        lines={"temperature_dc": HOT_DC},
        blind=OBSERVERS + METERED + CALLING,
    ),
    Plan("phases", settings=CAPTIVE, cp=("A", "C"), host=("16A", "16A 1ph")),
    Plan(
        "phases by X1",
        settings=CAPTIVE | {"has_cp_relay": NO},
        cp=("A", "C"),
        host=("16A", "16A 1ph"),
    ),
    Plan("pace", settings=CAPTIVE | {"pwm_gap_ms": 50}, cp=("B", "C"), host=("6A", "16A", "32A")),
    Plan(
        "wake",
        settings=CAPTIVE,
        profile={"wake_method": WAKE_LADDER, "wake_after_ms": 40},
        host=("16A", "0A"),
        blind=OBSERVERS + METERED + THERMAL,
    ),
    Plan("time", settings=CAPTIVE, cp=("A", "C"), host=("16A", "none"), elapsed_ms=(TICK_MS, HANG)),
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
        lines={"current_l1_ma": (16_000, 20_000, 30_000)},
        blind=OBSERVERS + THERMAL + CALLING,
    ),
    Plan(
        "voltage",
        settings=CAPTIVE,
        cp=("A", "C"),
        host=("16A",),
        lines={"voltage_l1_mv": (150_000, 230_000, 290_000), "outlet_live": (NO, YES)},
        blind=OBSERVERS + THERMAL + CALLING,
    ),
    Plan(
        "meter",
        settings=CAPTIVE | {"has_meter": YES},
        cp=("A", "C"),
        host=("16A",),
        lines={"current_l1_ma": (0, 16_000)},
        blind=OBSERVERS + THERMAL + CALLING,
    ),
)
