"""What real central systems do on the wire: the table of ocpp.md §2.1, row by row."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.ocpp import effects as fx
from ampkeeper.firmware.ocpp.schemas import parse_date_time
from tests.conformance.traps.trap_rigs import BOTH, OLD, real_rig
from tests.support.virtual import Charger
from tests.unit.ocpp_core.core_fakes import NOON_TEXT, Rig
from tests.unit.ocpp_dialects.station_fake import ended, started


@BOTH
def test_seen_1_a_busy_central_system_is_answered_at_once_and_asked_again(subprotocol: str) -> None:
    rig = real_rig(subprotocol)
    rig.add_fact(started())
    rig.receive(2, "theirs", "ClearCache", {})
    assert rig.sent[-1][:2] == [3, "theirs"]
    fact = rig.refuse("RpcFrameworkError")
    rig.sent.clear()
    rig.wait(60.0)
    assert rig.next()[1] == fact[1]


def test_seen_3_calls_before_the_boot_answer_and_many_at_once_are_all_answered() -> None:
    rig = Rig(OLD)
    rig.connect()
    for number in range(9):
        rig.receive(2, f"id{number}", "GetConfiguration", {})
    assert len(rig.sent) == 10
    rig.boot("Accepted")
    assert rig.state == "ACCEPTED"


@BOTH
def test_seen_4_capability_probes_get_a_proper_answer(subprotocol: str) -> None:
    rig = real_rig(subprotocol)
    probes: list[tuple[str, dict[str, Any]]] = [
        ("GetCompositeSchedule", {"connectorId" if subprotocol == OLD else "evseId": 1,
                                  "duration": 60}),
    ]  # fmt: skip
    if subprotocol == OLD:
        update = {"location": "dummy://dummy", "retrieveDate": NOON_TEXT}
        probes.append(("UpdateFirmware", update))
    for action, payload in probes:
        rig.receive(2, action, action, payload)
        assert rig.next()[:2] in ([3, action], [4, action])


@BOTH
@pytest.mark.parametrize(
    "code", ["FormatViolation", "FormationViolation", "ProtocolError", "InternalError", "Odd", ""]
)
def test_seen_5_no_decision_hangs_on_the_error_code(subprotocol: str, code: str) -> None:
    rig = real_rig(subprotocol)
    rig.add_fact(started())
    rig.refuse(code)
    rig.wait(59.0)
    assert not rig.sent
    rig.wait(1.0)
    assert len(rig.sent) == 1


def test_seen_7_zero_and_negative_transaction_ids_are_ids() -> None:
    for number in (0, -1, -7):
        rig = real_rig(OLD)
        rig.add_fact(started())
        rig.add_fact(ended())
        rig.reply({"transactionId": number, "idTagInfo": {"status": "Invalid"}})
        assert rig.told(fx.FactAnswered)[0].answer.csms_tx_id == number
        assert rig.reply()[3]["transactionId"] == number


@BOTH
@pytest.mark.parametrize(
    "text", ["2026-11-22T12:00:00Z", "2026-11-22T12:00:00.123Z", "2026-11-22T12:00:00.123456+00:00"]
)
@pytest.mark.parametrize("interval", [10, 3600])
def test_seen_8_times_and_intervals_of_all_central_systems_are_taken(
    subprotocol: str, text: str, interval: int
) -> None:
    rig = Rig(subprotocol, dialect=real_rig(subprotocol).dialect)
    rig.connect()
    rig.reply({"status": "Accepted", "currentTime": text, "interval": interval})
    assert rig.told(fx.Registered)[-1] == fx.Registered("accepted", interval)
    assert rig.told(fx.TimeTold)[-1].time == parse_date_time(text)


@BOTH
@pytest.mark.parametrize("message_id", [None, "-1"])
def test_seen_9_an_error_about_garbage_is_tolerated(
    subprotocol: str, message_id: str | None
) -> None:
    rig = real_rig(subprotocol)
    rig.add_fact(started())
    rig.receive(4, message_id, "RpcFrameworkError", "Invalid message", {})
    rig.receive(4, message_id, "RpcFrameworkError")
    assert len(rig.outbox.rows) == 1
    assert rig.outbox.rows[0].attempts == 0


def test_seen_2_a_handshake_without_a_subprotocol_is_ended_and_tried_again(tmp_path: Path) -> None:
    made = Charger(tmp_path, "1.6")

    async def story() -> None:
        async with made.running():
            made.csms.versions = ("ocpp2.1",)
            await asyncio.sleep(60)
            assert made.watched.record.frames == []
            assert not made.registered
            made.csms.versions = ("ocpp1.6",)
            await made.until(lambda: made.registered, 200)

    run_virtual(story())


@pytest.mark.parametrize("uid", ["04a224b1", "04a224b1c2d380", "04a224b1c2d3800102ff"])
def test_seen_6_a_token_is_8_14_or_20_hexadecimal_digits(tmp_path: Path, uid: str) -> None:
    made = Charger(tmp_path, "1.6")

    async def story() -> None:
        async with made.running():
            await made.until(lambda: made.registered and made.status() == "Available", 200)
            made.swipe(uid)
            await made.until(lambda: made.watched.record.calls("Authorize") != [])

    run_virtual(story())
    assert made.watched.record.calls("Authorize") == [{"idTag": uid.upper()}]
