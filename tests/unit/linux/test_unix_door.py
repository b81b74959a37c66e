"""The door of ring 1's process: one guest, never blocking, one program."""

import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from ampkeeper.hal.linux.unix_door import TakenError, UnixDoor

FRAME = bytes(100)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[UnixDoor]:
    made = UnixDoor(tmp_path / "door")
    made.open()
    yield made
    made.close()


def knock(door: UnixDoor) -> socket.socket:
    guest = socket.socket(socket.AF_UNIX)
    guest.connect(str(door.path))
    guest.settimeout(5.0)
    return guest


def test_nobody_there_is_nothing_to_hear_and_nothing_to_say(door: UnixDoor) -> None:
    assert door.receive() == b""
    door.send(FRAME)
    assert not door.is_connected
    assert door.dropped_count == 0


def test_a_guest_is_heard_and_told(door: UnixDoor) -> None:
    with knock(door) as guest:
        guest.send(b"permit")
        assert door.receive() == b""  # comes in
        assert door.receive() == b"permit"
        door.send(memoryview(b"status"))
        assert guest.recv(100) == b"status"


def test_who_comes_second_is_sent_away_and_counted(door: UnixDoor) -> None:
    with knock(door) as first, knock(door) as second:
        door.receive()
        door.receive()
        assert second.recv(1) == b""
        assert door.refused_count == 1
        door.send(FRAME)
        assert first.recv(200) == FRAME


def test_the_place_of_one_who_went_is_free_at_once(door: UnixDoor) -> None:
    first = knock(door)
    door.receive()
    first.close()
    with knock(door) as second:
        door.receive()
        door.send(FRAME)
        assert second.recv(200) == FRAME
        assert door.refused_count == 0


def test_a_guest_who_does_not_read_gets_whole_frames_when_he_does(door: UnixDoor) -> None:
    with knock(door) as guest:
        door.receive()
        frames = [bytes([index]) * 100 for index in range(200)]
        for frame in frames:
            door.send(frame)
        assert door.dropped_count > 0
        heard = guest.recv(65_536)
        door.send(b"\xff" * 100)
        heard += guest.recv(65_536)
        whole = [heard[start : start + 100] for start in range(0, len(heard), 100)]
        assert set(whole) <= {*frames, b"\xff" * 100}
        assert whole[-1] == b"\xff" * 100


def test_sending_to_one_who_went_is_no_error(door: UnixDoor) -> None:
    guest = knock(door)
    door.receive()
    guest.close()
    door.send(FRAME)
    door.send(FRAME)
    assert door.receive() == b""
    assert not door.is_connected


def test_a_second_program_does_not_get_the_door(door: UnixDoor) -> None:
    with pytest.raises(TakenError, match="another program listens here"):
        UnixDoor(door.path).open()
    with knock(door) as guest:
        door.receive()
        door.send(FRAME)
        assert guest.recv(200) == FRAME


def test_what_a_killed_program_left_behind_is_no_hindrance(door: UnixDoor) -> None:
    path = door.path.with_name("old")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    other = UnixDoor(path)
    other.open()
    other.close()
    assert not path.exists()


def test_only_owner_and_group_may_knock(door: UnixDoor) -> None:
    assert stat.S_IMODE(door.path.stat().st_mode) == 0o660


def test_close_is_safe_twice_and_opens_again(door: UnixDoor) -> None:
    door.close()
    door.close()
    door.open()
    with knock(door):
        door.receive()
        assert door.is_connected
