"""What emulated chargers are compared by: manners on the wire while the central system is slow,
goes, refuses for a while, and asks for nonsense (1.6; all checked frame by frame).
"""

import asyncio
from itertools import pairwise
from pathlib import Path

from ampkeeper.board.emulated.rig.play import play
from ampkeeper.board.emulated.rig.scenario import parse_scenario
from ampkeeper.board.emulated.rig.stage_virtual import VirtualStage
from ampkeeper.board.emulated.rig.traffic import CALL, STATION, Traffic
from ampkeeper.board.emulated.virtual_time import run_virtual

HEAD = """\
[given]
versions = ["1.6"]
line = { answer = "300 ms" }
set = { "ocpp.keys.MeterValueSampleInterval" = 10 }

[[step]]
do = { plug = { max_a = 16, cable_a = 20, soc_percent = 20 }, swipe = "04A224B1" }
expect = { status = "Charging", session_wh = ">= 5" }
within = "2 min"
"""
ASKED = """
[[step]]
do = { call = { action = "MakeCoffee", payload = {} } }
expect = { answered = "NotImplemented" }
[[step]]
do = { call = { action = "ChangeAvailability", payload = { connectorId = 1 } } }
expect = { answered = "OccurenceConstraintViolation" }
[[step]]
do = { call = { action = "ChangeConfiguration", payload = { key = "NoSuchKey", value = "1" } } }
expect = { answered = { status = "NotSupported" } }
[[step]]
do = { call = { action = "UnlockConnector", payload = { connectorId = 9 } } }
expect = { answered = { status = "NotSupported" } }
"""
AWAY = """
[[step]]
do = { central = "down" }
expect = { link = "down" }
[[step]]
do = { wait = "12 s", central = "up" }
expect = { registration = "accepted", connections = 2 }
within = "2 min"
[[step]]
do = { wait = "1 min", swipe = "04A224B1" }
expect = { contactor = "open", queued = 0, transactions = 1 }
within = "1 min"
[[step]]
do = { unplug = true }
expect = { status = "Available", called = "Heartbeat" }
within = "6 min"
"""


async def played(text: str, folder: Path) -> Traffic:
    async with asyncio.TaskGroup() as group:
        stage = VirtualStage(parse_scenario(text, "story.toml"), folder, 1, group)
        verdict = await play(parse_scenario(text, "story.toml"), stage)
        await stage.close()
    assert verdict.problems == []
    return stage.posts["AK0001"].traffic


def test_nonsense_is_answered_with_the_right_error(tmp_path: Path) -> None:
    run_virtual(played(HEAD + ASKED, tmp_path))


def test_an_outage_is_told_later_and_heartbeats_go_on(tmp_path: Path) -> None:
    traffic = run_virtual(played(HEAD + AWAY, tmp_path))
    calls = [each for each in traffic.frames if each.side == STATION and each.kind == CALL]
    samples_s = sorted(
        {
            sample["timestamp"]
            for each in calls
            if each.parts[2] == "MeterValues"
            for sample in each.parts[3]["meterValue"]
        }
    )
    seconds = [int(stamp[14:16]) * 60 + float(stamp[17:-1]) for stamp in samples_s]
    gaps = [later - earlier for earlier, later in pairwise(seconds)]
    assert len(gaps) >= 6
    assert max(gaps) <= 10.5, "a sample of the outage is missing"
    again = max(each.connection for each in calls)
    assert [each for each in calls if each.connection == again and each.parts[2] == "Heartbeat"]
