"""Door to the charge log: the charges of a month, or the receipt of one session, as a file."""

import re
from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import partial
from typing import Any

from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.reads import Reads
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.hal.ports import Clock

MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
CSV, JSON, HTML, PDF = "csv", "json", "html", "pdf"
KINDS = {CSV: "text/csv", JSON: "application/json", HTML: "text/html", PDF: "application/pdf"}
USER_CHARS_MAX = 70
SESSION_CHARS_MAX = 36  # OCPP 2.0.1, transactionId


class ChargesDoor:
    """Answers "charges"; everything that makes files is loaded by the first who asks."""

    def __init__(self, config: Config, worker: StoreWorker, clock: Clock) -> None:
        self._config = config
        self._worker = worker
        self._clock = clock

    async def answer(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The file, in hex; LocalRefusedError says what is allowed."""
        session, kind = arguments.get("session"), str(arguments.get("kind", PDF))
        allowed = list(KINDS) if session is None else [HTML, PDF]
        if kind not in allowed:
            raise LocalRefusedError(f"kind {kind!r:.40}: allowed are {', '.join(allowed)}")
        read: Callable[[Reads], tuple[str, bytes]]
        if session is None:
            read = partial(self._log, _month(arguments), _user(arguments), kind)
        else:
            read = partial(self._receipt, _session(session), kind)
        try:  # beside the books' own thread: a year's log may take longer than a permit lives
            name, data = await self._worker.run_aside(read)
        except StoreError as error:
            raise LocalRefusedError(f"the books cannot be read now: {error}") from error
        return {"name": f"{name}.{kind}", "kind": KINDS[kind], "hex": data.hex()}

    def _log(self, month: str, user: str, kind: str, books: Reads) -> tuple[str, bytes]:
        from ampkeeper.firmware.billing import charge_log, receipt

        found = [one for one in self._charges(books) if charge_log.is_of(one, month, user)]
        name = f"charges-{month}"
        if kind == CSV:
            return name, charge_log.to_csv(found).encode()
        if kind == JSON:
            return name, charge_log.to_json(found).encode()
        serial, now = self._config.station.serial, self._now()
        paper = receipt.statement(found, self._letterhead(), serial, month, now)
        return name, _printed(paper, kind)

    def _receipt(self, session: str, kind: str, books: Reads) -> tuple[str, bytes]:
        from ampkeeper.firmware.billing import receipt
        from ampkeeper.firmware.station.deliveries import charge_in

        found = charge_in(books, session, self._zone(), self._config.tariff.currency)
        if found is None:
            raise LocalRefusedError(f"session {session!r:.40}: none that is over is called so")
        told = self._config.station
        station = f"{told.vendor} {told.model} {told.serial}"
        paper = receipt.receipt(found, self._letterhead(), station, self._now())
        return f"receipt-{found.started:%Y%m%d-%H%M}", _printed(paper, kind)

    def _charges(self, books: Reads) -> Any:
        from ampkeeper.firmware.station.charge_log import charges

        return charges(books, self._zone(), self._config.tariff.currency)

    def _zone(self) -> tzinfo | None:
        """None: that of the system."""
        from ampkeeper.firmware.energy.configured import zone_of

        name = self._config.energy.time_zone
        return zone_of(name) if name else None

    def _now(self) -> datetime:
        return self._clock.now().astimezone(self._zone())

    def _letterhead(self) -> Any:
        from ampkeeper.firmware.station.letterhead import letterhead_of

        return letterhead_of(self._config)


def _printed(paper: Any, kind: str) -> bytes:
    if kind == HTML:
        from ampkeeper.firmware.billing.receipt import to_html

        return to_html(paper).encode()
    from ampkeeper.firmware.billing.receipt_pdf import to_pdf

    return to_pdf(paper)


def _month(arguments: dict[str, Any]) -> str:
    month = arguments.get("month")
    if not isinstance(month, str) or not MONTH.fullmatch(month):
        raise LocalRefusedError(f"month {month!r:.40}: must be one such as 2026-11")
    return month


def _user(arguments: dict[str, Any]) -> str:
    """A user's name, or a card; empty: everybody."""
    user = arguments.get("user", "")
    if not isinstance(user, str) or len(user) > USER_CHARS_MAX:
        raise LocalRefusedError(f"user {user!r:.40}: a name or a card of 1 to {USER_CHARS_MAX}")
    return user


def _session(session: object) -> str:
    if not isinstance(session, str) or not 1 <= len(session) <= SESSION_CHARS_MAX:
        raise LocalRefusedError(f"session {session!r:.40}: 1 to {SESSION_CHARS_MAX} characters")
    return session
