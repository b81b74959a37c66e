"""New software on trial, in a whole charger: what confirms it, what sends it back, what is told."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.ocpp.ports.transfer import UpdateOrder
from ampkeeper.firmware.safety.selftest import FAILED, NOT_RUN, RUNNING
from ampkeeper.firmware.selftests import words
from ampkeeper.firmware.station.checkup import Checkup
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.store.changes import SaveSelfTest
from ampkeeper.firmware.update.launch import Launched
from ampkeeper.firmware.update.record import Record
from ampkeeper.firmware.update.slots import FACTORY
from ampkeeper.hal.linux.files import FolderDisk
from tests.station.test_software_updates import call, plain_order, told, until_told, version
from tests.support.file_servers import WebServer, web_server
from tests.support.images import image_of
from tests.support.virtual import Charger

PLAIN = "FirmwareStatusNotification"
WHOLE = ["Downloading", "Downloaded", "Installing"]
PATIENCE = {"update__confirm_within_s": "30", "update__csms_within_s": "60"}


@pytest.fixture
def made(tmp_path: Path) -> Charger:
    return Charger(tmp_path, "1.6", **PATIENCE)


def events(made: Charger, kind: str) -> list[str]:
    rows = made.watched.record.calls("SecurityEventNotification")
    return [row.get("techInfo", "") for row in rows if row["type"] == kind]


async def until_tried(made: Charger, server: WebServer) -> None:
    """Version 2.0.0 runs, on trial; the central system has not seen it yet."""
    await made.until(lambda: made.registered and made.status() == "Available")
    await call(made, "UpdateFirmware", plain_order(made, server.url("/image")))
    await until_told(made, "Installing", PLAIN)
    made.csms.registration = "Pending"
    made.csms.interval_s = 5
    await made.until(lambda: made.launcher.launched.version == "2.0.0", 120)


def play(made: Charger, script: Any) -> None:
    async def whole(server: WebServer) -> None:
        async with made.running():
            await script(server)

    with web_server() as server:
        server.files["/image"] = image_of("2.0.0")
        run_virtual(whole(server))


def found(made: Charger, number: int) -> SaveSelfTest:
    evse_id = words.STATION if number in (words.STORAGE, words.COUNTERS, words.CLOCK) else 1
    return SaveSelfTest(evse_id, number, made.app.clock.now(), FAILED, None, None, None, 0)


async def fail_a_test(made: Charger, number: int) -> None:
    """A self-test of this station fails from now on, and is written down."""
    row = found(made, number)
    made.app.station.checkup.latest[row.evse_id, number] = row
    await made.app.task.put(lambda now, now_s: Effects(changes=[row]))
    await made.app.task.settled()


def test_it_is_installed_once_the_central_system_has_accepted_it(made: Charger) -> None:
    async def script(server: WebServer) -> None:
        await until_tried(made, server)
        await asyncio.sleep(30)
        assert told(made, PLAIN) == WHOLE
        assert events(made, "FirmwareUpdated") == []
        made.csms.registration = "Accepted"
        await until_told(made, "Installed", PLAIN)
        await asyncio.sleep(20)
        assert told(made, PLAIN) == [*WHOLE, "Installed"]
        assert len(events(made, "FirmwareUpdated")) == 1

    play(made, script)


def test_without_the_central_system_it_is_good_after_a_time_and_that_is_told_later(
    made: Charger,
) -> None:
    async def script(server: WebServer) -> None:
        await until_tried(made, server)
        await made.until(lambda: made.trace.of("update_confirmed") != [], 400)
        assert "no central system within 60 s" in made.trace.of("update_confirmed")[0]["reason"]
        made.csms.registration = "Accepted"
        await until_told(made, "Installed", PLAIN)

    play(made, script)


def test_where_the_launcher_has_given_it_up_it_says_no_longer_that_it_works(
    made: Charger,
) -> None:
    async def script(server: WebServer) -> None:
        await until_tried(made, server)
        await made.until(lambda: made.app.desk.transfers.is_on_trial)
        await asyncio.sleep(5)
        Record(FolderDisk(made.state_dir / "slots")).reject("it ran for 10 s")
        made.csms.registration = "Accepted"
        await until_told(made, "InstallationFailed", PLAIN)
        assert version(made) != "2.0.0"
        assert made.trace.of("update_confirmed") == []
        assert events(made, "FirmwareUpdated") == []
        reasons = [row["reason"] for row in made.trace.of("update") if row["reason"]]
        assert reasons == ["it ran for 10 s"]

    play(made, script)


def test_a_launcher_that_ends_it_sooner_than_configured_is_forestalled(tmp_path: Path) -> None:
    made = Charger(tmp_path, "1.6", update__confirm_within_s="30", update__csms_within_s="3600")
    made.launcher.trial_s = 60.0

    async def script(server: WebServer) -> None:
        await until_tried(made, server)
        began = made.app.clock.now()
        await made.until(lambda: made.trace.of("update_confirmed") != [], 400)
        assert (made.app.clock.now() - began).total_seconds() < 60
        assert "no central system within 30 s" in made.trace.of("update_confirmed")[0]["reason"]

    play(made, script)


def test_people_charge_while_it_is_on_trial(made: Charger) -> None:
    async def script(server: WebServer) -> None:
        await until_tried(made, server)
        await made.until(lambda: made.status() == "Available")
        made.csms.registration = "Accepted"
        await made.charge()
        await until_told(made, "Installed", PLAIN)
        assert made.status() == "Charging"

    play(made, script)


def test_a_self_test_that_fails_sends_it_back_and_the_reason_is_told(made: Charger) -> None:
    async def script(server: WebServer) -> None:
        await until_tried(made, server)
        await fail_a_test(made, words.STORAGE)
        await made.until(lambda: made.launcher.launched.version != "2.0.0", 60)
        made.csms.registration = "Accepted"
        await until_told(made, "InstallationFailed", PLAIN)
        assert version(made) != "2.0.0"
        reasons = [row["reason"] for row in made.trace.of("update") if row["reason"]]
        assert reasons == ["self-test failed: storage"]
        assert events(made, "FirmwareUpdated") == []

    play(made, script)


def test_a_self_test_that_failed_before_says_nothing_of_the_new_software(made: Charger) -> None:
    async def script(server: WebServer) -> None:
        await made.until(lambda: made.registered)
        await fail_a_test(made, words.METER)
        await until_tried(made, server)
        await fail_a_test(made, words.METER)
        made.csms.registration = "Accepted"
        await until_told(made, "Installed", PLAIN)

    play(made, script)


@pytest.mark.parametrize(
    ("number", "result"), [(words.METER - 1, NOT_RUN), (1, None), (11, RUNNING)]
)
def test_without_the_results_of_ring_1_it_is_not_good(
    made: Charger, monkeypatch: pytest.MonkeyPatch, number: int, result: int | None
) -> None:
    hear = Checkup.on_tests

    def hear_less(checkup: Checkup, evse_id: int, tests: Any, now: Any, now_s: float) -> Effects:
        tests = [test for test in tests if test.number != number or result is not None]
        tests = [replace(t, result=result) if t.number == number else t for t in tests]
        return hear(checkup, evse_id, tests, now, now_s)

    async def script(server: WebServer) -> None:
        await made.until(lambda: made.registered)
        monkeypatch.setattr(Checkup, "on_tests", hear_less)
        await until_tried(made, server)
        made.csms.registration = "Accepted"
        await made.until(lambda: made.launcher.launched.version != "2.0.0", 90)
        await until_told(made, "InstallationFailed", PLAIN)
        reasons = [row["reason"] for row in made.trace.of("update") if row["reason"]]
        assert reasons == ["self-tests without a result within 30 s"]

    play(made, script)


def test_a_pilot_board_that_is_silent_sends_it_back_in_time(made: Charger) -> None:
    async def script(server: WebServer) -> None:
        await until_tried(made, server)
        made.csms.registration = "Accepted"
        made.car.causes.pilot_link = "silent"
        await made.until(lambda: made.launcher.launched.version != "2.0.0", 90)
        made.car.causes.pilot_link = "ok"
        await until_told(made, "InstallationFailed", PLAIN)

    play(made, script)


@pytest.mark.parametrize("cuts", [1, 2])
def test_power_cuts_in_a_trial_are_starts_of_it(tmp_path: Path, cuts: int) -> None:
    made = Charger(tmp_path, "1.6", **PATIENCE)

    async def whole(server: WebServer) -> None:
        async with made.running():
            await until_tried(made, server)
        for _ in range(cuts - 1):
            async with made.running():
                await asyncio.sleep(10)
        made.csms.registration = "Accepted"
        async with made.running():
            await until_told(made, "Installed", PLAIN)
            assert version(made) == "2.0.0"
            await asyncio.sleep(20)
            assert told(made, PLAIN).count("Installed") == 1

    with web_server() as server:
        server.files["/image"] = image_of("2.0.0")
        run_virtual(whole(server))


def test_an_order_that_comes_during_a_trial_is_refused(made: Charger) -> None:
    async def script(server: WebServer) -> None:
        await until_tried(made, server)
        transfers = made.app.desk.transfers
        await made.until(transfers.is_updating)
        await asyncio.sleep(5)
        order = UpdateOrder(server.url("/image"), 1, 1, made.app.clock.now())
        assert transfers.order_update(order) == "rejected"
        made.csms.registration = "Accepted"
        await until_told(made, "Installed", PLAIN)

    play(made, script)


def test_a_launcher_that_does_not_start_it_ends_the_update_and_keeps_nobody_out(
    made: Charger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(made.launcher, "start", lambda: None)
    made.launcher.launched = Launched(FACTORY)

    async def script(server: WebServer) -> None:
        await made.until(lambda: made.registered and made.status() == "Available")
        await call(made, "UpdateFirmware", plain_order(made, server.url("/image")))
        await until_told(made, "InstallationFailed", PLAIN)
        reasons = [row["reason"] for row in made.trace.of("update") if row["reason"]]
        assert reasons == ["it was not started after the restart"]
        await made.until(lambda: made.status() == "Available")

    play(made, script)


# somebody brings an image


async def bring(made: Charger, file: Path) -> dict[str, Any]:
    await made.app.api.answer("image", {"action": "install", "file": str(file)})
    return await status(made)


async def status(made: Charger) -> dict[str, Any]:
    return dict(await made.app.api.answer("image", {"action": "status"}))


def test_an_image_that_somebody_brings_is_installed_and_the_central_system_hears_the_event(
    made: Charger, tmp_path: Path
) -> None:
    file = tmp_path / "stick.image"
    file.write_bytes(image_of("2.0.0"))

    async def script(server: WebServer) -> None:
        await made.until(lambda: made.registered and made.status() == "Available")
        assert (await bring(made, file))["trial"] == "none"
        await made.until(lambda: made.launcher.launched.version == "2.0.0", 120)
        await made.until(lambda: made.registered, 60)
        await made.until(lambda: made.trace.of("update_confirmed") != [], 120)
        await asyncio.sleep(10)
        assert told(made, PLAIN) == []
        assert len(events(made, "FirmwareUpdated")) == 1
        assert (await status(made))["trial"] == "good"
        assert (await status(made))["state"] == "idle"
        assert file.exists()
        assert list((made.state_dir / "transfers").iterdir()) == []

    play(made, script)


def test_an_image_of_somebody_else_is_refused_with_the_reason(
    made: Charger, tmp_path: Path
) -> None:
    file = tmp_path / "stick.image"
    file.write_bytes(image_of("2.0.0").replace(b"2.0.0", b"2.0.1"))

    async def script(server: WebServer) -> None:
        await made.until(lambda: made.registered and made.status() == "Available")
        await bring(made, file)
        await asyncio.sleep(5)
        shown = await status(made)
        assert shown["state"] == "idle"
        assert "the manifest was changed" in shown["reason"]
        assert made.status() == "Available"
        noted = events(made, "InvalidFirmwareSignature")
        assert len(noted) == 1
        assert "the manifest was changed" in noted[0]

    play(made, script)


@pytest.mark.parametrize("path", ["", "relative", "x" * 5_000, "/nul\0", None, 7])
def test_what_is_no_path_is_refused(made: Charger, path: object) -> None:
    async def script(server: WebServer) -> None:
        with pytest.raises(LocalRefusedError, match="path"):
            await made.app.api.answer("image", {"action": "install", "file": path})

    play(made, script)


def test_a_file_that_is_not_there_is_said(made: Charger, tmp_path: Path) -> None:
    async def script(server: WebServer) -> None:
        await bring(made, tmp_path / "nothing")
        await asyncio.sleep(5)
        assert "No such file" in (await status(made))["reason"]

    play(made, script)


def test_where_updates_are_off_an_order_ends_with_the_reason(tmp_path: Path) -> None:
    made = Charger(tmp_path, "1.6", update__enabled="false")

    async def script(server: WebServer) -> None:
        await made.until(lambda: made.registered)
        await call(made, "UpdateFirmware", plain_order(made, server.url("/image")))
        await until_told(made, "InstallationFailed", PLAIN)
        reasons = [row["reason"] for row in made.trace.of("update") if row["reason"]]
        assert reasons == ["updates are off: update.enabled is false"]

    play(made, script)
