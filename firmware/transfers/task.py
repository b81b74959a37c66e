"""Mover: fetches a file into the state folder, or sends one from it, until it is done or given up.

Each blocking step of a carrier is one call in the mover's own thread; between two of them the
pace, the bounds and the wish to cancel are looked at. An attempt that was cut goes on where the
server lets it. Nothing of an address but its ``shown`` form leaves this file.
"""

import asyncio
import contextlib
import logging
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any, TypeVar

from ampkeeper.firmware.transfers.address import Address
from ampkeeper.firmware.transfers.gate import BEGINNING_BYTES_MAX, Gate, Judge, UnwantedError
from ampkeeper.firmware.transfers.pace import WINDOW_S, Pace
from ampkeeper.firmware.transfers.plan import Ended, Plan
from ampkeeper.firmware.transfers.port import Carriers, Download, Upload
from ampkeeper.hal.errors import AbsentError, HalError, RefusedError
from ampkeeper.hal.ports import Clock

CHUNK_BYTES = 64 * 1024
ROOM_BYTES_MIN = 32 << 20  # what a fetched file must leave free for the books
ATTEMPT_S_MAX = 6 * 3600.0
STEP_S_MAX = 120.0  # to connect and be answered, or to hear more, byte for byte
WITHIN_S = 24 * 3600.0  # all attempts and the waits between them

