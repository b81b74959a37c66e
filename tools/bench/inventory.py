"""Row: a FullInventory of 1,000 variables, from the request to the last page's answer.

Everything is done but the network: the request is read and checked, every value asked for, every
page checked, written and answered. The station is as large as it takes; its values are fixed.
Memory is what this takes beyond what was there, the model included, which is made at the first
report and then kept.
"""

import gc
import json
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from types import SimpleNamespace
from typing import Any, cast

from ampkeeper.firmware.device_model.condition import Condition
from ampkeeper.firmware.facts import ConnectorReport, ConnectorState
from ampkeeper.firmware.ocpp.device import model_of
from ampkeeper.firmware.ocpp.dialect import Follow, StationPort
from ampkeeper.firmware.ocpp.outcome import Answered, Output, Written
from ampkeeper.firmware.ocpp.rpc import Exchange
from ampkeeper.firmware.ocpp.rules import RULES
from ampkeeper.firmware.ocpp.schemas import schemas_for
from ampkeeper.firmware.ocpp.v201.dialect import Dialect201
from ampkeeper.firmware.ocpp.variables import EvseHardware, Hardware, Settings
from ampkeeper.hal.ports import MeterReading
from tools.bench.result import Result, from_samples, timed

VERSION = "ocpp2.0.1"
VARIABLES = 1_000
ROUNDS = 11
REPORT_MS = "≤ 1000"
PEAK_MB = "≤ 8"
AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
READING = MeterReading(0.0, 12_345, 11_040.0, (16.0, 15.9, 16.1), (230.1, 229.8, 231.0))
CONDITION = Condition(is_closed=True, is_locked=True, pilot="C", reading=READING)
ASK = '[2,"r1","GetBaseReport",{"requestId":1,"reportBase":"FullInventory"}]'


class Station:
    """Says what a report asks for; as many EVSEs as make up the variables."""

    def __init__(self, evses: int) -> None:
        hardware = tuple(EvseHardware(number, 3, 32.0, True) for number in range(1, evses + 1))
        self._settings = Settings(Hardware(hardware, "AK0001"))
        self._evse_ids = tuple(range(1, evses + 1))
        self.variable = self._settings.value
        self.networks = SimpleNamespace(active=lambda: 1, profile=lambda slot: None)
        self.display = SimpleNamespace(messages=tuple)
        self.tariffs = SimpleNamespace(has_problem=lambda: False)
        self.monitors = SimpleNamespace(base=lambda: "All", level=lambda: 9)
        self.device = SimpleNamespace(
            condition=lambda evse_id: CONDITION, listed=lambda: 0, certificates=lambda: 0
        )

    def evse_ids(self) -> tuple[int, ...]:
        return self._evse_ids

    def now(self) -> datetime:
        return AT

    def identity(self) -> dict[str, str]:
        return {"vendor": "Ampkeeper", "model": "Bench", "serial": "1", "firmware_version": "1"}

    def report(self, evse_id: int) -> ConnectorReport:
        return ConnectorReport(evse_id, AT, ConnectorState.AVAILABLE)

    def profiles(self) -> tuple[Any, ...]:
        return ()


class Asker:
    """A central system and the station's end of the line, without the line."""

    def __init__(self, evses: int) -> None:
        dialect = Dialect201(cast(StationPort, Station(evses)))
        self._outputs: list[Output] = []
        self._exchange = Exchange(
            RULES[VERSION], schemas_for(VERSION), dialect.handle, self._outputs.append
        )
        self._ids = count()
        self.rows = self.pages = self.chars = 0

    def ask(self) -> None:
        """Ask for the report and answer each page."""
        self.rows = self.pages = self.chars = 0
        self._exchange.receive(ASK.replace("r1", f"r{next(self._ids)}"), 0.0)
        for follow in self._follows():
            for call in follow.calls:
                self._exchange.call(call, f"m{next(self._ids)}", None, 0.0)
                (text,) = [each.text for each in self._outputs if isinstance(each, Written)]
                self._outputs.clear()
                frame = json.loads(text)
                self._exchange.receive(f'[3,"{frame[1]}",{{}}]', 0.0)
                self._outputs.clear()
                self.pages += 1
                self.chars += len(text)
                self.rows += len(frame[3]["reportData"])

    def _follows(self) -> tuple[Follow, ...]:
        answered = [each for each in self._outputs if isinstance(each, Answered)]
        self._outputs.clear()
        return tuple(follow for each in answered for follow in each.answer.follow)


def measure() -> Iterator[Result]:
    """Time of a report, the first one too, and its memory."""
    evses = _evses()
    first = Asker(evses)
    first_ms = timed(first.ask) * 1e3
    assert first.rows >= VARIABLES, f"{first.rows} rows"
    row = (
        f"FullInventory, {first.rows} variables in {first.pages} pages, {first.chars / 1e3:.0f} kB"
    )
    samples_ms = [timed(first.ask) * 1e3 for _ in range(ROUNDS)]
    yield from_samples(row, "a report, from request to last answer", samples_ms, "ms", REPORT_MS)
    yield Result(row, "the first one, which makes the model", first_ms, "ms")
    yield Result(row, "peak of memory, the model included", _peak_mb(evses), "MB", limit=PEAK_MB)


def _evses() -> int:
    """As many as have 1,000 variables or a few more."""
    one, two = (len(list(model_of(s.evse_ids(), s.variable))) for s in (Station(1), Station(2)))
    return 1 + -(-(VARIABLES - one) // (two - one))


def _peak_mb(evses: int) -> float:
    """Beyond what was there; schemas and code are there already."""
    asker = Asker(evses)
    gc.collect()
    tracemalloc.start()
    try:
        asker.ask()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()
