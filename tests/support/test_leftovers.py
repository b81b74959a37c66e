"""The model of a file that was not synced: what it may leave is what it says, and no more."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.crash_disk import CrashDisk
from tests.support.leftovers import (
    SECTOR_BYTES,
    Change,
    Cut,
    Write,
    applied,
    content_of,
    leftovers,
    subsets,
)

SIZES = st.integers(0, 3 * SECTOR_BYTES)
CHANGES = st.one_of(
    st.builds(lambda offset, data: ("write", offset, data), SIZES, st.binary(max_size=1_200)),
    st.builds(lambda size: ("cut", size, b""), SIZES),
)


def plainly(raw: bytes, changes: list[tuple[str, int, bytes]]) -> bytes:
    """The same on a plain array of bytes."""
    content = bytearray(raw)
    for kind, place, data in changes:
        if kind == "cut":
            content = content[:place].ljust(place, b"\0")
        elif data:
            content = content.ljust(place, b"\0")
            content[place : place + len(data)] = data
    return bytes(content)


def change_of(kind: str, place: int, data: bytes) -> Change:
    return Cut(place) if kind == "cut" else Write(place, data)


@settings(max_examples=60)
@given(st.binary(max_size=2_000), st.lists(CHANGES, max_size=4))
def test_sectors_hold_what_an_array_of_bytes_would(
    raw: bytes, changes: list[tuple[str, int, bytes]]
):
    after = applied(content_of(raw), [change_of(*change) for change in changes])
    assert after.raw == plainly(raw, changes)
    assert after.size == len(after.raw)
    assert after.key == content_of(after.raw).key


@settings(max_examples=60)
@given(st.binary(max_size=2_000), st.lists(CHANGES, min_size=1, max_size=4))
def test_nothing_and_everything_may_be_left_and_no_byte_that_was_never_there(
    raw: bytes, changes: list[tuple[str, int, bytes]]
):
    made = [change_of(*change) for change in changes]
    left = [content.raw for _, content in leftovers(content_of(raw), made)]
    states = [plainly(raw, changes[:count]) for count in range(len(changes) + 1)]
    assert left[0] == raw
    assert states[-1] in left
    assert max(map(len, left)) <= max(
        len(raw), max(change[1] + len(change[2]) for change in changes)
    )
    for content in left:
        for place, byte in enumerate(content):
            were = {state[place] for state in states if place < len(state)} | {0}
            assert byte in were


def test_a_write_of_three_sectors_is_torn_at_each_of_them():
    old, new = b"o" * 3 * SECTOR_BYTES, b"n" * 3 * SECTOR_BYTES
    left = {
        content.raw[::SECTOR_BYTES] for _, content in leftovers(content_of(old), [Write(0, new)])
    }
    assert left == {b"ooo", b"noo", b"nno", b"nnn", b"onn", b"oon", b"non", b"ono"}


def test_few_changes_are_left_in_every_subset_and_many_in_the_nearest_to_all_and_none():
    assert len(list(subsets("abc"))) == 6
    many = ["".join(subset) for subset in subsets("abcdefghijkl")]
    assert {"a", "l", "abcdef", "ghijkl", "bcdefghijkl", "bcdefghijk"} <= set(many)
    assert not {"", "abcdefghijkl"} & set(many)


def test_a_name_waits_for_its_folder_or_for_the_file_where_a_journal_keeps_both():
    for is_strict, count in ((False, 1), (True, 0)):
        disk = CrashDisk(is_strict=is_strict)
        disk.make_folder("a")
        disk.create("a/file")
        disk.append("a/file", b"x")
        assert set(disk.durable().names("")) == set()
        disk.sync("a/file")
        assert len(disk.durable().names("")) == count
        disk.sync_folder("a")
        assert len(disk.durable().names("")) == count, "its folder has no name yet"
        disk.sync_folder("")
        assert disk.durable().names("") == ["a/file"]


def test_a_rename_that_is_not_synced_may_be_there_or_not():
    disk = CrashDisk()
    disk.create("new")
    disk.append("new", b"n")
    disk.sync("new")
    disk.rename("new", "old")
    assert {tuple(files) for _, files in disk.leftovers()} == {("new",), ("old",)}