T = TypeVar("T")
Progress = Callable[[int, int | None], None]  # (bytes so far, of how many if that is known)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """``rate`` is asked for each chunk: bytes a second, 0 for no cap.

    ``step_s``: one step of a carrier at most; ``within_s``: all attempts, and the waits between;
    ``window_s``: how long a server may give hardly anything.
    """

    rate: Callable[[], int]
    room_bytes_min: int = ROOM_BYTES_MIN
    step_s: float = STEP_S_MAX
    within_s: float = WITHIN_S
    window_s: float = WINDOW_S


class Mover:
    """Moves one file at a time, in a thread of its own. Cancel the task that awaits it."""

    def __init__(self, carriers: Carriers, clock: Clock, limits: Limits, name: str) -> None:
        self._carriers = carriers
        self._clock = clock
        self._limits = limits
        self._executor = DaemonWorker(name)

    def close(self) -> None:
        """End the thread once its call returns."""
        self._executor.shutdown()

    async def fetch(
        self,
        place: Address,
        file: Path,
        bytes_max: int,
        plan: Plan,
        progress: Progress,
        judge: Judge | None = None,
    ) -> Ended:
        """Fetch ``place`` into ``file``, which may hold the beginning from an attempt before.

        The file is on the disk when this returns well; otherwise there is none, but where the
        attempts were cut by ``CancelledError``. Nothing is there before ``judge`` has said how
        long it is.
        """
        kept = _Kept(file, file.with_suffix(".mark"), bytes_max, judge)
        last = await self._in_time(place, self._fetch_all(place, kept, plan, progress))
        await self.run(partial(discard, kept.mark_file))
        if not last.is_good:
            await self.run(partial(discard, file))
        return last

    async def send(self, place: Address, file: Path, plan: Plan, progress: Progress) -> Ended:
        """Send ``file`` to ``place``."""
        return await self._in_time(place, self._send_all(place, file, plan, progress))

    async def run(self, step: Callable[[], T]) -> T:
        """Carry out a blocking step in the mover's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, step)

    async def _in_time(self, place: Address, work: Awaitable[Ended]) -> Ended:
        """All attempts, unless they take too long together."""
        try:
            async with asyncio.timeout(self._limits.within_s):
                return await work
        except TimeoutError:
            text = f"not within {self._limits.within_s:.0f} s in all attempts"
            log.warning("%s: %s", place.shown, text)
            return Ended("absent", text)

    async def _fetch_all(
        self, place: Address, kept: "_Kept", plan: Plan, progress: Progress
    ) -> Ended:
        last = Ended("absent")
        for number in range(plan.retries + 1):
            await self._wait_for(number, plan)
            try:
                count = await self._fetch_once(place, kept, progress)
                return Ended("", count_bytes=count)
            except AbsentError as error:
                last = Ended("absent", str(error))
            except UnwantedError as error:
                last = Ended(error.word, str(error))
            except OSError as error:
                last = Ended("no_room", f"{kept.file.name}: {error.strerror}")
            except RefusedError as error:
                last = Ended(error.word, str(error))
            log.warning("fetching %s: %s", place.shown, last.text)
            if last.word != "absent":
                break
        return last

    async def _send_all(self, place: Address, file: Path, plan: Plan, progress: Progress) -> Ended:
        sent, last = 0, Ended("absent")
        for number in range(plan.retries + 1):
            await self._wait_for(number, plan)
            try:
                size = await self.run(partial(_size_bytes, file))
                upload = self._carriers.upload(place, size, sent)
                sent = max(sent, await self._send_once(upload, file, size, progress))
                return Ended("", count_bytes=size)
            except _Cut as cut:
                sent = max(sent, cut.count_bytes)
                last = Ended("absent", str(cut))
            except RefusedError as error:
                last = Ended(error.word, str(error))
            except OSError as error:
                last = Ended("no_room", f"{file.name}: {error.strerror}")
            log.warning("sending to %s: %s", place.shown, last.text)
            if last.word != "absent":
                break
        return last

    async def _wait_for(self, number: int, plan: Plan) -> None:
        if number:
            await asyncio.sleep(plan.interval_s)

    async def _fetch_once(self, place: Address, kept: "_Kept", progress: Progress) -> int:
        offset, mark = await self.run(kept.begun)
        download = self._carriers.download(place, offset, mark)
        gate = Gate(kept.judge, kept.bytes_max)

        async def receive() -> int:
            await self._timed(download.open)
            async with self._opened(partial(kept.open_sink, download, gate)) as sink:
                return await self._receive(download, (gate, sink), progress)

        return await self._guarded(download, receive())

    async def _receive(
        self, download: Download, into: tuple[Gate, IO[bytes]], progress: Progress
    ) -> int:
        count = download.offset
        pace = Pace(self._clock.now_s(), self._limits.window_s)
        step = partial(_receive_some, download, into, self._limits.room_bytes_min)
        while got := await self._timed(step):
            count += got
            progress(count, download.size_bytes)
            await self._keep_pace(pace, got)
        await self.run(partial(_settle, into[1]))
        if download.size_bytes is not None and count != download.size_bytes:
            raise AbsentError(f"cut after {count} of {download.size_bytes} bytes")
        return count

    async def _send_once(self, upload: Upload, file: Path, size: int, progress: Progress) -> int:
        count = 0

        async def transmit(source: IO[bytes]) -> int:
            nonlocal count
            is_there = False
            while not is_there:
                await self._timed(upload.open)
                count = upload.offset
                source.seek(count)
                pace = Pace(self._clock.now_s(), self._limits.window_s)
                while got := await self._timed(partial(_send_some, upload, source)):
                    count += got
                    progress(count, size)
                    await self._keep_pace(pace, got)
                is_there = await self._timed(upload.finish)
            return count

        try:
            async with self._opened(partial(_open_source, file)) as source:
                return await self._guarded(upload, transmit(source))
        except AbsentError as error:
            raise _Cut(str(error), count) from error

    @contextlib.asynccontextmanager
    async def _opened(self, opening: Callable[[], IO[bytes]]) -> AsyncIterator[IO[bytes]]:
        """What ``opening`` gives, closed in the thread, which may still be at work."""
        made: list[IO[bytes]] = []
        try:
            await self.run(lambda: made.append(opening()))
            yield made[0]
        finally:
            asyncio.get_running_loop().run_in_executor(self._executor, _close_all, made)

    async def _guarded(self, carrier: Download | Upload, work: Awaitable[int]) -> int:
        """Do ``work`` within the time of one attempt, and release the carrier whatever comes."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(ATTEMPT_S_MAX):
                count = await work
        except asyncio.CancelledError:
            carrier.abort()  # its thread may wait for the server; it closes when it wakes
            loop.run_in_executor(self._executor, carrier.close)
            raise
        except TimeoutError:
            carrier.abort()
            await self._release(carrier)
            raise AbsentError("too slow: one step, or the whole attempt") from None
        except (HalError, OSError, UnwantedError):
            await self._release(carrier)
            raise
        except Exception as error:
            # Three libraries read what a stranger's server says: what one of them did not expect
            # ends the attempt, not the station.
            log.error("a carrier failed", exc_info=error)
            await self._release(carrier)
            raise AbsentError(f"not understood: {type(error).__name__}") from error
        await self._release(carrier)
        return count

    async def _timed(self, step: Callable[[], T]) -> T:
        """One step of a carrier: a server that says a byte now and then does not hold it."""
        async with asyncio.timeout(self._limits.step_s):
            return await self.run(step)

    async def _release(self, carrier: Download | Upload) -> None:
        try:
            await self.run(carrier.close)
        except (HalError, OSError, ValueError, RuntimeError) as error:
            log.warning("a connection was not closed well: %s", error)

    async def _keep_pace(self, pace: Pace, count: int) -> None:
        if pace.is_too_slow(self._clock.now_s()):
            raise AbsentError("too slow")
        while wait_s := pace.wait_s(count, self._limits.rate(), self._clock.now_s()):
            await asyncio.sleep(wait_s)
            count = 0


class DaemonWorker(Executor):
    """One thread, made when it is first needed.

    A daemon: a name that no server resolves keeps it for long, but not the process from ending.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Have ``fn`` called after all that was handed in before."""
        future: Future[T] = Future()
        self._jobs.put((future, partial(fn, *args, **kwargs)))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        return future

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = False) -> None:
        """End after all that was handed in; nobody waits."""
        self._jobs.put(None)

    def _run(self) -> None:
        while job := self._jobs.get():
            future, call = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(call())
            except BaseException as error:
                future.set_exception(error)
            del job, future, call  # an exception would be kept with its frames until the next one


class _Cut(AbsentError):
    """An attempt to send ended early; ``count_bytes`` had been handed over."""

    def __init__(self, text: str, count_bytes: int) -> None:
        super().__init__(text)
        self.count_bytes = count_bytes


def discard(*files: Path) -> None:
    """Have these files no more; one that cannot be deleted is in nobody's way."""
    for file in files:
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s cannot be deleted: %s", file.name, error.strerror)


