"""Cases of certification, C: who may charge, by card, by cache, by group, with a master pass."""

import asyncio

import pytest

from tests.conformance.ocpp201.bench201 import CARD, Bench201, Payload, central
from tests.support.record import OUT

OTHER, THIRD = "04FFFFFF", "04EEEEEE"
FAMILY, MASTERS = "FAMILY", "MASTERS"
REFUSALS = ("Invalid", "Blocked", "Expired", "Unknown")


async def cached(made: Bench201, *tokens: str, timeout_s: int = 1) -> None:
    """Each token is shown and forgotten again; what was said of it is remembered."""
    await made.configure(AuthCtrlr__LocalPreAuthorize=True, TxCtrlr__EVConnectionTimeOut=timeout_s)
    for token in tokens:
        await made.authorized(token)
        await asyncio.sleep(0.5)
        await made.until(lambda: made.status() == "Available")
    await made.configure(TxCtrlr__EVConnectionTimeOut=60)


def asked_for(made: Bench201, token: str, mark: int) -> int:
    """How often a token was authorised since a mark."""
    return made.since(mark, "Authorize").count({"idToken": central(token)})


async def over(made: Bench201) -> None:
    await made.stop_authorized()
    await made.settle()


@pytest.mark.parametrize("status", REFUSALS)
def test_tc_c_02_tc_c_06_tc_c_07_and_tc_c_56_a_refused_card_starts_nothing(
    bench: Bench201, status: str
) -> None:
    async def case(made: Bench201) -> None:
        made.judge(OTHER, status)
        await made.ev_connected()
        await made.authorized(OTHER)
        await asyncio.sleep(3)
        assert asked_for(made, OTHER, 0) == 1
        assert made.calls("TransactionEvent") == []

    bench.play(case)


def test_tc_c_04_and_tc_c_42_a_stranger_s_card_does_not_stop_it(bench: Bench201) -> None:
    """Accepted but of no group, and of the group but not accepted."""

    async def case(made: Bench201) -> None:
        made.judge(CARD, "Accepted", FAMILY)
        made.judge(THIRD, "Invalid", FAMILY)
        await made.energy_transfer_started()
        for token in (OTHER, THIRD):
            await made.authorized(token)
            await asyncio.sleep(2)
            assert made.events("Ended") == []
            assert made.states()[-1] == "Charging"
        await over(made)

    bench.play(case)
    assert len(bench.check()) == 1


