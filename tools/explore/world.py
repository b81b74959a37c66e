"""World: what one tick may bring. A plan is a product of choices; each combination is a letter.

The pilot's circuit is a circuit: -12 V under PWM if the car has a diode, what the car shows at
+12 V, -12 V when it is driven so. The mirror and the bolt follow what drives them one tick later,
or contradict it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from ampkeeper.firmware.safety.fault import CODE_COUNT
from ampkeeper.firmware.safety.permit import IN_SERVICE, KEEP_LOCKED
from ampkeeper.firmware.safety.signals import (
    DUTY_F,
    LOCK_DRIVE,
    PERIOD_TICKS,
    PP_OPEN_OHM,
    UNLOCK_DRIVE,
    Inputs,
)
from ampkeeper.firmware.safety.supervisor import Supervisor
from ampkeeper.firmware.safety.units import HANG_MS
from tools.explore.scale import TICK_MS, scaled

MAX_MA = 32_000
X1, PWM, F, CUT = DRIVES = range(4)  # what the pilot shows; CUT: it is not connected
LEVELS_MV = {"A": 12_000, "B": 9_000, "C": 6_000, "D": 3_000, "E": 0}
CLASSES = {"A": 0, "B": 1, "C": 2, "D": 3, "E": 4, "n": 6, "x": 6}  # ``pilot``'s, if it counted
NOISE_MV = 500
NO_DIODE = "x"  # C without a diode
NOISY = "n"  # C in noise
GRANTS = {
    "16A": (16_000, 3, IN_SERVICE),
    "6A": (6_000, 3, IN_SERVICE),
    "32A": (32_000, 3, IN_SERVICE),
    "16A 1ph": (16_000, 1, IN_SERVICE),
    "0A": (0, 3, IN_SERVICE),
    "0A kept": (0, 3, IN_SERVICE | KEEP_LOCKED),
    "none": None,
}
HANG = scaled(HANG_MS) + TICK_MS


@dataclass(frozen=True)
class Letter:
    """One abstract input: what is measured, granted and asked for before one tick."""

    cp: str = "A"
    host: str = "none"
    mirror: str = "follows"
    bolt: str = "follows"
    monitor: str = "follows"  # its test input
    outlet: str = "none"  # the sensor behind the contactor
    elapsed_ms: int = TICK_MS
    clears: bool = False  # a person asks to clear every fault
    lines: tuple[tuple[str, int], ...] = ()  # other inputs by name

    def words(self) -> str:
        """Name what is not as in a healthy world."""
        words = [f"CP {self.cp}"]
        words += [f"host {self.host}"] if self.host != "none" else []
        words += [f"mirror {self.mirror}"] if self.mirror != "follows" else []
        words += [f"bolt {self.bolt}"] if self.bolt != "follows" else []
        words += [f"monitor {self.monitor}"] if self.monitor != "follows" else []
        words += [f"outlet {self.outlet}"] if self.outlet != "none" else []
        words += [f"{self.elapsed_ms} ms"] if self.elapsed_ms != TICK_MS else []
        words += ["all cleared"] if self.clears else []
        return ", ".join(words + [f"{name} {value}" for name, value in self.lines])


# Parts that only report, and parts that cannot act while what they measure does not change.
OBSERVERS = ("Rounds", "SelfTests", "Wear", "Toggle", "Recorder")
METERED = ("Metered", "Overcurrent", "Voltage")
THERMAL = ("Temperature",)
CALLING = ("Wake",)  # for cars that are never called
RELAY = ("Phases",)  # of a board that has none


@dataclass(frozen=True)
class Plan:
    """One exploration: settings, and for each dimension of the input what it may be."""

    name: str
    settings: dict[str, int] = field(default_factory=dict)
    profile: dict[str, int] = field(default_factory=dict)
    cp: tuple[str, ...] = ("A", "B", "C")
    host: tuple[str, ...] = ("16A", "none")
    mirror: tuple[str, ...] = ("follows",)
    bolt: tuple[str, ...] = ("follows",)
    monitor: tuple[str, ...] = ("follows",)
    outlet: tuple[str, ...] = ("none",)
    elapsed_ms: tuple[int, ...] = (TICK_MS,)
    clears: tuple[bool, ...] = (False,)
    lines: dict[str, tuple[int, ...]] = field(default_factory=dict)  # one at a time
    base: dict[str, int] = field(default_factory=dict)  # inputs that no line of a letter changes
    is_cable_left: bool = False  # it stays in the socket when the car is gone
    has_bounces: bool = False  # False: what the car shows lasts until it counts, two ticks
    blind: tuple[str, ...] = OBSERVERS + METERED + THERMAL + CALLING + RELAY

    def letters(self) -> tuple[Letter, ...]:
        """Return every letter; the first one is home: all healthy and the car gone."""
        home = Letter(host="0A", outlet=self.outlet[0])
        follows = (self.mirror, self.bolt, self.monitor, self.outlet)
        made = [
            Letter(*chosen, lines)
            for chosen in product(self.cp, self.host, *follows, self.elapsed_ms, self.clears)
            for lines in self._lines()
        ]
        return (home, *[letter for letter in made if letter != home])

    def _lines(self) -> Iterator[tuple[tuple[str, int], ...]]:
        yield ()
        for name, values in self.lines.items():
            yield from (((name, value),) for value in values)


class World:
    """The inputs of one supervisor. ``bolt`` is where the bolt is: all that a world remembers."""

    def __init__(self, supervisor: Supervisor, plan: Plan) -> None:
        self.supervisor = supervisor
        self.letters = letters = plan.letters()
        self.bolt = 0
        self.drive = X1  # before the last step
        self.is_socket = supervisor.settings.is_socket
        self._plan = plan
        self._inputs = [[self._measured(letter, drive) for drive in DRIVES] for letter in letters]
        self._trips = [(made[X1].rcd_ac, made[X1].rcd_dc) for made in self._inputs]

    def step(self, index: int) -> None:
        """Let one letter happen, up to and with the tick."""
        letter = self.letters[index]
        supervisor = self.supervisor
        out = supervisor.outputs
        if letter.clears:
            for code in range(CODE_COUNT):
                supervisor.clear(code)
        grant = GRANTS[letter.host]
        if grant is not None:
            supervisor.permit.grant(*grant)
        duty = out.duty_ticks
        self.drive = X1 if duty == PERIOD_TICKS else (F if duty == DUTY_F else PWM)
        if not out.cp_connected:
            self.drive = CUT
        inputs = self._inputs[index][self.drive]
        inputs.mirror = out.coil if letter.mirror == "follows" else 1 - out.coil
        if letter.outlet != "none":
            is_live = inputs.mirror if letter.outlet == "follows" else 1 - inputs.mirror
            inputs.outlet_live = is_live
        if out.lock_drive == LOCK_DRIVE:
            self.bolt = 1
        elif out.lock_drive == UNLOCK_DRIVE:
            self.bolt = 0
        inputs.lock_closed = self.bolt if letter.bolt == "follows" else 1 - self.bolt
        if letter.monitor == "follows":
            inputs.rcd_ac, inputs.rcd_dc = self._trips[index]
            if out.rcd_test:
                inputs.rcd_ac = inputs.rcd_dc = 1
        supervisor.tick(letter.elapsed_ms, inputs)

    def _measured(self, letter: Letter, drive: int) -> Inputs:
        inputs = Inputs()
        level_mv = LEVELS_MV.get(letter.cp, LEVELS_MV["C"])
        if drive == CUT:
            level_mv = LEVELS_MV["A"]
        high_mv = -12_000 if drive == F and level_mv else level_mv
        low_mv = high_mv
        if drive == PWM and level_mv:
            low_mv = -level_mv if letter.cp == NO_DIODE else -12_000
        inputs.cp_high_mv = high_mv
        inputs.cp_low_mv = low_mv
        inputs.cp_noise_mv = NOISE_MV if letter.cp == NOISY else 0
        is_open = not self.is_socket or (letter.cp == "A" and not self._plan.is_cable_left)
        inputs.pp_ohm = PP_OPEN_OHM if is_open else 220
        for name, value in (*self._plan.base.items(), *letter.lines):
            assert hasattr(inputs, name), f"no input is named {name}"
            setattr(inputs, name, value)
        return inputs