def _close_all(files: list[IO[bytes]]) -> None:
    for file in files:
        with contextlib.suppress(OSError):  # what was to stay is settled before
            file.close()


def _open_source(file: Path) -> IO[bytes]:
    return file.open("rb")


def _size_bytes(file: Path) -> int:
    return file.stat().st_size


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file that is fetched, and what is here of it from attempts before. Blocks."""

    file: Path
    mark_file: Path
    bytes_max: int
    judge: Judge | None

    def begun(self) -> tuple[int, str]:
        """How much of the file is here from before, and of which file it is the beginning."""
        try:
            mark = self.mark_file.read_text("utf-8", "surrogateescape")
            return (self.file.stat().st_size, mark) if mark else (0, "")
        except OSError:
            return 0, ""

    def open_sink(self, download: Download, gate: Gate) -> IO[bytes]:
        """The file, up to where the server begins; which file it is, is noted first."""
        gate.announced(download.size_bytes)
        self.mark_file.write_text(download.mark, "utf-8", "surrogateescape")
        sink = self.file.open("r+b" if download.offset else "wb")
        try:
            if download.offset:
                beginning = sink.read(min(BEGINNING_BYTES_MAX, download.offset))
                gate.resumed(beginning, download.offset)
            sink.seek(download.offset)
            sink.truncate()
        except BaseException:
            sink.close()
            raise
        return sink


def _receive_some(download: Download, into: tuple[Gate, IO[bytes]], room_bytes_min: int) -> int:
    gate, sink = into
    data = download.read()
    disk = os.fstatvfs(sink.fileno())
    if disk.f_bavail * disk.f_frsize < room_bytes_min:
        raise UnwantedError("no_room", f"less than {room_bytes_min} bytes are free")
    sink.write(gate.take(data))
    return len(data)


def _settle(sink: IO[bytes]) -> None:
    """All of it is on the disk when this returns."""
    sink.flush()
    os.fsync(sink.fileno())


def _send_some(upload: Upload, source: IO[bytes]) -> int:
    data = source.read(CHUNK_BYTES)
    if data:
        upload.write(data)
    return len(data)
