"""Monitors: what a dialect asks of what the central system has watched."""

from typing import Protocol

from ampkeeper.firmware.device_model.monitor import Monitor
from ampkeeper.firmware.device_model.monitor_book import Outcome, Wanted
from ampkeeper.firmware.device_model.stream import Opened, Rate
from ampkeeper.firmware.device_model.variable import Variable


class MonitorPort(Protocol):
    """Part of ``StationPort``. What is accepted is written down before the answer leaves."""

    def monitors(self) -> tuple[Monitor, ...]:
        """All that are in force, by id."""

    def base(self) -> str:
        """The monitoring base in force."""

    def level(self) -> int:
        """The severity up to which is told."""

    def set(self, wanted: Wanted, found: Variable | str) -> Outcome:
        """Watch a variable; ``found`` is it, or the word for what is missing."""

    def can_stream(self, monitor_id: int | None) -> bool:
        """True if there is room for one more stream, of this monitor or a new one."""

    def stream(self, monitor_id: int, rate: Rate | None) -> None:
        """From now on stream what a monitor sees; None: tell it event by event."""

    def streams(self) -> tuple[Opened, ...]:
        """The streams that are open."""

    def adjust_stream(self, stream_id: int, rate: Rate) -> bool:
        """Another rate; False: there is no such stream."""

    def clear(self, monitor_id: int) -> str:
        """ "Accepted", "NotFound", or "Rejected": the station cannot keep up."""

    def set_base(self, base: str) -> bool:
        """False: the station cannot keep up."""

    def set_level(self, severity: int) -> bool:
        """False: the station cannot keep up."""
