"""A pilot board that was dead before a trial keeps no update away; one that dies in it does."""

from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.selftests import words
from tests.station.test_software_on_trial import PATIENCE, PLAIN, fail_a_test, until_tried
from tests.station.test_software_updates import call, plain_order, until_told
from tests.support.file_servers import WebServer, web_server
from tests.support.images import image_of
from tests.support.virtual import Charger


@pytest.fixture
def made(tmp_path: Path) -> Charger:
    return Charger(tmp_path, "1.6", **PATIENCE)


@pytest.mark.parametrize("has_cut", [False, True])
def test_a_pilot_board_that_was_dead_before_blocks_no_update(made: Charger, has_cut: bool) -> None:
    async def begin(server: WebServer) -> None:
        async with made.running():
            await made.until(lambda: made.registered and made.status() == "Available")
            made.car.causes.pilot_link = "silent"
            await made.until(lambda: "PilotLinkLost" in made.faults)
            await call(made, "UpdateFirmware", plain_order(made, server.url("/image")))
            await made.until(lambda: made.launcher.launched.version == "2.0.0", 120)
            await made.until(lambda: made.registered and "PilotLinkLost" in made.faults)
            if not has_cut:
                await end()

    async def end() -> None:
        await until_told(made, "Installed", PLAIN)
        reason = made.trace.of("update_confirmed")[0]["reason"]
        assert reason.endswith("; no pilot board of EVSE 1, as before")

    async def whole(server: WebServer) -> None:
        await begin(server)
        if has_cut:  # what this life found is not what was before
            async with made.running():
                await end()

    with web_server() as server:
        server.files["/image"] = image_of("2.0.0")
        run_virtual(whole(server))


def test_a_cut_in_a_trial_makes_no_board_one_that_was_dead_before(made: Charger) -> None:
    async def whole(server: WebServer) -> None:
        async with made.running():
            await until_tried(made, server)
            made.car.causes.pilot_link = "silent"
            await made.until(lambda: "PilotLinkLost" in made.faults)
            made.csms.registration = "Accepted"
        async with made.running():
            await made.until(lambda: made.launcher.launched.version != "2.0.0", 90)
            made.car.causes.pilot_link = "ok"
            await until_told(made, "InstallationFailed", PLAIN)

    with web_server() as server:
        server.files["/image"] = image_of("2.0.0")
        run_virtual(whole(server))


def test_what_was_dead_before_a_trial_that_failed_is_not_so_before_the_next(made: Charger) -> None:
    """The same version again, after the board was mended: if it dies now, it was not so before."""

    async def whole(server: WebServer) -> None:
        async with made.running():
            await made.until(lambda: made.registered and made.status() == "Available")
            made.car.causes.pilot_link = "silent"
            await made.until(lambda: "PilotLinkLost" in made.faults)
            await call(made, "UpdateFirmware", plain_order(made, server.url("/image")))
            await until_told(made, "Installing", PLAIN)
            made.csms.registration = "Pending"
            made.csms.interval_s = 5
            await made.until(lambda: made.launcher.launched.version == "2.0.0", 120)
            await fail_a_test(made, words.STORAGE)
            await made.until(lambda: made.launcher.launched.version != "2.0.0", 90)
            made.csms.registration = "Accepted"
            made.car.causes.pilot_link = "ok"
            await until_told(made, "InstallationFailed", PLAIN)
            await made.until(lambda: made.registered and "PilotLinkLost" not in made.faults, 300)
            await until_tried(made, server)
            made.car.causes.pilot_link = "silent"
            await made.until(lambda: "PilotLinkLost" in made.faults)
            made.csms.registration = "Accepted"
            await made.until(lambda: made.launcher.launched.version != "2.0.0", 120)
            assert not made.trace.of("update_confirmed")

    with web_server() as server:
        server.files["/image"] = image_of("2.0.0")
        run_virtual(whole(server))
