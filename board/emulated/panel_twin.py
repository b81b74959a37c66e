"""Panel twin: lamp, buzzer and button of an emulated EVSE, as a person meets them.

Its contact bounces, as contacts do, and goes through the debounce of the real driver. What the
lamp tells is the event ``indicator`` of the station; here is only what it looks like.
"""

import asyncio

from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.linux.button import Button
from ampkeeper.hal.ports import Clock, Light, Press

OFF: Light = (0.0, 0.0, 0.0)
BOUNCE_S = 0.02
BOUNCES_S = 0.004  # one way or the other
LOOK_S = 0.03
AFTER_S = 0.2  # looked at for so long after it was let go


class PanelTwin:
    """The ``Indicator`` port; ``light`` and ``is_sounding`` are what is seen and heard."""

    def __init__(self, clock: Clock) -> None:
        self.light: Light = OFF
        self.is_sounding = False
        self._clock = clock
        self._is_open = False
        self._button = Button()
        self._down_s = self._up_s = -1.0
        self._pressed = asyncio.Event()

    def press(self, held_s: float = 0.3) -> None:
        """Press the button now and let it go after ``held_s``."""
        self._down_s = self._clock.now_s()
        self._up_s = self._down_s + held_s
        self._pressed.set()

    async def open(self) -> None:
        """Lamp and buzzer off."""
        self.close()
        self._is_open = True
        self._button = Button()
        self._button.feed(False, self._clock.now_s() - 1.0)
        self._button.feed(False, self._clock.now_s())

    def show(self, light: Light) -> None:
        """Light the lamp like this until told otherwise."""
        self._check()
        self.light = light

    def sound(self, is_on: bool) -> None:
        """Let the buzzer sound until told otherwise."""
        self._check()
        self.is_sounding = is_on

    async def next_press(self) -> Press:
        """Wait for a press; ended by the one who waits."""
        while True:
            self._check()
            now_s = self._clock.now_s()
            if now_s > self._up_s + AFTER_S:
                self._pressed.clear()
                await self._pressed.wait()
                continue
            press = self._button.feed(self._is_made(now_s), now_s)
            if press is not None:
                return press
            await asyncio.sleep(LOOK_S)

    def close(self) -> None:
        """Lamp and buzzer off; release; safe twice."""
        self.light, self.is_sounding, self._is_open = OFF, False, False
        self._pressed.set()

    def _is_made(self, now_s: float) -> bool:
        """The contact, which bounces after it was moved."""
        is_down = self._down_s <= now_s < self._up_s
        age_s = now_s - (self._down_s if is_down else self._up_s)
        is_bouncing = 0 <= age_s < BOUNCE_S and int(age_s / BOUNCES_S) % 2 == 1
        return is_down != is_bouncing

    def _check(self) -> None:
        if not self._is_open:
            raise AbsentError("not open")
