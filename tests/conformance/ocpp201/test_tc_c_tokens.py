"""Cases of certification, C: who is let in: cards, groups, the cache, and late refusals."""

import asyncio

import pytest

from tests.conformance.ocpp201.bench201 import CARD, Bench201, central
from tests.support.rig import CAR, OTHER_CARD

CACHE = {
    "AuthCacheCtrlr__Enabled": True,
    "AuthCtrlr__LocalPreAuthorize": True,
    "AuthCtrlr__LocalAuthorizeOffline": True,
}
REFUSED = ["Invalid", "Unknown", "Blocked", "Expired", "NoCredit", "NotAtThisLocation"]


async def refused(made: Bench201) -> None:
    await made.until(lambda: made.trace.of("tag_refused") != [])


async def remembered(made: Bench201, token: str = CARD, status: str = "Accepted") -> None:
    """The card was held once, and what was said of it is in the cache."""
    made.judge(token, status)
    made.swipe(token)
    await made.until(lambda: token in made.app.station.entrance.known)
    if status == "Accepted":
        made.swipe(token)  # and withdrawn
        await made.until(lambda: made.trace.of("authorisation_withdrawn") != [])
    await made.wait_status("Available")


def asked(made: Bench201) -> int:
    return len(made.calls("Authorize"))


@pytest.mark.parametrize("status", REFUSED)
def test_tc_c_02_tc_c_06_tc_c_07_and_tc_c_56_who_is_refused_does_not_charge(
    bench: Bench201, status: str
) -> None:
    """TC_C_02 Invalid, TC_C_06 restricted, TC_C_07 Expired, TC_C_56 Unknown."""

    async def case(made: Bench201) -> None:
        made.judge(CARD, status)
        await made.ev_connected()
        await made.authorized()
        await refused(made)
        assert made.calls("Authorize") == [{"idToken": central(CARD)}]
        assert made.events() == []

    bench.play(case)


