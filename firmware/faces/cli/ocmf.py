"""OCMF at the command line: what was signed of a session, and whether a record is as written."""

import argparse
from pathlib import Path
from typing import Any

from ampkeeper.firmware.billing import ocmf, ocmf_keys, ocmf_xml
from ampkeeper.firmware.billing.ocmf import OcmfRefused
from ampkeeper.firmware.billing.ocmf_xml import Signed
from ampkeeper.firmware.faces.cli.billing_grammar import XML
from ampkeeper.firmware.faces.cli.errors import RefusedError
from ampkeeper.firmware.station.signed_records import KEPT_AS, OCMF
from ampkeeper.firmware.store.changes import AddSignedRecord
from ampkeeper.firmware.store.store import STORE_FILE, Reads, open_read_only

NO_KEY = "there is no key for records: the station makes one where [ocmf] says sign = true"
ID_CHARS_MIN = 6  # of a session: so many are enough where no other begins with them
SESSIONS_LOOKED_AT = 1_000


def export(arguments: argparse.Namespace) -> dict[str, Any]:
    """The records of one session, from the books."""
    books = _books(arguments.state)
    try:
        tx_id = _session(books, arguments.session)
        records = books.signed_records(tx_id)
    finally:
        books.close()
    found = [one for one in records if one.format == OCMF]
    if not records:
        raise RefusedError(f"session {tx_id}: nothing was signed of it")
    if not found:
        raise RefusedError(f"session {tx_id}: its meter signs as {records[0].format!r}, not OCMF")
    lines = "\n".join(one.text for one in found)
    xml = ocmf_xml.to_xml([_signed(one, found[0]) for one in found])
    return {"session": tx_id, "records": len(found), "text": xml if _is_xml(arguments) else lines}


def key(arguments: argparse.Namespace) -> dict[str, Any]:
    """The public key of this station's records."""
    found = _own_key(arguments.state)
    if not found:
        raise RefusedError(NO_KEY)
    return {"public_key": found}


def verify(arguments: argparse.Namespace) -> dict[str, Any]:
    """Hold each record of a file against a key; RefusedError names the first that is not so."""
    try:
        with arguments.file.open("rb") as file:
            text = file.read(ocmf_xml.FILE_CHARS_MAX + 1).decode("utf-8")
        records = ocmf_xml.read_all(text)
    except OSError as error:
        raise RefusedError(f"{arguments.file}: {error.strerror}") from error
    except ValueError as error:  # of the decoder, or ours
        raise RefusedError(f"{arguments.file}: {error}") from error
    trusted = arguments.key or _own_key(arguments.state)
    for place, one in enumerate(records, 1):
        try:
            by = trusted or one.public_key
            if not by:
                raise OcmfRefused("no key is known: name one with --key")
            ocmf_keys.check(ocmf.read(one.text), by)
        except OcmfRefused as error:
            raise RefusedError(f"{arguments.file}: record {place}: {error}") from error
    whose = "the key that was named" if arguments.key else "this station's key"
    if not trusted:
        whose = "the key in the file itself, which proves nothing of who signed"
    words = f"{arguments.file}: {len(records)} records as they were signed, by {whose}"
    return {"result": words, "records": len(records), "is_key_trusted": bool(trusted)}


def _is_xml(arguments: argparse.Namespace) -> bool:
    return bool(arguments.format == XML)


def _signed(one: AddSignedRecord, first: AddSignedRecord) -> Signed:
    """Begin and end have the same number: the page of the begin."""
    return Signed(one.text, one.public_key, first.page or 1, one.context)


def _session(books: Reads, wanted: str) -> str:
    """The id of the one session that begins so."""
    if len(wanted) < ID_CHARS_MIN:
        raise RefusedError(f"session {wanted!r}: at least {ID_CHARS_MIN} characters of its id")
    rows = books.sessions(SESSIONS_LOOKED_AT)
    found = [row.tx_id for row in rows if row.tx_id.startswith(wanted)]
    if len(found) != 1:
        raise RefusedError(f"session {wanted[:40]!r}: {len(found)} begin so; one is wanted")
    return found[0]


def _own_key(state: Path) -> str:
    if not (state / STORE_FILE).is_file():
        return ""
    books = _books(state)
    try:
        kept = books.meta(KEPT_AS)
    finally:
        books.close()
    try:
        return ocmf_keys.public_key(kept) if kept else ""
    except OcmfRefused as error:
        raise RefusedError(str(error)) from error


def _books(state: Path) -> Reads:
    path = state / STORE_FILE
    if not path.is_file():
        raise RefusedError(f"{path} is not there")
    return open_read_only(path)
