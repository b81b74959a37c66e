"""Seals: forged, changed, copied and misdirected messages are not believed, and it is said why."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.site.circuits import SiteRefused
from ampkeeper.firmware.site.messages import Beat, Grant, Lease
from ampkeeper.firmware.site.seal import MESSAGE_BYTES_MAX, Seals, Unbelieved, keys_of

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
BEAT = Beat(Lease(1, "AK1"), 1)
GRANT = Grant(Lease(1, "AK1"), "AK2", "b2", 1, 16.0)
STATIONS = ("AK1", "AK2")


def seals(own: str, boot: str, *keys: bytes, fingerprint: str = "f") -> Seals:
    return Seals(keys or (KEY,), fingerprint, own, boot, STATIONS)


def reason(hearer: Seals, data: bytes, sender: str = "AK1") -> str:
    with pytest.raises(Unbelieved) as refused:
        hearer.open(data, sender)
    return refused.value.reason


def test_what_a_member_sealed_is_believed() -> None:
    opened = seals("AK2", "b2").open(seals("AK1", "b1").seal(BEAT), "AK1")
    assert (opened.sender, opened.boot, opened.message) == ("AK1", "b1", BEAT)


def test_another_key_is_a_forgery_and_an_old_one_beside_the_new_is_none() -> None:
    forged = seals("AK1", "b1", OTHER_KEY).seal(BEAT)
    assert reason(seals("AK2", "b2"), forged) == "forged"
    assert seals("AK2", "b2", KEY, OTHER_KEY).open(forged, "AK1").message == BEAT


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_anywhere_is_a_forgery(place: int, change: int) -> None:
    data = bytearray(seals("AK1", "b1").seal(BEAT))
    place %= len(data)
    if place == 64:
        return  # the space between the two says nothing
    data[place] ^= change
    assert reason(seals("AK2", "b2"), bytes(data)) == "forged"


def test_a_copy_counts_once() -> None:
    hearer, data = seals("AK2", "b2"), seals("AK1", "b1").seal(BEAT)
    hearer.open(data, "AK1")
    assert reason(hearer, data) == "replayed"


def test_an_older_message_is_not_taken_after_a_newer_one() -> None:
    hearer, speaker = seals("AK2", "b2"), seals("AK1", "b1")
    older, newer = speaker.seal(GRANT, "b2"), speaker.seal(GRANT, "b2")
    hearer.open(newer, "AK1")
    assert reason(hearer, older) == "replayed"


def test_what_was_told_to_a_former_life_of_ours_is_not_for_us() -> None:
    data = seals("AK1", "b1").seal(GRANT, "b1-before")
    assert reason(seals("AK2", "b2"), data) == "not_for_us"


def test_a_former_life_of_theirs_is_over_once_the_next_answered_us() -> None:
    hearer, before, now = seals("AK2", "b2"), seals("AK1", "old"), seals("AK1", "new")
    hearer.open(before.seal(GRANT, "b2"), "AK1")
    held_back = before.seal(GRANT, "b2")
    hearer.open(now.seal(GRANT, "b2"), "AK1")
    assert reason(hearer, held_back) == "replayed"
    hearer.open(now.seal(GRANT, "b2"), "AK1")


def test_a_copy_out_of_a_former_life_does_not_shut_the_present_one_out() -> None:
    hearer, before, now = seals("AK2", "b2"), seals("AK1", "old"), seals("AK1", "new")
    hearer.open(now.seal(GRANT, "b2"), "AK1")
    hearer.open(before.seal(BEAT), "AK1")
    hearer.open(now.seal(BEAT), "AK1")
    hearer.open(now.seal(GRANT, "b2"), "AK1")


def test_who_is_not_who_the_topic_says_is_a_stranger() -> None:
    data = seals("AK1", "b1").seal(BEAT)
    assert reason(seals("AK2", "b2"), data, "AK2") == "stranger"
    mallory = Seals((KEY,), "f", "AK9", "b9", STATIONS).seal(BEAT)
    assert reason(seals("AK2", "b2"), mallory, "AK9") == "stranger"


def test_a_charger_with_another_description_of_the_site_is_not_listened_to() -> None:
    data = seals("AK1", "b1", fingerprint="other").seal(BEAT)
    assert reason(seals("AK2", "b2"), data) == "other_site"


def test_what_is_too_long_or_no_message_is_told_apart() -> None:
    hearer = seals("AK2", "b2")
    assert reason(hearer, b"x" * (MESSAGE_BYTES_MAX + 1)) == "too_long"
    assert reason(hearer, b"") == "forged"
    speaker = seals("AK1", "b1")
    whole = json.loads(speaker.seal(BEAT)[65:])
    for change in ({"is": {}}, {"life": 5}, {"n": "1"}, {"v": 2}):
        text = json.dumps(whole | change).encode()
        data = sealed_anyhow(text)
        assert reason(hearer, data) == "malformed", change


def sealed_anyhow(text: bytes) -> bytes:
    """With the right key, as a broken member would."""
    import hashlib
    import hmac

    return hmac.new(KEY, text, hashlib.sha256).hexdigest().encode() + b" " + text


def test_keys_are_lines_of_hex() -> None:
    assert keys_of("# new\n" + "6b" * 32 + "\n\n" + "6f" * 40 + "\n") == (KEY, b"o" * 40)
    for text, words in (
        ("", "0 keys"),
        ("6b" * 31, "line 1: must be at least 32 bytes"),
        ("6b" * 32 + "\nsecret", "line 2"),
        (("6b" * 32 + "\n") * 9, "9 keys"),
    ):
        with pytest.raises(SiteRefused, match=words) as refused:
            keys_of(text)
        assert "secret" not in str(refused.value)


def test_a_key_is_not_shown() -> None:
    assert "kkkk" not in repr(seals("AK1", "b1"))
