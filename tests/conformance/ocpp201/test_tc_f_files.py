"""Cases of certification, F: statuses of logs and updates that are asked for."""

from collections.abc import Iterator

import pytest

from tests.conformance.ocpp201.bench201 import EVSE_1, Bench201, Payload
from tests.support.file_servers import WebServer, web_server

FIRMWARE, LOG = "FirmwareStatusNotification", "LogStatusNotification"


@pytest.fixture
def web() -> Iterator[WebServer]:
    with web_server() as running:
        yield running


async def triggered(made: Bench201, name: str, **where: Payload) -> Payload:
    """What is told when it is asked for."""
    mark = made.mark()
    assert await made.trigger(name, **where) == "Accepted"
    await made.until(lambda: made.since(mark, name) != [])
    return made.since(mark, name)[0]


@pytest.mark.parametrize("name", [LOG, FIRMWARE])
def test_tc_f_15_and_tc_f_18_nothing_under_way_is_idle(bench: Bench201, name: str) -> None:
    async def case(made: Bench201) -> None:
        assert await triggered(made, name) == {"status": "Idle"}

    bench.play(case)


def test_tc_f_17_an_evse_does_not_matter(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        assert await triggered(made, FIRMWARE, **EVSE_1) == {"status": "Idle"}

    bench.play(case)


def test_tc_f_16_an_upload_under_way_is_told_again(bench: Bench201, web: WebServer) -> None:
    async def case(made: Bench201) -> None:
        web.faults.statuses = [500] * 9
        asked = {
            "logType": "DiagnosticsLog",
            "requestId": 4,
            "retries": 5,
            "retryInterval": 60,
            "log": {"remoteLocation": web.url("/log.zip")},
        }
        assert await made.status_of("GetLog", asked) == "Accepted"
        await made.until(lambda: made.calls(LOG) != [])
        assert await triggered(made, LOG) == {"status": "Uploading", "requestId": 4}

    bench.play(case)


def test_tc_f_19_a_download_under_way_is_told_again(bench: Bench201, web: WebServer) -> None:
    async def case(made: Bench201) -> None:
        web.faults.statuses = [500] * 9
        firmware = {"location": web.url("/image"), "retrieveDateTime": made.at(0)}
        asked = {"requestId": 4, "retries": 5, "retryInterval": 60, "firmware": firmware}
        assert await made.status_of("UpdateFirmware", asked) == "Accepted"
        await made.until(lambda: made.calls(FIRMWARE) != [])
        assert await triggered(made, FIRMWARE) == {"status": "Downloading", "requestId": 4}

    bench.play(case)
