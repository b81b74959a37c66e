"""All monitors of a station (2.x, N02 to N08): set, cleared, looked through, and kept as JSON.

No monitor is hard-wired. What is preconfigured is off until the central system asks for it
(``BASES``): StatusNotification tells the same already.
"""

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from ampkeeper.firmware.device_model.model import DeviceModel
from ampkeeper.firmware.device_model.monitor import (
    CUSTOM,
    DELTA,
    HARD_WIRED,
    NUMBERS,
    PERIODICS,
    PRECONFIGURED,
    THRESHOLDS,
    Happened,
    Monitor,
    look,
    remember,
)
from ampkeeper.firmware.device_model.variable import WRITE_ONLY, Variable

ALL, FACTORY, HARD_WIRED_ONLY = "All", "FactoryDefault", "HardWiredOnly"
BASES = (ALL, FACTORY, HARD_WIRED_ONLY)
SEVERITY_MAX = 9
MONITORS_MAX = 200
WIRED = (  # told without any monitor (G05.FR.02; 2.1 I08.FR.31, I12.FR.19)
    ("ConnectorPlugRetentionLock", "Problem"),
    ("TariffCostCtrlr", "Problem"),
)
WIRED_SEVERITY = 2  # hardware failure
PERIOD_S_MIN = 1.0
ACCEPTED, REJECTED, DUPLICATE = "Accepted", "Rejected", "Duplicate"
UNSUPPORTED, NOT_FOUND = "UnsupportedMonitorType", "NotFound"

TextOf = Callable[[Variable], str]
TxOf = Callable[[Variable], str | None]  # of its EVSE, or any


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the central system asks to be watched; ``id`` None: a new monitor."""

    kind: str
    value: float
    severity: int
    in_transaction: bool = False
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A name of SetMonitoringStatusEnumType, a reason code, and the id if it was accepted."""

    status: str
    reason: str = ""
    id: int | None = None


