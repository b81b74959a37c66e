"""PWM: one channel of the kernel's PWM, through its files under /sys/class/pwm.

The hardware counts by itself, so the signal is exact whatever the processor does; and it goes on
with its last duty when the process, or all of Linux, is gone. ``close`` leaves it running at
100 %: what is behind it must be safe with a signal that nobody tends (see the board's README).
Kernel documentation: Documentation/driver-api/pwm.rst.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

from ampkeeper.hal.errors import AbsentError

CHIP_0 = Path("/sys/class/pwm/pwmchip0")
EXPORT_S_MAX = 1.0  # udev gives the new files their group in this time
LOOK_S = 0.01
NORMAL = "normal"  # polarity: the duty is the high part


class SysfsPwm:
    """Channel ``channel`` of the chip at ``chip``, with a fixed period in ns."""

    def __init__(
        self,
        chip: Path,
        channel: int,
        period_ns: int,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.duty_ns = period_ns  # as last set
        self.period_ns = period_ns
        self._chip = chip
        self._channel = channel
        self._folder = chip / f"pwm{channel}"
        self._sleep = sleep
        self._fd = -1

    def open(self) -> None:
        """Bring the channel to a constant high level and hold it; raise AbsentError."""
        self.close()
        try:
            self._export()
            self._begin_high()
            self._fd = os.open(self._folder / "duty_cycle", os.O_WRONLY | os.O_CLOEXEC)
        except OSError as error:
            raise AbsentError(f"PWM {self._folder}: {error.strerror}") from error

    def set_duty(self, duty_ns: int) -> None:
        """Set the high part of the period, 0 to ``period_ns``; raise AbsentError."""
        assert 0 <= duty_ns <= self.period_ns, f"{duty_ns} of {self.period_ns} ns"
        if duty_ns == self.duty_ns:
            return
        self._write_duty(duty_ns)

    def close(self) -> None:
        """Leave a constant high level behind; safe twice."""
        if self._fd < 0:
            return
        try:
            self._write_duty(self.period_ns)
        finally:
            os.close(self._fd)
            self._fd = -1

    def _write_duty(self, duty_ns: int) -> None:
        if self._fd < 0:
            raise AbsentError(f"PWM {self._folder} is not open")
        try:
            os.pwrite(self._fd, b"%d\n" % duty_ns, 0)
        except OSError as error:
            raise AbsentError(f"PWM {self._folder}: {error.strerror}") from error
        self.duty_ns = duty_ns

    def _export(self) -> None:
        if not self._folder.exists():
            (self._chip / "export").write_text(f"{self._channel}\n")
        left_s = EXPORT_S_MAX
        while not os.access(self._folder / "duty_cycle", os.W_OK):
            if left_s <= 0:
                raise AbsentError(f"PWM {self._folder} cannot be written after {EXPORT_S_MAX} s")
            self._sleep(LOOK_S)
            left_s -= LOOK_S

    def _begin_high(self) -> None:
        """Set period and duty in the order in which the duty is never above the period."""
        if self._read("polarity") not in (NORMAL, ""):
            self._write("enable", 0)
            (self._folder / "polarity").write_text(NORMAL)
        is_shrinking = int(self._read("period") or 0) > self.period_ns
        names = ("duty_cycle", "period") if is_shrinking else ("period", "duty_cycle")
        for name in names:
            self._write(name, self.period_ns)
        self._write("enable", 1)
        self.duty_ns = self.period_ns

    def _read(self, name: str) -> str:
        return (self._folder / name).read_text().strip()

    def _write(self, name: str, value: int) -> None:
        (self._folder / name).write_text(f"{value}\n")
