"""Image: ``ampkeeper image`` builds, signs, checks and shows images.

No station is needed. What is written appears whole or not at all.
"""

import argparse
import json
import os
import time
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from ampkeeper.firmware.faces.cli import codes
from ampkeeper.firmware.faces.cli.errors import RefusedError
from ampkeeper.firmware.faces.cli.image_install import install, status
from ampkeeper.firmware.faces.cli.image_keys import (
    certificates,
    keygen,
    passphrase,
    private_key,
    text,
)
from ampkeeper.firmware.faces.cli.image_trust import lines_of, trust
from ampkeeper.firmware.faces.cli.progress import bar
from ampkeeper.firmware.update import envelope, factory
from ampkeeper.firmware.update.envelope import Head, read_head
from ampkeeper.firmware.update.folders import Machine
from ampkeeper.firmware.update.manifest import KINDS, Manifest
from ampkeeper.firmware.update.refused import ImageRefused
from ampkeeper.firmware.update.trust import Trust, stated
from ampkeeper.firmware.update.verdict import Target, check, check_age

EPOCH_VARIABLE = "SOURCE_DATE_EPOCH"  # reproducible-builds.org


def run_image(arguments: argparse.Namespace) -> int:
    """Carry out one of the verbs; the return value is the exit code."""
    try:
        return VERBS[arguments.verb](arguments)
    except ImageRefused as refusal:
        raise RefusedError(f"{getattr(arguments, 'file', 'image')}: {refusal}") from refusal
    except ValueError as error:  # of a key, a certificate, a text that is none
        raise RefusedError(str(error)) from error


def _build(arguments: argparse.Namespace) -> int:
    files = {kind: getattr(arguments, kind) for kind in KINDS if getattr(arguments, kind)}
    if not files:
        raise RefusedError(f"nothing to put in: give --{', --'.join(KINDS)}")
    created = datetime.fromtimestamp(_created_s(arguments), UTC).replace(microsecond=0)
    with ExitStack() as opened:
        payloads = {kind: opened.enter_context(files[kind].open("rb")) for kind in files}
        manifest = Manifest(
            version=arguments.version,
            counter=arguments.counter,
            boards=tuple(sorted(set(arguments.board))),
            created=created,
            not_after=created + timedelta(days=arguments.days),
            payloads=tuple(
                envelope.payload_of(kind, arguments.version, file)
                for kind, file in payloads.items()
            ),
            notes=text(arguments.notes),
            trust=text(arguments.trust).strip(),
        )
        for file in payloads.values():
            file.seek(0)
        _write_image(arguments.out, envelope.drafted(manifest), payloads.values(), manifest)
    print(f"{arguments.out}: {arguments.version}, counter {arguments.counter}; not signed yet")
    return codes.OK


def _sign(arguments: argparse.Namespace) -> int:
    chain = certificates(arguments.cert)
    key = private_key(arguments.key, passphrase(arguments.passphrase_file))
    if key.public_key() != chain[0].public_key():
        raise RefusedError(f"{arguments.key} is not the key of {arguments.cert}")
    with arguments.file.open("rb") as file:
        draft = read_head(file, may_be_unsigned=True)
        check_age(chain, draft.manifest.created)
        _read_whole(file, draft)
        file.seek(draft.bytes)
        head = envelope.sealed(draft.manifest, chain, key)
        _write_image(arguments.out, head, (file,), draft.manifest)
    print(f"{arguments.out}: signed by {chain[0].subject.rfc4514_string()}")
    return codes.OK


def _verify(arguments: argparse.Namespace) -> int:
    roots = tuple(file.read_text(encoding="ascii") for file in arguments.root)
    with arguments.file.open("rb") as file:
        head = read_head(file)
        board = arguments.board or head.manifest.boards[0]
        target = Target(board, arguments.counter, Trust(roots))
        check(head, target, datetime.now(UTC))
        _read_whole(file, head)
    if arguments.json:
        print(json.dumps({"is_good": True, "board": board, **shown(head)}, indent=2))
    else:
        print(f"{arguments.file}: good for {board}; {_line(head)}")
    return codes.OK


def _show(arguments: argparse.Namespace) -> int:
    with arguments.file.open("rb") as file:
        head = read_head(file, may_be_unsigned=True)
    told = shown(head)
    if arguments.json:
        print(json.dumps(told, indent=2))
        return codes.OK
    print(f"{arguments.file}: {_line(head)}")
    for payload in told["payloads"]:
        print(f"  {payload['kind']:8} {payload['bytes']:>13,} bytes  sha256 {payload['sha256']}")
    print(f"  made {told['created']}, to be installed until {told['not_after']}")
    print(f"  for {', '.join(told['boards'])}; signed by {told['signer'] or 'nobody yet'}")
    if told["trust"]:
        change = stated(told["trust"])
        for line in (f"changes trust, by statement {change.serial}:", *lines_of(change)):
            print(f"  {line}")
    print("".join(f"  | {line}\n" for line in told["notes"].splitlines()), end="")
    return codes.OK


def shown(head: Head) -> dict[str, Any]:
    """What an image says of itself, as data."""
    manifest = head.manifest
    told: dict[str, Any] = json.loads(manifest.to_bytes())
    told["signer"] = head.chain[0].subject.rfc4514_string() if head.chain else None
    told["bytes"] = head.bytes_total
    return told


def _line(head: Head) -> str:
    manifest = head.manifest
    size = f"{head.bytes_total:,} bytes"
    return f"{manifest.version}, security counter {manifest.counter}, {size}"


def _read_whole(file: BinaryIO, head: Head) -> None:
    total = sum(one.bytes for one in head.manifest.payloads)
    with bar("checking", total, is_bytes=True) as advance:
        for done in envelope.read_payloads(file, head, lambda payload, raw: None):
            advance(done)


def _write_image(out: Path, head: bytes, payloads: Iterable[BinaryIO], manifest: Manifest) -> None:
    """Beside it, then in its place: nobody finds half an image."""
    beside = out.with_name(f"{out.name}.part")
    total = sum(one.bytes for one in manifest.payloads)
    try:
        with beside.open("wb") as file, bar("writing", total, is_bytes=True) as advance:
            for done in envelope.write_image(file, head, payloads):
                advance(done)
        beside.replace(out)
    finally:
        beside.unlink(missing_ok=True)


def _created_s(arguments: argparse.Namespace) -> int:
    if arguments.created is not None:
        return int(arguments.created)
    told = os.environ.get(EPOCH_VARIABLE, "")
    if told and not (told.isascii() and told.isdigit() and len(told) <= 11):
        raise RefusedError(f"${EPOCH_VARIABLE} is {told[:40]!r}; seconds since 1970 are due")
    return int(told) if told else int(time.time())


def _factory(arguments: argparse.Namespace) -> int:
    roots = tuple(file.read_text(encoding="ascii") for file in arguments.root)
    text = factory.to_text(Machine(arguments.board, arguments.counter, Trust(roots)))
    factory.machine_of(text)  # what nobody could read is not written
    arguments.out.write_text(text, encoding="ascii")
    print(f"{arguments.out}: {arguments.board}, counter {arguments.counter}")
    return codes.OK


def _install(arguments: argparse.Namespace) -> int:
    return install(arguments, bar)


VERBS = {
    "keygen": keygen,
    "build": _build,
    "sign": _sign,
    "trust": trust,
    "verify": _verify,
    "show": _show,
    "factory": _factory,
    "install": _install,
    "status": status,
}
