"""Cases of certification, C15: a card that was let in unasked is refused afterwards."""

import asyncio

import pytest

from tests.conformance.ocpp201.bench201 import CARD, Bench201, Payload, central


async def cached(made: Bench201, *tokens: str, timeout_s: int = 1) -> None:
    """Each token is shown and forgotten again; what was said of it is remembered."""
    await made.configure(AuthCtrlr__LocalPreAuthorize=True, TxCtrlr__EVConnectionTimeOut=timeout_s)
    for token in tokens:
        await made.authorized(token)
        await asyncio.sleep(0.5)
        await made.until(lambda: made.status() == "Available")
    await made.configure(TxCtrlr__EVConnectionTimeOut=60)


async def over(made: Bench201) -> None:
    await made.stop_authorized()
    await made.settle()


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
        assert not flows(made)
        made.swipe(CARD)  # who was refused gets the cable with the same card
        await made.settle()

    bench.play_one(case)


def is_deauthorized(told: list[Payload]) -> bool:
    return any(each["triggerReason"] == "Deauthorized" for each in told)


def _pauses(event: Payload) -> bool:
    return event["transactionInfo"].get("chargingState") == "SuspendedEVSE"


@pytest.mark.parametrize("most_wh", [0, 10_000])
def test_tc_c_15_and_tc_c_17_a_card_that_is_refused_afterwards_gets_no_more_than_allowed(
    bench: Bench201, most_wh: int
) -> None:
    """StopTxOnInvalidId is false: paused at once, or when the energy is used up (C15.FR.06)."""

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
        paused = [each for each in told if _pauses(each)]
        assert {each["triggerReason"] for each in paused} <= {"ChargingStateChanged"}
        assert bool(paused) == (most_wh == 0)
        assert most_wh == 0 or not is_deauthorized(told)
        await over(made)

    bench.play_one(case)
