"""Updates of the whole system by rauc, ordered by the central system: tried, kept, or sent back."""

import asyncio
import io
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.update.envelope import payload_of, sealed, write_image
from ampkeeper.firmware.update.folders import Machine
from ampkeeper.firmware.update.installer import Installer
from ampkeeper.firmware.update.launch import Launched
from ampkeeper.firmware.update.manifest import RAUC, Manifest
from ampkeeper.firmware.update.rauc import RaucInstaller
from ampkeeper.firmware.update.rauc_files import RaucFiles
from ampkeeper.firmware.update.rauc_slots import FELL_BACK, Start
from ampkeeper.firmware.update.trust import Trust
from ampkeeper.hal.linux.files import FolderDisk
from tests.support.fake_rauc import NAMES, FakeRauc, FakeSystem
from tests.support.file_servers import WebServer, web_server
from tests.support.images import BOARD, SINCE, UNTIL, release_keys
from tests.support.update_oracle import update_breaches
from tests.support.virtual import STATION, Charger

STATUS = "FirmwareStatusNotification"
ENDS_WELL = ["Downloading", "Downloaded", "Installing", "Installed"]
ENDS_BADLY = ["Downloading", "Downloaded", "Installing", "InstallationFailed"]


def bundle(version: str) -> bytes:
    return f"bundle {version}".encode() * 20_000


def image(version: str) -> bytes:
    raw, file = bundle(version), io.BytesIO()
    told = (payload_of(RAUC, version, io.BytesIO(raw)),)
    signer = release_keys()[1]
    manifest = Manifest(version, 3, (BOARD,), SINCE, UNTIL, told)
    head = sealed(manifest, (signer.certificate,), signer.key)
    for _ in write_image(file, head, [io.BytesIO(raw)]):
        pass
    return file.getvalue()


@dataclass
class RaucMachine:
    """In the place of the launcher: a machine that starts one of two systems, and the station."""

    folder: Path
    broken: set[str] = field(default_factory=set)  # versions that end as soon as they start
    launched: Launched = field(default_factory=Launched)
    is_on: bool = False

    def __post_init__(self) -> None:
        systems = {name: FakeSystem(b"factory") for name in NAMES}
        self.rauc = FakeRauc(FolderDisk(self.folder), systems)

    def start(self) -> None:
        """Until a system runs whose station does."""
        if self.is_on:
            assert self.rauc.boot()
        self.is_on = True
        while self._begun() is not Start.RUN or self._made.version() in self.broken:
            assert self.rauc.boot()

    def installer(self, state_dir: Path) -> Installer:
        """Of the station that was started last."""
        return self._made

    def _begun(self) -> Start:
        machine = Machine(BOARD, 1, Trust((release_keys()[0].pem,)))
        files = RaucFiles(FolderDisk(self.folder), Path)
        self._made = RaucInstaller(files, machine, self.rauc, self.rauc.uptime)
        return self._made.start()


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as running:
        running.files["/image"] = image("2.0.0")
        yield running


@pytest.fixture
def made(tmp_path: Path) -> Charger:
    made = Charger(tmp_path, "1.6")
    made.launcher = RaucMachine(tmp_path / "slots")
    return made


def run(made: Charger, script: Coroutine[Any, Any, None]) -> None:
    async def whole() -> None:
        async with made.running():
            await made.until(lambda: made.registered and made.status() == "Available")
            await script
            assert update_breaches(made.watched.record) == []

    run_virtual(whole())


async def order(made: Charger, server: WebServer) -> None:
    """Have the central system ask for it."""
    told = {"location": server.url("/image"), "retrieveDate": made.app.clock.now().isoformat()}
    assert (await made.csms.call(STATION, "UpdateFirmware", told))[2] == {}


def told(made: Charger) -> list[str]:
    return [row["status"] for row in made.watched.record.calls(STATUS)]


def version(made: Charger) -> str:
    return str(made.watched.record.calls("BootNotification")[-1]["firmwareVersion"])


def machine(made: Charger) -> RaucMachine:
    assert isinstance(made.launcher, RaucMachine)
    return made.launcher


def test_a_car_charges_on_while_rauc_writes_and_the_machine_restarts_when_it_left(
    made: Charger, server: WebServer
) -> None:
    async def script() -> None:
        await made.charge()
        await order(made, server)
        await made.until(lambda: "Installing" in told(made), 300)
        await asyncio.sleep(60)
        rauc = machine(made).rauc
        assert rauc.primary == NAMES[1], "it is written, and starts next"
        assert (made.status(), rauc.boots) == ("Charging", 1)
        made.unplug()
        await made.until(lambda: "Installed" in told(made), 300)
        assert told(made) == ENDS_WELL
        assert (version(made), rauc.running) == ("2.0.0", bundle("2.0.0"))
        assert not rauc.systems[NAMES[0]].is_good, "of a lower counter"

    run(made, script())


def test_the_next_system_goes_on_with_a_session_that_the_one_before_began(
    made: Charger, server: WebServer
) -> None:
    """Rauc has switched, and the restart waits for the car; then the power goes."""

    async def whole() -> None:
        async with made.running():
            await made.charge()
            await order(made, server)
            await made.until(lambda: machine(made).rauc.primary == NAMES[1], 300)
            await asyncio.sleep(60)
            (charging,) = made.told
            assert (made.status(), version(made) == "2.0.0") == ("Charging", False)
        async with made.running():
            assert machine(made).rauc.running == bundle("2.0.0")
            await made.until(lambda: "Installed" in told(made), 300)
            assert (version(made), made.status()) == ("2.0.0", "Charging")
            assert [each.key for each in made.told] == [charging.key]
            await made.settle()
        (found,) = made.check()
        assert found.key == charging.key
        made.check_bills([found])
        assert update_breaches(made.watched.record) == []

    run_virtual(whole())


def test_a_system_whose_station_does_not_start_is_left_by_the_boot_loader(
    made: Charger, server: WebServer
) -> None:
    async def script() -> None:
        before = version(made)
        machine(made).broken.add("2.0.0")
        await order(made, server)
        await made.until(lambda: "InstallationFailed" in told(made), 300)
        assert told(made) == ENDS_BADLY
        assert (version(made), machine(made).rauc.running) == (before, b"factory")
        events = [fields for _, kind, fields in made.trace.events if kind == "update"]
        assert events[-1]["reason"] == FELL_BACK

    run(made, script())


def test_a_bundle_that_rauc_does_not_believe_fails_with_its_words(
    made: Charger, server: WebServer
) -> None:
    async def script() -> None:
        machine(made).rauc.refuses = "signature verification failed"
        await order(made, server)
        await made.until(lambda: "InstallationFailed" in told(made), 300)
        assert told(made) == ENDS_BADLY
        assert machine(made).rauc.boots == 1
        events = [fields for _, kind, fields in made.trace.events if kind == "update"]
        assert events[-1]["reason"] == "rauc: signature verification failed"

    run(made, script())
