"""A fleet: whole chargers in one process, each at a central system of its own accord."""

import asyncio
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ampkeeper.board.emulated.demo.csms import DemoCsms
from ampkeeper.board.emulated.fleet.main import Fleet, FleetLoop
from ampkeeper.board.emulated.fleet.metrics import MetricsFace, text_of
from ampkeeper.board.emulated.fleet.numbers import CountingDialer, Numbers
from ampkeeper.board.emulated.fleet.profile import Profile, ProfileError, load, parse
from ampkeeper.board.emulated.simulate.visits import Habits
from ampkeeper.firmware.faces.cli import main as command
from ampkeeper.hal.memory_socket import MemoryDialer, MemorySocket

WAIT_S = 120.0  # a machine with other work
AT_ONCE = Habits(first_s=2.0, gap_s=0.001, mishap=0.0)


def test_three_chargers_boot_charge_and_are_counted(tmp_path: Path) -> None:
    async def charge() -> tuple[Numbers, DemoCsms]:
        csms = DemoCsms()
        profile = Profile(await csms.start(), versions=("1.6",), habits=AT_ONCE)
        fleet = Fleet(3, profile, 1, tmp_path)
        task = asyncio.create_task(fleet.run())
        async with asyncio.timeout(WAIT_S):
            while len(csms.books.transactions) < 1 or fleet.numbers.booted < 3:
                assert not task.done(), task.exception()
                await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await csms.stop()
        return fleet.numbers, csms

    with asyncio.Runner(loop_factory=FleetLoop) as runner:
        numbers, csms = runner.run(charge())
    told = numbers.told()
    assert csms.rejected == []
    assert told["messages"]["BootNotification"] == 3
    assert (told["booted"], told["running"], told["connected"]) == (3, 0, 0)
    assert told["answers"] <= told["calls"]
    assert told["answer_ms_p50"] <= told["answer_ms_p99"]
    assert sum(told["statuses"].values()) == 3


def test_what_is_lost_in_the_middle_of_a_call_is_an_error() -> None:
    async def lose() -> Numbers:
        numbers = Numbers(1, 0.0)

        def accept(socket: MemorySocket, url: str, subprotocols: object) -> str:
            return "ocpp1.6"

        socket = await CountingDialer(MemoryDialer(accept), numbers).connect("ws://x", ["ocpp1.6"])
        await socket.send('[2,"1","Heartbeat",{}]')
        await socket.close()
        return numbers

    numbers = asyncio.run(lose())
    assert (numbers.calls, numbers.answers, numbers.errors, numbers.connected) == (1, 0, 1, 0)


def test_a_profile_says_how_chargers_are_set_and_what_happens(tmp_path: Path) -> None:
    file = tmp_path / "fleet.toml"
    file.write_text(
        'url = "ws://127.0.0.1:9/ocpp"\nid_prefix = "CP"\nversions = ["2.0.1"]\n'
        "[visits]\ngap_s = 60\nstay_s = [120, 240]\nsoc_percent = [20, 30]\n"
        '[mishaps]\nshare = 0.5\nkinds = ["link", "stop"]\n'
        '[set]\n"ocpp.keys.MeterValueSampleInterval" = 10\n'
    )
    profile = load(file)
    assert (profile.url, profile.id_prefix) == ("ws://127.0.0.1:9/ocpp", "CP")
    assert profile.sets == (("ocpp.keys.MeterValueSampleInterval", "10"),)
    assert (profile.habits.gap_s, profile.habits.stay_s) == (60.0, (120.0, 240.0))
    assert [name for name, _, _ in profile.habits.mishaps] == ["link", "stop"]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"visit": {}}, "visit: no such key"),
        ({"visits": {"gap_s": 0}}, "visits.gap_s = 0: must be a number, 1 to 2.592e+06"),
        ({"visits": {"gap_s": True}}, "must be a number"),
        ({"visits": {"stay_s": [300, 200]}}, "the least is above the most"),
        ({"visits": {"stay_s": 300}}, "must be [least, most]"),
        ({"mishaps": {"kinds": ["fire"]}}, "must be a list of link, power"),
        ({"mishaps": 1}, "mishaps: must be a table"),
        ({"id_prefix": "a/b"}, "must be 1 to 15 letters and digits"),
        ({"url": 1}, "url = 1: must be text"),
        ({"set": {"web.port": [1]}}, "must be a number, true, false or text"),
    ],
)
def test_a_profile_that_cannot_be_is_refused(told: dict[str, object], words: str) -> None:
    with pytest.raises(ProfileError) as caught:
        parse(told)
    assert words in str(caught.value)


@pytest.mark.parametrize("count", ["0", "1000000000", "-1", "many"])
def test_a_number_that_cannot_be_is_refused(count: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["fleet", "--chargers", count, "--csms", "ws://127.0.0.1:9"]) == 2
    assert "must be a whole number, 1 to 10000" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "no central system"),
        (["--csms", "http://127.0.0.1:9"], "must begin with ws:// or wss://"),
        (["--profile", "/nowhere/fleet.toml"], "/nowhere/fleet.toml: No such file"),
    ],
)
def test_a_fleet_that_cannot_be_is_refused(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["fleet", "--chargers", "2", *words]) == 2
    assert told in capsys.readouterr().err


def test_prometheus_reads_what_was_counted() -> None:
    numbers = Numbers(2, 0.0, calls=5, statuses={1: "Charging", 2: "Charging"})
    families = {one.name: one for one in text_string_to_metric_families(text_of(numbers.told()))}
    assert families["ampkeeper_fleet_chargers"].samples[0].value == 2
    assert families["ampkeeper_fleet_calls"].samples[0].value == 5
    [charging] = families["ampkeeper_fleet_statuses"].samples
    assert (charging.labels, charging.value) == ({"status": "Charging"}, 2)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/metrics", 200), ("GET", "/", 404), ("PUT", "/metrics", 405)],
)
def test_metrics_are_at_one_place_and_only_read(method: str, path: str, status: int) -> None:
    sent: list[dict[str, object]] = []

    async def ask() -> None:
        async def send(message: dict[str, object]) -> None:
            sent.append(message)

        async def receive() -> dict[str, object]:
            return {}

        face = MetricsFace(Numbers(1, 0.0).told)
        await face({"path": path, "method": method}, receive, send)

    asyncio.run(ask())
    assert [one["type"] for one in sent] == ["http.response.start", "http.response.body"]
    assert sent[0]["status"] == status