def test_tc_c_05_the_plug_of_who_is_refused_is_not_held(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        made.judge(CARD, "Invalid")
        await made.ev_connected()
        await made.authorized()
        await refused(made)
        await made.ev_disconnected()
        assert made.events() == []

    bench.play(case)


def test_tc_c_04_another_card_does_not_stop(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.energy_transfer_started()
        made.swipe(OTHER_CARD)
        await refused(made)
        assert made.events("Ended") == []

    bench.play(case)


def test_tc_c_39_another_card_of_the_group_stops(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        for token in (CARD, OTHER_CARD):
            made.judge(token, "Accepted", "FLEET")
        await made.energy_transfer_started()
        await made.stop_authorized(OTHER_CARD)
        assert made.events("Ended")[-1]["idToken"] == central(OTHER_CARD)
        assert made.events("Ended")[-1]["triggerReason"] == "StopAuthorized"

    bench.play(case)


def test_tc_c_42_a_card_of_another_group_does_not_stop(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        made.judge(CARD, "Accepted", "FLEET")
        made.judge(OTHER_CARD, "Accepted", "OTHERS")
        await made.energy_transfer_started()
        made.swipe(OTHER_CARD)
        await refused(made)
        assert made.events("Ended") == []

    bench.play(case)


def test_tc_c_45_a_master_pass_starts_nothing(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(AuthCtrlr__MasterPassGroupId="MASTER")
        made.judge(CARD, "Accepted", "MASTER")
        await made.ev_connected()
        await made.authorized()
        await made.until(lambda: made.trace.of("master_pass") != [])
        assert made.events() == []

    bench.play(case)


def test_tc_c_49_a_master_pass_stops_all(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(AuthCtrlr__MasterPassGroupId="MASTER")
        made.judge(OTHER_CARD, "Accepted", "MASTER")
        await made.energy_transfer_started()
        await made.stop_authorized(OTHER_CARD)
        ended = made.events("Ended")[-1]
        assert ended["transactionInfo"]["stoppedReason"] == "MasterPass"
        assert ended["triggerReason"] == "StopAuthorized"

    bench.play(case)


@pytest.mark.parametrize("is_withdrawn", [True, False])
def test_tc_c_26_an_unknown_card_charges_offline_until_it_is_refused(
    bench: Bench201, is_withdrawn: bool
) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(
            AuthCtrlr__OfflineTxForUnknownIdEnabled=True,
            TxCtrlr__StopTxOnInvalidId=False,
            TxCtrlr__MaxEnergyOnInvalidId=0,
        )
        await made.lose(reconnects=False)
        made.plug(**CAR)
        made.swipe(CARD)
        await made.charging()
        made.judge(CARD, "Invalid" if is_withdrawn else "Accepted")
        await made.back()
        await made.until(lambda: made.events("Started") != [])
        assert made.events("Started")[0]["offline"]
        if is_withdrawn:
            await made.until(lambda: made.states()[-1:] == ["SuspendedEVSE"])
        made.unplug()
        await made.gone()

    bench.play(case)


def test_tc_c_32_the_cache_outlives_a_restart(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(**CACHE)
        await remembered(made)
        mark = made.mark()
        assert await made.reset() == "Accepted"
        await made.booted(mark, "RemoteReset")
        before = asked(made)
        made.plug(**CAR)
        made.swipe(CARD)
        await made.charging()
        assert asked(made) == before

    bench.play(case)


@pytest.mark.parametrize("by_event", [False, True])
def test_tc_c_33_and_tc_c_34_answers_renew_the_cache(bench: Bench201, by_event: bool) -> None:
    """TC_C_33 of Authorize, TC_C_34 of TransactionEvent."""

    async def case(made: Bench201) -> None:
        await made.configure(**CACHE)
        if by_event:
            await remembered(made)
            made.judge(CARD, "Accepted", "FLEET")
        known = made.app.station.entrance.known
        await made.ev_connected()
        made.swipe(CARD)
        await made.charging()
        group = "FLEET" if by_event else None
        await made.until(lambda: CARD in known and known[CARD].group_id == group)
        await made.stop_authorized()
        assert asked(made) == 1

    bench.play(case)


def test_tc_c_36_without_local_authorisation_it_is_asked_always(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(**CACHE | {"AuthCtrlr__LocalPreAuthorize": False})
        await remembered(made)
        await made.ev_connected()
        await made.authorized()
        await made.charging()
        assert asked(made) == 2

    bench.play(case)


def test_tc_c_46_the_cache_forgets_in_time(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(**CACHE, AuthCacheCtrlr__LifeTime=5)
        await remembered(made)
        await asyncio.sleep(6)
        await made.ev_connected()
        await made.authorized()
        await made.charging()
        assert asked(made) == 2

    bench.play(case)


@pytest.mark.parametrize(("is_on", "word"), [(True, "Accepted"), (False, "Rejected")])
def test_tc_c_37_and_tc_c_38_the_cache_is_cleared_where_there_is_one(
    bench: Bench201, is_on: bool, word: str
) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(**CACHE)
        await remembered(made)
        await made.configure(AuthCacheCtrlr__Enabled=is_on)
        assert await made.status_of("ClearCache", {}) == word
        before = asked(made)
        await made.ev_connected()
        await made.authorized()
        assert asked(made) == before + 1

    bench.play(case)


def test_tc_c_41_a_remembered_card_of_the_group_stops(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(**CACHE)
        for token in (CARD, OTHER_CARD):
            made.judge(token, "Accepted", "FLEET")
        await remembered(made, OTHER_CARD)
        await made.energy_transfer_started()
        before = asked(made)
        await made.stop_authorized(OTHER_CARD)
        assert asked(made) == before

    bench.play(case)


def test_tc_c_44_a_remembered_card_that_is_refused_does_not_stop(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(**CACHE)
        made.judge(CARD, "Accepted", "FLEET")
        made.judge(OTHER_CARD, "Blocked", "FLEET")
        await remembered(made, OTHER_CARD, "Blocked")
        await made.energy_transfer_started()
        refusals = len(made.trace.of("tag_refused"))
        made.swipe(OTHER_CARD)
        await made.until(lambda: len(made.trace.of("tag_refused")) > refusals)
        assert made.events("Ended") == []

    bench.play(case)


@pytest.mark.parametrize("plugs_first", [True, False])
def test_tc_c_08_and_tc_c_13_a_remembered_card_charges_unasked(
    bench: Bench201, plugs_first: bool
) -> None:
    """TC_C_13: the card before the cable."""

    async def case(made: Bench201) -> None:
        await made.configure(**CACHE)
        await remembered(made)
        if plugs_first:
            await made.ev_connected()
            made.swipe(CARD)
        else:
            made.swipe(CARD)
            await made.wait_status("Occupied")
            made.plug(**CAR)
        await made.charging()
        await made.until(lambda: made.events("Started") != [])
        assert made.events("Started")[0]["idToken"] == central(CARD)
        assert asked(made) == 1

    bench.play(case)


@pytest.mark.parametrize("status", ["Invalid", "Blocked", "Expired"])
def test_tc_c_09_tc_c_10_and_tc_c_11_a_remembered_refusal_is_asked_for_again(
    bench: Bench201, status: str
) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(**CACHE)
        await remembered(made, status=status)
        await made.ev_connected()
        await made.authorized()
        assert asked(made) == 2
        assert made.events() == []

    bench.play(case)


def test_tc_c_12_one_that_is_accepted_now_charges(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(**CACHE)
        await remembered(made, status="Invalid")
        made.judge(CARD, "Accepted")
        await made.ev_connected()
        await made.authorized()
        await made.charging()
        assert asked(made) == 2

    bench.play(case)


def test_tc_c_57_it_is_not_asked_for_where_that_is_switched_off(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(**CACHE, AuthCacheCtrlr__DisablePostAuthorize=True)
        await remembered(made, status="Invalid")
        refusals = len(made.trace.of("tag_refused"))
        await made.ev_connected()
        made.swipe(CARD)
        await made.until(lambda: len(made.trace.of("tag_refused")) > refusals)
        assert asked(made) == 1

    bench.play(case)


def test_tc_e_52_where_nobody_is_asked_only_who_is_known_charges(bench: Bench201) -> None:
    """AuthCtrlr.DisableRemoteAuthorization; a remote start that is to be authorised, too."""

    async def case(made: Bench201) -> None:
        await made.configure(
            AuthCtrlr__DisableRemoteAuthorization=True, AuthCtrlr__AuthorizeRemoteStart=True
        )
        await made.ev_connected()
        made.swipe(OTHER_CARD)
        await made.until(lambda: made.trace.of("tag_refused") != [])
        refusals = len(made.trace.of("tag_refused"))
        await made.remote_start(OTHER_CARD)
        await made.until(lambda: len(made.trace.of("tag_refused")) > refusals)
        assert made.events("Started") == []
        entry = {"idToken": central(CARD), "idTokenInfo": {"status": "Accepted"}}
        asked = {"versionNumber": 1, "updateType": "Full", "localAuthorizationList": [entry]}
        await made.configure(LocalAuthListCtrlr__Enabled=True)
        assert await made.status_of("SendLocalList", asked) == "Accepted"
        made.swipe(CARD)
        await made.charging()
        assert made.calls("Authorize") == []

    bench.play(case)
