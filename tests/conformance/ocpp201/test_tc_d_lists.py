"""Cases of certification, D and C: the local list, and who is let in by it."""

import pytest

from tests.conformance.ocpp201.bench201 import CARD, Bench201, Payload, central
from tests.support.rig import CAR, OTHER_CARD

LIST_ON = {"LocalAuthListCtrlr__Enabled": True, "AuthCtrlr__LocalPreAuthorize": True}
OFFLINE = LIST_ON | {"AuthCtrlr__LocalAuthorizeOffline": True}
LATER, BEFORE = 3_600, -3_600


def entry(token: str, status: str | None = "Accepted", group: str = "", **more: str) -> Payload:
    """AuthorizationData; without a status it is to go."""
    info = {"groupIdToken": {"idToken": group, "type": "Central"}} if group else {}
    row: Payload = {"idToken": central(token)}
    return row if status is None else row | {"idTokenInfo": {"status": status} | info | more}


async def send(made: Bench201, number: int, *entries: Payload, kind: str = "Full") -> str:
    asked: Payload = {"versionNumber": number, "updateType": kind}
    rows = {"localAuthorizationList": list(entries)} if entries else {}
    return await made.status_of("SendLocalList", asked | rows)


async def version(made: Bench201) -> int:
    return int((await made.ask("GetLocalListVersion", {}))["versionNumber"])


async def presented(made: Bench201, token: str = CARD) -> None:
    """A car is there and a card is held to the reader."""
    await made.ev_connected()
    made.swipe(token)


def listed_status(made: Bench201) -> str:
    return str(made.calls("Authorize")[-1]["idToken"]["idToken"])


