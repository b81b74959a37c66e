"""The oracle of updates finds each thing that may not be told so."""

import json

import pytest

from tests.support.record import BOOT, IN, Record
from tests.support.update_oracle import BAD, EVENT, FAILED, PLAIN, SIGNED, UPDATED, update_breaches

FETCHED = ["Downloading", "Downloaded", "SignatureVerified"]
DONE = [*FETCHED, "Installing", "InstallRebooting", "boot 2", "Installed", "!" + UPDATED]


def wrong(*said: str, action: str = SIGNED, number: int | None = 1) -> list[str]:
    """What the oracle says of this: "boot VERSION", "!event" (with "=" behind it one that is told
    again and again), or a status (with "=" before it in the same message as the one before)."""
    record = Record(lambda: 0.0)
    link = record.connected()
    for count, word in enumerate(["boot 1", *said]):
        name = f"m{count - 1 if word.startswith('=') else count}"
        told = {} if number is None else {"requestId": number}
        frame = [2, name, action, told | {"status": word.removeprefix("=")}]
        if word.startswith("boot "):
            frame = [2, name, BOOT, {"firmwareVersion": word.removeprefix("boot ")}]
        elif word.startswith("!"):
            event = {"type": word.strip("!="), "timestamp": word if "=" in word else count}
            frame = [2, name, EVENT, event]
        record.note(link, IN, json.dumps(frame))
    return update_breaches(record)


@pytest.mark.parametrize(
    "said",
    [
        DONE,
        [*DONE, *FETCHED, "Installing", "InstallRebooting", "boot 2", FAILED],
        ["DownloadScheduled", "Downloading", "DownloadFailed"],
        [*FETCHED, "InstallScheduled", "InstallScheduled", *DONE[3:]],
        [*FETCHED, "Installing", "boot 1", "Installing", "boot 1", *DONE[3:]],
        [*FETCHED, "Installing", "boot 2", "Installed", "!" + UPDATED],
        ["Downloading", "Downloaded", "boot 1", "Downloaded", *DONE[2:]],
        [*DONE, "boot 2", "Installed"],
        [*FETCHED, "Installing", "boot 1", "Installing", *DONE[3:]],
        [*FETCHED, "boot 1", "Installing", *DONE[3:]],
        ["Downloading", "Downloaded", "boot 1", *DONE],
        [*FETCHED, "Installing", FAILED, "boot 1", FAILED],
        [*DONE[:-1], f"!{UPDATED}=", "boot 2", f"!{UPDATED}="],
        ["Downloading", "=Downloading", "Downloaded", "!InvalidFirmwareSignature", BAD],
    ],
)
def test_what_is_legal_passes(said: list[str]):
    assert wrong(*said) == []


def test_a_plain_update_has_fewer_words():
    plain = ["Downloading", "Downloaded", "Installing", "boot 2", "Installed", "!" + UPDATED]
    assert wrong(*plain, action=PLAIN, number=None) == []
    assert wrong(*DONE, action=PLAIN, number=None)
    assert wrong("DownloadScheduled", action=PLAIN, number=None)


@pytest.mark.parametrize("number", range(len(DONE)))
def test_nothing_of_an_update_can_be_left_out(number: int):
    left = DONE[:number] + DONE[number + 1 :]
    if DONE[number] == "InstallRebooting":
        assert wrong(*left) == [], "the power may have restarted it"
    else:
        assert wrong(*left)


@pytest.mark.parametrize("number", range(len(DONE) - 1))
def test_no_two_words_can_change_places(number: int):
    there = [*DONE[:number], DONE[number + 1], DONE[number], *DONE[number + 2 :]]
    if {"Installed", "!" + UPDATED} == set(DONE[number : number + 2]):
        assert wrong(*there) == [], "both say the same"
    elif {"InstallRebooting", "boot 2"} == set(DONE[number : number + 2]):
        assert wrong(*there) == [], "it was owed when the power went"
    else:
        assert wrong(*there)


@pytest.mark.parametrize("number", [0, 1, 2, 4, 6, 7])
def test_nothing_is_told_twice(number: int):
    assert wrong(*DONE[: number + 1], *DONE[number:])


@pytest.mark.parametrize(
    "said",
    [
        [*FETCHED, "Installing", "InstallRebooting", "boot 2", FAILED],
        [*FETCHED, "Installing", "InstallRebooting", "boot 1", "Installed", "!" + UPDATED],
        [*FETCHED, "Installing", "Installing", *DONE[4:]],
        [*FETCHED, "boot 1", *DONE],
        ["Downloading", "Downloaded", BAD],
        ["Downloading", "Downloaded", "boot 1", "Downloading", *DONE[2:]],
        [*DONE, "Installed"],
        [*FETCHED, "Installing", "boot 1", "Installing", "Installing", "Installing", *DONE[4:]],
    ],
)
def test_what_is_not_so_is_found(said: list[str]):
    assert wrong(*said)
