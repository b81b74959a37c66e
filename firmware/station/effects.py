"""What one event leads to: first the changes to the books, in one transaction, then the acts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ampkeeper.firmware.facts import ConnectorReport, IdToken
from ampkeeper.firmware.store.changes import AddFact, Change


@dataclass(slots=True)
class Effects:
    """Everything that one event asks for. ``changes`` are committed before anything else happens.

    ``reports`` go to the central system, ``asks`` are tokens to authorise there, ``notices`` are
    (kind, fields) for whoever watches, ``faults_to_clear`` are (evse_id, code) for ring 1 to
    consider, ``acts`` run last. ``restart`` is "soft" or "hard" when the process must end.
    """

    changes: list[Change] = field(default_factory=list)
    reports: list[ConnectorReport] = field(default_factory=list)
    asks: list[IdToken] = field(default_factory=list)
    notices: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    faults_to_clear: list[tuple[int, int]] = field(default_factory=list)
    acts: list[Callable[[], None]] = field(default_factory=list)
    restart: str | None = None

    def notice(self, kind: str, **fields: Any) -> None:
        """Tell whoever watches."""
        self.notices.append((kind, fields))

    @property
    def has_facts(self) -> bool:
        """True if the outbox grew."""
        return any(isinstance(change, AddFact) for change in self.changes)
