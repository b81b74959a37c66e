"""What a service manager is told, on a socket as systemd's: ready, alive, ending."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ampkeeper.board.host.life import live
from ampkeeper.firmware.update.launch import RESTART_CODE, Launched, environment_of
from ampkeeper.hal.linux.service import SOCKET, WATCHDOG_PID, WATCHDOG_US, Service, service_of

WATCHDOG_S = 0.03
LONG_S = 5.0  # nothing takes so long


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        line.settimeout(LONG_S)
        yield line


@pytest.fixture
def environment(manager: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SOCKET, manager.getsockname())
    monkeypatch.setenv(WATCHDOG_US, str(round(WATCHDOG_S * 1e6)))
    monkeypatch.setenv(WATCHDOG_PID, str(os.getpid()))


def heard(manager: socket.socket) -> list[str]:
    """What was said and not heard yet."""
    manager.setblocking(False)
    said = []
    try:
        while True:
            said.append(manager.recv(100).decode())
    except BlockingIOError:
        return said
    finally:
        manager.settimeout(LONG_S)


def test_what_the_manager_asked_for_is_known_and_no_child_inherits_it(
    manager: socket.socket,
) -> None:
    given = {SOCKET: manager.getsockname(), WATCHDOG_US: "30000000", "PATH": "/bin"}
    service = service_of(given)
    assert (service.is_one, service.watchdog_s) == (True, 30.0)
    assert given == {"PATH": "/bin"}


@pytest.mark.parametrize(
    ("given", "is_one"),
    [
        ({}, False),
        ({SOCKET: "vsock:2:1234", WATCHDOG_US: "30000000"}, False),
        ({SOCKET: "/run/x", WATCHDOG_US: "30000000", WATCHDOG_PID: "1"}, True),
        ({SOCKET: "/run/x", WATCHDOG_US: "soon"}, True),
    ],
)
def test_a_watchdog_that_does_not_wait_for_us_is_none(given: dict[str, str], is_one: bool) -> None:
    service = service_of(given)
    assert (service.is_one, service.watchdog_s) == (is_one, 0.0)


def test_each_word_is_one_datagram(manager: socket.socket) -> None:
    service = Service(manager.getsockname())
    service.ready()
    service.feed()
    service.ending()
    assert heard(manager) == ["READY=1", "WATCHDOG=1", "STOPPING=1"]


def test_a_name_without_a_file_is_the_kernels_own() -> None:
    name = f"ampkeeper-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(f"\0{name}")
        line.settimeout(LONG_S)
        Service(f"@{name}").ready()
        assert line.recv(100) == b"READY=1"


def test_nobody_who_listens_stops_nothing(tmp_path: Path) -> None:
    Service().ready()
    Service(str(tmp_path / "nobody")).feed()


def test_a_full_queue_stops_nothing(manager: socket.socket) -> None:
    service = Service(manager.getsockname())
    for _ in range(10_000):
        service.feed()
    assert heard(manager)


@pytest.mark.usefixtures("environment")
async def test_a_station_is_ready_gives_signs_and_says_that_it_ends(
    manager: socket.socket,
) -> None:
    said = []

    async def work() -> None:
        while len(said) < 5:
            said.extend(heard(manager))
            await asyncio.sleep(WATCHDOG_S / 10)

    assert await live({"work": work()}) == RESTART_CODE
    assert said[:2] == ["READY=1", "WATCHDOG=1"]
    assert set(said[2:]) == {"WATCHDOG=1"}
    assert heard(manager)[-1] == "STOPPING=1"


@pytest.mark.usefixtures("environment")
async def test_a_station_whose_event_loop_stands_gives_no_sign(manager: socket.socket) -> None:
    seen = []

    async def work() -> None:
        await asyncio.sleep(WATCHDOG_S)
        heard(manager)
        manager.settimeout(3 * WATCHDOG_S)
        try:
            seen.append(manager.recv(100))  # the loop stands as long as this waits
        except TimeoutError:
            seen.append(b"nothing")

    await live({"work": work()})
    assert seen == [b"nothing"]


@pytest.mark.usefixtures("manager")
async def test_without_a_manager_a_station_runs_to_its_sigterm() -> None:
    async def work() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(LONG_S)

    assert await live({"work": work()}) == 0


def test_software_on_trial_gives_the_signs_that_its_launcher_owes() -> None:
    before = {SOCKET: "/run/x", WATCHDOG_US: "30000000", WATCHDOG_PID: "1"}
    after = environment_of(before, Launched("a", "2.0.0", 60.0), "/slots/a/app")
    assert service_of(after).watchdog_s == 30.0
