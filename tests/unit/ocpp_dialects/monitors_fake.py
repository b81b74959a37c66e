"""Monitors of the fake station: a real book over the fake's own values."""

from collections.abc import Callable
from datetime import datetime

from ampkeeper.firmware.device_model.model import DeviceModel
from ampkeeper.firmware.device_model.monitor import Monitor
from ampkeeper.firmware.device_model.monitor_book import MonitorBook, Outcome, Wanted
from ampkeeper.firmware.device_model.stream import Opened, Rate
from ampkeeper.firmware.device_model.variable import Variable
from ampkeeper.firmware.ocpp.declared.monitoring import preconfigured


class FakeMonitors:
    """``MonitorPort``; ``texts`` are the values, by name."""

    def __init__(self, model: DeviceModel, now: Callable[[], datetime]) -> None:
        self.book = MonitorBook(model, preconfigured((1, 2)))
        self.texts: dict[str, str] = {}
        self.rates: dict[int, Rate | None] = {}
        self.has_room = True
        self._now = now

    def text(self, variable: Variable) -> str:
        return self.texts.get(variable.known_as, "")

    def monitors(self) -> tuple[Monitor, ...]:
        return tuple(self.book.monitors.values())

    def base(self) -> str:
        return self.book.base

    def level(self) -> int:
        return self.book.level

    def set(self, wanted: Wanted, found: Variable | str) -> Outcome:
        text = "" if isinstance(found, str) else self.text(found)
        return self.book.set(wanted, found, text, self._now())

    def can_stream(self, monitor_id: int | None) -> bool:
        return self.has_room

    def stream(self, monitor_id: int, rate: Rate | None) -> None:
        self.rates[monitor_id] = rate

    def streams(self) -> tuple[Opened, ...]:
        found = self.rates.items()
        return tuple(Opened(number, number, rate) for number, rate in found if rate is not None)

    def adjust_stream(self, stream_id: int, rate: Rate) -> bool:
        is_known = self.rates.get(stream_id) is not None
        self.rates |= {stream_id: rate} if is_known else {}
        return is_known

    def clear(self, monitor_id: int) -> str:
        return self.book.clear(monitor_id)

    def set_base(self, base: str) -> bool:
        self.book.set_base(base, self.text, self._now())
        return True

    def set_level(self, severity: int) -> bool:
        self.book.level = severity
        return True
