"""The disk under SQLite: everything that the library writes is seen, and may fail.

A VFS in front of the one of the operating system, in the library that Python's ``sqlite3`` uses:
the shipped store runs on it without knowing. Reading, locks and shared memory pass it by; the
shared memory is rebuilt from the journal at every first opening, and needs no disk.
"""

import _sqlite3
import ctypes
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest

OK = 0
READ_ONLY, FULL, CANT_OPEN = 8, 13, 14
IO_WRITE, IO_SYNC, IO_TRUNCATE, IO_DELETE = 778, 1034, 1546, 2570  # SQLITE_IOERR_...
OPEN_CREATE = 0x4
FILE_KINDS = 0x100 | 0x800 | 0x80000  # main database, its rollback journal, its WAL

C_VOID, C_INT, C_INT64 = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64
X_CLOSE = ctypes.CFUNCTYPE(C_INT, C_VOID)
X_WRITE = ctypes.CFUNCTYPE(C_INT, C_VOID, C_VOID, C_INT, C_INT64)
X_TRUNCATE = ctypes.CFUNCTYPE(C_INT, C_VOID, C_INT64)
X_SYNC = ctypes.CFUNCTYPE(C_INT, C_VOID, C_INT)
X_OPEN = ctypes.CFUNCTYPE(C_INT, C_VOID, C_VOID, C_VOID, C_INT, ctypes.POINTER(C_INT))
X_DELETE = ctypes.CFUNCTYPE(C_INT, C_VOID, C_VOID, C_INT)


class _Methods(ctypes.Structure):
    """``sqlite3_io_methods``, version 3; what is not named here is passed on."""

    _fields_ = (
        ("iVersion", C_INT),
        ("xClose", C_VOID),
        ("xRead", C_VOID),
        ("xWrite", C_VOID),
        ("xTruncate", C_VOID),
        ("xSync", C_VOID),
        ("others", C_VOID * 13),
    )


class _File(ctypes.Structure):
    """``sqlite3_file``."""

    _fields_ = (("pMethods", ctypes.POINTER(_Methods)),)


class _Vfs(ctypes.Structure):
    """``sqlite3_vfs``, version 3."""

    _fields_ = (
        ("iVersion", C_INT),
        ("szOsFile", C_INT),
        ("mxPathname", C_INT),
        ("pNext", C_VOID),
        ("zName", ctypes.c_char_p),
        ("pAppData", C_VOID),
        ("xOpen", C_VOID),
        ("xDelete", C_VOID),
        ("others", C_VOID * 14),
    )


class Watcher(Protocol):
    """Who sees what SQLite does."""

    def may(self, kind: str, name: str) -> int:
        """Before it: 0, or the SQLite code with which it fails and does nothing."""

    def did(self, kind: str, name: str, place: int, data: bytes) -> None:
        """After it: create, write, truncate, sync, or delete (place 1: with its folder synced)."""


@contextmanager
def watched(watcher: Watcher, folder: Path) -> Iterator[None]:
    """Let every database that is opened in ``folder`` meanwhile be seen by ``watcher``."""
    library = _library()
    vfs = _WatchedVfs(library, watcher, f"{folder}/".encode())
    assert library.sqlite3_vfs_register(ctypes.byref(vfs.vfs), 1) == OK
    try:
        yield
    finally:
        library.sqlite3_vfs_unregister(ctypes.byref(vfs.vfs))
    if vfs.raised:
        raise vfs.raised[0]


def _library() -> Any:
    """The SQLite that ``sqlite3`` uses, where it can be reached."""
    if _sqlite3.__file__ is None:  # pragma: no cover - linked into the interpreter
        pytest.skip("SQLite is a part of this interpreter, and cannot be reached")
    library = ctypes.CDLL(_sqlite3.__file__)
    try:
        library.sqlite3_libversion.restype = ctypes.c_char_p
        library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    except AttributeError:
        pytest.skip("SQLite is a part of this interpreter, and cannot be reached")
    assert library.sqlite3_libversion().decode() == sqlite3.sqlite_version
    return library


