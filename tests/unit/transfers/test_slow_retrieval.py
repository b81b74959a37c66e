"""A server that gives a byte a second, against the times of a station; none of them passes."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.transfers.address import Address, address_of
from ampkeeper.firmware.transfers.pace import WINDOW_S
from ampkeeper.firmware.transfers.plan import INTERVAL_S_MAX, RETRIES_MAX, Ended, Plan
from ampkeeper.firmware.transfers.port import NoCarriers
from ampkeeper.firmware.transfers.task import ATTEMPT_S_MAX, CHUNK_BYTES, WITHIN_S, Limits, Mover

DAY_S = 86_400


class SteppingClock:
    """The loop's time, and what passed while a thread waited for the server."""

    def __init__(self) -> None:
        self.waited_s = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 23, tzinfo=UTC)

    def now_s(self) -> float:
        return asyncio.get_running_loop().time() + self.waited_s


class TricklingDownload:
    """A byte a second, for ever."""

    offset, mark, size_bytes = 0, "", None

    def __init__(self, clock: SteppingClock) -> None:
        self._clock = clock
        self.count = 0

    def open(self) -> None:
        """It answers at once."""

    def read(self) -> bytes:
        self._clock.waited_s += 1.0
        self.count += 1
        return b"x"

    def abort(self) -> None:
        """Nobody waits."""

    def close(self) -> None:
        """Nothing is open."""


class EndlessDownload(TricklingDownload):
    """As much as anybody takes, for ever."""

    def read(self) -> bytes:
        self.count += 1
        return bytes(CHUNK_BYTES)


class TricklingCarriers(NoCarriers):
    """All downloads are of one ``kind``; ``made`` has them."""

    def __init__(self, clock: SteppingClock, kind: type[TricklingDownload]) -> None:
        self._clock = clock
        self._kind = kind
        self.made: list[TricklingDownload] = []

    def download(self, place: Address, offset: int, mark: str) -> TricklingDownload:
        self.made.append(self._kind(self._clock))
        return self.made[-1]


def fetch(
    folder: Path, plan: Plan, kind: type[TricklingDownload] = TricklingDownload, rate: int = 0
) -> tuple[Ended, TricklingCarriers, float]:
    clock = SteppingClock()
    carriers = TricklingCarriers(clock, kind)
    place = address_of("http://host/image")
    assert isinstance(place, Address)

    async def whole() -> tuple[Ended, float]:
        mover = Mover(carriers, clock, Limits(lambda: rate, room_bytes_min=0), "files")
        ended = await mover.fetch(place, folder / "f", 1 << 30, plan, lambda count, of: None)
        mover.close()
        return ended, clock.now_s()

    ended, took_s = run_virtual(whole())
    return ended, carriers, took_s


def test_a_byte_a_second_is_given_up_after_two_minutes(tmp_path: Path):
    ended, carriers, took_s = fetch(tmp_path, Plan(retries=0, interval_s=0))
    assert (ended.word, ended.text) == ("absent", "too slow")
    assert took_s == WINDOW_S
    assert carriers.made[0].count == WINDOW_S


def test_as_many_attempts_as_were_asked_for_and_no_more(tmp_path: Path):
    ended, carriers, took_s = fetch(tmp_path, Plan(retries=3, interval_s=60))
    assert ended.word == "absent"
    assert len(carriers.made) == 4
    assert took_s == 4 * WINDOW_S + 3 * 60


def test_all_attempts_together_end_within_a_day_whatever_was_asked(tmp_path: Path):
    ended, carriers, took_s = fetch(tmp_path, Plan(RETRIES_MAX, INTERVAL_S_MAX))
    assert "in all attempts" in ended.text
    assert WITHIN_S == DAY_S
    assert took_s <= DAY_S + 2 * WINDOW_S
    assert len(carriers.made) == 1
    assert list(tmp_path.iterdir()) == []


def test_an_attempt_that_is_fast_enough_and_never_ends_is_given_up_after_six_hours(tmp_path: Path):
    rate = 2_000  # the owner's cap: 1 GiB would take six days
    ended, carriers, took_s = fetch(tmp_path, Plan(retries=0, interval_s=0), EndlessDownload, rate)
    assert (ended.word, ended.text) == ("absent", "too slow: one step, or the whole attempt")
    assert took_s == ATTEMPT_S_MAX
    assert carriers.made[0].count * CHUNK_BYTES < ATTEMPT_S_MAX * rate + 2 * CHUNK_BYTES
    assert list(tmp_path.iterdir()) == []