def test_tc_d_01_a_whole_list_is_taken(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(**LIST_ON)
        assert await send(made, 2, entry(CARD), entry(OTHER_CARD, "Blocked")) == "Accepted"
        assert await version(made) == 2

    bench.play(case)


def test_tc_d_02_a_difference_adds_and_changes(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await send(made, 1, entry(CARD, "Blocked"))
        difference = (entry(CARD), entry(OTHER_CARD))
        assert await send(made, 2, *difference, kind="Differential") == "Accepted"
        assert await version(made) == 2
        listed = made.app.station.listed.list.entries
        assert {token: one.status for token, one in listed.items()} == {
            CARD: "Accepted",
            OTHER_CARD: "Accepted",
        }

    bench.play(case)


def test_tc_d_03_a_difference_removes(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await send(made, 1, entry(CARD), entry(OTHER_CARD))
        assert await send(made, 2, entry(CARD, None), kind="Differential") == "Accepted"
        assert await version(made) == 2
        assert list(made.app.station.listed.list.entries) == [OTHER_CARD]

    bench.play(case)


@pytest.mark.parametrize(("kind", "left"), [("Full", 0), ("Differential", 1)])
def test_tc_d_04_and_tc_d_05_without_entries_the_version_is_taken(
    bench: Bench201, kind: str, left: int
) -> None:
    async def case(made: Bench201) -> None:
        await send(made, 1, entry(CARD))
        assert await send(made, 2, kind=kind) == "Accepted"
        assert await version(made) == 2
        assert len(made.app.station.listed.list.entries) == left

    bench.play(case)


def test_tc_d_06_an_older_difference_is_a_mismatch(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await send(made, 5, entry(CARD))
        for number in (5, 4):
            assert await send(made, number, entry(OTHER_CARD), kind="Differential") == (
                "VersionMismatch"
            )
        assert await version(made) == 5

    bench.play(case)


def test_tc_d_07_the_list_outlives_a_restart(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await send(made, 3, entry(CARD))
        mark = made.mark()
        assert await made.reset() == "Accepted"
        await made.booted(mark, "RemoteReset")
        assert await version(made) == 3

    bench.play(case)


def test_tc_d_08_the_version_is_told(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        assert await version(made) == 0
        await send(made, 8, entry(CARD))
        assert await version(made) == 8

    bench.play(case)


def test_tc_d_10_switched_off_the_version_is_0(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await send(made, 8, entry(CARD))
        await made.configure(LocalAuthListCtrlr__Enabled=False)
        assert await version(made) == 0
        assert await send(made, 9, entry(CARD)) == "Failed"

    bench.play(case)


def test_tc_c_21_offline_a_listed_card_charges(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(**OFFLINE)
        await send(made, 1, entry(CARD))
        await made.ev_connected()
        await made.lose(reconnects=False)
        made.swipe(CARD)
        await made.charging()
        await made.back()
        await made.until(lambda: made.events("Started") != [])
        assert made.events("Started")[0]["offline"]
        assert made.calls("Authorize") == []

    bench.play(case)


@pytest.mark.parametrize("status", ["Invalid", "Blocked", "Expired"])
def test_tc_c_22_and_tc_c_23_and_tc_c_24_offline_another_one_does_not(
    bench: Bench201, status: str
) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(**OFFLINE, AuthCtrlr__OfflineTxForUnknownIdEnabled=True)
        await send(made, 1, entry(CARD, status))
        await refused_offline(made)

    bench.play(case)


def test_tc_c_25_the_list_counts_before_the_cache(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(**OFFLINE, AuthCtrlr__OfflineTxForUnknownIdEnabled=True)
        await made.ev_connected()
        await made.authorized()
        await made.charging()
        await made.stop_authorized()
        await made.ev_disconnected()
        await send(made, 1, entry(CARD, "Invalid"))
        await refused_offline(made)

    bench.play(case)


async def refused_offline(made: Bench201) -> None:
    """A card that is held while the central system is away starts nothing."""
    begun = len(made.events("Started"))
    made.plug(**CAR)
    await made.wait_status("Occupied")
    await made.lose(reconnects=False)
    made.swipe(CARD)
    await made.until(lambda: made.trace.of("tag_refused") != [])
    await made.back()
    assert len(made.events("Started")) == begun


def test_tc_c_27_online_a_listed_card_charges_unasked(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(**LIST_ON)
        await send(made, 1, entry(CARD))
        await presented(made)
        await made.charging()
        assert made.calls("Authorize") == []

    bench.play(case)


@pytest.mark.parametrize("status", ["Invalid", "Blocked", "Expired"])
def test_tc_c_28_and_tc_c_29_and_tc_c_30_online_another_one_is_asked_for(
    bench: Bench201, status: str
) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(**LIST_ON, LocalAuthListCtrlr__DisablePostAuthorize=False)
        made.judge(CARD, status)
        await send(made, 1, entry(CARD, status))
        await presented(made)
        await made.until(lambda: made.trace.of("tag_refused") != [])
        assert listed_status(made) == CARD
        assert made.events("Started") == []

    bench.play(case)


def test_tc_c_31_one_that_is_accepted_now_charges(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(**LIST_ON, LocalAuthListCtrlr__DisablePostAuthorize=False)
        await send(made, 1, entry(CARD, "Invalid"))
        await presented(made)
        await made.charging()
        assert listed_status(made) == CARD

    bench.play(case)


def test_tc_c_58_it_is_not_asked_for_where_that_is_switched_off(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(**LIST_ON, LocalAuthListCtrlr__DisablePostAuthorize=True)
        await send(made, 1, entry(CARD, "Invalid"))
        await presented(made)
        await made.until(lambda: made.trace.of("tag_refused") != [])
        assert made.calls("Authorize") == []
        assert made.events("Started") == []

    bench.play(case)


def test_tc_c_40_another_listed_card_of_the_group_stops(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(**LIST_ON)
        await send(made, 1, entry(CARD, group="FLEET"), entry(OTHER_CARD, group="FLEET"))
        await presented(made)
        await made.charging()
        await made.stop_authorized(OTHER_CARD)
        assert made.events("Ended")[-1]["idToken"] == central(OTHER_CARD)
        assert made.calls("Authorize") == []

    bench.play(case)


def test_tc_c_43_one_of_the_group_that_is_not_accepted_does_not_stop(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(**LIST_ON)
        made.judge(OTHER_CARD, "Blocked", "FLEET")
        blocked = entry(OTHER_CARD, "Blocked", group="FLEET")
        await send(made, 1, entry(CARD, group="FLEET"), blocked)
        await presented(made)
        await made.charging()
        made.swipe(OTHER_CARD)
        await made.until(lambda: made.trace.of("tag_refused") != [])
        assert made.events("Ended") == []

    bench.play(case)
