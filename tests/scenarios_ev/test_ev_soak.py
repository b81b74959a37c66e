"""Any car of the table, any fault at any time, from a seed: row 25 of the EV model.

``AMPKEEPER_EV_SOAK`` is the number of sessions: small for a pipeline, 10,000 by hand. After each
session the charger must be ready again (I7), and the other invariants hold in every step.
"""

import os
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from ampkeeper.board.emulated import faults, profiles
from ampkeeper.board.emulated.causes import Causes
from ampkeeper.firmware.faults import BY_NAME
from ampkeeper.firmware.safety import fault
from ampkeeper.firmware.safety.sequence import SWITCHING
from tests.scenarios_ev.ev_rig import Rig
from tests.scenarios_ev.judge import is_ready_again
from tests.scenarios_ev.rows import shows

SESSIONS = int(os.environ.get("AMPKEEPER_EV_SOAK", "15"))
SESSIONS_PER_RIG = 10
READY_S = 60.0  # I7
SWITCH_S = 62.0  # while the pilot is cut for other phases nobody can see that the car has left
PERMITS_MA = (0, 6_000, 8_000, 10_000, 13_500, 16_000, 20_000, 32_000)

# fmt: off
FOUND = [row[:3] for row in faults.CATALOGUE
         if BY_NAME[row[0]].code < fault.OWN_COUNT and not row[0].startswith("Contactor")]
MORE = [  # causes that are not a fault by themselves, or more than one
    ("n_open", True), ("brown_out_ms", 20), ("brown_out_ms", 300), ("pilot_ripple", 500),
    ("pilot_ripple", 3_000), ("pilot_spikes", 20), ("pilot_burst", 3_000), ("pilot_noise", 150),
    ("pilot_open", True), ("pp_open", True), ("pilot_short", "after_diode"), ("diode", "leaky"),
    ("mirror", "made"), ("mirror", "open"), ("contactor_welded", True), ("contactor_stuck", True),
    ("temperature_c", 66), ("temperature_c", 69), ("voltage_percent", 85),
]
CAUSES = [(cause, broken) for _, cause, broken in FOUND] + MORE
# fmt: on
PLAIN = vars(Causes()) | {"mirror": "ok"}
WHOLE = PLAIN | {row[1]: row[3] for row in faults.CATALOGUE}  # what mends each cause
TWISTS: tuple[Callable[[Random], dict[str, Any]], ...] = (
    lambda draw: {"reaction_ms": draw.choice((0, 100, 2_000, 4_900))},
    lambda draw: {"stop_ms": draw.choice((0, 1_500, 2_900))},
    lambda draw: {"stubborn_ms": draw.choice((2_000, 30_000))},
    lambda draw: {"bounce_count": draw.randint(1, 8), "bounce_ms": draw.randint(1, 30)},
    lambda draw: {"bcb_count": draw.randint(1, 3), "bcb_ms": draw.choice((200, 300, 400))},
    lambda draw: {"c_pulse_ms": draw.randint(20, 600)},
    lambda draw: {"glitch_ms": draw.randint(5, 600), "glitch_delay_ms": draw.randint(0, 900)},
    lambda draw: {"plug_bounce_ms": draw.randint(1, 60)},
    lambda draw: {"diode_pulse_ms": draw.randint(5, 400)},
    lambda draw: {"resistor_b_ohm": draw.randint(2_200, 3_280)},
    lambda draw: {"resistor_c_ohm": draw.randint(1_040, 1_560)},
    lambda draw: {"pilot_capacitance_nf": draw.uniform(0, 6), "pilot_series_ohm": 100},
    lambda draw: {"leak_dc_ma": draw.uniform(0, 20), "leak_ma_s": draw.uniform(0.1, 5)},
    lambda draw: {"cable_a": draw.choice((13, 20, 32, 63))},
    lambda draw: {"pp_ohm": draw.choice((150, 480, 1_000_000, 30))},
    lambda draw: {"phases": draw.choice((1, 2)), "imbalance_percent": draw.randint(0, 100)},
    lambda draw: {"hlc_ms": draw.randint(0, 20_000)},
    lambda draw: {"sleepy": True, "wakes_on": draw.choice(("edge", "time", "bcb", "f"))},
)


