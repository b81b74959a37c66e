"""Upgrade and network desk: which slots may be filled, and when there is no way back."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.firmware.ocpp.ports.network import (
    BUSY,
    DOWNGRADE,
    INVALID,
    SLOT,
    NetworkProfile,
    NetworkRefused,
)
from ampkeeper.firmware.ocpp.system import System
from ampkeeper.firmware.station.network_desk import NetworkDesk
from ampkeeper.firmware.station.systems import PRIORITY
from ampkeeper.firmware.store.changes import SaveSystem

from .test_systems import BY_TLS, FALLBACKS, Bench

PROFILE = "SecurityCtrlr.SecurityProfile"
TOLD = NetworkProfile(
    url="wss://d/",
    security_profile=2,
    versions=("2.0.1",),
    message_timeout_s=45,
    interface="Wired0",
)


def system(profile: int, host: str = "d") -> str:
    made = System(url=f"wss://{host}/", id="X", versions=("2.0.1",), security_profile=profile)
    return made.to_text()


def preferred(folder: Path, order: str) -> Bench:
    """One whose slot 4 was filled with profile 2 and is in this order since the last start."""
    made = Bench(folder, BY_TLS + FALLBACKS, **{PRIORITY: order})
    made.store.commit([SaveSystem(4, system(2)), SaveSystem(2, system(1, "e"))])
    assert made.systems.recall(made.store) == []
    return made


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = preferred(tmp_path, "4,2,3,1")
    yield made
    made.store.close()


def test_the_first_that_accepts_with_a_higher_profile_ends_the_way_back(bench: Bench) -> None:
    """A05.FR.06."""
    systems = bench.systems
    systems.active = 4
    systems.accepted()
    assert bench.settings.changed[PRIORITY] == "4,3"
    assert bench.settings.changed[PROFILE] == "2"
    assert (systems.order, bench.seen) == ((4, 3), ["narrowed"])
    assert list(bench.store.systems()) == [4]
    assert bench.store.settings() == {PROFILE: "2", PRIORITY: "4,3"}
    assert systems.system(1).security_profile == 2  # never with less again
    assert not systems.allows(PRIORITY, "4,2")
    systems.accepted()
    assert bench.seen == ["narrowed"]


@pytest.mark.parametrize(
    ("order", "active"),
    [("1,4", 4), ("4,1", 1), ("", 4)],
)
def test_there_is_a_way_back_from_any_other(tmp_path: Path, order: str, active: int) -> None:
    """A fall-back, a lower one, or an order that the file made."""
    made = preferred(tmp_path, order)
    made.systems.active = active
    made.systems.accepted()
    assert made.seen == []
    assert PROFILE not in made.settings.changed
    made.store.close()


def test_an_order_that_is_not_in_force_yet_proves_nothing(bench: Bench) -> None:
    bench.systems.active = 4
    bench.settings.change(PRIORITY, "1,4")
    bench.systems.accepted()
    assert bench.seen == []


def desk(bench: Bench, has_room: bool = True) -> NetworkDesk:
    return NetworkDesk(bench.systems, bench.security.log, bench.post if has_room else no_room)


def no_room(event: Any) -> bool:
    return False


def kind(refused: NetworkRefused | None) -> str:
    return "" if refused is None else refused.kind


@pytest.mark.parametrize("slot", [1, 3, 4])
def test_a_slot_that_is_not_in_use_is_filled_and_told(bench: Bench, slot: int) -> None:
    bench.systems.active = 2
    made = desk(bench)
    assert made.set_profile(slot, TOLD) is None
    found = made.profile(slot)
    assert found is not None
    assert (found.url, found.security_profile, found.message_timeout_s) == ("wss://d/", 2, 45)
    assert (found.interface, found.id) == ("Wired0", "AK0001")
    assert bench.systems.system(2).security_profile == 1  # that of slot 1 is its own
    assert 2 in bench.systems.order


@pytest.mark.parametrize("slot", [-1, 0, 2, 5, 999])
def test_the_slot_in_use_and_slots_that_are_not_there_are_refused(bench: Bench, slot: int) -> None:
    """B09.FR.05."""
    bench.systems.active = 2
    assert kind(desk(bench).set_profile(slot, TOLD)) == SLOT


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"security_profile": 0, "url": "ws://d/"}, DOWNGRADE),
        ({"security_profile": 1, "url": "ws://d/"}, DOWNGRADE),
        ({"security_profile": 4}, INVALID),
        ({"security_profile": 2, "url": "ws://d/"}, INVALID),
        ({"security_profile": 1, "url": "wss://d/"}, INVALID),
        ({"url": "http://d/"}, INVALID),
        ({"url": "wss://user:word@d/"}, INVALID),
        ({"url": "wss://"}, INVALID),
        ({"url": ""}, INVALID),
        ({"url": "wss://d/#x"}, INVALID),
        ({"url": "wss://" + "d" * 600}, INVALID),
        ({"message_timeout_s": 0}, INVALID),
        ({"message_timeout_s": -1}, INVALID),
        ({"message_timeout_s": 601}, INVALID),
        ({"versions": ("1.5",)}, INVALID),
        ({"password": "short"}, INVALID),
        ({"password": "no spaces in passwords"}, INVALID),
        ({"id": "a:colon"}, INVALID),
    ],
)
def test_what_cannot_work_is_refused_and_changes_nothing(
    bench: Bench, changes: dict[str, Any], why: str
) -> None:
    """B09.FR.02, FR.04."""
    bench.systems.active = 2
    told = {name: getattr(TOLD, name) for name in TOLD.__slots__} | changes
    assert kind(desk(bench).set_profile(3, NetworkProfile(**told))) == why
    assert sorted(bench.store.systems()) == [2, 4]


def test_slot_1_keeps_its_security_and_waits_for_the_end_of_a_trial(bench: Bench) -> None:
    bench.systems.active = 2
    bench.settings.change(PROFILE, "2")
    lower = NetworkProfile(
        url="ws://d/", security_profile=1, versions=("1.6",), message_timeout_s=9, interface="Any"
    )
    assert kind(desk(bench).set_profile(1, lower)) == DOWNGRADE
    assert kind(desk(bench).set_profile(3, TOLD)) == ""
    bench.systems.put(0, System(url="wss://n/", id="X", versions=("1.6",)))
    assert kind(desk(bench).set_profile(1, TOLD)) == SLOT


PLAIN = NetworkProfile(
    url="ws://d/", security_profile=0, versions=("1.6",), message_timeout_s=9, interface="Any"
)


@pytest.mark.parametrize(
    ("first", "second", "third", "why"),
    [
        ("ws", "ws", "ws", ""),
        ("wss", "ws", "ws", DOWNGRADE),  # met by TLS when it is turned to again
        ("ws", "wss", "ws", DOWNGRADE),  # met by TLS now
        ("ws", "ws", "wss", DOWNGRADE),  # its own slot was met by TLS
    ],
)
def test_no_slot_without_tls_is_filled_from_afar_where_there_was_tls(
    tmp_path: Path, first: str, second: str, third: str, why: str
) -> None:
    """At security profile 0 the URL alone says so (B09.FR.04)."""
    text = BY_TLS.replace("wss://a/ocpp", f"{first}://a/ocpp")
    text += f'[[fallback]]\nurl = "{second}://b/"\n[[fallback]]\nurl = "{third}://c/"\n'
    made = Bench(tmp_path, text)
    made.systems.active = 2
    assert kind(desk(made).set_profile(3, PLAIN)) == why
    assert kind(desk(made).set_profile(4, replace(PLAIN, url="wss://d/"))) == ""
    made.store.close()


def test_a_station_that_cannot_keep_up_says_so(bench: Bench) -> None:
    """B09.FR.03."""
    assert kind(desk(bench, has_room=False).set_profile(3, TOLD)) == BUSY


def test_an_empty_slot_tells_nothing_and_one_of_the_file_the_setting(bench: Bench) -> None:
    assert desk(bench).profile(9) is None
    found = desk(bench).profile(3)
    assert found is not None
    assert (found.message_timeout_s, found.interface) == (30, "")


def test_the_time_for_answers_is_that_of_the_system_in_use(bench: Bench) -> None:
    name = "OCPPCommCtrlr.MessageTimeout[Default]"
    bench.systems.active = 3
    assert bench.systems.shown(name, 30) == 30
    assert bench.systems.allows(name, "20")
    bench.systems.active = 2
    assert desk(bench).set_profile(3, TOLD) is None
    bench.systems.active = 3
    assert bench.systems.shown(name, 30) == 45
    assert not bench.systems.allows(name, "20")


def test_an_interface_that_the_file_does_not_name_is_refused(tmp_path: Path) -> None:
    """B09.FR.02: what cannot be obeyed is not accepted."""
    named = BY_TLS.replace("[ocpp]", '[ocpp]\ninterfaces = ["Wired0=eth0", "Wireless0=wlan0"]')
    made = Bench(tmp_path, named + FALLBACKS)
    assert made.systems.interfaces == {"Wired0": "eth0", "Wireless0": "wlan0"}
    for name, why in (("Wired1", INVALID), ("Wired0", ""), ("Any", "")):
        assert kind(desk(made).set_profile(3, replace(TOLD, interface=name))) == why
    made.store.close()
