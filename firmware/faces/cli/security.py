"""Security at the command line: the log, the certificates, and what an installer may change.

From the station, or from its books while it is off. A profile can be lowered here and nowhere
else (A00.FR.005), and only while the station is off.
"""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ampkeeper.firmware.certificates.book import ROOT_CHARS_MAX, CertificateBook
from ampkeeper.firmware.certificates.values import CertificateRefused, Change, Record, Usage
from ampkeeper.firmware.faces.cli.client import ask
from ampkeeper.firmware.faces.cli.errors import NotReachableError, RefusedError
from ampkeeper.firmware.faces.security import USAGES, certificate_shapes, event_shapes
from ampkeeper.firmware.security_events import SecurityEventKind
from ampkeeper.firmware.store.changes import (
    AddSecurityEvent,
    DropCertificate,
    SaveCertificate,
    SaveMeta,
    SaveSetting,
)
from ampkeeper.firmware.store.changes import Change as StoreChange
from ampkeeper.firmware.store.store import STORE_FILE, Reads, Store, open_read_only

PERSON = "by a person at the station"
PROFILE = "SecurityCtrlr.SecurityProfile"
TRIAL_KEY = "security_profile_before"

Answer = dict[str, Any]


def log(arguments: argparse.Namespace) -> Answer:
    """The security log, newest first."""
    try:
        return ask(arguments.state, "security", action="log", limit=arguments.limit)
    except NotReachableError as silence:
        books = _open(arguments.state, silence)
        try:
            return event_shapes(books.security_events(arguments.limit))
        finally:
            books.close()


def certificates(arguments: argparse.Namespace) -> Answer:
    """All certificates that are installed."""
    try:
        return ask(arguments.state, "security", action="certificates")
    except NotReachableError as silence:
        books = _open(arguments.state, silence)
        try:
            return certificate_shapes(_book(books))
        finally:
            books.close()


def wipe(arguments: argparse.Namespace) -> Answer:
    """Empty the log; that is an event of its own."""
    return ask(arguments.state, "security", action="clear")


def add(arguments: argparse.Namespace) -> Answer:
    """Install a root from a file."""
    pem = _read(arguments.file)
    request = {"action": "add", "usage": arguments.usage, "pem": pem}
    try:
        return ask(arguments.state, "security", **request)
    except NotReachableError as silence:
        _check_there(arguments.state, silence)
    store = Store(arguments.state / STORE_FILE)
    try:
        now = datetime.now(UTC)
        book = _book(store)
        change = book.install(USAGES[arguments.usage], pem, now)
        store.commit(_written(book, change, now))
    except CertificateRefused as error:
        raise RefusedError(f"{arguments.file}: the root is refused: {error}") from error
    finally:
        store.close()
    return {"result": "the root is installed"}


def profile(arguments: argparse.Namespace) -> Answer:
    """Let a security profile be in force from the next start on."""
    state: Path = arguments.state
    if not (state / STORE_FILE).is_file():
        raise NotReachableError(f"{state / STORE_FILE} is not there")
    store = Store(state / STORE_FILE)  # refused while the station runs
    text = f"SecurityProfile set to {arguments.number} {PERSON}"
    try:
        store.commit(
            [
                SaveSetting(PROFILE, str(arguments.number)),
                SaveMeta(TRIAL_KEY, ""),
                _event(text, datetime.now(UTC)),
            ]
        )
    finally:
        store.close()
    least = "; security_profile of the file is the least that holds"
    return {"result": f"security profile {arguments.number} from the next start on{least}"}


def _written(book: CertificateBook, change: Change, now: datetime) -> list[StoreChange]:
    rows: list[StoreChange] = [DropCertificate(name) for name in change.drop]
    for record in change.keep:
        rows.append(SaveCertificate(record.fingerprint, record.usage.value, record.pem))
        text = f"{record.usage} installed {PERSON}: {book.name(record)}"
        rows.append(_event(text, now))
    return rows


def _event(text: str, now: datetime) -> AddSecurityEvent:
    return AddSecurityEvent(SecurityEventKind.RECONFIGURED.value, now, text, is_owed=True)


def _read(file: Path) -> str:
    """The text of a certificate's file, of which more than a root's length is not one."""
    with file.open("rb") as opened:
        return opened.read(ROOT_CHARS_MAX + 1).decode("ascii", "replace")


def _book(books: Reads) -> CertificateBook:
    """What is installed, as far as this version can read it.

    AdditionalRootCertificateCheck binds the central system, not who stands before the station.
    """
    book = CertificateBook()
    usages = {usage.value for usage in Usage}
    rows = [row for row in books.certificates() if row.usage in usages]
    book.load(Record(row.fingerprint, Usage(row.usage), row.pem) for row in rows)
    return book


def _open(state: Path, silence: NotReachableError) -> Reads:
    _check_there(state, silence)
    return open_read_only(state / STORE_FILE)


def _check_there(state: Path, silence: NotReachableError) -> None:
    path = state / STORE_FILE
    if not path.is_file():
        raise NotReachableError(f"{silence}; and {path} is not there") from silence