class MonitorBook:
    """The monitors by id; ``monitors`` is not for others to change."""

    def __init__(self, model: DeviceModel, preconfigured: Iterable[Monitor]) -> None:
        self.monitors: dict[int, Monitor] = {}
        self.base = HARD_WIRED_ONLY
        self.level = SEVERITY_MAX
        self._model = model
        self._factory = {
            each.id: replace(each, origin=PRECONFIGURED)
            for each in preconfigured
            if model.named(each.known_as) is not None
        }
        self._next_id = max(self._factory, default=0) + 1
        self._events = 0
        self._wired = {
            variable: False
            for variable in model
            if (variable.component.name, variable.name) in WIRED
        }

    def set(self, wanted: Wanted, found: Variable | str, text: str, now: datetime) -> Outcome:
        """Watch a variable, or say why not, in the order of N04's requirements."""
        old = None if wanted.id is None else self.monitors.get(wanted.id)
        if wanted.id is not None and (old is None or not _is_of(old, found)):
            return Outcome(REJECTED, "NotFound" if old is None else "InvalidValue")
        if isinstance(found, str):
            return Outcome(found, "NotFound")
        refused = self._refused(wanted, found)
        if refused is not None:
            return refused
        monitor_id = self._next_id if old is None else old.id
        self._next_id += old is None
        monitor = Monitor(
            monitor_id,
            found.known_as,
            wanted.kind,
            wanted.value,
            wanted.severity,
            CUSTOM,
            wanted.in_transaction,
            is_over=old is not None and old.kind == wanted.kind and old.is_over,  # N07.FR.11
        )
        remember(monitor, text, now.timestamp())
        self.monitors[monitor_id] = monitor
        return Outcome(ACCEPTED, id=monitor_id)

    def clear(self, monitor_id: int) -> str:
        """ACCEPTED, and nothing more is said of it (N07.FR.12); or NOT_FOUND."""
        return NOT_FOUND if self.monitors.pop(monitor_id, None) is None else ACCEPTED

    def set_base(self, base: str, text_of: TextOf, now: datetime) -> None:
        """N03.FR.03 to 05."""
        self.base = base
        if base != ALL:
            self.monitors.clear()
        if base == HARD_WIRED_ONLY:
            return
        for monitor_id, made in self._factory.items():
            if monitor_id not in self.monitors:
                monitor = self.monitors[monitor_id] = replace(made)
                remember(monitor, text_of(self._variable(monitor)), now.timestamp())

    def look(self, text_of: TextOf, tx_of: TxOf, now: datetime) -> list[Happened]:
        """What the monitors say now that is not above the level (N05.FR.03)."""
        said = []
        for monitor in self.monitors.values():
            variable = self._variable(monitor)
            tx_id = tx_of(variable)
            if monitor.in_transaction and tx_id is None:
                continue
            text = text_of(variable)
            is_number = variable.characteristics.kind in NUMBERS
            word = look(monitor, text, is_number, now.timestamp())
            if word is not None and monitor.severity <= self.level:
                said.append(self._said(monitor, variable, word, text, now, tx_id))
        return said

    def dump(self) -> str:
        """All that must outlive a restart (N07.FR.13, 14)."""
        kept = [asdict(each) | {"due_s": None} for each in self.monitors.values()]
        counts = {"next_id": self._next_id, "events": self._events}
        return json.dumps({"base": self.base, "level": self.level, "monitors": kept} | counts)

    def load(self, text: str) -> list[str]:
        """Take up what ``dump`` wrote; return what of it is of no use any more, in words."""
        wrong: list[str] = []
        try:
            kept = json.loads(text)
            self.base, self.level = kept["base"], int(kept["level"])
            self._next_id = max(self._next_id, int(kept["next_id"]))
            self._events = int(kept["events"])
            monitors = [Monitor(**row) for row in kept["monitors"]]
        except (ValueError, TypeError, KeyError) as error:
            return [f"monitors cannot be read: {error!r}"]
        for monitor in monitors:
            if self._model.named(monitor.known_as) is None:
                wrong.append(f"monitor {monitor.id}: there is no {monitor.known_as} any more")
            else:
                self.monitors[monitor.id] = monitor
        return wrong

    def _refused(self, wanted: Wanted, variable: Variable) -> Outcome | None:
        given = variable.characteristics
        if not math.isfinite(wanted.value):
            return Outcome(REJECTED, "ValueOutOfRange")
        if wanted.kind in THRESHOLDS:
            if given.kind not in NUMBERS:
                return Outcome(UNSUPPORTED, "InvalidValue")
            is_low = given.lowest is not None and wanted.value < given.lowest
            is_high = given.highest is not None and wanted.value > given.highest
            if is_low or is_high:
                return Outcome(REJECTED, "ValueOutOfRange")  # N04.FR.06
        if wanted.kind == DELTA and wanted.value < 0:
            return Outcome(REJECTED, "ValuePositiveOnly")  # N04.FR.14
        if wanted.kind in PERIODICS and wanted.value < PERIOD_S_MIN:
            return Outcome(REJECTED, "ValueOutOfRange")
        if not 0 <= wanted.severity <= SEVERITY_MAX:
            return Outcome(REJECTED, "ValueOutOfRange")
        alike = (variable.known_as, wanted.kind, wanted.severity)
        for other in self.monitors.values():
            is_same = (other.known_as, other.kind, other.severity) == alike
            if is_same and other.id != wanted.id:
                return Outcome(DUPLICATE, "InvalidValue")  # N04.FR.10
        is_full = wanted.id is None and len(self.monitors) >= MONITORS_MAX
        return Outcome(REJECTED, "OutOfStorage") if is_full else None

    def look_at_wired(self, text_of: TextOf, now: datetime) -> list[Happened]:
        """What is told of itself: a problem that came or went; one not known is none."""
        said = []
        for variable, was_true in self._wired.items():
            text = text_of(variable)
            if (text == "true") == was_true:
                continue
            self._wired[variable] = not was_true
            if self._has_delta(variable):
                continue  # whose monitor tells it
            self._events += 1
            event = Happened(
                self._events, None, variable, WIRED_SEVERITY, HARD_WIRED, DELTA, text, now
            )
            said.append(event)
        return said

    def _has_delta(self, variable: Variable) -> bool:
        return any(
            one.kind == DELTA and one.known_as == variable.known_as
            for one in self.monitors.values()
        )

    def _said(
        self,
        monitor: Monitor,
        variable: Variable,
        word: tuple[str, bool],
        text: str,
        now: datetime,
        tx_id: str | None,
    ) -> Happened:
        self._events += 1
        is_secret = any(each.access == WRITE_ONLY for each in variable.attributes)
        return Happened(
            self._events,
            monitor.id,
            variable,
            monitor.severity,
            monitor.origin,
            trigger=word[0],
            text="" if is_secret else text,  # N07.FR.10
            at=now,
            is_cleared=word[1],
            tx_id=tx_id,
        )

    def _variable(self, monitor: Monitor) -> Variable:
        variable = self._model.named(monitor.known_as)
        assert variable is not None, "it was there when it was set, or loaded"
        return variable


def _is_of(monitor: Monitor, found: Variable | str) -> bool:
    """True if a request to change a monitor names its variable (N04.FR.16)."""
    return isinstance(found, Variable) and found.known_as == monitor.known_as
