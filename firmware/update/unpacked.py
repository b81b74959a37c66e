"""Unpacked: the application of a slot as files, its modules compiled, and whether all is as it was.

    station         the archive, as it was signed
    app/            its files, and beside them what Python makes of each module
    compiled        SHA-256 of each of those

At each start the files are compared with the archive, byte for byte, which has been held against
the manifest just before. What was compiled here nobody signed: it is what this list says it was
when it was made, of the source that Python compares once more when it imports it (PEP 552); where
it is not, all of it goes, and Python does without.
"""

import hashlib
import importlib.util
import json
import marshal
import struct
import sys
from collections.abc import Callable, Container, Iterable, Sequence
from contextlib import suppress
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipInfo

from ampkeeper.firmware.update.application import FILES_MAX, Application, application_in
from ampkeeper.firmware.update.disk import (
    Disk,
    digest_in,
    folder_of,
    read_bounded,
    replace_whole,
    write_synced,
)
from ampkeeper.firmware.update.manifest import STATION
from ampkeeper.firmware.update.slots import APP

COMPILED = "compiled"
LIST_BYTES_MAX = FILES_MAX * 300
SOURCE_BYTES_MAX = 1 << 20  # a longer module is compiled at each start
BLOCK_BYTES = 4_096  # of a file system
CACHE = "__pycache__"
CHECKED_HASH = 0b11  # PEP 552: by the source's hash, which is compared
HEAD = struct.Struct("<4sI8s")

Progress = Callable[[int], None]


class UncleanError(Exception):
    """A slot is whole; what was compiled in it is not what it was, and cannot be dropped."""


