"""Cases of certification, B and A: network profiles, and migration from one to another."""

from collections.abc import Sequence
from typing import Any

import pytest

from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.memory_socket import MemoryDialer, MemorySocket
from tests.conformance.ocpp201.bench201 import Bench201

OTHER = "ws://other.example:9000/ocpp"
THIRD = "ws://third.example:9000/ocpp"
PRIORITY = "OCPPCommCtrlr.NetworkConfigurationPriority"


async def fill(made: Bench201, slot: int = 2, **changes: Any) -> str:
    data = {
        "ocppVersion": "OCPP20",
        "ocppTransport": "JSON",
        "ocppCsmsUrl": OTHER,
        "messageTimeout": 30,
        "securityProfile": 0,
        "ocppInterface": "Wired0",
    } | changes
    asked = {"configurationSlot": slot, "connectionData": data}
    return await made.status_of("SetNetworkProfile", asked)


async def prefer(made: Bench201, order: str) -> str:
    (result,) = await made.put({PRIORITY: order})
    return str(result["attributeStatus"])


async def url(made: Bench201) -> str:
    return str((await made.app.api.answer("status", {}))["csms"]["url"])


def test_tc_b_43_a_slot_that_is_not_there_is_rejected(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        assert await fill(made, 999) == "Rejected"
        assert await fill(made, 1) == "Rejected"
        assert await fill(made, ocppCsmsUrl="http://no.websocket") == "Rejected"

    bench.play(case)


def test_tc_b_45_it_migrates_with_a_restart(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        assert await prefer(made, "2,1") == "Rejected"  # B10.FR.02
        assert await fill(made) == "Accepted"
        assert await prefer(made, "2,1") in ("Accepted", "RebootRequired")
        mark = made.mark()
        assert await made.reset("OnIdle") == "Accepted"
        await made.booted(mark, "RemoteReset")
        assert (await url(made)).startswith(OTHER)

    bench.play(case)


def test_tc_b_45_it_migrates_back_to_the_first_slot_filled_anew(bench: Bench201) -> None:
    """Whichever slot is in use, the other one can be filled; how long an answer may take too."""

    async def case(made: Bench201) -> None:
        assert await fill(made, messageTimeout=45) == "Accepted"
        await prefer(made, "2,1")
        for slot, host in ((2, OTHER), (1, THIRD)):
            mark = made.mark()
            assert await made.reset("OnIdle") == "Accepted"
            await made.booted(mark, "RemoteReset")
            assert (await url(made)).startswith(host)
            assert await made.value("OCPPCommCtrlr.ActiveNetworkProfile") == str(slot)
            assert await made.value(f"NetworkConfiguration[{slot}].OcppCsmsUrl") == host
            if slot == 2:
                assert await made.value("OCPPCommCtrlr.MessageTimeout[Default]") == "45"
                assert await fill(made, 1, ocppCsmsUrl=THIRD, messageTimeout=20) == "Accepted"
                await prefer(made, "1,2")
        assert await made.value("OCPPCommCtrlr.MessageTimeout[Default]") == "20"

    bench.play(case)


@pytest.mark.parametrize("attempts", [2, 1])
def test_tc_b_46_and_tc_b_49_one_that_does_not_answer_is_left(
    bench: Bench201, attempts: int
) -> None:
    """TC_B_46 after two attempts, TC_B_49 after one."""

    async def case(made: Bench201) -> None:
        await made.configure(OCPPCommCtrlr__NetworkProfileConnectionAttempts=attempts)
        await fill(made)
        await prefer(made, "2,1")
        refused: list[str] = []

        def accept(socket: MemorySocket, address: str, offered: Sequence[str]) -> str | None:
            if address.startswith(OTHER):
                refused.append(address)
                raise AbsentError("nobody is there")
            return made._accept(socket, address, offered)

        made.dialer = MemoryDialer(accept)
        mark = made.mark()
        assert await made.reset("OnIdle") == "Accepted"
        await made.booted(mark, "RemoteReset")
        assert len(refused) == attempts
        assert not (await url(made)).startswith(OTHER)

    bench.play(case)


def test_tc_a_20_and_tc_a_21_without_its_certificates_a_profile_is_not_preferred(
    bench: Bench201,
) -> None:
    """TC_A_20 no root for the central system, TC_A_21 no certificate of the station."""

    async def case(made: Bench201) -> None:
        for profile in (2, 3):
            secure = {"securityProfile": profile, "ocppCsmsUrl": "wss://other.example/ocpp"}
            assert await fill(made, 2, **secure) == "Accepted"
            assert await prefer(made, "2,1") == "Rejected"

    bench.play(case)


def test_tc_a_22_a_lower_profile_is_rejected(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        made.app.settings.learn("SecurityCtrlr.SecurityProfile", "1")
        assert await fill(made) == "Rejected"

    bench.play(case)
