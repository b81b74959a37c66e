"""Table: what a fleet is doing, live on a terminal, as lines elsewhere, or as JSON lines."""

import json
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table as Rows


class Table:
    """Use as a context; ``show`` whenever there is news."""

    def __init__(self, as_json: bool) -> None:
        self.is_live = sys.stdout.isatty() and not as_json
        self._as_json = as_json
        self._live: Live | None = None

    def __enter__(self) -> "Table":
        if self.is_live:
            from rich.live import Live  # only where somebody looks

            self._live = Live(auto_refresh=False)
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, told: dict[str, Any], passed_s: float, cpu_s: float) -> None:
        """Show it as it is now, ``passed_s`` since the start."""
        told = {"seconds": round(passed_s, 1), "cpu_s": round(cpu_s, 2)} | told
        if self._as_json:
            print(json.dumps(told), flush=True)
        elif self._live is None:
            words = (f"{name} {_shown(value)}" for name, value in told.items())
            print(" · ".join(words), flush=True)
        else:
            self._live.update(_rows(told), refresh=True)


def _rows(told: dict[str, Any]) -> "Rows":
    from rich.table import Table as Rows  # only where somebody looks

    rows = Rows("of the fleet", "now", title=f"{told['chargers']} chargers")
    for name, value in told.items():
        rows.add_row(name.replace("_", " "), _shown(value))
    return rows


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{count} {name}" for name, count in value.items()) or "none"
    return "not yet" if value is None else str(value)