def unpack(disk: Disk, place: str, progress: Progress) -> None:
    """The files of a slot's archive, synced; told is the permille done.

    Raises ImageRefused, OSError.
    """
    folders, made = {f"{place}/{APP}"}, {}
    disk.make_folder(f"{place}/{APP}")
    with disk.open(f"{place}/{STATION}") as file, application_in(file) as archive:
        names = {one.filename for one in archive.members}
        for done, member in enumerate(archive.members):
            _write(disk, place, member.filename, archive.chunks(member), folders)
            cached, raw = _compiled(archive, member)
            if raw and cached not in names:
                _write(disk, place, cached, (raw,), folders)
                made[cached] = hashlib.sha256(raw).hexdigest()
            progress(1_000 * (done + 1) // len(archive.members))
    for folder in sorted(folders, reverse=True):
        disk.sync_folder(folder)
    text = json.dumps(made, sort_keys=True, indent=0)
    write_synced(disk, f"{place}/{COMPILED}", (text.encode(),))


def unpacked_bytes(file: BinaryIO) -> int:
    """What an archive takes once it is unpacked here; each of its files is read to its end.

    What is compiled is taken to be as long as its source, and each file to fill whole blocks.
    Raises ImageRefused for what cannot be unpacked, OSError.
    """
    with application_in(file) as archive:
        for member in archive.members:
            for _ in archive.chunks(member):
                """It can be read."""
        return _bytes_of(archive)


def is_whole(disk: Disk, place: str) -> bool:
    """True if a slot has the files of its archive, and no others but what was compiled of them.

    The archive itself is taken for what was signed. What was compiled and is not what it was then
    is dropped: it is no reason to give up what was signed. Raises OSError, FileNotFoundError, and
    UncleanError where it cannot be dropped: then Python is to look for none of it.
    """
    try:
        with disk.open(f"{place}/{STATION}") as file, application_in(file) as archive:
            names, there = {one.filename for one in archive.members}, disk.names(f"{place}/{APP}")
            made = [name for name in there if name not in names]
            if not names.issubset(there) or not all(map(_is_cache, made)):
                return False
            if not all(_is_same(disk, place, archive, one) for one in archive.members):
                return False
    except (BadZipFile, ValueError):
        return False
    if not _is_as_made(disk, place, made):
        try:
            _drop(disk, place, made)
        except OSError as error:
            raise UncleanError(f"slot {place}: {error}") from error
    return True


def cached_name(source: str) -> str:
    """Where Python looks for what it made of a module; empty: it is no module."""
    folder, _, name = source.rpartition("/")
    if not name.endswith(".py"):
        return ""
    cached = f"{CACHE}/{name.removesuffix('.py')}.{sys.implementation.cache_tag}.pyc"
    return f"{folder}/{cached}" if folder else cached


def compiled(source: bytes, name: str) -> bytes:
    """A module as Python keeps it; empty for what it cannot read, which its import will tell."""
    try:
        code = compile(source, name, "exec", dont_inherit=True, optimize=0)
    except (SyntaxError, ValueError, RecursionError):
        return b""
    told = importlib.util.source_hash(source)
    return HEAD.pack(importlib.util.MAGIC_NUMBER, CHECKED_HASH, told) + marshal.dumps(code)


def _bytes_of(archive: Application) -> int:
    blocks = [(-(-one.file_size // BLOCK_BYTES), one.filename) for one in archive.members]
    return sum(BLOCK_BYTES * count * (2 if cached_name(name) else 1) for count, name in blocks)


def _write(disk: Disk, place: str, name: str, chunks: Iterable[bytes], folders: set[str]) -> None:
    """A file below the application's folder; ``folders`` are those that there are."""
    name = f"{place}/{APP}/{name}"
    for folder in _folders_of(name, folders):
        disk.make_folder(folder)
        folders.add(folder)
    write_synced(disk, name, chunks)


def _compiled(archive: Application, member: ZipInfo) -> tuple[str, bytes]:
    cached = cached_name(member.filename)
    if not cached or member.file_size > SOURCE_BYTES_MAX:
        return cached, b""
    return cached, compiled(b"".join(archive.chunks(member)), member.filename)


def _folders_of(name: str, there: Container[str]) -> list[str]:
    """The folders that hold a file and are not there, the outer first."""
    missing = []
    folder = folder_of(name)
    while folder not in there:
        missing.append(folder)
        folder = folder_of(folder)
    return missing[::-1]


def _is_as_made(disk: Disk, place: str, made: Sequence[str]) -> bool:
    try:
        listed = _listed(read_bounded(disk, f"{place}/{COMPILED}", LIST_BYTES_MAX))
        if listed.keys() != set(made):
            return False
        return all(digest_in(disk, f"{place}/{APP}/{name}") == listed[name] for name in made)
    except (OSError, ValueError):
        return False


def _drop(disk: Disk, place: str, made: Sequence[str]) -> None:
    """The list last, for a full disk: what comes back after a power cut is dropped again.

    All of it is as before then, or some of what the list names is missing.
    """
    for name in made:
        disk.remove(f"{place}/{APP}/{name}")
    for folder in {folder_of(f"{place}/{APP}/{name}") for name in made}:
        disk.sync_folder(folder)
    with suppress(OSError):  # tried again at the next start
        replace_whole(disk, f"{place}/{COMPILED}", b"{}")


def _is_cache(name: str) -> bool:
    return f"/{CACHE}/" in f"/{name}" and name.endswith(".pyc")


def _listed(raw: bytes) -> dict[str, str]:
    """The list of what was compiled; ValueError for what is none."""
    told: Any = json.loads(raw)
    if not isinstance(told, dict) or not all(isinstance(one, str) for one in told.values()):
        raise ValueError("no list of compiled modules")
    if not all(map(_is_cache, told)):
        raise ValueError("a name that is of no compiled module")
    return told


def _is_same(disk: Disk, place: str, archive: Application, member: ZipInfo) -> bool:
    with disk.open(f"{place}/{APP}/{member.filename}") as file:
        for chunk in archive.chunks(member):
            if file.read(len(chunk)) != chunk:
                return False
        return not file.read(1)
