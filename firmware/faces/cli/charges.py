"""Charges at the command line: the charge log and receipts, from the books, to a file or here."""

import argparse
from datetime import UTC, datetime, tzinfo
from itertools import islice
from pathlib import Path
from typing import Any

from ampkeeper.firmware.billing import charge_log, receipt
from ampkeeper.firmware.billing.charge_log import Charge
from ampkeeper.firmware.billing.receipt import Paper
from ampkeeper.firmware.config import Config, load
from ampkeeper.firmware.energy.configured import zone_of
from ampkeeper.firmware.faces.cli.billing_grammar import CSV, HTML, JSON, PDF
from ampkeeper.firmware.faces.cli.client import ask
from ampkeeper.firmware.faces.cli.errors import RefusedError
from ampkeeper.firmware.faces.cli.start import checkers
from ampkeeper.firmware.station.charge_log import CHARGES_MAX, charges
from ampkeeper.firmware.station.letterhead import letterhead_of
from ampkeeper.firmware.station.payments_door import PAYMENTS_MAX, payment_shape
from ampkeeper.firmware.store.reads import Reads
from ampkeeper.firmware.store.store import STORE_FILE, open_read_only

ID_CHARS_MIN = 6  # of a session: so many are enough where no other begins with them


def log(arguments: argparse.Namespace) -> dict[str, Any]:
    """The charges of a month, of a user, or all."""
    config = _config(arguments)
    month, user = arguments.month or "", arguments.user or ""
    kept = _charges(arguments.state, config)
    found = [one for one in kept if charge_log.is_of(one, month, user)]
    match arguments.format:
        case how if how == CSV:
            data = charge_log.to_csv(found).encode()
        case how if how == JSON:
            data = charge_log.to_json(found).encode()
        case _:
            station, now = config.station.serial, _now(config)
            paper = receipt.statement(found, letterhead_of(config), station, month, now)
            data = _printed(paper, arguments.format)
    return _given(arguments, data) | {"charges": len(found)}


def one_receipt(arguments: argparse.Namespace) -> dict[str, Any]:
    """The receipt of one session."""
    config, wanted = _config(arguments), arguments.session
    if len(wanted) < ID_CHARS_MIN:
        raise RefusedError(f"session {wanted!r}: at least {ID_CHARS_MIN} characters of its id")
    found = [one for one in _charges(arguments.state, config) if one.session.startswith(wanted)]
    if len(found) != 1:
        words = f"{len(found)} that are over begin so; one is wanted"
        raise RefusedError(f"session {wanted[:40]!r}: {words}")
    station = f"{config.station.vendor} {config.station.model} {config.station.serial}"
    paper = receipt.receipt(found[0], letterhead_of(config), station, _now(config))
    return _given(arguments, _printed(paper, arguments.format)) | {"session": found[0].session}


def payments_list(arguments: argparse.Namespace) -> dict[str, Any]:
    """What the payment terminal was asked for, newest first; amounts as people write them."""
    books = _books(arguments.state)
    try:
        found = books.payments(PAYMENTS_MAX)
    finally:
        books.close()
    return {"payments": [payment_shape(one) for one in found]}


def payments_release(arguments: argparse.Namespace) -> dict[str, Any]:
    """Give back what is held for a session that the books have lost."""
    return ask(arguments.state, "payments", action="release", payment=arguments.payment)


def payments_claim(arguments: argparse.Namespace) -> dict[str, Any]:
    """Take so much of what is held for a session that the books have lost."""
    wanted = {"payment": arguments.payment, "amount": arguments.amount}
    return ask(arguments.state, "payments", action="claim", **wanted)


def _printed(paper: Paper, how: str) -> bytes:
    if how == HTML:
        return receipt.to_html(paper).encode()
    assert how == PDF, "the grammar knows no other"
    from ampkeeper.firmware.billing.receipt_pdf import to_pdf

    return to_pdf(paper)


def _given(arguments: argparse.Namespace, data: bytes) -> dict[str, Any]:
    """Into a file, or here; a PDF is nothing for a terminal."""
    if arguments.out is not None:
        arguments.out.write_bytes(data)
        return {"result": f"{arguments.out}: {len(data)} bytes", "file": str(arguments.out)}
    if arguments.format == PDF:
        raise RefusedError("a PDF goes into a file: name one with --out")
    return {"text": data.decode()}


def _charges(state: Path, config: Config) -> list[Charge]:
    zone = _zone(config)
    books = _books(state)
    try:
        return list(islice(charges(books, zone, config.tariff.currency), CHARGES_MAX))
    finally:
        books.close()


def _zone(config: Config) -> tzinfo | None:
    """None: that of the system."""
    return zone_of(config.energy.time_zone) if config.energy.time_zone else None


def _now(config: Config) -> datetime:
    return datetime.now(UTC).astimezone(_zone(config))


def _books(state: Path) -> Reads:
    path = state / STORE_FILE
    if not path.is_file():
        raise RefusedError(f"{path} is not there")
    return open_read_only(path)


def _config(arguments: argparse.Namespace) -> Config:
    return load(arguments.config, arguments.set, checkers())