def test_tc_c_39_another_card_of_the_group_stops_it(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        made.judge(CARD, "Accepted", FAMILY)
        made.judge(OTHER, "Accepted", FAMILY)
        await made.energy_transfer_started()
        await made.authorized(OTHER)
        await made.gone()
        (ended,) = made.events("Ended")
        assert ended["triggerReason"] == "StopAuthorized"
        assert ended["idToken"] == central(OTHER)
        await made.settle()

    bench.play(case)
    assert len(bench.check()) == 1


def test_tc_c_45_a_master_pass_starts_nothing(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        made.judge(OTHER, "Accepted", MASTERS)
        await made.configure(AuthCtrlr__MasterPassGroupId=MASTERS)
        await made.authorized(OTHER)
        await made.ev_connected()
        await asyncio.sleep(3)
        assert made.calls("TransactionEvent") == []
        assert not made.car.contactor.is_closed

    bench.play(case)


def test_tc_c_49_a_master_pass_stops_it(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        made.judge(OTHER, "Accepted", MASTERS)
        await made.configure(AuthCtrlr__MasterPassGroupId=MASTERS)
        await made.energy_transfer_started()
        await made.authorized(OTHER)
        await made.gone()
        (ended,) = made.events("Ended")
        assert ended["transactionInfo"]["stoppedReason"] == "MasterPass"
        assert ended.get("idToken", central(OTHER)) == central(OTHER)
        await made.settle()

    bench.play(case)
    assert len(bench.check()) == 1


@pytest.mark.parametrize("is_plugged_first", [True, False])
def test_tc_c_08_and_tc_c_13_a_cached_card_starts_without_a_question(
    bench: Bench201, is_plugged_first: bool
) -> None:
    async def case(made: Bench201) -> None:
        await cached(made, CARD)
        mark = made.mark()
        if is_plugged_first:
            await made.ev_connected()
        made.swipe(CARD)
        if not is_plugged_first:
            await asyncio.sleep(1)
            assert not made.car.contactor.is_closed
            await made.ev_connected()
        await made.charging()
        await made.until(lambda: "Charging" in made.states())
        assert asked_for(made, CARD, mark) == 0
        assert made.events("Started")[0]["idToken"] == central(CARD)
        await over(made)

    bench.play(case)
    assert len(bench.check()) == 1


@pytest.mark.parametrize("before", ["Invalid", "Blocked", "Expired"])
@pytest.mark.parametrize("is_taken_now", [False, True])
def test_tc_c_09_tc_c_10_tc_c_11_and_tc_c_12_a_card_cached_as_refused_is_asked_for_again(
    bench: Bench201, before: str, is_taken_now: bool
) -> None:
    async def case(made: Bench201) -> None:
        made.judge(OTHER, before)
        await cached(made, OTHER)
        made.judge(OTHER, "Accepted" if is_taken_now else before)
        mark = made.mark()
        await made.ev_connected()
        await made.authorized(OTHER)
        assert asked_for(made, OTHER, mark) == 1
        if not is_taken_now:
            await asyncio.sleep(2)
            assert made.calls("TransactionEvent") == []
            return
        await made.charging()
        made.swipe(OTHER)
        await made.gone()
        await made.settle()

    bench.play(case)


def test_tc_c_57_a_card_cached_as_refused_is_refused_without_a_question(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        made.judge(OTHER, "Invalid")
        await cached(made, OTHER)
        await made.configure(AuthCacheCtrlr__DisablePostAuthorize=True)
        mark = made.mark()
        await made.ev_connected()
        made.swipe(OTHER)
        await asyncio.sleep(3)
        assert asked_for(made, OTHER, mark) == 0
        assert made.calls("TransactionEvent") == []

    bench.play(case)


def test_tc_c_32_the_cache_outlives_a_restart(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await cached(made, CARD)
        mark = made.mark()
        assert await made.reset("Immediate") == "Accepted"
        await made.booted(mark, "RemoteReset")
        await made.free()
        await made.ev_connected()
        made.swipe(CARD)
        await made.charging()
        assert asked_for(made, CARD, mark) == 0
        await over(made)

    bench.play(case)
    assert len(bench.check()) == 1


def test_tc_c_33_and_tc_c_34_the_cache_follows_what_is_said_of_a_card(bench: Bench201) -> None:
    """In answers to Authorize, and to TransactionEvents."""

    async def case(made: Bench201) -> None:
        await made.configure(AuthCtrlr__LocalPreAuthorize=True)
        await made.energy_transfer_started()
        await made.stop_authorized()
        await made.ev_disconnected()
        await made.free()
        mark = made.mark()
        made.judge(CARD, "Invalid")
        await made.ev_connected()
        made.swipe(CARD)
        await made.until(lambda: len(made.events("Started")) == 2)
        assert asked_for(made, CARD, mark) == 0
        await made.gone(2)
        await made.ev_disconnected()
        await made.until(lambda: made.status() == "Available")
        await made.ev_connected()
        await made.authorized(CARD)
        assert asked_for(made, CARD, mark) == 1
        await asyncio.sleep(2)
        assert len(made.events("Started")) == 2

    bench.play(case)


def test_tc_c_36_without_pre_authorization_a_cached_card_is_asked_for(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await cached(made, CARD)
        await made.configure(AuthCtrlr__LocalPreAuthorize=False)
        made.judge(CARD, "Invalid")
        mark = made.mark()
        await made.ev_connected()
        await made.authorized(CARD)
        assert asked_for(made, CARD, mark) == 1
        await asyncio.sleep(2)
        assert made.calls("TransactionEvent") == []

    bench.play(case)


def test_tc_c_37_after_the_cache_is_cleared_a_card_is_asked_for(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await cached(made, CARD)
        assert await made.status_of("ClearCache", {}) == "Accepted"
        await made.ev_connected()
        mark = made.mark()
        await made.authorized(CARD)
        assert asked_for(made, CARD, mark) == 1
        await made.charging()
        await over(made)

    bench.play(case)
    assert len(bench.check()) == 1


def test_tc_c_38_a_cache_that_is_off_is_not_cleared(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(AuthCacheCtrlr__Enabled=False)
        assert await made.status_of("ClearCache", {}) == "Rejected"

    bench.play(case)


def test_tc_c_46_a_card_is_cached_for_its_life_time(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(AuthCacheCtrlr__LifeTime=3)
        await cached(made, CARD)
        await made.ev_connected()
        await asyncio.sleep(4)
        mark = made.mark()
        await made.authorized(CARD)
        assert asked_for(made, CARD, mark) == 1
        await made.charging()
        await over(made)

    bench.play(case)
    assert len(bench.check()) == 1


@pytest.mark.parametrize("status", ["Accepted", "Invalid"])
def test_tc_c_41_and_tc_c_44_a_cached_card_of_the_group_stops_it_if_it_is_accepted(
    bench: Bench201, status: str
) -> None:
    async def case(made: Bench201) -> None:
        made.judge(CARD, "Accepted", FAMILY)
        made.judge(OTHER, status, FAMILY)
        await cached(made, CARD, OTHER)
        mark = made.mark()
        await made.ev_connected()
        made.swipe(CARD)
        await made.charging()
        made.swipe(OTHER)
        if status == "Accepted":
            await made.gone()
            assert made.events("Ended")[0]["triggerReason"] == "StopAuthorized"
            assert asked_for(made, OTHER, mark) == 0
            await made.settle()
            return
        await made.until(lambda: asked_for(made, OTHER, mark) == 1)
        await asyncio.sleep(2)
        assert made.events("Ended") == []
        await over(made)

    bench.play(case)
    assert len(bench.check()) == 1


async def started_offline(made: Bench201, token: str, **values: object) -> int:
    """A session begins in an absence, and its token is refused afterwards; the mark of that."""
    await made.configure(
        AuthCtrlr__LocalPreAuthorize=True,
        OCPPCommCtrlr__RetryBackOffWaitMinimum=1,
        OCPPCommCtrlr__RetryBackOffRandomRange=0,
        **values,
    )
    await made.ev_connected()
    await made.lose(reconnects=False)
    made.swipe(token)
    await made.charging()
    made.judge(token, "Invalid")
    mark = made.mark()
    await made.back()
    return mark


def flows(made: Bench201) -> bool:
    return sum(made.car.power_uw) > 0


def refused_at(made: Bench201) -> float:
    """When the refusal was told."""
    return next(
        seen.at_s
        for seen in made.watched.record.frames
        if seen.direction == OUT and "'Invalid'" in str(seen.parts)
    )


@pytest.mark.parametrize("most_wh", [0, 500])
def test_tc_c_16_and_tc_c_18_a_card_that_is_refused_afterwards_ends_it(
    bench: Bench201, most_wh: int
) -> None:
    """StopTxOnInvalidId: whatever MaxEnergyOnInvalidId says."""

    async def case(made: Bench201) -> None:
        await cached(made, CARD)
        mark = await started_offline(
            made, CARD, TxCtrlr__StopTxOnInvalidId=True, TxCtrlr__MaxEnergyOnInvalidId=most_wh
        )
        await made.gone()
        told = made.since(mark, "TransactionEvent")
        assert told[0]["offline"]
        assert told[0]["idToken"] == central(CARD)
        deauthorized = [each for each in told if each["triggerReason"] == "Deauthorized"]
        assert len(deauthorized) == 1
        assert not deauthorized[0]["offline"]
        assert refused_at(made) > 0
        assert not flows(made)
        made.swipe(CARD)  # who was refused gets the cable with the same card
        await made.settle()

    bench.play(case)
    assert len(bench.check()) == 1


def is_deauthorized(told: list[Payload]) -> bool:
    return any(each["triggerReason"] == "Deauthorized" for each in told)


@pytest.mark.parametrize("most_wh", [0, 10_000])
def test_tc_c_15_and_tc_c_17_a_card_that_is_refused_afterwards_gets_no_more_than_allowed(
    bench: Bench201, most_wh: int
) -> None:
    """StopTxOnInvalidId is false: paused at once, or when the energy is used up."""

    async def case(made: Bench201) -> None:
        await cached(made, CARD)
        mark = await started_offline(
            made, CARD, TxCtrlr__StopTxOnInvalidId=False, TxCtrlr__MaxEnergyOnInvalidId=most_wh
        )
        await made.until(lambda: made.app.task.owed.count == 0)
        await asyncio.sleep(5)
        told = made.since(mark, "TransactionEvent")
        assert made.events("Ended") == []
        assert flows(made) == (most_wh > 0)
        assert (made.states()[-1] == "SuspendedEVSE") == (most_wh == 0)
        assert most_wh == 0 or not is_deauthorized(told)
        await over(made)

    bench.play(case)
    assert len(bench.check()) == 1


def test_tc_c_26_an_unknown_card_charges_in_an_absence_and_is_paused_after_it(
    bench: Bench201,
) -> None:
    async def case(made: Bench201) -> None:
        mark = await started_offline(
            made,
            OTHER,
            AuthCtrlr__OfflineTxForUnknownIdEnabled=True,
            TxCtrlr__StopTxOnInvalidId=False,
            TxCtrlr__MaxEnergyOnInvalidId=0,
        )
        await made.until(lambda: made.states()[-1] == "SuspendedEVSE")
        assert made.since(mark, "TransactionEvent")[0]["offline"]
        made.swipe(OTHER)
        await made.gone()
        assert made.events("Ended")[0]["triggerReason"] == "StopAuthorized"
        await made.settle()

    bench.play(case)
    assert len(bench.check()) == 1