class Soak:
    """Sessions on one rig; each step is drawn from ``draw``."""

    def __init__(self, draw: Random) -> None:
        self.draw = draw
        self.rig = Rig(seed=draw.getrandbits(30), is_socket=draw.random() < 0.8)
        self.broken: list[str] = []
        self.counts: Counter[str] = Counter()

    def session(self) -> None:
        """One car, from plug to the next one's welcome."""
        rig, draw = self.rig, self.draw
        rig.seen_faults.clear()
        rig.permit_ma = draw.choice(PERMITS_MA)
        rig.permit_phases = draw.choice((1, 3))
        car = {"profile": draw.choice(profiles.names()), "soc_percent": draw.choice((20, 99.9))}
        for twist in draw.sample(TWISTS, draw.randint(0, 3)):
            car |= twist(draw)
        rig.plug(**({"cable_a": 32, "ready": True} | car))
        for _ in range(draw.randint(1, 10)):
            rig.run(draw.choice((0.05, 0.3, 1, 4, 12)))
            draw.choice((self._permit, self._wish, self._break, self._mend, self._replug))()
        self.counts["closings"] += rig.closings
        self.counts.update(rig.seen_faults)
        self._leave()

    def _permit(self) -> None:
        rig, draw = self.rig, self.draw
        rig.permit_ma = draw.choice(PERMITS_MA)
        rig.permit_phases = draw.choice((1, 3, 3))
        rig.is_granting = draw.random() < 0.9

    def _wish(self) -> None:
        self.rig.change({"ready": self.draw.random() < 0.6})

    def _break(self) -> None:
        cause, value = self.draw.choice(CAUSES)
        self.broken.append(cause)
        faults.apply(self.rig.world, self.rig.evse, {cause: value})

    def _mend(self) -> None:
        for cause in self.broken:
            faults.apply(self.rig.world, self.rig.evse, {cause: WHOLE[cause]})
        lock = self.rig.evse.lock
        if "lock_stuck" in self.broken and not lock.is_locked:
            lock.travel_ms = 0  # who frees a bolt half way draws it; its switch cannot tell
        self.broken.clear()

    def _replug(self) -> None:
        rig, draw = self.rig, self.draw
        rig.unplug()
        rig.run(draw.choice((0.02, 0.2, 3)))
        rig.plug()

    def _leave(self) -> None:
        """I7: from any state, unplugged and mended, ready in 60 s, but for what is latched."""
        rig = self.rig
        self._mend()
        rig.is_granting = True
        rig.unplug()
        rig.car.is_hurt = False  # the next car is another one
        rig.run(0.1)  # seen, or hidden by a pilot that is cut this very moment
        waits = [fault.after_ms_of(BY_NAME[name].code) for name in rig.faults]
        blind_s = SWITCH_S if rig.out.sequence == SWITCHING else 0.0
        rig.until(self._is_ready, READY_S + blind_s + max(waits, default=0) / 1_000)
        rig.coil_edges.clear()
        rig.states.clear()

    def _is_ready(self) -> bool:
        rig = self.rig
        if rig.now_ms % 1_000 == 0:
            for name in rig.faults:
                rig.clear(name)  # a person looks after what is latched
            if "RcdTestFailed" in rig.faults:
                rig.ring.protection.start(0)  # and has the tests run again
        return is_ready_again(rig)


@shows(25)
def test_whatever_car_comes_and_whatever_breaks_the_invariants_hold(
    seed: int, record_property: Callable[[str, object], None]
) -> None:
    counts: Counter[str] = Counter()
    for number in range(SESSIONS):
        if number % SESSIONS_PER_RIG == 0:
            soak = Soak(Random(f"{seed}/{number}"))
        try:
            soak.session()
        except AssertionError as error:
            text = f"session {number} of seed {seed}, {soak.rig.car.profile}, {soak.broken}"
            raise AssertionError(f"{text}: {error}") from error
        if number % SESSIONS_PER_RIG == SESSIONS_PER_RIG - 1 or number == SESSIONS - 1:
            soak.rig.permit_ma, soak.rig.permit_phases = 16_000, 3
            soak.rig.charge(40, profile="plain", soc_percent=20, ready=True)
            counts += soak.counts
    assert SESSIONS == 0 or counts["closings"] > 0
    told = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    record_property("covered", f"{SESSIONS} sessions: {told}")
