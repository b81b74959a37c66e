"""Contacts: S2 in the car, and what it does beside opening and closing.

Contacts bounce, controllers try before they mean it, and some cars check their own diode with
the pilot looking on. Each is a pattern of milliseconds that the pilot circuit sees.
"""

from ampkeeper.board.emulated.car_settings import CarSettings
from ampkeeper.board.emulated.pattern import Pattern, bounces

OPEN, CLOSED, CLOSED_BARE = range(3)  # bare: the diode is bridged meanwhile
PULSE_GAP_MS = 1_000  # in B between a trial and the real closing
BEFORE_CHECK_MS = 100  # in C before a car bridges its diode


class Contacts:
    """S2 of one car; ``step`` it with what the car wants."""

    def __init__(self) -> None:
        self.greets = True  # trials come before the next closing: new plug, or other phases
        self._s2 = Pattern(OPEN)
        self._glitch = Pattern(False)
        self._wants = False

    @property
    def is_closed(self) -> bool:
        """S2 is closed now; a glitch is in the pilot circuit, not in the power."""
        return self._s2.value != OPEN

    def forget(self) -> None:
        """The car was unplugged."""
        self._s2.rest(OPEN)
        self._glitch.rest(False)
        self._wants = False
        self.greets = True

    def glitch(self, car: CarSettings) -> None:
        """The duty changed: some cars drop S2 from the pilot for a moment, later."""
        if car.glitch_ms:
            self._glitch.play([(False, car.glitch_delay_ms), (True, car.glitch_ms)], False)

    def step(self, elapsed_ms: int, wants: bool, car: CarSettings) -> list[int] | tuple[()]:
        """Let time pass; return what the pilot sees in each millisecond, if anything moves."""
        if wants != self._wants:
            self._wants = wants
            self._turn(wants, car)
        if not self._s2.is_moving and not self._glitch.is_moving:
            return ()
        s2 = self._s2.step(elapsed_ms) or [self._s2.value] * elapsed_ms
        hidden = self._glitch.step(elapsed_ms) or [self._glitch.value] * elapsed_ms
        return [OPEN if is_hidden else at for at, is_hidden in zip(s2, hidden, strict=True)]

    def _turn(self, wants: bool, car: CarSettings) -> None:
        segments: list[tuple[int, int]] = []
        if wants and self.greets:
            self.greets = False
            segments += _trials(car)
        segments += [(int(at), ms) for at, ms in bounces(wants, car.bounce_count, car.bounce_ms)]
        if segments:
            self._s2.play(segments, int(wants))
        else:
            self._s2.rest(int(wants))


def _trials(car: CarSettings) -> list[tuple[int, int]]:
    """What the car does with S2 before it closes it for good."""
    segments: list[tuple[int, int]] = []
    is_calling = car.sleepy and car.wakes_on == "bcb"
    for _ in range(max(car.bcb_count, int(is_calling))):
        segments += [(CLOSED, car.bcb_ms), (OPEN, car.bcb_ms)]
    if car.c_pulse_ms:
        segments += [(CLOSED, car.c_pulse_ms), (OPEN, PULSE_GAP_MS)]
    if car.diode_pulse_ms:
        check = (CLOSED_BARE, car.diode_pulse_ms)
        segments += [(CLOSED, BEFORE_CHECK_MS), check, (OPEN, PULSE_GAP_MS)]
    return segments
