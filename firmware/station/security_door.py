"""Security at the station itself: the log and the certificates, for who stands in front of it.

What a person at the station installs needs no TLS; it is written to the log like all else.
"""

from functools import partial
from typing import Any

from ampkeeper.firmware.certificates.values import CertificateRefused
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.faces.security import USAGES, certificate_shapes, event_shapes
from ampkeeper.firmware.station.security import Security
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker

SHOWN, SHOWN_MAX = 50, 1_000
PERSON = "by a person at the station"


class SecurityDoor:
    """Answers "security" of the local door."""

    def __init__(
        self, security: Security, task: StationTask, store: Store, worker: StoreWorker
    ) -> None:
        self._security = security
        self._task = task
        self._store = store
        self._worker = worker

    async def answer(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Answer one request; LocalRefusedError names what is wrong and what is allowed."""
        match arguments.get("action"):
            case "log":
                return await self._log(arguments)
            case "clear":
                await self._task.put(partial(self._security.log.on_clear, PERSON))
                await self._task.settled()
                return {"result": "the log is empty, but for what is owed"}
            case "certificates":
                return certificate_shapes(self._security.book)
            case "add":
                return await self._add(arguments)
        raise LocalRefusedError("security: allowed actions are log, clear, certificates, add")

    async def _log(self, arguments: dict[str, Any]) -> dict[str, Any]:
        limit = arguments.get("limit", SHOWN)
        if type(limit) is not int or not 1 <= limit <= SHOWN_MAX:
            raise LocalRefusedError(f"limit {limit!r}: 1 to {SHOWN_MAX} is allowed")
        try:
            rows = await self._worker.run(self._store.security_events, limit)
        except StoreError as error:
            raise LocalRefusedError(f"the log cannot be read now: {error}") from error
        return event_shapes(rows)

    async def _add(self, arguments: dict[str, Any]) -> dict[str, Any]:
        usage = USAGES.get(str(arguments.get("usage")))
        if usage is None:
            raise LocalRefusedError(f"usage: allowed are {', '.join(USAGES)}")
        try:
            is_taken = self._security.install_here(usage, str(arguments.get("pem", "")))
        except CertificateRefused as error:
            raise LocalRefusedError(f"the root is refused: {error}") from error
        if not is_taken:
            raise LocalRefusedError("the station cannot keep up; try again")
        await self._task.settled()
        return {"result": "the root is installed"}