class _WatchedVfs:
    """Owns the C structures and the functions in them for as long as SQLite may call them."""

    def __init__(self, library: Any, watcher: Watcher, folder: bytes) -> None:
        self.raised: list[BaseException] = []
        self._watcher = watcher
        self._folder = folder
        self._names: dict[int, str] = {}
        self._methods: dict[int, _Methods] = {}  # by the address of those that they stand for
        real = library.sqlite3_vfs_find(None)
        self.vfs = _Vfs.from_buffer_copy(real.contents)
        self.vfs.zName = b"watched"
        self._real_open = X_OPEN(real.contents.xOpen)
        self._real_delete = X_DELETE(real.contents.xDelete)
        self._kept = [X_OPEN(self._open), X_DELETE(self._delete)]
        self.vfs.xOpen, self.vfs.xDelete = (ctypes.cast(one, C_VOID) for one in self._kept)

    def _do(
        self, kind: str, name: str, act: Callable[[], int], place: int = 0, data: bytes = b""
    ) -> int:
        """Ask, do it, tell; what Python raises ends the run of the test, not the process."""
        try:
            code = self._watcher.may(kind, name)
            if code == OK:
                code = act()
                if code == OK:
                    self._watcher.did(kind, name, place, data)
        except BaseException as error:
            self.raised.append(error)
            return IO_WRITE
        return code

    def _open(self, vfs: int, path: int | None, file: int, flags: int, out: Any) -> int:
        def act() -> int:
            return self._real_open(vfs, path, file, flags, out)

        name = self._name_at(path)
        if not name or not flags & FILE_KINDS:
            return act()
        code = self._do("create", name, act) if flags & OPEN_CREATE else act()
        if code == OK:
            self._names[file] = name
            found = ctypes.cast(file, ctypes.POINTER(_File)).contents
            found.pMethods = ctypes.pointer(self._methods_for(found.pMethods))
        return code

    def _delete(self, vfs: int, path: int, syncs_folder: int) -> int:
        def act() -> int:
            return self._real_delete(vfs, path, syncs_folder)

        name = self._name_at(path)
        return self._do("delete", name, act, syncs_folder) if name else act()

    def _name_at(self, path: int | None) -> str:
        """The name of a file in the folder; empty for one elsewhere, and for one without a name."""
        raw = ctypes.string_at(path) if path else b""
        return raw[len(self._folder) :].decode() if raw.startswith(self._folder) else ""

    def _methods_for(self, real: Any) -> _Methods:
        address = ctypes.addressof(real.contents)
        if address not in self._methods:
            self._methods[address] = self._watching(real.contents)
        return self._methods[address]

    def _watching(self, real: _Methods) -> _Methods:
        """The methods of a kind of file, those that change it with ours before them."""
        real_write, real_close = X_WRITE(real.xWrite), X_CLOSE(real.xClose)
        real_truncate, real_sync = X_TRUNCATE(real.xTruncate), X_SYNC(real.xSync)

        def write(file: int, data: int, size: int, offset: int) -> int:
            raw = ctypes.string_at(data, size)
            return self._do(
                "write",
                self._names[file],
                lambda: real_write(file, data, size, offset),
                offset,
                raw,
            )

        def truncate(file: int, size: int) -> int:
            return self._do("truncate", self._names[file], lambda: real_truncate(file, size), size)

        def sync(file: int, flags: int) -> int:
            return self._do("sync", self._names[file], lambda: real_sync(file, flags))

        def close(file: int) -> int:
            self._names.pop(file, None)
            return real_close(file)

        ours = _Methods.from_buffer_copy(real)
        functions = (X_WRITE(write), X_TRUNCATE(truncate), X_SYNC(sync), X_CLOSE(close))
        self._kept.extend(functions)
        ours.xWrite, ours.xTruncate, ours.xSync, ours.xClose = (
            ctypes.cast(one, C_VOID) for one in functions
        )
        return ours
