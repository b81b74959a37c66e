"""Whatever instant the process is killed at, the latest state or the one before is readable."""

import os
import signal
from pathlib import Path
from random import Random

import pytest

from ampkeeper.board.emulated.nonvolatile import BODY_BYTES_MAX, HEADER, SLOT_BYTES, Nonvolatile

KILLS = 200
LOOKS_MAX = 5_000_000


def test_a_new_file_holds_nothing(tmp_path: Path) -> None:
    memory = Nonvolatile(tmp_path / "world.bin")
    assert memory.read() is None
    memory.close()
    memory.close()


def test_what_was_written_is_read_by_the_next_process(tmp_path: Path) -> None:
    memory = Nonvolatile(tmp_path / "world.bin")
    for count in range(5):
        memory.write({"count": count})
    memory.flush()
    memory.close()
    again = Nonvolatile(tmp_path / "world.bin")
    assert again.read() == {"count": 4}
    assert again.sequence == 5
    again.close()


def test_the_same_state_is_written_once(tmp_path: Path) -> None:
    memory = Nonvolatile(tmp_path / "world.bin")
    memory.write({"count": 1})
    memory.write({"count": 1})
    assert memory.sequence == 1
    memory.close()


@pytest.mark.parametrize("offset", [0, 4, 10, 17, 21, HEADER.size, HEADER.size + 9])
def test_a_spoiled_slot_gives_the_state_before(tmp_path: Path, offset: int) -> None:
    path = tmp_path / "world.bin"
    memory = Nonvolatile(path)
    memory.write({"count": 1})
    memory.write({"count": 2})
    memory.close()
    data = bytearray(path.read_bytes())
    data[offset] ^= 0x40  # sequence 2 lies in the first slot
    path.write_bytes(data)
    again = Nonvolatile(path)
    assert again.read() == {"count": 1}
    again.write({"count": 3})
    assert again.read() == {"count": 3}
    again.close()


def test_two_spoiled_slots_are_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "world.bin"
    path.write_bytes(Random(1).randbytes(2 * SLOT_BYTES))
    memory = Nonvolatile(path)
    assert memory.read() is None
    memory.close()


def test_a_state_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    memory = Nonvolatile(tmp_path / "world.bin")
    memory.write({"count": 1})
    with pytest.raises(ValueError, match="at most"):
        memory.write({"filler": "x" * BODY_BYTES_MAX})
    assert memory.read() == {"count": 1}
    memory.close()


def test_a_second_holder_is_refused(tmp_path: Path) -> None:
    memory = Nonvolatile(tmp_path / "world.bin")
    with pytest.raises(BlockingIOError):
        Nonvolatile(tmp_path / "world.bin")
    memory.close()


def write_until_killed(path: Path, reached_fd: int) -> None:
    """The child's work: count up for ever, telling each count once it has been written."""
    memory = Nonvolatile(path)
    kept = memory.read()
    count = kept["count"] if kept else 0
    while True:
        count += 1
        memory.write({"count": count, "filler": str(count) * (50 + count % 200)})
        os.pwrite(reached_fd, count.to_bytes(8, "little"), 0)


def test_two_hundred_kills_leave_the_latest_state_or_the_one_being_written(tmp_path: Path) -> None:
    path = tmp_path / "world.bin"
    reached_fd = os.open(tmp_path / "reached", os.O_RDWR | os.O_CREAT)
    os.pwrite(reached_fd, bytes(8), 0)
    random = Random(11)
    count_before = 0
    for _ in range(KILLS):
        child = os.fork()
        if child == 0:
            try:
                write_until_killed(path, reached_fd)
            finally:
                os._exit(1)
        wait_for_writes(reached_fd, count_before + random.randrange(1, 100))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), "the writer must not end by itself"
        count_before = check_kept(path, reached_fd, count_before)
    os.close(reached_fd)
    assert count_before > KILLS, "the writers wrote"


def wait_for_writes(reached_fd: int, count: int) -> None:
    """Watch the child at work; the kill then falls anywhere into its next writes."""
    for _ in range(LOOKS_MAX):
        if int.from_bytes(os.pread(reached_fd, 8, 0), "little") >= count:
            return
        os.sched_yield()
    raise AssertionError("the writer does not write")


def check_kept(path: Path, reached_fd: int, count_before: int) -> int:
    """After a kill: what is kept is what was told, or one more that was not told yet."""
    told = int.from_bytes(os.pread(reached_fd, 8, 0), "little")
    memory = Nonvolatile(path)
    kept = memory.read()
    memory.close()
    count = kept["count"] if kept else 0
    assert count in (told, told + 1)
    assert count >= count_before
    if kept:
        assert kept["filler"] == str(count) * (50 + count % 200)
    return count
