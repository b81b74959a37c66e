"""Triggers, reports and settings, asked for by a strict central system while a car charges."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.conformance.peers.strict_rig import StrictRig, strict_rig
from tests.support.rig import CARD, VERSIONS

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="module")]

# fmt: off
TRIGGERS = {
    "1.6": (
        # requestedMessage                  connector  answer
        ("BootNotification",                None, "Rejected"),  # accepted already: errata 3.35
        ("DiagnosticsStatusNotification",   None, "Accepted"),
        ("FirmwareStatusNotification",      None, "Accepted"),
        ("Heartbeat",                       None, "Accepted"),
        ("MeterValues",                     None, "Accepted"),
        ("MeterValues",                     1,    "Accepted"),
        ("MeterValues",                     9,    "Rejected"),
        ("StatusNotification",              None, "Accepted"),
        ("StatusNotification",              0,    "Accepted"),
        ("StatusNotification",              1,    "Accepted"),
    ),
    "2.0.1": (
        ("BootNotification",                None, "Rejected"),  # F06.FR.17
        ("LogStatusNotification",           None, "Accepted"),
        ("FirmwareStatusNotification",      None, "Accepted"),
        ("Heartbeat",                       None, "Accepted"),
        ("MeterValues",                     None, "Accepted"),
        ("MeterValues",                     1,    "Accepted"),
        ("MeterValues",                     9,    "Rejected"),
        ("SignChargingStationCertificate",  None, "Rejected"),
        ("SignV2GCertificate",              None, "NotImplemented"),
        ("SignCombinedCertificate",         None, "NotImplemented"),
        ("StatusNotification",              1,    "Accepted"),
        ("StatusNotification",              9,    "Rejected"),
        ("TransactionEvent",                None, "Accepted"),
        ("PublishFirmwareStatusNotification", None, "NotImplemented"),
    ),
}
# fmt: on
REPORTS = ("ConfigurationInventory", "FullInventory", "SummaryInventory")
ITEMS_MAX = 50  # ItemsPerMessage of GetVariables and SetVariables


@pytest_asyncio.fixture(params=VERSIONS, scope="module", loop_scope="module")
async def rig(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[StrictRig]:
    """One for all tests here: each leaves it as it was."""
    async with strict_rig(tmp_path_factory.mktemp("charger"), request.param) as made:
        await made.charger.car(plugged=True)
        await made.charger.swipe(CARD)
        await made.charging()
        yield made
        await made.charger.swipe(CARD)
        await made.over()


async def test_every_message_is_triggered_or_refused(rig: StrictRig) -> None:
    for message, place, status in TRIGGERS[rig.version]:
        before = len(rig.peer.record.calls(message))
        assert await rig.trigger(message, place) == status, (message, place)
        if status == "Accepted":
            await rig.peer.until_called(message, count=before + 1)
        else:
            assert len(rig.peer.record.calls(message)) == before, message


async def test_meter_values_that_were_triggered_say_so_and_name_the_transaction(
    rig: StrictRig,
) -> None:
    assert await rig.trigger("MeterValues", 1) == "Accepted"
    told = await rig.peer.until_called("MeterValues", is_triggered)
    if rig.is_16:
        assert told["transactionId"] == int(rig.transactions()[-1].key)


async def test_every_setting_can_be_read_and_be_set_to_what_it_is(rig: StrictRig) -> None:
    if rig.is_16:
        await every_key(rig)
    else:
        for number, base in enumerate(REPORTS):
            await every_variable(rig, number, base)


async def every_key(rig: StrictRig) -> None:
    """1.6: GetConfiguration of all, of each alone, and ChangeConfiguration to the same."""
    reply = await rig.peer.call("GetConfiguration", {})
    assert reply.result is not None
    rows = reply.result["configurationKey"]
    assert len(rows) > 30
    assert len({row["key"] for row in rows}) == len(rows)
    for row in rows:
        alone = await rig.peer.call("GetConfiguration", {"key": [row["key"]]})
        assert alone.result == {"configurationKey": [row]}
        pair = {"key": row["key"], "value": row["value"]}
        changed = await rig.peer.call("ChangeConfiguration", pair)
        stays = row["readonly"] or row["key"] == "SecurityProfile"  # A05.FR.01: only higher
        assert changed.status == ("Rejected" if stays else "Accepted"), row


async def every_variable(rig: StrictRig, number: int, base: str) -> None:
    """2.0.1: a report, then GetVariables of all it names, and SetVariables to the same."""
    asked = {"requestId": number, "reportBase": base}
    assert (await rig.peer.call("GetBaseReport", asked)).status == "Accepted"
    await rig.peer.until_called("NotifyReport", lambda told: is_last(told, number))
    pages = [told for told in rig.peer.record.calls("NotifyReport") if told["requestId"] == number]
    assert [page["seqNo"] for page in pages] == list(range(len(pages)))
    assert [page["tbc"] for page in pages] == [True] * (len(pages) - 1) + [False]
    rows = [row for page in pages for row in page.get("reportData", [])]
    assert rows
    for start in range(0, len(rows), ITEMS_MAX):
        await read_and_write(rig, rows[start : start + ITEMS_MAX])


async def read_and_write(rig: StrictRig, rows: list[dict[str, Any]]) -> None:
    """Every row says in its report what can be done with it: so it must be."""
    items = [{"component": row["component"], "variable": row["variable"]} for row in rows]
    got = await rig.peer.call("GetVariables", {"getVariableData": items})
    assert got.result is not None
    values = [result.get("attributeValue") for result in got.result["getVariableResult"]]
    writes = []
    for row, item, value in zip(rows, items, values, strict=True):
        attribute = row["variableAttribute"][0]
        assert attribute["type"] == "Actual"
        mutability = attribute.get("mutability", "ReadWrite")
        assert (value is None) == (mutability == "WriteOnly"), row
        if value is not None:
            writes.append((item | {"attributeValue": value}, mutability))
    written = await rig.peer.call("SetVariables", {"setVariableData": [item for item, _ in writes]})
    assert written.result is not None
    for result, (item, mutability) in zip(written.result["setVariableResult"], writes, strict=True):
        status = result["attributeStatus"]
        allowed = ("Rejected",) if mutability == "ReadOnly" else ("Accepted", "RebootRequired")
        assert status in allowed, item


def is_last(told: dict[str, Any], number: int) -> bool:
    """True for the last page of a report."""
    return told["requestId"] == number and not told.get("tbc", False)


def is_triggered(told: dict[str, Any]) -> bool:
    """True if every value says that it was asked for."""
    values = [value for each in told["meterValue"] for value in each["sampledValue"]]
    return all(value["context"] == "Trigger" for value in values)
